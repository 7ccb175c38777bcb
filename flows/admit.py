"""New texts become articles: identity, versions, stories. Feeds and replays come this way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from flows.store.articles import current_versions, save_articles, unchanged
from flows.store.sketches import KnownSketches, save_sketches
from monitors.agencies import agency_named, credited_agency
from monitors.canonical_urls import canonical_url
from monitors.copies import sketch
from monitors.identity import article_id, content_hash
from monitors.records import Article, DateSource, Entry, Feed
from monitors.stories import WINDOW_DAYS, StoryIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import duckdb

    from flows.store.articles import KnownVersion
    from monitors.records import TextSource

# The article itself names no date: a new version keeps that of the one before.
_UNDATED = frozenset({"file", "first_seen"})


@dataclass(frozen=True, slots=True)
class Draft:
    """A text as a source gives it, before it is known whether it is new."""

    url: str
    feed_id: str
    outlet: str
    title: str
    text: str
    published_at: datetime
    date_source: DateSource
    first_seen_at: datetime
    language: str | None = None
    text_source: TextSource = "feed"
    text_problem: str | None = None
    author: str | None = None
    modified_at: datetime | None = None


def draft_of_entry(feed: Feed, entry: Entry, seen_at: datetime) -> Draft:
    """A feed's entry as a draft; an entry without a date is dated when it was first seen."""
    return Draft(
        url=canonical_url(entry.url) if entry.url else f"feed:{feed.feed_id}/{entry.entry_id}",
        feed_id=feed.feed_id,
        outlet=entry.outlet or feed.outlet,
        title=entry.title,
        text=with_headline(entry.title, entry.text or entry.summary),
        published_at=entry.published_at or seen_at,
        date_source=entry.date_source,
        first_seen_at=seen_at,
    )


def with_headline(title: str, text: str) -> str:
    """The text with its headline as first paragraph, unless it already starts with it."""
    if not title or text.startswith(title):
        return text
    return f"{title}\n\n{text}" if text else title


def admit(
    connection: duckdb.DuckDBPyConnection,
    drafts: Sequence[Draft],
    known: KnownSketches | None = None,
) -> list[Article]:
    """Keep those drafts that are new articles or new versions, and answer them.

    A URL belongs to the feed that brought it first: another feed that carries it with other words
    makes no new version. Call it inside a transaction, and batch after batch with the same `known`.
    """
    fresh = _fresh_articles(connection, drafts)
    if not fresh:
        return []
    bands = {article.article_id: sketch(article.text) for article in fresh}
    newcomers = [(a.published_at, bands[a.article_id]) for a in fresh if not a.story_id]
    known = KnownSketches() if known is None else known
    copies = known.possible_copies(connection, newcomers, days=WINDOW_DAYS)
    index = StoryIndex(copies)
    shared = _shared([*bands.values(), *(copy[4] for copy in copies)])
    admitted = []
    for article in fresh:
        own = bands[article.article_id]
        story_id = article.story_id or index.assign(
            article.article_id,
            article.text,
            tuple(band for band in own if band in shared),
            article.published_at,
        )
        admitted.append((replace(article, story_id=story_id), own))
    articles = [article for article, _ in admitted]
    save_articles(connection, articles)
    save_sketches(connection, admitted)
    return articles


def _shared(sketches: Iterable[tuple[int, ...]]) -> set[int]:
    """The bands that more than one of the sketches has: few, and the others lead to no copy."""
    counts = Counter(chain.from_iterable(sketches))
    return {band for band, count in counts.items() if count > 1}


def _fresh_articles(
    connection: duckdb.DuckDBPyConnection, drafts: Iterable[Draft]
) -> list[Article]:
    # Some feeds give one URL to several entries; always the first one, or they would take turns.
    first: dict[tuple[str, str], Draft] = {}
    for draft in drafts:
        if draft.text:
            first.setdefault((draft.url, draft.feed_id), draft)
    given = [(draft, content_hash(draft.text)) for draft in first.values()]
    same = unchanged(connection, [article_id(draft.url, digest) for draft, digest in given])
    # Most of what a feed carries is known, and the key tells so however many articles there are.
    changed = [(d, digest) for d, digest in given if article_id(d.url, digest) not in same]
    if not changed:
        return []
    known = current_versions(connection, {draft.url for draft, _ in changed})
    own: dict[str, tuple[Draft, str]] = {}
    for draft, digest in changed:
        owner = known.get(draft.url)
        if owner is None or owner.feed_id == draft.feed_id:
            own.setdefault(draft.url, (draft, digest))
    return [_article(draft, digest, known.get(url)) for url, (draft, digest) in own.items()]


def _article(draft: Draft, digest: str, current: KnownVersion | None) -> Article:
    """The article that the draft with that content hash is, its story open where the URL is new."""
    undated = draft.date_source in _UNDATED
    return Article(
        article_id=article_id(draft.url, digest),
        url=draft.url,
        feed_id=draft.feed_id,
        outlet=draft.outlet,
        title=draft.title,
        text=draft.text,
        published_at=current.published_at if current and undated else draft.published_at,
        date_source=draft.date_source,
        first_seen_at=draft.first_seen_at,
        content_hash=digest,
        story_id=current.story_id if current else "",
        version=current.version + 1 if current else 1,
        agency=credited_agency(draft.text) or agency_named(draft.outlet),
        language=draft.language,
        text_source=draft.text_source,
        text_problem=draft.text_problem,
        author=draft.author,
        modified_at=draft.modified_at,
    )
