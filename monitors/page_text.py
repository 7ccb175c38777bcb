"""A web page to its title, its date and all the text that stands on it."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from lxml import etree

from monitors.charsets import decode_body
from monitors.headers import read_written_date
from monitors.pages import clean_line, text_of_html

if TYPE_CHECKING:
    from datetime import datetime

# In the order in which they are trusted.
_DATES = (
    "article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date",
    "dc.date.issued", "dc.date", "dcterms.created", "pubdate", "publishdate", "date",
)  # fmt: skip
_LINKED_DATA = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset=["']?([\w.:-]{1,40})""", re.IGNORECASE)
_MAX_TITLE = 500


class Page(Protocol):
    """What a reader of pages answers; `problem` says why `text` is not the article, if it is not.

    Dates are in UTC, None where the page names none.
    """

    @property
    def text(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def published_at(self) -> datetime | None: ...
    @property
    def problem(self) -> str | None: ...


class PageReader(Protocol):
    """Reads the bytes of a page that came from `url` with this Content-Type."""

    def __call__(
        self, body: bytes, content_type: str | None, url: str, now: datetime, /
    ) -> Page: ...


@dataclass(frozen=True, slots=True)
class PlainPage:
    """A page as it stands, menus and all."""

    text: str
    title: str
    published_at: datetime | None
    problem: str | None = None


def read_plain_page(
    body: bytes, content_type: str | None, _url: str, now: datetime, /
) -> PlainPage:
    """Read a page without telling its article from what stands around it."""
    source, _ = decode_body(body, _with_charset(body, content_type))
    head = _Head()
    parser = etree.HTMLParser(target=head, encoding="utf-8", huge_tree=True)
    with suppress(etree.LxmlError, ValueError):  # what was seen until then will do
        etree.fromstring(f"<html>{source}".encode(), parser)
    title = clean_line(head.meta.get("og:title") or "".join(head.title))[:_MAX_TITLE]
    written = [head.meta[name] for name in _DATES if name in head.meta]
    written += _LINKED_DATA.findall(source, 0, 500_000)[:1] + head.times[:1]
    moments = (read_written_date(value, now) for value in written)
    return PlainPage(text_of_html(source), title, next(filter(None, moments), None))


def _with_charset(body: bytes, content_type: str | None) -> str | None:
    """The Content-Type with the charset that the page names itself, where the header has none."""
    if "charset" in (content_type or ""):
        return content_type
    named = _CHARSET.search(body, 0, 4_096)
    return f"text/html; charset={named[1].decode()}" if named else content_type


class _Head:
    """Takes the parser's events and keeps what the page says of itself."""

    def __init__(self) -> None:
        self.meta: dict[str, str] = {}
        self.title: list[str] = []
        self.times: list[str] = []
        self._in_title = False

    def start(self, tag: str, attributes: Any) -> None:
        self._in_title = tag == "title" and not self.title
        if tag == "meta":
            name = attributes.get("property") or attributes.get("name") or ""
            name = name or attributes.get("itemprop") or ""
            self.meta.setdefault(name.lower(), attributes.get("content") or "")
        elif tag == "time" and attributes.get("datetime"):
            self.times.append(attributes["datetime"])

    def end(self, _tag: str) -> None:
        self._in_title = False

    def data(self, text: str) -> None:
        if self._in_title:
            self.title.append(text)

    def comment(self, _text: str) -> None:
        """Comments are not read."""

    def pi(self, _target: str, _data: str | None = None) -> None:
        """Nor are processing instructions."""

    def close(self) -> None:
        """Nothing is left to do."""
