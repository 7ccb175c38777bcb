"""Articles in an archive file (JSON Lines or WARC) as drafts for a backfill."""

from __future__ import annotations

import gzip
import sys
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from flows.admit import Draft, with_headline
from flows.articles import draft_of_given, read_articles
from flows.backfill import BACKFILL_FEED, LeftOut
from flows.sources.warc import read_captures
from flows.workers import Done
from monitors.canonical_urls import canonical_url
from monitors.errors import ArticleError, FeedError
from monitors.extraction import extract_page
from monitors.feed_parts import MAX_FIELD
from monitors.feeds import parse_feed
from monitors.files import dated
from monitors.sites import own_site_of, site_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from flows.articles import GivenArticle
    from flows.sources.warc import Capture
    from flows.workers import Workers
    from monitors.extraction import Page
    from monitors.records import DateSource, Feed


@dataclass(frozen=True, slots=True)
class Scope:
    """What of a source is wanted, and what its articles have in common.

    Published from `since` until `until`, first seen `now`; `outlet` goes before what a source says,
    `outlets` name the newsroom of a site that is followed already.
    """

    now: datetime
    since: datetime | None = None
    until: datetime | None = None
    outlet: str = ""
    outlets: Mapping[str, str] | None = None

    def holds(self, moment: datetime) -> bool:
        return (self.since is None or moment >= self.since) and (
            self.until is None or moment <= self.until
        )

    def outlet_of(self, url: str) -> str:
        site = site_of(url)
        return self.outlet or (self.outlets or {}).get(site) or site or "unknown"


def outlets_of(feeds: Sequence[Feed]) -> dict[str, str]:
    """The newsroom behind each site that has a feed."""
    named: dict[str, str] = {}
    for feed in feeds:
        site = own_site_of(feed.url or "")
        if site:
            named.setdefault(site, feed.outlet)
    return named


def read_archive(
    path: Path, scope: Scope, max_bytes: int, workers: Workers, deadline_s: float
) -> Iterator[Draft | LeftOut]:
    """The articles of a file, `-` for JSON Lines on standard input, in its order.

    Each page or feed in it, of at most `max_bytes`, is read by `workers` within `deadline_s`.

    Raises:
        ArticleError: the file cannot be read, or a line or record of it.
    """
    if str(path) == "-":
        yield from _rows(sys.stdin.buffer, path, scope)
        return
    try:
        is_warc = _starts_as_warc(path)
        with path.open("rb") as file:
            if not is_warc:
                yield from _rows(file, path, scope)
                return
            told: list[str] = []
            for capture in read_captures(file, max_bytes, told.append):
                job = (capture, scope)
                outcome = workers.do(drafts_of_capture, job, deadline_s=deadline_s)
                if isinstance(outcome, Done):
                    yield from outcome.value
                else:
                    yield LeftOut(capture.url, "too_slow", outcome.detail)
    except OSError as error:
        raise ArticleError(f"{path} cannot be read: {error.strerror or error}") from error
    yield from (LeftOut("", "damaged", words) for words in told)


def draft_of_page(
    page: Page,
    url: str,
    dated_at: tuple[datetime | None, DateSource],
    scope: Scope,
) -> Draft | LeftOut:
    """A page as a draft; its own date goes before the one that its source knows.

    Unless its own is a guess, and the source says when it was published.
    """
    published_at, source = dated_at
    is_guess = page.published_source == "guess"
    if page.published_at is not None and not (is_guess and source == "published"):
        published_at, source = page.published_at, "page"
    kept = canonical_url(url)
    if page.problem:
        return LeftOut(kept, page.problem)
    if published_at is None:
        return LeftOut(kept, "no_date")
    if not scope.holds(published_at):
        return LeftOut(kept, "out_of_range")
    return Draft(
        url=kept,
        feed_id=BACKFILL_FEED,
        outlet=scope.outlet_of(url),
        title=page.title,
        text=with_headline(page.title, page.text[:MAX_FIELD]),
        published_at=published_at,
        date_source=source,
        first_seen_at=scope.now,
        language=page.language,
        text_source="page",
        author=page.author,
        modified_at=page.modified_at,
    )


def _rows(file: BinaryIO, path: Path, scope: Scope) -> Iterator[Draft | LeftOut]:
    for article in read_articles(file, str(path)):
        if article.published_at is None:
            # It could be from any year: dated today, it would fire as news.
            yield LeftOut(article.url, "no_date")
        elif not scope.holds(article.published_at):
            yield LeftOut(article.url, "out_of_range")
        else:
            yield _of_row(article, path, scope)


def _of_row(article: GivenArticle, path: Path, scope: Scope) -> Draft:
    draft = draft_of_given(article)
    named = "" if article.outlet in {"", "unknown"} else article.outlet
    return replace(
        draft,
        # Ids of two files may be the same and mean other articles.
        url=draft.url if article.url else f"{BACKFILL_FEED}:{path.name}/{article.given_id}",
        feed_id=BACKFILL_FEED,
        outlet=scope.outlet or named or scope.outlet_of(article.url),
        first_seen_at=scope.now,
    )


def drafts_of_capture(job: tuple[Capture, Scope]) -> list[Draft | LeftOut]:
    """What a worker does with a record of an archive."""
    capture, scope = job
    if not capture.is_page:
        return list(_of_feed(capture, scope))
    page = extract_page(capture.body, capture.content_type, capture.url, scope.now)
    return [draft_of_page(page, capture.url, _captured(capture, scope), scope)]


def _of_feed(capture: Capture, scope: Scope) -> Iterator[Draft | LeftOut]:
    try:
        document = parse_feed(
            capture.body, content_type=capture.content_type, url=capture.url, now=scope.now
        )
    except FeedError:
        return  # most XML in an archive is something else
    for entry in document.entries:
        moment, source = entry.published_at, entry.date_source
        if moment is None:
            moment, source = _captured(capture, scope)
        text = entry.text or entry.summary
        if not entry.url or not text or moment is None or not scope.holds(moment):
            yield LeftOut(entry.url or capture.url, "empty" if not text else "out_of_range")
            continue
        yield Draft(
            url=canonical_url(entry.url),
            feed_id=BACKFILL_FEED,
            outlet=scope.outlet_of(capture.url),
            title=entry.title,
            text=with_headline(entry.title, text),
            published_at=moment,
            date_source=source,
            first_seen_at=scope.now,
        )


def _captured(capture: Capture, scope: Scope) -> tuple[datetime | None, DateSource]:
    return dated(None, capture.captured_at, scope.now)


def _starts_as_warc(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(2)
    try:
        with gzip.open(path, "rb") if start == b"\x1f\x8b" else path.open("rb") as unpacked:
            return unpacked.read(5) == b"WARC/"
    except (EOFError, zlib.error) as error:
        raise ArticleError(f"{path} is damaged: {error}") from error
