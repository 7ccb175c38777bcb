"""Articles, their versions and the stories they belong to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from flows.store.rows import KEYS, Row, as_json, insert
from monitors.records import Article
from monitors.stories import MOST_COPIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    import duckdb

    from monitors.stories import KnownCopy

_FIELDS = (
    "article_id, url, feed_id, outlet, title, text, published_at, date_source, first_seen_at, "
    "content_hash, story_id, version, agency, language, text_source, text_problem, author, "
    "modified_at"
)
# The days as plain parameters, and each newcomer's own afterwards: with both in the join, DuckDB
# compares every band with every other.
_SHARED_BANDS = """
    WITH wanted AS MATERIALIZED (
        SELECT unnest(
            from_json($wanted::JSON, '[{"number":"INTEGER","at":"TIMESTAMPTZ","band":"UBIGINT"}]'),
            max_depth := 2
        )
    ),
    matched AS MATERIALIZED (
        SELECT number, "at", band, article_id, published_at
        FROM story_bands JOIN wanted USING (band)
        WHERE published_at BETWEEN $since::TIMESTAMPTZ AND $until::TIMESTAMPTZ
    ),
    shared AS (
        SELECT number, article_id, list(DISTINCT band) AS bands
        FROM matched
        WHERE published_at BETWEEN "at" - to_days($days::INTEGER) AND "at" + to_days($days::INTEGER)
        GROUP BY number, article_id
        QUALIFY row_number() OVER (
            PARTITION BY number ORDER BY len(bands) DESC, article_id
        ) <= $most
    )
    SELECT article_id, list_distinct(flatten(list(bands))) FROM shared GROUP BY article_id
"""
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
_LOOKED_UP = 50


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
    rows = connection.execute(
        "SELECT url, article_id, content_hash, version, story_id, feed_id, published_at "  # noqa: S608 - our own names
        f"FROM articles WHERE is_current AND url IN {KEYS}",
        [as_json(urls)],
    ).fetchall()
    return {row[0]: KnownVersion(*row[1:]) for row in rows}


def possible_copies(
    connection: duckdb.DuckDBPyConnection,
    newcomers: Sequence[tuple[datetime, tuple[int, ...]]],
    *,
    days: int,
) -> list[KnownCopy]:
    """Articles that newcomers (their dates and bands) may be copies of, oldest first.

    They are of the `days` before or after a newcomer. Of each newcomer's only those that share most
    bands with it, so that a blurb that a thousand articles begin with costs no more than others.
    """
    if not newcomers:
        return []
    wanted = [
        {"number": number, "at": at.isoformat(), "band": band}
        for number, (at, bands) in enumerate(newcomers)
        for band in bands
    ]
    dates, reach = [at for at, _ in newcomers], timedelta(days=days)
    found = connection.execute(
        _SHARED_BANDS,
        {
            "wanted": json.dumps(wanted),
            "since": min(dates) - reach,
            "until": max(dates) + reach,
            "days": days,
            "most": MOST_COPIES,
        },
    ).fetchall()
    shared = dict(found)
    copies = [(*row, tuple(shared[row[0]])) for row in _texts(connection, sorted(shared))]
    return sorted(copies, key=lambda copy: (copy[3], copy[0]))


def _texts(
    connection: duckdb.DuckDBPyConnection, article_ids: Sequence[str]
) -> Iterator[tuple[str, str, str, datetime]]:
    """Id, story, text and date of each of the articles."""
    for start in range(0, len(article_ids), _LOOKED_UP):
        yield from connection.execute(
            "SELECT article_id, story_id, text, published_at FROM articles "  # noqa: S608
            f"WHERE article_id IN {KEYS}",
            [as_json(article_ids[start : start + _LOOKED_UP])],
        ).fetchall()


def save_articles(
    connection: duckdb.DuckDBPyConnection, articles: Sequence[tuple[Article, tuple[int, ...]]]
) -> None:
    """Keep new articles and new versions, each with its bands; a newer version becomes current.

    A version that was known before and comes back becomes current again and is analysed anew.
    """
    _retire(connection, [article for article, _ in articles if article.version > 1])
    insert(connection, "articles", [_row(a) for a, _ in articles], unless_known=True)
    connection.execute(
        "UPDATE articles SET is_current = true, analysed_at = NULL "  # noqa: S608 - our own names
        f"WHERE NOT is_current AND article_id IN {KEYS}",
        [as_json(article.article_id for article, _ in articles)],
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


def forget_bands(connection: duckdb.DuckDBPyConnection, *, before: datetime) -> int:
    """Drop the bands of articles too old to get copies; answers how many."""
    row = connection.execute(
        "SELECT count(*) FROM story_bands WHERE published_at < ?", [before]
    ).fetchone()
    connection.execute("DELETE FROM story_bands WHERE published_at < ?", [before])
    return int(row[0]) if row else 0


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
