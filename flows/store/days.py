"""What a stretch of time brought: the counts of a digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitors.messages import Digest, DigestAlert, FeedTrouble, TopicCount

if TYPE_CHECKING:
    from datetime import date, datetime

    import duckdb

    from monitors.records import Watchlist


def digest_of(
    connection: duckdb.DuckDBPyConnection,
    day: date,
    since: datetime,
    until: datetime,
    watchlist: Watchlist,
) -> Digest:
    """What came in from `since` until before `until`, and the feeds that fail now."""
    span = [since, until]
    articles = connection.execute(
        "SELECT count(*) FROM articles WHERE first_seen_at >= ? AND first_seen_at < ?", span
    ).fetchone()
    alerts = connection.execute(
        "SELECT alert_id, subject FROM alerts WHERE decided_at >= ? AND decided_at < ? "
        "ORDER BY decided_at, alert_id",
        span,
    ).fetchall()
    topics = connection.execute(
        "SELECT topic_id, count(*) FILTER (label = 'favor'), count(*) FILTER (label = 'against'), "
        "count(*) FILTER (label = 'neutral') FROM stances JOIN articles USING (article_id) "
        "WHERE is_current AND first_seen_at >= ? AND first_seen_at < ? GROUP BY ALL "
        "ORDER BY topic_id",
        span,
    ).fetchall()
    failing = connection.execute(
        "SELECT title, coalesce(cause, status), "
        "CASE WHEN state = 'quiet' THEN newest_entry_at ELSE last_success_at END "
        "FROM feed_health WHERE state IN ('failing', 'dead', 'gone', 'quiet') ORDER BY feed_id"
    ).fetchall()
    titles = {topic.topic_id: topic.title for topic in watchlist.topics}
    return Digest(
        day=day,
        articles=articles[0] if articles else 0,
        alerts=tuple(DigestAlert(*row) for row in alerts),
        topics=tuple(TopicCount(titles.get(row[0], row[0]), *row[1:]) for row in topics),
        feeds=tuple(FeedTrouble(*row) for row in failing),
    )
