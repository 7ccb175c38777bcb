"""On which days topics were in the news, and voices on them were heard."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from monitors.shifts.quiet import REGULAR_DAYS, Rhythm

if TYPE_CHECKING:
    from datetime import date, datetime

    import duckdb

    from monitors.shifts.folding import SeriesKey

_YEAR = timedelta(days=365)
# Younger pauses are not looked at: nobody would call them that.
_LEAST_PAUSE = timedelta(days=14)


def topic_days(connection: duckdb.DuckDBPyConnection, topic_id: str) -> list[date]:
    """The days on which articles on a topic were first seen."""
    return days_of_topics(connection, topic_id).get(topic_id, [])


def days_of_topics(
    connection: duckdb.DuckDBPyConnection, topic_id: str | None = None
) -> dict[str, list[date]]:
    """The same for all topics, or for one."""
    rows = connection.execute(
        "SELECT mentions.topic_id, list(DISTINCT articles.first_seen_at::DATE) "
        "FROM mentions JOIN articles USING (article_id) WHERE mentions.kind = 'topic' "
        "AND (?::VARCHAR IS NULL OR mentions.topic_id = ?) GROUP BY ALL",
        [topic_id, topic_id],
    ).fetchall()
    return dict(rows)


def pausing_voices(connection: duckdb.DuckDBPyConnection, now: datetime) -> dict[SeriesKey, Rhythm]:
    """The rhythms of the series that were heard often, but not lately."""
    rows = connection.execute(
        "WITH told AS (SELECT actor_id, topic_id, outlet, published_at::DATE AS day, "
        "max(published_at::DATE) OVER (PARTITION BY actor_id, topic_id) AS last_day "
        "FROM held_stances WHERE published_at <= $now "
        "AND published_at > $now - 2 * $year::INTERVAL), "
        "voices AS (SELECT actor_id, topic_id, list(DISTINCT day) AS heard, "
        "list(DISTINCT outlet) AS outlets, min(day) AS first_day FROM told "
        "WHERE day > last_day - $year::INTERVAL AND last_day < $now - $pause::INTERVAL "
        "GROUP BY ALL HAVING count(DISTINCT day) >= $regular), "
        "news AS (SELECT DISTINCT mentions.topic_id, articles.outlet, "
        "articles.published_at::DATE AS day FROM mentions JOIN articles USING (article_id) "
        "WHERE mentions.kind = 'topic' AND articles.is_current AND articles.published_at <= $now "
        "AND articles.published_at > $now - 2 * $year::INTERVAL) "
        "SELECT actor_id, voices.topic_id, any_value(heard), list(DISTINCT news.day) "
        "FROM voices JOIN news ON news.topic_id = voices.topic_id AND news.day >= first_day "
        "AND list_contains(outlets, news.outlet) GROUP BY ALL ORDER BY ALL",
        {"now": now, "year": _YEAR, "pause": _LEAST_PAUSE, "regular": REGULAR_DAYS},
    ).fetchall()
    return {(actor, topic): Rhythm(heard, days) for actor, topic, heard, days in rows}
