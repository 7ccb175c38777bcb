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
from monitors.feed_parts import MAX_ENTRIES, RawDate, RawEntry, RawFeed, RawText

_ROOT = re.compile(r"<((?:[\w.-]+:)?(?:rss|feed|rdf))(?=[\s>/])", re.IGNORECASE)
_HTML = re.compile(r"<(?:html|head|body)(?=[\s>])", re.IGNORECASE)
_ENTRY = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_ENTRY_END = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
# Characters and references to characters that XML does not allow.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9a-f]+)|([0-9]+));?", re.IGNORECASE)
# feedparser looks for a mail address in a way that takes seconds for a name of some 30,000 letters.
# We do not use names.
_LONG_NAME = re.compile(
    r"(<(?:[\w.-]+:)?(?:author|creator|managingeditor|webmaster|publisher|contributor|owner|name)"
    r"(?:\s[^<>]*)?>)(?:<!\[CDATA\[)?[^<]{500,}",
    re.IGNORECASE,
)
# How far into a document its root may stand: junk, comments and a DTD may come before it.
_PROLOG = 100_000
_CDATA = "<![CDATA["
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_xml(text: str) -> RawFeed:
    """Read RSS 0.9x, 1.0 or 2.0 or Atom, well-formed or not.

    Raises:
        NotAFeedError: `text` is something else, or the parser cannot cope with it.
    """
    problems: list[str] = []
    document, cut = _safe_document(text, problems)
    parsed = _parse(document)
    if not parsed.version and not parsed.entries:
        raise NotAFeedError("no known version of RSS or Atom")
    entries = parsed.entries[:-1] if cut else parsed.entries
    if isinstance(parsed.get("bozo_exception"), xml.sax.SAXException):
        problems.append("cut off before its end" if _is_cut_off(text) else "not well-formed XML")
    feed = parsed.feed
    return RawFeed(
        format=parsed.version or "unknown",
        title=_text(feed, "title"),
        link=_string(feed, "link"),
        language=_string(feed, "language"),
        entries=tuple(_entry(entry) for entry in entries[:MAX_ENTRIES]),
        problems=tuple(problems),
    )


def _safe_document(text: str, problems: list[str]) -> tuple[str, bool]:
    """The document from its root on, without what XML forbids; whether its last entry is partial.

    All before the root goes: no document type, so no entity is ever expanded or fetched.
    """
    root = _ROOT.search(text, 0, _PROLOG)
    if _HTML.search(text, 0, root.start() if root else _PROLOG):
        raise NotAFeedError("a web page")
    if root is None:
        raise NotAFeedError("neither RSS nor Atom nor JSON Feed" if text.strip() else "empty")
    document = _mended(text[root.start() :], problems)
    starts = [match.start() for match in _ENTRY.finditer(document)]
    if len(starts) > MAX_ENTRIES:
        problems.append(f"only the first {MAX_ENTRIES} entries were read")
        end = "</channel></rss>" if root[1].lower() == "rss" else f"</{root[1]}>"
        return document[: starts[MAX_ENTRIES]] + end, False
    partial = bool(starts) and _is_cut_off(text) and not _ENTRY_END.search(document, starts[-1])
    return document, partial


def _mended(document: str, problems: list[str]) -> str:
    legal = _REFERENCE.sub(_legal_reference, _ILLEGAL.sub("", document))
    if legal != document:
        problems.append("characters that XML forbids were removed")
    opened = legal.rfind(_CDATA)
    if opened > legal.rfind("]]>"):
        problems.append("a CDATA section was not closed")
        legal = legal[:opened] + legal[opened + len(_CDATA) :]
    return _LONG_NAME.sub(r"\1", legal)


def _legal_reference(match: re.Match[str]) -> str:
    digits, base = (match[1], 16) if match[1] else (match[2], 10)
    if len(digits) > len("1114111"):
        return ""
    code = int(digits, base)
    legal = code in {9, 10, 13} or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE  # noqa: PLR2004 - XML 1.0, Char
    return match[0] if legal or 0x10000 <= code < 0x110000 else ""  # noqa: PLR2004


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
        title=_text(entry, "title"),
        summary=_text(entry, "summary"),
        contents=tuple(contents),
        published=_date(entry, "published") or _date(entry, "created"),
        updated=_date(entry, "updated"),
    )


def _link(entry: Any) -> str:
    """The entry's page: its link, else any alternate; a guid only if it is an address itself."""
    if link := _string(entry, "link"):
        is_guid = not _records(entry, "links") and link == _string(entry, "id")
        return "" if is_guid and not re.match(r"https?://", link, re.IGNORECASE) else link
    links = _records(entry, "links")
    return next((_string(one, "href") for one in links if one.get("rel") == "alternate"), "")


def _text(record: Any, name: str) -> RawText:
    detail = dict.get(record, f"{name}_detail")
    is_html = not isinstance(detail, dict) or _is_html(detail)
    return RawText(_string(record, name), is_html=is_html)


def _is_html(detail: Any) -> bool:
    return bool(detail.get("type", "text/html") != "text/plain")


def _is_text(detail: Any) -> bool:
    kind = str(detail.get("type", "text/html"))
    return kind.startswith("text/") or kind.endswith(("xhtml+xml", "/xml"))


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
