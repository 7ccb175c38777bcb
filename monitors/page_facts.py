"""What a web page says of itself to machines: dates, canonical link, whether it is free to read.

All of it is a claim from outside. Nothing here raises on it, whatever it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monitors.feed_dates import is_plausible, read_date
from monitors.feed_parts import RawDate
from monitors.feeds import absolute_url
from monitors.pages import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from lxml.html import HtmlElement

    from monitors.records import PageDateSource

    Found = tuple[datetime, PageDateSource]

_MOST_JSON = 500_000
_DEEPEST = 8
_PUBLISHED = (
    "article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date",
    "sailthru.date", "dc.date.issued", "dcterms.created", "publication_date", "pubdate", "date",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "last-modified",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PageFacts:
    """The claims of a page that could be read; dates that cannot be right are left out.

    `is_free` is False where the page says that it may not be read without paying. `asks_password`
    where it has a field for one. `link_texts` are the words of its links, each once.
    """

    canonical_url: str | None
    published: Found | None
    modified: Found | None
    is_free: bool
    asks_password: bool
    link_texts: frozenset[str]


def read_facts(tree: HtmlElement, url: str, now: datetime) -> PageFacts:
    """The facts of a parsed page that came from `url`."""
    articles = [node for node in _json_nodes(tree) if _is_article(node)]
    meta = _meta(tree)
    canonical = next(iter(tree.xpath("//head//link[@rel='canonical']/@href")), "")
    published = [(str(node.get("datePublished") or ""), "json-ld") for node in articles]
    published += [(meta[name], "meta") for name in _PUBLISHED if name in meta]
    published += [(value, "time") for value in _times(tree)]
    modified = [(str(node.get("dateModified") or ""), "json-ld") for node in articles]
    modified += [(meta[name], "meta") for name in _MODIFIED if name in meta]
    return PageFacts(
        canonical_url=absolute_url(url, canonical) if canonical else None,
        published=_first_date(published, now),
        modified=_first_date(modified, now),
        is_free=not any(_is_closed(node) for node in articles),
        asks_password=bool(tree.xpath("//input[@type='password']")),
        link_texts=frozenset(clean_line(link.text_content()) for link in tree.iter("a")) - {""},
    )


def _first_date(written: Iterable[tuple[str, Any]], now: datetime) -> Found | None:
    for value, source in written:
        moment = read_date(RawDate(value[:100])) if value else None
        if moment and is_plausible(moment, now):
            return moment, source
    return None


def _meta(tree: HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        found.setdefault(name.lower(), element.get("content") or "")
    return found


def _times(tree: HtmlElement) -> list[str]:
    """The one date that stands in the article's own head; of several nobody knows which."""
    times = {str(value) for value in tree.xpath("//article//time/@datetime")}
    return list(times) if len(times) == 1 else []


def _json_nodes(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    for script in tree.xpath("//script[@type='application/ld+json']"):
        text = script.text or ""
        if len(text) > _MOST_JSON:
            continue
        try:
            yield from _nodes(json.loads(text, strict=False), 0)
        except (ValueError, RecursionError):
            continue


def _nodes(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        yield value
        value = [value.get("@graph"), value.get("mainEntity"), value.get("mainEntityOfPage")]
    if isinstance(value, list):
        for part in value:
            yield from _nodes(part, depth + 1)


def _is_article(node: dict[str, Any]) -> bool:
    kinds = node.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return any(str(name).endswith(("Article", "Posting", "Report")) for name in names)


def _is_closed(node: dict[str, Any]) -> bool:
    return str(node.get("isAccessibleForFree", "")).strip().lower() in {"false", "no"}
