"""Alerts, and the evidence they quote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flows.store.rows import Row, insert, select
from monitors.alerts import RecentAlert
from monitors.records import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import duckdb

    from monitors.records import Alert, Label, Message, Side, Watchlist
    from monitors.shifts.folding import SeriesKey


def evidence_of(
    connection: duckdb.DuckDBPyConnection,
    key: SeriesKey,
    side: Side,
    *,
    known_at: datetime,
    limit: int = 2,
) -> list[tuple[str, Evidence]]:
    """The quotes that show a side best, with their stance_ids: surest first, one per story.

    Other outlets come before a second quote of the same one.
    """
    rows = connection.execute(
        "SELECT stances.stance_id, stances.evidence, articles.outlet, articles.title, "
        "articles.url, stances.said_at, stances.story_id "
        "FROM stances JOIN articles USING (article_id) "
        "WHERE stances.story_id IN (SELECT unnest(?)) AND stances.topic_id = ? "
        "AND list_contains(list_prepend(stances.actor_id, stances.speaks_for), ?) "
        "AND stances.reported_by IS NULL AND stances.label = ? AND articles.is_current "
        "AND articles.first_seen_at <= ? AND NOT coalesce(stances.is_recalled, false) "
        "ORDER BY stances.confidence DESC, stances.said_at DESC, stances.stance_id",
        [list(side.story_ids), key[1], key[0], side.label, known_at],
    ).fetchall()
    chosen: list[tuple[str, Evidence]] = []
    stories: set[str] = set()
    outlets: set[str] = set()
    for new_outlets_only in (True, False):
        for stance_id, quote, outlet, title, url, said_at, story_id in rows:
            if story_id in stories or (new_outlets_only and outlet in outlets):
                continue
            if len(chosen) < limit:
                stories.add(story_id)
                outlets.add(outlet)
                chosen.append((stance_id, Evidence(quote, outlet, title, url, said_at)))
    return chosen


def recent_alerts(
    connection: duckdb.DuckDBPyConnection, since: datetime, watchlist: Watchlist
) -> list[RecentAlert]:
    """The alerts decided since then, and the last one of each series, oldest first."""
    rows = connection.execute(
        "SELECT alerts.actor_id, alerts.topic_id, alerts.to_label, shifts.stories_after, "
        "alerts.decided_at, alerts.changed_at, alerts.from_label, alerts.alert_id, alerts.kind "
        "FROM alerts JOIN shifts USING (shift_id) "
        "QUALIFY alerts.decided_at >= ? OR row_number() OVER ("
        "PARTITION BY alerts.actor_id, alerts.topic_id ORDER BY alerts.decided_at DESC) = 1 "
        "ORDER BY alerts.decided_at, alerts.alert_id",
        [since],
    ).fetchall()
    actors = {actor.actor_id: actor for actor in watchlist.actors}
    return [
        RecentAlert(
            actor_id,
            topic_id,
            label,
            tuple(stories),
            decided_at,
            actors[actor_id].speaks_for(changed_at.date()) if actor_id in actors else (),
            from_label,
            alert_id,
            kind,
        )
        for (
            actor_id,
            topic_id,
            label,
            stories,
            decided_at,
            changed_at,
            from_label,
            alert_id,
            kind,
        ) in rows
    ]


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """An alert that went out, as far as it is compared with another run's."""

    actor_id: str
    topic_id: str
    from_label: Label
    to_label: Label
    decided_at: datetime


def stored_alerts(connection: duckdb.DuckDBPyConnection) -> list[StoredAlert]:
    """All alerts on changes, oldest first; silences are found day by day and not by a replay."""
    rows = connection.execute(
        "SELECT actor_id, topic_id, from_label, to_label, decided_at FROM alerts "
        "WHERE kind <> 'silence' ORDER BY decided_at, alert_id"
    ).fetchall()
    return [StoredAlert(*row) for row in rows]


