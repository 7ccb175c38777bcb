"""The reader of RSS and Atom: makes a document safe to parse, and asks feedparser."""

from __future__ import annotations

import calendar
import io
import re
import xml.sax
from datetime import UTC, datetime, timedelta
from time import struct_time
from typing import Any

import feedparser

from monitors.errors import NotAFeedError
from monitors.feed_mending import mend, rebuilt
from monitors.feed_parts import MAX_ENTRIES, MAX_HUBS, RawDate, RawEntry, RawFeed, RawText

_ROOT = re.compile(r"<((?:[\w.-]+:)?(?:rss|feed|rdf|channel))(?=[\s>/])", re.IGNORECASE)
_HTML = re.compile(r"<(?:html|head|body)(?=[\s>])", re.IGNORECASE)
_ENTRY = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_ENTRY_END = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_CHANNEL = re.compile(r"<(?:[\w.-]+:)?channel(?=[\s>])", re.IGNORECASE)
_OPML = re.compile(r"<opml[\s>]", re.IGNORECASE)
# How far into a document its root may stand: junk, comments and a DTD may come before it.
_PROLOG = 100_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_xml(text: str) -> RawFeed:
    """Read RSS of any version, Atom or CDF, well-formed or not.

    Raises:
        NotAFeedError: `text` is something else, or the parser cannot cope with it.
    """
    problems: list[str] = []
    document, cut = _safe_document(text, problems)
    parsed = _parse(document)
    if isinstance(parsed.get("bozo_exception"), xml.sax.SAXException):
        problems.append("cut off before its end" if _is_cut_off(text) else "not well-formed XML")
        parsed = _better(parsed, document)
    feed = parsed.feed
    if not (parsed.version or parsed.entries or (feed and _CHANNEL.search(document))):
        raise NotAFeedError("no known version of RSS or Atom")
    entries = parsed.entries[:-1] if cut else parsed.entries
    return RawFeed(
        format=parsed.version or _format(document),
        title=_text(feed, "title"),
        # Without a page of its own, a feed is told by its own address.
        link=_string(feed, "link") or _href(feed, "alternate") or _href(feed, "self"),
        language=_string(feed, "language"),
        entries=tuple(_entry(entry) for entry in entries[:MAX_ENTRIES]),
        problems=tuple(problems),
        hubs=tuple(_hrefs(feed, "hub")[:MAX_HUBS]),
        itself=_href(feed, "self"),
    )


def _better(parsed: Any, document: str) -> Any:
    """The document as feedparser reads it once it is closed up, if that loses no entry."""
    whole = rebuilt(document)
    again = _parse(whole) if whole else parsed
    return again if len(again.entries) >= len(parsed.entries) else parsed


def _format(document: str) -> str:
    """What feedparser reads and has no name for: RSS 1.1, CDF, and RSS that lost its root."""
    start = document[: document.find(">") + 1]
    if "http://purl.org/net/rss1.1#" in start:
        return "rss11"
    return "cdf" if re.search(r"<item[^<>]*\shref=", document, re.IGNORECASE) else "unknown"


def _safe_document(text: str, problems: list[str]) -> tuple[str, bool]:
    """The document from its root on, without what XML forbids; whether its last entry is partial.

    All before the root goes: no document type, so no entity is ever expanded or fetched.
    """
    root = _ROOT.search(text, 0, _PROLOG)
    if root is None and _OPML.search(text, 0, _PROLOG):
        raise NotAFeedError("OPML, a list of feeds")
    if _HTML.search(text, 0, root.start() if root else _PROLOG):
        raise NotAFeedError("a web page")
    if root is None:
        raise NotAFeedError("neither RSS nor Atom nor JSON Feed" if text.strip() else "empty")
    document = mend(text[root.start() :], problems)
    starts = [match.start() for match in _ENTRY.finditer(document)]
    if len(starts) > MAX_ENTRIES:
        problems.append(f"only the first {MAX_ENTRIES} entries were read")
        end = "</channel></rss>" if root[1].lower() == "rss" else f"</{root[1]}>"
        return document[: starts[MAX_ENTRIES]] + end, False
    partial = bool(starts) and _is_cut_off(text) and not _ENTRY_END.search(document, starts[-1])
    return document, partial


def _is_cut_off(text: str) -> bool:
    root = _ROOT.search(text, 0, _PROLOG)
    return root is not None and f"</{root[1]}" not in text[-1_000:]


def _parse(document: str) -> Any:
    # Always from a stream: feedparser opens a plain string if it is a path, and fetches a URL.
    # No base address is passed, so that we can tell a relative link from a guid.
    try:
        return feedparser.parse(
            io.BytesIO(document.encode()),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except MemoryError:
        raise
    except Exception as error:  # the library promises nothing about malformed input
        raise NotAFeedError(f"the parser failed on it ({type(error).__name__})") from error


def _entry(entry: Any) -> RawEntry:
    contents = [
        RawText(_string(part, "value"), is_html=_is_html(part))
        for part in _records(entry, "content")
        if _is_text(part)
    ]
    return RawEntry(
        guid=_string(entry, "id"),
        link=_link(entry),
        title=_text(entry, "title") if _string(entry, "title") else _text(entry, "itunes_title"),
        summary=_text(entry, "summary"),
        contents=tuple(contents),
        published=_first_date(entry, "published", "created", "prism_publicationdate"),
        updated=_date(entry, "updated"),
    )


def _link(entry: Any) -> str:
    """The entry's page: its link, else any alternate; a guid only if it is an address itself."""
    link = _string(entry, "link")
    is_guid = not _records(entry, "links") and link == _string(entry, "id")
    if link and (not is_guid or re.match(r"https?://", link, re.IGNORECASE)):
        return link
    # Atom's content may lie elsewhere, at a page of its own.
    sources = [_string(part, "src") for part in _records(entry, "content")]
    return _href(entry, "alternate") or next(filter(None, sources), "")


def _href(record: Any, relation: str) -> str:
    return next(iter(_hrefs(record, relation)), "")


def _hrefs(record: Any, relation: str) -> list[str]:
    links = _records(record, "links")
    return [_string(one, "href") for one in links if one.get("rel") == relation]


def _text(record: Any, name: str) -> RawText:
    detail = dict.get(record, f"{name}_detail")
    is_html = not isinstance(detail, dict) or _is_html(detail)
    return RawText(_string(record, name), is_html=is_html)


def _is_html(detail: Any) -> bool:
    return bool(detail.get("type", "text/html") != "text/plain")


def _is_text(detail: Any) -> bool:
    kind = str(detail.get("type", "text/html"))
    return kind.startswith("text/") or kind.endswith(("xhtml+xml", "/xml"))


def _first_date(entry: Any, *names: str) -> RawDate | None:
    return next(filter(None, (_date(entry, name) for name in names)), None)


def _date(entry: Any, name: str) -> RawDate | None:
    written, parsed = _string(entry, name), dict.get(entry, f"{name}_parsed")
    if not isinstance(parsed, struct_time):
        return RawDate(written) if written else None
    try:
        return RawDate(written, _EPOCH + timedelta(seconds=calendar.timegm(parsed)))
    except (ValueError, OverflowError):
        return RawDate(written)


# The library keeps unknown elements under their own names, next to its findings: an element called
# `links` takes the place of the links. So what is found is not taken at its word.


def _records(record: Any, name: str) -> list[Any]:
    value = dict.get(record, name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _string(record: Any, name: str) -> str:
    # Past the library's own `get`, which answers with other fields where one is missing.
    value = dict.get(record, name)
    return value if isinstance(value, str) else ""
