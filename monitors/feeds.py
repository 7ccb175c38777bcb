"""Bytes of a feed to entries: RSS, Atom and JSON Feed, good ones and broken ones.

The way of a feed: `charsets` (bytes to text) -> `feed_json` or `feed_xml` (text to raw parts) ->
here (raw parts to clean entries with ids, links and dates that can be relied on).
"""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from monitors.charsets import decode_body
from monitors.feed_dates import is_plausible, read_date
from monitors.feed_json import read_json
from monitors.feed_parts import MAX_FIELD
from monitors.feed_xml import read_xml
from monitors.identity import stable_id
from monitors.pages import clean_line, clean_text, text_of_html
from monitors.records import Entry, FeedDocument

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from monitors.feed_parts import RawDate, RawEntry, RawFeed, RawText
    from monitors.records import DateSource

MAX_BODY = 10_000_000
_MAX_LINE = 2_000
_GZIP = b"\x1f\x8b"


def parse_feed(
    body: bytes, *, content_type: str | None = None, url: str = "", now: datetime
) -> FeedDocument:
    """Read a feed; its entries come in feed order, at most 1,000, each once.

    `content_type` is the header's value, `url` where the body came from (to resolve links). Dates
    outside 1990 to `now` and a day are not used. What could be mended is told in `problems`.

    Raises:
        NotAFeedError: the body is a web page, empty, or anything else that is no feed.
    """
    if body.startswith(_GZIP):
        body = _unpacked(body)
    problems = ["only the first 10 MB were read"] if len(body) > MAX_BODY else []
    text, complaint = decode_body(body[:MAX_BODY], content_type)
    if complaint:
        problems.append(complaint)
    raw = read_json(text) if text.lstrip()[:1] in {"{", "["} else read_xml(text)
    problems.extend(raw.problems)
    reader = _EntryReader(url or raw.link, now, problems)
    entries = tuple(_each_once(reader.read(raw), problems))
    return FeedDocument(
        title=reader.line(raw.title),
        url=absolute_url(url, raw.link),
        language=clean_line(raw.language)[:35] or None,
        format=raw.format,
        entries=entries,
        problems=tuple(dict.fromkeys(problems)),
        hubs=tuple(filter(None, (absolute_url(url, hub) for hub in raw.hubs))),
        topic=absolute_url(url, raw.itself),
    )


def _unpacked(body: bytes) -> bytes:
    """A compressed file that was served as if it were the feed; no more of it than is read."""
    try:
        return zlib.decompressobj(wbits=31).decompress(body, MAX_BODY + 1)
    except zlib.error:
        return body


def absolute_url(origin: str, link: str) -> str | None:
    """`link` as an absolute http(s) address, resolved against `origin`; None if it is none."""
    # As browsers do: tabs and line breaks inside an address go, spaces are escaped.
    written = re.sub(r"[\t\r\n]", "", link.strip()).replace(" ", "%20")
    try:
        joined = urljoin(origin or "https:", written)
        parts = urlsplit(joined)
        _ = parts.port  # raises if it is no number
    except ValueError:
        return None
    # A backslash is read as a slash by some and as a character by others: nobody's address.
    if not written or "\\" in joined or clean_line(joined) != joined:
        return None
    host = (parts.hostname or "").strip(".")
    is_named = bool(host) and "%" not in host
    return joined if parts.scheme in {"http", "https"} and is_named else None


class _EntryReader:
    """Cleans raw entries; what it had to mend goes to `problems`."""

    def __init__(self, origin: str, now: datetime, problems: list[str]) -> None:
        self._origin, self._now, self._problems = origin, now, problems

    def read(self, raw: RawFeed) -> Iterator[tuple[Entry, bool]]:
        """Each entry that has anything at all, and whether it has a guid of its own."""
        for part in raw.entries:
            if part.has_anything:
                yield self._entry(part), bool(clean_line(part.guid))
            else:
                self._problems.append("empty entries were left out")

    def line(self, raw: RawText) -> str:
        return clean_line(self._text(raw), _MAX_LINE)

    def _entry(self, raw: RawEntry) -> Entry:
        title, summary = self.line(raw.title), self._text(raw.summary)
        text = max([*map(self._text, raw.contents), summary], key=len)
        url = self._url(raw.link)
        published_at, source = self._first_date(raw)
        return Entry(
            entry_id=clean_line(raw.guid, _MAX_LINE) or url or stable_id("e", title, text),
            title=title,
            url=url,
            text=text,
            summary=summary or text,
            published_at=published_at,
            updated_at=self._date(raw.updated),
            date_source=source,
        )

    def _text(self, raw: RawText) -> str:
        value = raw.value
        if len(value) > MAX_FIELD:
            self._problems.append(f"a field was cut at {MAX_FIELD:,} characters")
            value = value[:MAX_FIELD]
        return text_of_html(value) if raw.is_html else clean_text(value)

    def _url(self, link: str) -> str | None:
        url = absolute_url(self._origin, link)
        if link and not url:
            self._problems.append("links that are no web addresses were left out")
        return url

    def _first_date(self, raw: RawEntry) -> tuple[datetime | None, DateSource]:
        if published_at := self._date(raw.published):
            return published_at, "published"
        if updated_at := self._date(raw.updated):
            return updated_at, "updated"
        return None, "first_seen"

    def _date(self, raw: RawDate | None) -> datetime | None:
        moment = read_date(raw)
        if moment and is_plausible(moment, self._now):
            return moment
        if raw:
            self._problems.append("dates that cannot be right or be read were not used")
        return None


def _each_once(entries: Iterable[tuple[Entry, bool]], problems: list[str]) -> Iterator[Entry]:
    """Each entry once, under an id of its own.

    An entry is a repetition if it has an earlier one's guid and no link of its own, or lacks a guid
    and has an earlier one's link and text.
    """
    taken: set[str] = set()
    for entry, has_guid in entries:
        content = "" if entry.is_empty else stable_id("e", entry.title, entry.text)
        spare = entry.url if has_guid else content
        names = {entry.entry_id, entry.url or "", content}
        if entry.entry_id not in taken:
            yield entry
        elif spare and spare not in taken:
            yield replace(entry, entry_id=spare)
        else:
            problems.append("repeated entries were left out")
        taken |= names
