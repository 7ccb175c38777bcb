"""Articles given as JSON Lines: read, checked, and put in order of time."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import sys
import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, cast

from flows.admit import Draft, with_headline
from monitors.canonical_urls import canonical_url
from monitors.charsets import whole_characters
from monitors.errors import ArticleError
from monitors.pages import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

REPLAY_FEED = "replay"
_MAX_LINE = 20_000_000  # a packed line may unpack to more than there is memory


@dataclass(frozen=True, slots=True)
class GivenArticle:
    """One line of a JSON Lines file; `text` is as given, code point for code point."""

    given_id: str
    text: str
    title: str = ""
    outlet: str = ""
    url: str = ""
    published_at: datetime | None = None

    @property
    def published_on(self) -> date | None:
        return self.published_at.date() if self.published_at else None


def read_articles_file(path: Path) -> Iterator[GivenArticle]:
    """The articles of a file in its order; plain or gzipped, `-` for standard input.

    Raises:
        ArticleError: a line is no JSON object with "id" and "text"; names the line.
    """
    if str(path) == "-":
        yield from read_articles(sys.stdin.buffer, "-")
        return
    try:
        with path.open("rb") as raw:
            yield from read_articles(raw, str(path))
    except OSError as error:
        raise ArticleError(f"{path} cannot be read: {error}") from error


def read_articles(raw: BinaryIO, name: str) -> Iterator[GivenArticle]:
    """The articles of an open file, plain or gzipped, which `name` stands for in messages.

    Raises:
        ArticleError: a line is no JSON object with "id" and "text", or the file is damaged.
    """
    peeked = cast("io.BufferedReader", raw)  # what `open` and standard input give
    zipped = peeked.peek(2)[:2] == b"\x1f\x8b"
    stream = gzip.GzipFile(fileobj=peeked) if zipped else peeked
    lines = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace")
    try:
        yield from _parse_lines(lines, name)
    except (OSError, EOFError, zlib.error) as error:
        raise ArticleError(f"{name} cannot be read: {error}") from error
    finally:
        lines.detach()  # whoever opened the file closes it


def articles_in_time(
    path: Path, since: datetime | None = None, until: datetime | None = None
) -> Iterator[GivenArticle]:
    """The dated articles of a file from `since` until before `until`, oldest first.

    A file that is in order already is never held in memory as a whole. Articles without a date
    are left out.
    """
    dates = (
        [article.published_at for article in read_articles_file(path)] if _rereadable(path) else []
    )
    known = [moment for moment in dates if moment]
    if dates and all(a <= b for a, b in itertools.pairwise(known)):
        articles: Iterator[GivenArticle] | list[GivenArticle] = read_articles_file(path)
    else:
        dated = [a for a in read_articles_file(path) if a.published_at]
        articles = sorted(dated, key=lambda a: (str(a.published_at), a.given_id))
    for article in articles:
        moment = article.published_at
        if moment and (since is None or moment >= since) and (until is None or moment < until):
            yield article


def draft_of_given(article: GivenArticle) -> Draft:
    """A given article as a draft that was seen the moment it was published.

    Raises:
        ArticleError: it has no date.
    """
    if article.published_at is None:
        raise ArticleError(f'the article "{article.given_id}" has no "published" date')
    return Draft(
        url=canonical_url(article.url) if article.url else article.given_id,
        feed_id=REPLAY_FEED,
        outlet=article.outlet or "unknown",
        title=article.title,
        text=with_headline(article.title, clean_text(article.text)),
        published_at=article.published_at,
        date_source="published",
        first_seen_at=article.published_at,
    )


def parse_moment(value: str) -> datetime:
    """An ISO 8601 date or time as an aware time; without a zone it is UTC.

    Raises:
        ValueError: it is neither.
    """
    moment = datetime.fromisoformat(value.strip())
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def in_batches(articles: Iterator[GivenArticle], size: int) -> Iterator[list[GivenArticle]]:
    """The articles in lists of `size`, the last one shorter."""
    batch: list[GivenArticle] = []
    for article in articles:
        batch.append(article)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def in_days(articles: Sequence[GivenArticle]) -> Iterator[list[GivenArticle]]:
    """The articles, already in order, in one list per day."""
    day: list[GivenArticle] = []
    for article in articles:
        if day and day[-1].published_on != article.published_on:
            yield day
            day = []
        day.append(article)
    if day:
        yield day


def _rereadable(path: Path) -> bool:
    return str(path) != "-" and path.is_file()


def _parse_lines(lines: TextIO, name: str) -> Iterator[GivenArticle]:
    bounded = iter(lambda: lines.readline(_MAX_LINE), "")
    for number, line in enumerate(bounded, start=1):
        if len(line) >= _MAX_LINE:
            raise ArticleError(f"{name}:{number}: the line is longer than any article")
        if not line.strip():
            continue
        try:
            yield _parse(json.loads(line))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise ArticleError(f"{name}:{number}: {_said(error)}") from error


def _parse(row: Any) -> GivenArticle:
    if not isinstance(row, dict):
        raise TypeError("the line is no JSON object")
    given_id, text = row["id"], row["text"]
    if not isinstance(given_id, str | int) or not isinstance(text, str):
        raise TypeError('"id" and "text" must be strings')
    published = row.get("published")
    return GivenArticle(
        given_id=whole_characters(str(given_id)),
        text=whole_characters(text),
        title=whole_characters(str(row.get("title") or "")),
        outlet=whole_characters(str(row.get("outlet") or "")),
        url=whole_characters(str(row.get("url") or "")),
        published_at=parse_moment(str(published)) if published else None,
    )


def _said(error: Exception) -> str:
    return f"there is no {error}" if isinstance(error, KeyError) else str(error)
