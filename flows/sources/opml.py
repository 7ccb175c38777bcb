"""Subscription lists (OPML, and the others that listparser knows) to feeds, and back."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import listparser
from lxml import etree

from monitors.charsets import decode_body
from monitors.errors import FeedError
from monitors.listed_addresses import listed_address_problem
from monitors.pages import clean_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from monitors.records import Feed

MAX_LIST, MAX_DEPTH, MAX_FEEDS = 2_000_000, 50, 10_000
_MAX_TITLE, _MAX_TAG = 200, 50_000
_FEED = re.compile(r"""\bxmlUrl\s*=\s*("[^"]*"|'[^']*')""", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ADDRESS = re.compile(
    r"""\b(?:xmlUrl|url|htmlUrl|rdf:(?:resource|about))\s*=\s*("[^"]*"|'[^']*')""", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ListedFeed:
    """A feed as a list names it; `line` is where, `problem` why it is not to be followed."""

    title: str
    url: str
    line: int | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionList:
    """The feeds of a list in its order, each address once.

    `sites` are pages that it names without a feed, `lists` how many other lists it refers to.
    """

    title: str
    feeds: tuple[ListedFeed, ...]
    sites: tuple[str, ...] = ()
    lists: int = 0


def read_list(body: bytes, allowed: Collection[str] = ()) -> SubscriptionList:
    """The feeds that a list names; nothing in it is fetched.

    Addresses that are not for the web, or that lead into a private network unless their host is
    `allowed`, come with their problem.

    Raises:
        FeedError: it is no such list, or larger or deeper than one can be.
    """
    if len(body) > MAX_LIST:
        raise FeedError("too_large", f"a list has at most {MAX_LIST:,} bytes")
    text, _ = decode_body(body, None)
    _check_depth(text)
    found: Any = listparser.parse(text.encode("utf-8", "replace"))
    if not (found.version or found.feeds):
        raise FeedError("not_a_list", "no list of feeds is in it")
    lines = _lines_of(text)
    listed = [*found.feeds, *_lost(text, found)]
    return SubscriptionList(
        title=clean_line(found.meta.get("title", ""))[:_MAX_TITLE],
        feeds=tuple(_listed(feed, lines, allowed) for feed in listed[:MAX_FEEDS]),
        sites=tuple(str(site.url).strip() for site in found.opportunities[:MAX_FEEDS]),
        lists=len(found.lists),
    )


def write_list(feeds: Sequence[Feed], title: str) -> str:
    """An OPML 2.0 document with the feeds that have an address."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = title
    body = ET.SubElement(root, "body")
    for feed in feeds:
        if feed.url:
            names = {"type": "rss", "text": feed.title, "title": feed.title, "xmlUrl": feed.url}
            ET.SubElement(body, "outline", names)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _listed(feed: Any, lines: dict[str, int], allowed: Collection[str]) -> ListedFeed:
    url = str(feed["url"]).strip()
    return ListedFeed(
        title=clean_line(feed.get("title") or "")[:_MAX_TITLE],
        url=url,
        line=lines.get(url),
        problem=listed_address_problem(url, allowed),
    )


def _lost(text: str, found: Any) -> Iterator[dict[str, str]]:
    """Feeds whose outline is broken, as by a quotation mark within its description."""
    known = {feed["url"] for feed in (*found.feeds, *found.lists, *found.opportunities)}
    for match in _FEED.finditer(_COMMENT.sub("", text)):
        url = html.unescape(match[1][1:-1]).strip()
        if url.startswith(("http://", "https://")) and url not in known:
            known.add(url)
            yield {"url": url, "title": ""}


def _lines_of(text: str) -> dict[str, int]:
    """Where each address of the list stands first; listparser does not say."""
    lines: dict[str, int] = {}
    line, at = 1, 0
    for match in _ADDRESS.finditer(text):
        line, at = line + text.count("\n", at, match.start()), match.start()
        lines.setdefault(html.unescape(match[1][1:-1]).strip(), line)
    return lines


def _check_depth(text: str) -> None:
    """Refuse what would keep a reader busy for minutes.

    Each feed repeats the names of all that it stands in, and each attribute of an element is
    compared with those before it.
    """
    if max(map(len, text.split(">"))) > _MAX_TAG:
        raise FeedError("not_a_list", f"{_MAX_TAG:,} characters without the end of an element")
    parser = etree.HTMLParser(target=_Depth(), encoding="utf-8", recover=True)
    try:
        etree.fromstring(text.encode("utf-8", "replace") or b"<x/>", parser)
    except etree.LxmlError as error:
        raise FeedError("not_a_list", "it cannot be read") from error


class _Depth:
    """Takes the parser's events and counts how deep outlines stand in each other."""

    def __init__(self) -> None:
        self._depth = 0

    def start(self, tag: str, _attributes: object) -> None:
        self._depth += tag == "outline"
        if self._depth > MAX_DEPTH:
            raise FeedError("too_large", f"more than {MAX_DEPTH} outlines within each other")

    def end(self, tag: str) -> None:
        self._depth -= tag == "outline"

    def data(self, _text: str) -> None:
        """Text says nothing of depth."""

    def comment(self, _text: str) -> None:
        """Nor do comments."""

    def pi(self, _target: str, _data: str | None = None) -> None:
        """Nor do processing instructions."""

    def close(self) -> None:
        """Nothing is left to do."""
