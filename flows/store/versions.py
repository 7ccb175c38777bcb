"""Readings taken over from another database, in which the same articles were read again."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from flows.store.rows import select

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from flows.store.rows import Row
    from monitors.alerts import AlertChange

_READINGS = ("mentions", "attributions", "stances")


@contextmanager
def attached(connection: duckdb.DuckDBPyConnection, scratch: Path) -> Iterator[None]:
    """Let the statements inside read another database, by the name `scratch`."""
    place = str(scratch).replace("'", "''")
    connection.execute(f"ATTACH '{place}' AS scratch (READ_ONLY)")
    try:
        yield
    finally:
        connection.execute("DETACH scratch")


def take_readings(connection: duckdb.DuckDBPyConnection, version: str) -> int:
    """Take over what `scratch` has read with `version` of articles that are outdated here.

    Answers of how many. Call it with `scratch` attached, in a transaction.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE taken AS "
        "SELECT article_id, theirs.analysed_at, theirs.skipped "
        "FROM scratch.articles AS theirs JOIN articles AS mine USING (article_id) "
        "WHERE theirs.analysed_at IS NOT NULL AND theirs.analysis_version = ? "
        "AND mine.is_current AND mine.analysed_at IS NOT NULL "
        "AND mine.analysis_version IS DISTINCT FROM ?",
        [version, version],
    )
    for table in _READINGS:
        connection.execute(
            f"DELETE FROM {table} WHERE article_id IN (SELECT article_id FROM taken)"  # noqa: S608
        )
        connection.execute(
            f"INSERT INTO {table} BY NAME SELECT theirs.* FROM scratch.{table} AS theirs "  # noqa: S608
            "SEMI JOIN taken USING (article_id)"
        )
    connection.execute(
        "UPDATE articles SET analysed_at = taken.analysed_at, skipped = taken.skipped, "
        "analysis_version = ? FROM taken WHERE articles.article_id = taken.article_id",
        [version],
    )
    row = connection.execute("SELECT count(*) FROM taken").fetchone()
    return int(row[0]) if row else 0


def differing_stances(
    connection: duckdb.DuckDBPyConnection, change: AlertChange, limit: int = 20
) -> list[Row]:
    """What `scratch` reads otherwise in the series of a changed alert, nearest to it first.

    `was` and `is` are the labels here and there, empty where no stance is read.
    """
    pairs = ", ".join(
        f"{side} AS (SELECT article_id, evidence, any_value(label) AS label, "  # noqa: S608
        f"any_value(said_at) AS said_at FROM {place}held_stances "
        "WHERE actor_id = $actor AND topic_id = $topic GROUP BY ALL)"
        for side, place in (("mine", ""), ("theirs", "scratch."))
    )
    return select(
        connection,
        f"WITH {pairs} SELECT coalesce(theirs.said_at, mine.said_at) AS said_at, "  # noqa: S608
        'mine.label AS was, theirs.label AS "is", evidence, articles.outlet, articles.url '
        "FROM mine FULL JOIN theirs USING (article_id, evidence) JOIN articles USING (article_id) "
        "WHERE mine.label IS DISTINCT FROM theirs.label "
        "ORDER BY abs(epoch(coalesce(theirs.said_at, mine.said_at)) - epoch($at::TIMESTAMPTZ)), "
        "evidence LIMIT $limit",
        {
            "actor": change.actor_id,
            "topic": change.topic_id,
            "at": change.was_at or change.is_at,
            "limit": limit,
        },
    )
