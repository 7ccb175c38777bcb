"""Articles, their versions and the stories they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.store.rows import KEYS, Row, as_json, insert
from monitors.records import Article

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime, timedelta

    import duckdb

_FIELDS = (
    "article_id, url, feed_id, outlet, title, text, published_at, date_source, first_seen_at, "
    "content_hash, story_id, version, agency, language, text_source, text_problem, author, "
    "modified_at"
)
# An agency is alive as long as any outlet is that has printed it: it may just have had no news.
_SIGHTINGS = """
    WITH seen AS (
        SELECT
            first_seen_at::DATE AS day, outlet, max(least(published_at, first_seen_at)) AS seen_at
        FROM articles WHERE $until::TIMESTAMPTZ IS NULL OR first_seen_at <= $until
        GROUP BY ALL
    ),
    printed AS (
        SELECT agency, outlet, min(first_seen_at::DATE) AS since
        FROM articles WHERE agency IS NOT NULL GROUP BY ALL
    )
    SELECT day, outlet AS name, seen_at FROM seen
    UNION ALL
    SELECT day, agency, seen_at FROM seen JOIN printed USING (outlet) WHERE day >= since
"""
# Up to fifty keys DuckDB looks up in the index; for more it reads the whole table, texts and all.
LOOKED_UP = 50


_OUTDATED = (
    "is_current AND analysed_at IS NOT NULL AND analysis_version IS DISTINCT FROM ? "
    "AND (?::TIMESTAMPTZ IS NULL OR published_at >= ?)"
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


def unchanged(connection: duckdb.DuckDBPyConnection, article_ids: Iterable[str]) -> set[str]:
    """Those of the articles that are known and current.

    It goes by the key, however many articles there are: most of what a feed carries is known.
    """
    rows = connection.execute(
        f"SELECT article_id, is_current FROM articles WHERE article_id IN {KEYS}",  # noqa: S608
        [as_json(article_ids)],
    ).fetchall()
    return {article_id for article_id, is_current in rows if is_current}


def current_versions(
    connection: duckdb.DuckDBPyConnection, urls: Iterable[str]
) -> dict[str, KnownVersion]:
    """What is known at each of `urls`, by URL."""
    # Of all articles nothing but the URLs is read; whole rows of all cost three times as much.
    found = connection.execute(
        f"SELECT rowid FROM articles WHERE url IN {KEYS}",  # noqa: S608 - our own names
        [as_json(urls)],
    ).fetchall()
    if not found:
        return {}
    rows = connection.execute(
        "SELECT url, article_id, content_hash, version, story_id, feed_id, published_at "
        "FROM articles WHERE is_current AND rowid IN (SELECT unnest(?::JSON::BIGINT[]))",
        [as_json(row[0] for row in found)],
    ).fetchall()
    return {row[0]: KnownVersion(*row[1:]) for row in rows}


def save_articles(connection: duckdb.DuckDBPyConnection, articles: Sequence[Article]) -> None:
    """Keep new articles and new versions; a newer version becomes current.

    A version that was known before and comes back becomes current again and is analysed anew.
    """
    newer = [article for article in articles if article.version > 1]
    _retire(connection, newer)
    insert(connection, "articles", [_row(a) for a in articles], unless_known=True)
    _bring_back(connection, newer)
    stories = [
        {"story_id": a.story_id, "title": a.title, "first_said_at": a.published_at}
        for a in articles
    ]
    insert(connection, "stories", stories, unless_known=True)


def pending_articles(connection: duckdb.DuckDBPyConnection, limit: int) -> list[Article]:
    """The next articles to analyse, in order of publication."""
    return _select(
        connection,
        f"SELECT {_FIELDS} FROM articles WHERE analysed_at IS NULL AND is_current "  # noqa: S608
        "ORDER BY published_at, article_id LIMIT ?",
        [limit],
    )


def pending_history(
    connection: duckdb.DuckDBPyConnection, late: timedelta, limit: int
) -> list[Article]:
    """The next articles to analyse of those published more than `late` before we saw them."""
    return _select(
        connection,
        f"SELECT {_FIELDS} FROM articles WHERE analysed_at IS NULL AND is_current "  # noqa: S608
        "AND first_seen_at - published_at > ? ORDER BY published_at, article_id LIMIT ?",
        [late, limit],
    )


def count_pending(connection: duckdb.DuckDBPyConnection) -> int:
    """How many articles wait to be analysed."""
    row = connection.execute(
        "SELECT count(*) FROM articles WHERE analysed_at IS NULL AND is_current"
    ).fetchone()
    return int(row[0]) if row else 0


def outdated_articles(
    connection: duckdb.DuckDBPyConnection, version: str, since: datetime | None, limit: int
) -> list[Article]:
    """The next articles to read again: published since then and read with another version.

    Those that named no topic come first, for most of them cost a look only; then the newest.
    """
    return _select(
        connection,
        f"SELECT {_FIELDS} FROM articles WHERE {_OUTDATED} "  # noqa: S608 - our own names
        "ORDER BY skipped IS NULL, published_at DESC, article_id LIMIT ?",
        [version, since, since, limit],
    )


def count_outdated(
    connection: duckdb.DuckDBPyConnection, version: str, since: datetime | None
) -> int:
    """How many articles published since then were read with another version than this one."""
    row = connection.execute(
        f"SELECT count(*) FROM articles WHERE {_OUTDATED}",  # noqa: S608 - our own names
        [version, since, since],
    ).fetchone()
    return int(row[0]) if row else 0


def has_readings(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether any article has been read yet."""
    query = "SELECT count(*) FROM articles WHERE analysed_at IS NOT NULL"
    row = connection.execute(query).fetchone()
    return bool(row and row[0])


def outlets_seen(connection: duckdb.DuckDBPyConnection, until: datetime) -> dict[str, datetime]:
    """When each outlet or agency last brought an article, as far as was known then."""
    rows = connection.execute(
        f"SELECT name, max(seen_at) FROM ({_SIGHTINGS}) GROUP BY name",  # noqa: S608 - our own
        {"until": until},
    ).fetchall()
    return dict(rows)


def sightings(connection: duckdb.DuckDBPyConnection) -> list[tuple[date, str, datetime]]:
    """Day by day, the outlets and agencies that brought anything, each with its newest time."""
    return connection.execute(f"{_SIGHTINGS} ORDER BY day, name", {"until": None}).fetchall()


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


def _select(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object]
) -> list[Article]:
    return [Article(*row) for row in connection.execute(query, parameters).fetchall()]


def _row(article: Article) -> Row:
    row: Row = {name: getattr(article, name) for name in _FIELDS.split(", ")}
    return {**row, "is_current": True}


def _retire(connection: duckdb.DuckDBPyConnection, newer: Sequence[Article]) -> None:
    if not newer:
        return
    connection.execute(
        f"UPDATE articles SET is_current = false WHERE is_current AND url IN {KEYS} "  # noqa: S608
        f"AND article_id NOT IN {KEYS}",
        [as_json(a.url for a in newer), as_json(a.article_id for a in newer)],
    )


def _bring_back(connection: duckdb.DuckDBPyConnection, newer: Sequence[Article]) -> None:
    if not newer:
        return
    connection.execute(
        "UPDATE articles SET is_current = true, analysed_at = NULL "  # noqa: S608 - our own names
        f"WHERE NOT is_current AND article_id IN {KEYS}",
        [as_json(article.article_id for article in newer)],
    )
