"""The page of an article to its text, by trafilatura, and whether it is the article at all.

Pure: trafilatura can also fetch, but what is called here (`bare_extraction`) is handed a parsed
tree and touches no network. It takes seconds for some inputs, so call it where it can be stopped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monitors.charsets import decode_body
from monitors.feed_dates import is_plausible, read_date
from monitors.feed_parts import RawDate
from monitors.languages import identify
from monitors.page_facts import PageFacts, read_facts
from monitors.page_quality import wall_in
from monitors.pages import clean_line, text_of_html

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from lxml.html import HtmlElement

    from monitors.records import PageDateSource, PageProblem

    # `extract_page`, or what has it done elsewhere.
    Extract = Callable[[bytes, str | None, str, datetime], "Page"]

# What is beyond is not read: the text of an article lies in the first tenth of such a page.
MAX_PAGE = 2_000_000
MAX_TEXT = 500_000
_MOST_NAME = 300
# Enough to tell a wall by.
_SEEN = 20_000
_META_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE
)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TAG = re.compile(r"<[a-z!?/]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """What a page holds. With a `problem`, `text` is not the article, and is there to look at.

    On an `empty` page no article was found, and `text` is all that stands on it.
    The dates are the page's own account, with where it says so. `canonical_url` is the address that
    the page gives itself, on whatever site. `language` as `monitors.languages` tells.
    """

    text: str
    title: str = ""
    author: str | None = None
    published_at: datetime | None = None
    published_source: PageDateSource | None = None
    modified_at: datetime | None = None
    modified_source: PageDateSource | None = None
    canonical_url: str | None = None
    language: str | None = None
    problem: PageProblem | None = None


def extract_page(body: bytes, content_type: str | None, url: str, now: datetime) -> Page:
    """The article in the page `body` that came from `url`; dates after `now` are not believed.

    Never raises for what a page holds; a page that cannot be read is `empty`.
    """
    html = _decode(body[:MAX_PAGE], content_type)
    tree = _parse(html) if _TAG.search(html) else None
    if tree is None:
        return Page(_all_text(html), problem="empty")
    facts = read_facts(tree, url, now)
    document = _main_part(tree, url, now)
    named = document.title if document else None
    title = clean_line(named or tree.findtext(".//title") or "", _MOST_NAME)
    text = _paragraphs(document.text or "" if document else "", title)
    problem = _problem(html, title, text, facts)
    if problem == "empty":
        text = _all_text(html)
    published = facts.published or _guessed(document, now)
    return Page(
        text=text,
        title=title,
        author=clean_line(document.author or "", _MOST_NAME) or None if document else None,
        published_at=published[0] if published else None,
        published_source=published[1] if published else None,
        modified_at=facts.modified[0] if facts.modified else None,
        modified_source=facts.modified[1] if facts.modified else None,
        canonical_url=facts.canonical_url,
        language=identify(f"{title}\n\n{text}"),
        problem=problem,
    )


def _paragraphs(lines: str, title: str) -> str:
    """The article's lines as paragraphs, without the headline that stands above them."""
    paragraphs = list(filter(None, map(clean_line, lines[:MAX_TEXT].splitlines())))
    return "\n\n".join(paragraphs[1:] if paragraphs[:1] == [title] else paragraphs)


def _all_text(html: str) -> str:
    return text_of_html(html)[:MAX_TEXT].rstrip()


def _problem(html: str, title: str, text: str, facts: PageFacts) -> PageProblem | None:
    visible = f"{title}\n{text_of_html(html[:200_000])[:_SEEN]}" if len(text) < _SEEN else ""
    return wall_in(title, text, visible, facts)


def _decode(body: bytes, content_type: str | None) -> str:
    declared = _META_CHARSET.search(body[:4_096])
    if declared and "charset" not in (content_type or "").lower():
        content_type = f"text/html; charset={declared[1].decode('ascii', 'replace')}"
    return _ILLEGAL.sub("", decode_body(body, content_type)[0])


def _parse(html: str) -> HtmlElement | None:
    from lxml import etree  # noqa: PLC0415 - with trafilatura, 40 MB and a third of a second
    from lxml.html import HTMLParser, document_fromstring  # noqa: PLC0415

    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        return document_fromstring(html.encode(), parser=parser)
    except (etree.LxmlError, ValueError):
        return None


def _main_part(tree: HtmlElement, url: str, now: datetime) -> Any:
    """What trafilatura takes for the article; None if it finds nothing or breaks on the page."""
    from trafilatura import bare_extraction  # noqa: PLC0415

    try:
        return bare_extraction(
            tree,
            url=url,
            favor_precision=True,
            include_comments=False,
            include_tables=False,
            with_metadata=True,
            date_extraction_params={
                "original_date": True,
                "extensive_search": False,
                "max_date": now.date().isoformat(),
            },
        )
    except Exception:  # noqa: BLE001 - the library promises nothing about malformed input
        return None


def _guessed(document: Any, now: datetime) -> tuple[datetime, PageDateSource] | None:
    moment = read_date(RawDate(document.date)) if document and document.date else None
    return (moment, "guess") if moment and is_plausible(moment, now) else None
