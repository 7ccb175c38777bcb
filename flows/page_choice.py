"""Which entries of a feed are read from their pages, and which are known already.

A page for every entry of a dozen feeds would be some thousand requests a day, nearly all of them
for articles that no topic is named in. So by default a page is asked for only where the feed's
text is a summary and the headline or the summary names a topic: whoever takes a side on a topic
in the body of an article that does not name it before is missed, unless the feed says "always".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from flows.store.articles import current_versions
from flows.store.pages import WantedPage, known_pages
from monitors.identity import content_hash

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import duckdb

    from flows.admit import Draft
    from flows.store.articles import KnownVersion
    from flows.store.pages import KnownPage
    from flows.wiring import Installation
    from monitors.records import Feed

# A feed's text of fewer characters is a summary: news in full is seldom so short.
_SUMMARY = 800
_CUT_OFF = re.compile(
    r"(?:…|\.{3}|\[…\]|\[\.{3}\]|(?:continue|keep) reading|read (?:more|on|the full \w+|full \w+))"
    r"\W*$",
    re.IGNORECASE,
)
# A feed that says "updated" at every poll must not have its pages read at every poll.
_LEAST_AGE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class FeedDraft:
    """What a feed says of an entry, and when it says that this was last changed."""

    draft: Draft
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Choice:
    """The drafts to admit as the feed has them, and the pages to read for the others."""

    drafts: tuple[Draft, ...]
    wanted: tuple[WantedPage, ...]


def choose_pages(
    connection: duckdb.DuckDBPyConnection,
    installation: Installation,
    entries: Iterable[tuple[Feed, FeedDraft]],
) -> Choice:
    """Part the entries of feeds, without those of which their feed says what it said before."""
    # Some feeds give one URL to several entries; always the first one, or they would take turns.
    first: dict[tuple[str, str], tuple[Feed, FeedDraft]] = {}
    for feed, entry in entries:
        if entry.draft.text:
            first.setdefault((feed.feed_id, entry.draft.url), (feed, entry))
    pages = known_pages(connection, {link for _, link in first})
    news = {
        (feed_id, link): (feed, entry)
        for (feed_id, link), (feed, entry) in first.items()
        if link not in pages or _is_news(entry, pages[link])
    }
    needing = {
        key
        for key, (feed, entry) in news.items()
        if _needs_page(installation, feed, entry.draft, pages.get(key[1]))
    }
    articles = current_versions(connection, {link for _, link in needing}) if needing else {}
    drafts: list[Draft] = []
    wanted: dict[str, WantedPage] = {}
    for key, (_, entry) in news.items():
        link = entry.draft.url
        if link in wanted:
            continue
        if key in needing and not _is_kept(entry.draft, articles.get(link)):
            wanted[link] = _wanted(entry)
        else:
            page = pages.get(link)
            known_url = page.url if page else None
            drafts.append(replace(entry.draft, url=known_url) if known_url else entry.draft)
    return Choice(tuple(drafts), tuple(wanted.values()))


def _is_news(entry: FeedDraft, page: KnownPage) -> bool:
    """Whether the feed says other than it did when the page was asked for.

    As with articles, a link belongs to the feed that brought it first.
    """
    draft = entry.draft
    if page.feed_id != draft.feed_id:
        return False
    if page.source_hash != content_hash(draft.text):
        return True
    moved = bool(entry.updated_at and entry.updated_at != page.source_updated_at)
    return moved and bool(page.asked_at and draft.first_seen_at - page.asked_at >= _LEAST_AGE)


def _is_kept(draft: Draft, article: KnownVersion | None) -> bool:
    """Whether the article is there in just these words, or is another feed's."""
    return article is not None and (
        article.feed_id != draft.feed_id or article.content_hash == content_hash(draft.text)
    )


def _needs_page(
    installation: Installation, feed: Feed, draft: Draft, page: KnownPage | None
) -> bool:
    if not installation.config.settings.pages.per_run or feed.full_text == "never":
        return False
    if not draft.url.startswith(("http://", "https://")):
        return False
    if feed.full_text == "always":
        return True
    # A file is what somebody put on this machine: nothing is fetched for it unasked.
    if feed.path is not None or not is_summary(draft.text):
        return False
    was_read = page is not None and page.read_at is not None
    return was_read or installation.screen.passes(draft.text)


def is_summary(text: str) -> bool:
    """Whether a feed's text is only a part of the article: short, or cut off."""
    return len(text) < _SUMMARY or _CUT_OFF.search(text[-100:]) is not None


def _wanted(entry: FeedDraft) -> WantedPage:
    draft = entry.draft
    return WantedPage(
        link=draft.url,
        feed_id=draft.feed_id,
        outlet=draft.outlet,
        title=draft.title,
        text=draft.text,
        source_hash=content_hash(draft.text),
        source_updated_at=entry.updated_at,
        published_at=draft.published_at,
        date_source=draft.date_source,
        first_seen_at=draft.first_seen_at,
    )
