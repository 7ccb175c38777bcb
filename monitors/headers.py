"""What stands before the text of a file: front matter, or lines such as `Date: 2 April 2024`."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime

from monitors.feed_dates import is_plausible, read_date
from monitors.feed_parts import RawDate

_FENCES, _MOST_LINES = frozenset({"---", "..."}), 100
_FIELD = re.compile(r"([A-Za-z][A-Za-z _-]{0,30}):[ \t]*(.*)")
# `date 2024-04-02 The president …`, as the seed article begins.
_DATED = re.compile(r"\s*date:?[ \t]+(\d{4}-\d\d-\d\d)\b[ \t]*", re.IGNORECASE)
_KEYS = {
    **dict.fromkeys(("title", "headline", "subject"), "title"),
    **dict.fromkeys(("date", "published", "publishdate", "pubdate", "publication date"), "date"),
    **dict.fromkeys(("author", "authors", "by", "byline"), "author"),
    **dict.fromkeys(("url", "link", "permalink"), "url"),
    **dict.fromkeys(("outlet", "publisher", "newspaper", "source"), "outlet"),
}
# Without one of these, lines with a colon are the text itself.
_TELLING = frozenset({"title", "date", "url"})
_DAYS = ("%d %B %Y", "%B %d, %Y", "%d %b %Y", "%b %d, %Y", "%Y/%m/%d", "%d.%m.%Y", "%Y%m%d")


def split_header(text: str) -> tuple[dict[str, str], str]:
    """The header's fields (title, date, author, url, outlet) and the text that follows it."""
    lines = text.lstrip("\ufeff").lstrip("\n").split("\n")
    if lines[0].strip() == "---":
        return _front_matter(lines, text)
    dated = _DATED.match(text)
    if dated and ":" not in dated[0]:
        return {"date": dated[1]}, text[dated.end() :]
    return _field_lines(lines, text)


def read_written_date(value: str, now: datetime) -> datetime | None:
    """The moment that a person wrote down; None if it cannot be read or cannot be right."""
    moment = read_date(RawDate(value)) or _day(" ".join(value.split()))
    return moment if moment and is_plausible(moment, now) else None


def _front_matter(lines: list[str], text: str) -> tuple[dict[str, str], str]:
    for end, line in enumerate(lines[1:_MOST_LINES], start=1):
        if line.strip() in _FENCES:
            return _fields(lines[1:end]), "\n".join(lines[end + 1 :])
    return {}, text


def _field_lines(lines: list[str], text: str) -> tuple[dict[str, str], str]:
    end = 0
    while end < min(len(lines), _MOST_LINES) and _key(lines[end]):
        end += 1
    fields = _fields(lines[:end])
    return (fields, "\n".join(lines[end:])) if fields.keys() & _TELLING else ({}, text)


def _fields(lines: list[str]) -> dict[str, str]:
    """The fields that are known, each as it is given first."""
    fields: dict[str, str] = {}
    for line in lines:
        key, match = _key(line), _FIELD.match(line)
        value = _unquoted(match[2].strip()) if match else ""
        if key == "outlet" and value.startswith(("http://", "https://")):
            key = "url"
        if key and value:
            fields.setdefault(key, value)
    return fields


def _key(line: str) -> str | None:
    match = _FIELD.match(line)
    return _KEYS.get(match[1].strip().lower()) if match else None


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _day(written: str) -> datetime | None:
    for notation in _DAYS:
        with suppress(ValueError):
            return datetime.strptime(written, notation).replace(tzinfo=UTC)
    return None
