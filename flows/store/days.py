"""What a stretch of time brought: the counts of a digest, and which time has been told of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.store.rows import Row, insert
from monitors.digests import Digest, DigestAlert, FeedTrouble, TopicCount

if TYPE_CHECKING:
    from datetime import datetime

    import duckdb

    from flows.settings import ChannelConfig
    from monitors.periods import Period
    from monitors.records import Watchlist


def told_until(
    connection: duckdb.DuckDBPyConnection, channel_id: str, now: datetime
) -> datetime | None:
    """When the time ends that the channel's digests have told of; None where there was none.

    What a clock that ran ahead once made of the future does not count.
    """
    found = connection.execute(
        "SELECT max(until_at) FROM digests WHERE channel = ? AND until_at <= ?", [channel_id, now]
    ).fetchone()
    return found[0] if found else None


def save_period(
    connection: duckdb.DuckDBPyConnection,
    channel_id: str,
    period: Period,
    digest_id: str | None,
    *,
    created_at: datetime,
) -> None:
    """Note that a channel's digests have told of that time, if only by having nothing to say."""
    row: Row = {"channel": channel_id, "since_at": period.since_at, "until_at": period.until_at}
    insert(connection, "digests", [{**row, "created_at": created_at, "digest_id": digest_id}])


def digest_of(
    connection: duckdb.DuckDBPyConnection,
    period: Period,
    channel: ChannelConfig,
    watchlist: Watchlist,
) -> Digest:
    """What came in during that time of what the channel watches, and the feeds that fail now."""
    span = {"since": period.since_at, "until": period.until_at}
    wishes = {"topics": list(channel.topics), "actors": list(channel.actors)}
    articles = connection.execute(
        "SELECT count(*) FROM articles WHERE first_seen_at >= $since AND first_seen_at < $until",
        span,
    ).fetchone()
    alerts = connection.execute(
        "SELECT alert_id, subject FROM alerts WHERE decided_at >= $since AND decided_at < $until "
        "AND (len($topics::VARCHAR[]) = 0 OR list_contains($topics::VARCHAR[], topic_id)) "
        "AND (len($actors::VARCHAR[]) = 0 OR list_contains($actors::VARCHAR[], actor_id)) "
        "ORDER BY decided_at, alert_id",
        span | wishes,
    ).fetchall()
    topics = connection.execute(
        "SELECT topic_id, count(*) FILTER (label = 'favor'), count(*) FILTER (label = 'against'), "
        "count(*) FILTER (label = 'neutral') FROM stances JOIN articles USING (article_id) "
        "WHERE is_current AND first_seen_at >= $since AND first_seen_at < $until "
        "AND (len($topics::VARCHAR[]) = 0 OR list_contains($topics::VARCHAR[], topic_id)) "
        "AND (len($actors::VARCHAR[]) = 0 OR list_has_any("
        "$actors::VARCHAR[], list_prepend(actor_id, speaks_for))) "
        "GROUP BY ALL ORDER BY topic_id",
        span | wishes,
    ).fetchall()
    failing = connection.execute(
        "SELECT title, coalesce(cause, status), "
        "CASE WHEN state = 'quiet' THEN newest_entry_at ELSE last_success_at END "
        "FROM feed_health WHERE state IN ('failing', 'dead', 'gone', 'quiet') ORDER BY feed_id"
    ).fetchall()
    titles = {topic.topic_id: topic.title for topic in watchlist.topics}
    return Digest(
        first=period.first,
        last=period.last,
        articles=articles[0] if articles else 0,
        alerts=tuple(DigestAlert(*row) for row in alerts),
        topics=tuple(TopicCount(titles.get(row[0], row[0]), *row[1:]) for row in topics),
        feeds=tuple(FeedTrouble(*row) for row in failing),
    )
