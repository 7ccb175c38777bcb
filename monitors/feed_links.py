"""Where a web page says that its feeds are."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from lxml import etree

from monitors.charsets import decode_body
from monitors.feeds import absolute_url

if TYPE_CHECKING:
    from collections.abc import Iterator

_FEED_TYPES = frozenset({
    "application/rss+xml", "application/atom+xml", "application/feed+json", "application/json",
    "application/rdf+xml", "application/xml", "text/xml",
})  # fmt: skip
_FEED_PATH = re.compile(
    r"/(?:feeds?|rss|atom)(?:[/.][\w.-]*)?/?$|\.(?:rss|atom|rdf)$", re.IGNORECASE
)
# A feed of what readers say is nobody's position.
_COMMENTS = re.compile(r"\bcomments?\b", re.IGNORECASE)
COMMON_PATHS = ("/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json")


def feed_links(body: bytes, content_type: str | None, url: str) -> list[str]:
    """The feeds that a page names: first those of its head, then links that look like one."""
    source, _ = decode_body(body, content_type)
    reader = _Links()
    parser = etree.HTMLParser(target=reader, encoding="utf-8", huge_tree=True)
    with suppress(etree.LxmlError, ValueError):  # what was seen until then will do
        etree.fromstring(f"<html>{source}".encode("utf-8", "replace"), parser)
    base = urljoin(url, reader.base) if reader.base else url
    named = [(link, title) for link, title in reader.named if not _is_oembed(link)]
    named.sort(key=lambda pair: bool(_COMMENTS.search(" ".join(pair))))
    links = [link for link, _ in named] + reader.linked
    return list(dict.fromkeys(_absolute(links, base)))


def common_places(url: str) -> list[str]:
    """Where the feed of a site stands mostly, beginning with the folder of the page itself."""
    parts = urlsplit(url)
    own = parts.path.rstrip("/")
    places = [f"{own}{COMMON_PATHS[0]}"] if own else []
    return [urljoin(url, path) for path in dict.fromkeys([*places, *COMMON_PATHS])]


def _absolute(links: list[str], base: str) -> Iterator[str]:
    for link in links:
        # Pages write feed:// for a feed that is fetched by http.
        url = absolute_url(base, re.sub(r"^feed:(?://)?(?=https?:)|^feed:(?=//)", "", link.strip()))
        if url:
            yield url


def _is_oembed(link: str) -> bool:
    return "oembed" in link or "wp-json" in link


class _Links:
    """Takes the parser's events and keeps what may lead to a feed."""

    def __init__(self) -> None:
        self.base = ""
        self.named: list[tuple[str, str]] = []
        self.linked: list[str] = []

    def start(self, tag: str, attributes: Any) -> None:
        link = attributes.get("href") or ""
        if tag == "base" and not self.base:
            self.base = link
        elif tag == "link" and link and "alternate" in (attributes.get("rel") or "").lower():
            if (attributes.get("type") or "").partition(";")[0].strip().lower() in _FEED_TYPES:
                self.named.append((link, attributes.get("title") or ""))
        elif tag == "a" and _FEED_PATH.search(link.partition("?")[0]):
            self.linked.append(link)

    def end(self, _tag: str) -> None:
        """Where an element ends does not matter."""

    def data(self, _text: str) -> None:
        """Nor does its text."""

    def comment(self, _text: str) -> None:
        """Nor do comments."""

    def pi(self, _target: str, _data: str | None = None) -> None:
        """Nor do processing instructions."""

    def close(self) -> None:
        """Nothing is left to do."""
