"""Sitemaps, lists of sitemaps and news sitemaps, to the addresses in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

from monitors.charsets import decode_body
from monitors.errors import FeedError
from monitors.feeds import absolute_url
from monitors.headers import read_written_date

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

MAX_ADDRESSES = 50_000  # as the protocol has it
_KEPT = frozenset({"loc", "lastmod", "publication_date"})


@dataclass(frozen=True, slots=True)
class Listed:
    """An address in a sitemap: when it was changed and, in a news sitemap, when published."""

    url: str
    modified_at: datetime | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap lists: pages, or other sitemaps."""

    pages: tuple[Listed, ...]
    sitemaps: tuple[Listed, ...]


def parse_sitemap(body: bytes, *, url: str, now: datetime) -> Sitemap:
    """Read a sitemap in XML, or in plain text with an address a line.

    Raises:
        FeedError: it is neither.
    """
    text, _ = decode_body(body, None)
    if text.lstrip()[:1] != "<":
        return Sitemap(tuple(_of_lines(text, url)), ())
    pages: list[Listed] = []
    sitemaps: list[Listed] = []
    reader = _Reader(url, now, {"url": pages, "sitemap": sitemaps})
    # Entities are not expanded and nothing is loaded, whatever the document asks for.
    parser = etree.XMLParser(
        target=reader, recover=True, resolve_entities=False, no_network=True, load_dtd=False
    )
    try:
        etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError) as error:
        raise FeedError("not_a_sitemap", "it cannot be read") from error
    if reader.root not in {"urlset", "sitemapindex"}:
        raise FeedError("not_a_sitemap", f"it is a document of the kind {reader.root[:40]!r}")
    return Sitemap(tuple(pages), tuple(sitemaps))


def _of_lines(text: str, url: str) -> Iterator[Listed]:
    for line in text.split("\n", MAX_ADDRESSES)[:MAX_ADDRESSES]:
        address = absolute_url(url, line)
        if not line.strip().startswith(("http://", "https://")):
            if line.strip():
                raise FeedError("not_a_sitemap", "a line of it is no address")
        elif address:
            yield Listed(address)


class _Reader:
    """Takes the parser's events; no tree is built, so size and depth cost little."""

    def __init__(self, url: str, now: datetime, lists: dict[str, list[Listed]]) -> None:
        self.root = ""
        self._url, self._now, self._lists = url, now, lists
        self._fields: dict[str, str] = {}
        self._field = ""

    def start(self, tag: str, _attributes: object) -> None:
        name = tag.rpartition("}")[2]
        self.root = self.root or name
        self._field = name if name in _KEPT and name not in self._fields else ""
        if name in self._lists:
            self._fields = {}

    def data(self, text: str) -> None:
        if self._field and len(self._fields.get(self._field, "")) < 2_100:  # noqa: PLR2004
            self._fields[self._field] = self._fields.get(self._field, "") + text

    def end(self, tag: str) -> None:
        self._field = ""
        found: Any = self._lists.get(tag.rpartition("}")[2])
        if found is not None and len(found) < MAX_ADDRESSES:
            url = absolute_url(self._url, self._fields.get("loc", ""))
            if url:
                found.append(Listed(url, self._date("lastmod"), self._date("publication_date")))

    def _date(self, name: str) -> datetime | None:
        written = self._fields.get(name, "").strip()
        return read_written_date(written, self._now) if written else None

    def comment(self, _text: str) -> None:
        """Comments are not read."""

    def pi(self, _target: str, _data: str | None = None) -> None:
        """Nor are processing instructions."""

    def close(self) -> None:
        """Nothing is left to do."""
