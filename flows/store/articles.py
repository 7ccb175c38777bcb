"""Articles, their versions and the stories they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from flows.store.rows import Row, insert
from monitors.records import Article

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import duckdb

    from monitors.stories import KnownCopy

_FIELDS = (
    "article_id, url, feed_id, outlet, title, text, published_at, date_source, first_seen_at, "
    "content_hash, story_id, version, language, text_source, text_problem, author, modified_at"
)


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """The current version of what stands at a URL."""

    article_id: str
    content_hash: str
    version: int
    story_id: str
    feed_id: str
    published_at: datetime


def current_versions(
    connection: duckdb.DuckDBPyConnection, urls: Iterable[str]
) -> dict[str, KnownVersion]:
    """What is known at each of `urls`, by URL."""
    rows = connection.execute(
        "SELECT url, article_id, content_hash, version, story_id, feed_id, published_at "
        "FROM articles WHERE is_current AND url IN (SELECT unnest(?))",
        [list(urls)],
    ).fetchall()
    return {row[0]: KnownVersion(*row[1:]) for row in rows}


def possible_copies(
    connection: duckdb.DuckDBPyConnection,
    bands: Iterable[int],
    *,
    since: datetime,
    until: datetime,
) -> list[KnownCopy]:
    """Articles of those days that share a band with one of `bands`, oldest first."""
    rows = connection.execute(
        "SELECT articles.article_id, articles.story_id, articles.text, articles.published_at, "
        "list(DISTINCT story_bands.band) FROM story_bands JOIN articles USING (article_id) "
        "WHERE story_bands.band IN (SELECT unnest(?::UBIGINT[])) "
        "AND story_bands.published_at BETWEEN ? AND ? "
        "GROUP BY ALL ORDER BY articles.published_at, articles.article_id",
        [list(bands), since, until],
    ).fetchall()
    return [(row[0], row[1], row[2], row[3], tuple(row[4])) for row in rows]


def save_articles(
    connection: duckdb.DuckDBPyConnection, articles: Sequence[tuple[Article, tuple[int, ...]]]
) -> None:
    """Keep new articles and new versions, each with its bands; a newer version becomes current.

    A version that was known before and comes back becomes current again and is analysed anew.
    """
    _retire(connection, [article for article, _ in articles if article.version > 1])
    insert(connection, "articles", [_row(a) for a, _ in articles], unless_known=True)
    connection.execute(
        "UPDATE articles SET is_current = true, analysed_at = NULL "
        "WHERE NOT is_current AND article_id IN (SELECT unnest(?))",
        [[article.article_id for article, _ in articles]],
    )
    stories = [
        {"story_id": a.story_id, "title": a.title, "first_said_at": a.published_at}
        for a, _ in articles
    ]
    insert(connection, "stories", stories, unless_known=True)
    insert(
        connection,
        "story_bands",
        [
            {"band": band, "article_id": a.article_id, "published_at": a.published_at}
            for a, bands in articles
            for band in bands
        ],
    )


def pending_articles(connection: duckdb.DuckDBPyConnection, limit: int) -> list[Article]:
    """The next articles to analyse, in order of publication."""
    return _select(
        connection,
        f"SELECT {_FIELDS} FROM articles WHERE analysed_at IS NULL AND is_current "  # noqa: S608
        "ORDER BY published_at, article_id LIMIT ?",
        [limit],
    )


def count_pending(connection: duckdb.DuckDBPyConnection) -> int:
    """How many articles wait to be analysed."""
    row = connection.execute(
        "SELECT count(*) FROM articles WHERE analysed_at IS NULL AND is_current"
    ).fetchone()
    return int(row[0]) if row else 0


def articles_between(
    connection: duckdb.DuckDBPyConnection, since: datetime | None, until: datetime | None
) -> list[Article]:
    """Current articles of that time, in order of publication."""
    return _select(
        connection,
        f"SELECT {_FIELDS} FROM articles WHERE is_current "  # noqa: S608 - our own names
        "AND (?::TIMESTAMPTZ IS NULL OR published_at >= ?) "
        "AND (?::TIMESTAMPTZ IS NULL OR published_at < ?) ORDER BY published_at, article_id",
        [since, since, until, until],
    )


def forget_bands(connection: duckdb.DuckDBPyConnection, *, before: datetime) -> int:
    """Drop the bands of articles too old to get copies; answers how many."""
    row = connection.execute(
        "SELECT count(*) FROM story_bands WHERE published_at < ?", [before]
    ).fetchone()
    connection.execute("DELETE FROM story_bands WHERE published_at < ?", [before])
    return int(row[0]) if row else 0


def window_of(articles: Sequence[Article], days: int) -> tuple[datetime, datetime]:
    """The days in which copies of `articles` may have come."""
    times = [article.published_at for article in articles]
    return min(times) - timedelta(days=days), max(times) + timedelta(days=days)


def _select(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object]
) -> list[Article]:
    return [Article(*row) for row in connection.execute(query, parameters).fetchall()]


def _row(article: Article) -> Row:
    row: Row = {name: getattr(article, name) for name in _FIELDS.split(", ")}
    return {**row, "is_current": True}


def _retire(connection: duckdb.DuckDBPyConnection, newer: Sequence[Article]) -> None:
    connection.execute(
        "UPDATE articles SET is_current = false WHERE is_current AND url IN (SELECT unnest(?)) "
        "AND article_id NOT IN (SELECT unnest(?))",
        [[article.url for article in newer], [article.article_id for article in newer]],
    )
