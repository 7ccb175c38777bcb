"""The reader of JSON Feed, versions 1 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
import re

from monitors.errors import NotAFeedError
from monitors.feed_parts import MAX_ENTRIES, MAX_HUBS, RawDate, RawEntry, RawFeed, RawText

_VERSION = re.compile(r"(https?://(?:www\.)?jsonfeed\.org/version/)?(1(?:\.\d+)?)/?")
# What only the entries of a JSON Feed have.
_TELLING = {"content_html", "content_text", "date_published", "external_url"}


def read_json(text: str) -> RawFeed:
    """Read a JSON Feed.

    Raises:
        NotAFeedError: `text` is no JSON, or JSON of another kind.
    """
    document = _load(text)
    version = _VERSION.fullmatch(_string(document, "version"))
    items = document.get("items")
    if not version or not isinstance(items, list) or not (version[1] or _are_entries(items)):
        raise NotAFeedError("JSON, but not a JSON Feed")
    entries = [_entry(item) for item in items[:MAX_ENTRIES] if isinstance(item, dict)]
    problems = []
    if len(items) > MAX_ENTRIES:
        problems.append(f"only the first {MAX_ENTRIES} entries were read")
    if len(entries) < min(len(items), MAX_ENTRIES):
        problems.append("some entries are not objects")
    return RawFeed(
        format=f"json{version[2]}",
        title=RawText(_string(document, "title"), is_html=False),
        link=_string(document, "home_page_url"),
        language=_string(document, "language"),
        entries=tuple(entries),
        problems=tuple(problems),
        hubs=tuple(_hubs(document)),
        itself=_string(document, "feed_url"),
    )


def _hubs(document: dict[str, object]) -> list[str]:
    hubs = document.get("hubs")
    named = [hub for hub in hubs if isinstance(hub, dict)] if isinstance(hubs, list) else []
    ours = [hub for hub in named if _string(hub, "type").lower() == "websub"]
    return [_string(hub, "url") for hub in ours[:MAX_HUBS]]


def _are_entries(items: list[object]) -> bool:
    """Whether a feed that names a bare version number is a JSON Feed by what is in it."""
    return any(isinstance(item, dict) and _TELLING & item.keys() for item in items)


def _load(text: str) -> dict[str, object]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotAFeedError("JSON that cannot be read") from error
    if not isinstance(document, dict):
        raise NotAFeedError("JSON, but not a JSON Feed")
    return document


def _entry(item: dict[str, object]) -> RawEntry:
    contents = (
        RawText(_string(item, "content_html")),
        RawText(_string(item, "content_text"), is_html=False),
    )
    return RawEntry(
        guid=_string(item, "id"),
        # `external_url` is the page that a link blog talks about, not the entry itself.
        link=_string(item, "url") or _string(item, "external_url"),
        title=RawText(_string(item, "title"), is_html=False),
        summary=RawText(_string(item, "summary"), is_html=False),
        contents=tuple(content for content in contents if content.value),
        published=_date(item, "date_published"),
        updated=_date(item, "date_modified"),
    )


def _date(item: dict[str, object], name: str) -> RawDate | None:
    written = _string(item, name)
    return RawDate(written) if written else None


def _string(item: dict[str, object], name: str) -> str:
    """The value as text; numbers are allowed where the specification wants strings (ids)."""
    value = item.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    try:
        return str(value)
    except ValueError:  # an integer of more digits than Python prints
        return ""