def save_alert(
    connection: duckdb.DuckDBPyConnection,
    alert: Alert,
    message: Message,
    stance_ids: Sequence[str],
) -> None:
    """Keep an alert with the text that is sent."""
    names = (
        "alert_id shift_id actor_id topic_id from_label to_label changed_at decided_at "
        "stories outlets confidence kind earliest_at latest_at severity severity_reasons recovers"
    )
    row: Row = {name: getattr(alert, name) for name in names.split()}
    row |= {"subject": message.subject, "body": message.body, "stance_ids": list(stance_ids)}
    insert(connection, "alerts", [row], unless_known=True)


def list_alerts(
    connection: duckdb.DuckDBPyConnection, limit: int, *, alert_id: str | None = None
) -> list[dict[str, Any]]:
    """The newest alerts first, each with the state of its deliveries and the verdict on it."""
    return select(
        connection,
        "SELECT alerts.* EXCLUDE (stance_ids), verdicts.verdict, verdicts.note, "
        "list({'channel': deliveries.channel, 'state': deliveries.state, "
        "'message_id': deliveries.message_id, "
        "'attempts': deliveries.attempts, 'error': deliveries.error} "
        "ORDER BY deliveries.channel) FILTER (deliveries.channel IS NOT NULL) AS deliveries, "
        "(SELECT arg_min(later.alert_id, later.decided_at) FROM alerts AS later "
        "WHERE later.recovers = alerts.alert_id) AS recovered_by "
        "FROM alerts LEFT JOIN deliveries USING (alert_id) LEFT JOIN verdicts USING (alert_id) "
        "WHERE ?::VARCHAR IS NULL OR alert_id = ? GROUP BY ALL "
        "ORDER BY alerts.decided_at DESC, alerts.alert_id LIMIT ?",
        [alert_id, alert_id, limit],
    )


def held_shifts(
    connection: duckdb.DuckDBPyConnection,
    limit: int,
    *,
    key: SeriesKey | None = None,
    since: datetime | None = None,
) -> list[dict[str, Any]]:
    """Rows of the view, of one series where `key` is given: those that wait, then the newest.

    With `since`, those held since then. `shifted_at` is when the series shifted last.
    """
    actor_id, topic_id = key or (None, None)
    return select(
        connection,
        "SELECT held_shifts.*, (state->>'shifted_at')::TIMESTAMPTZ AS shifted_at "
        "FROM held_shifts LEFT JOIN series USING (actor_id, topic_id) "
        "WHERE ($actor::VARCHAR IS NULL OR (actor_id = $actor AND topic_id = $topic)) "
        "AND ($since::TIMESTAMPTZ IS NULL OR held_at >= $since) "
        "ORDER BY waits DESC, held_at DESC, actor_id, topic_id LIMIT $most",
        {"actor": actor_id, "topic": topic_id, "since": since, "most": limit},
    )


def count_waiting(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many changes are held back that may still go out, by reason."""
    rows = connection.execute(
        "SELECT reason, count(*) AS held FROM held_shifts WHERE waits "
        "GROUP BY reason ORDER BY held DESC, reason"
    ).fetchall()
    return dict(rows)


def alert_times(connection: duckdb.DuckDBPyConnection) -> dict[SeriesKey, list[datetime]]:
    """When each series alerted; that it fell quiet is not counted."""
    rows = connection.execute(
        "SELECT actor_id, topic_id, list(decided_at) FROM alerts WHERE kind <> 'silence' "
        "GROUP BY ALL"
    ).fetchall()
    return {(actor_id, topic_id): times for actor_id, topic_id, times in rows}


def channels_told(connection: duckdb.DuckDBPyConnection, alert_id: str) -> set[str]:
    """The channels that an alert went to, or is to go to."""
    rows = connection.execute(
        "SELECT channel FROM deliveries WHERE alert_id = ? AND state <> 'failed'", [alert_id]
    ).fetchall()
    return {channel for (channel,) in rows}
