"""A file of text, Markdown or HTML to an entry: its header, its title, its date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from monitors.charsets import decode_body
from monitors.errors import ArticleError
from monitors.feed_dates import is_plausible
from monitors.feed_parts import MAX_FIELD
from monitors.feeds import absolute_url
from monitors.headers import read_written_date, split_header
from monitors.markdown import heading_of, text_of_markdown
from monitors.pages import clean_line, clean_text
from monitors.records import Entry

if TYPE_CHECKING:
    from datetime import datetime

    from monitors.extraction import Extract
    from monitors.records import DateSource

FileKind = Literal["text", "markdown", "html", "rows", "warc", "feed"]
_ENDINGS: dict[str, FileKind] = {
    ".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown",
    ".html": "html", ".htm": "html", ".xhtml": "html",
    ".jsonl": "rows", ".ndjson": "rows", ".jsonl.gz": "rows", ".ndjson.gz": "rows",
    ".warc": "warc", ".warc.gz": "warc", ".rss": "feed", ".atom": "feed", ".xml": "feed",
}  # fmt: skip
_MAX_TITLE, _MAX_OUTLET = 300, 200
# A file with more of what no text has is an image or a program under a wrong name.
_MOST_UNPRINTABLE = 0.05


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file's name within its folder, what is in it, and when it was written."""

    name: str
    body: bytes
    modified_at: datetime


def kind_of_file(name: str) -> FileKind | None:
    """What a file of this name holds; None for one that is not read."""
    lower = name.lower()
    return next((kind for ending, kind in _ENDINGS.items() if lower.endswith(ending)), None)


def read_file(file: GivenFile, *, now: datetime, extract: Extract) -> Entry:
    """The file as an entry; without a date of its own it has that of the file.

    Raises:
        ArticleError: it holds no text, or more than an article can; or what stands there is known
            to come in place of an article.
    """
    if kind_of_file(file.name) == "html":
        return _html_entry(file, now, extract)
    source = _decoded(file.body)
    if len(source) > MAX_FIELD:
        raise ArticleError(f"is longer than {MAX_FIELD:,} characters")
    header, source = split_header(source)
    if kind_of_file(file.name) == "markdown":
        title, text = heading_of(source), text_of_markdown(source)
    else:
        text = clean_text(source)
        title = _first_line(text)
    return _entry(file, header, title, text, _dated(file, header, now))


def dated(
    published_at: datetime | None, written_at: datetime, now: datetime
) -> tuple[datetime | None, DateSource]:
    """A text's own date, else the time at which its file or record was written, marked as such."""
    if published_at is not None:
        return published_at, "published"
    return (written_at, "file") if is_plausible(written_at, now) else (None, "first_seen")


def _html_entry(file: GivenFile, now: datetime, extract: Extract) -> Entry:
    header, rest = split_header(_decoded(file.body))
    url = header.get("url", "")
    if header:
        page = extract(rest.encode(), "text/html; charset=utf-8", url, now)
    else:
        page = extract(file.body, "text/html", url, now)
    # A person put it there as an article, however short it is: then all that stands on it counts.
    if page.problem not in {None, "empty"}:
        raise ArticleError(f"is no article ({page.problem})")
    moment = _dated(file, header, now, page.published_at)
    return _entry(file, header, page.title, page.text, moment)


def _dated(
    file: GivenFile, header: dict[str, str], now: datetime, page_date: datetime | None = None
) -> tuple[datetime | None, DateSource]:
    published_at = read_written_date(header.get("date", ""), now)
    if published_at is None and page_date is not None:
        return page_date, "page"
    return dated(published_at, file.modified_at, now)


def _entry(
    file: GivenFile,
    header: dict[str, str],
    title: str,
    text: str,
    moment: tuple[datetime | None, DateSource],
) -> Entry:
    if not text:
        raise ArticleError("holds no text")
    return Entry(
        entry_id=file.name,
        title=clean_line(header.get("title") or title, _MAX_TITLE),
        url=absolute_url("", header.get("url", "")),
        text=text,
        summary=text,
        published_at=moment[0],
        updated_at=None,
        date_source=moment[1],
        outlet=clean_line(header.get("outlet", ""), _MAX_OUTLET),
    )


def _decoded(body: bytes) -> str:
    source, _ = decode_body(body, None)
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    beginning = source[:5_000]
    unprintable = sum(not char.isprintable() and char not in "\n\t\f" for char in beginning)
    if unprintable > _MOST_UNPRINTABLE * len(beginning):
        raise ArticleError("is no text")
    return source


def _first_line(text: str) -> str:
    """The headline of a plain text: a short first line with more after it."""
    first, _, rest = text.partition("\n")
    return first if rest and len(first) <= _MAX_TITLE // 2 else ""
