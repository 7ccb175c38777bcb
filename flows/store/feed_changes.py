"""The states of feeds, how they changed, and whether this machine had a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.store.rows import Row, as_json, insert, select, update
from monitors.feed_states import FeedChange, FeedFacts
from monitors.identity import stable_id

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    import duckdb

    from monitors.feed_states import FeedStateName

OFFLINE, ONLINE = "offline", "online"


def offline_since(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """Since when no feed could be reached; None while there is a network."""
    row = connection.execute(
        "SELECT state, changed_at FROM feed_changes WHERE feed_id IS NULL "
        "ORDER BY changed_at DESC LIMIT 1"
    ).fetchone()
    return row[1] if row and row[0] == OFFLINE else None


def save_network(connection: duckdb.DuckDBPyConnection, *, offline: bool, now: datetime) -> None:
    """Record that the network went or came."""
    before, after = (ONLINE, OFFLINE) if offline else (OFFLINE, ONLINE)
    insert(connection, "feed_changes", [_row(None, before, after, None, now)])


def date_failures(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Set since when each feed fails."""
    connection.execute(
        "UPDATE feeds SET failing_since_at = CASE WHEN failures > 0 THEN ?::TIMESTAMPTZ END "
        "WHERE (failures > 0) <> (failing_since_at IS NOT NULL)",
        [now],
    )


def facts_of(
    connection: duckdb.DuckDBPyConnection, feed_ids: Collection[str]
) -> dict[str, tuple[str, FeedFacts]]:
    """By feed_id: its state as it was last decided, and what it is to be decided from now."""
    rows = connection.execute(
        "SELECT feed_id, state, status, failures, failing_since_at, disabled_at, adopted_url, "
        "entries_per_day, newest_entry_at FROM feeds "
        "WHERE feed_id IN (SELECT unnest(?::JSON::VARCHAR[]))",
        [as_json(feed_ids)],
    ).fetchall()
    return {row[0]: (row[1], FeedFacts(*row[2:])) for row in rows}


def save_states(
    connection: duckdb.DuckDBPyConnection,
    changes: Sequence[tuple[str, str, FeedStateName]],
    now: datetime,
) -> dict[str, FeedChange]:
    """Keep the new states of feeds, given as (feed_id, before, after); what each change means."""
    states: list[Row] = [
        {"feed_id": feed_id, "state": after, "state_since_at": now} for feed_id, _, after in changes
    ]
    update(connection, "feeds", "feed_id", states)
    rows = select(
        connection,
        "SELECT feed_id, title, state, coalesce(cause, '') AS cause, failing_since_at AS since_at, "
        "articles, stances FROM feed_health WHERE feed_id IN (SELECT unnest(?::JSON::VARCHAR[]))",
        [as_json(feed_id for feed_id, _, _ in changes)],
    )
    told = {str(row["feed_id"]): FeedChange(**row) for row in rows}  # type: ignore[arg-type]
    insert(
        connection,
        "feed_changes",
        [_row(key, before, after, told[key].cause, now) for key, before, after in changes],
    )
    return told


def _row(feed_id: str | None, before: str, after: str, cause: str | None, now: datetime) -> Row:
    return {
        "change_id": stable_id("fc", feed_id or "", after, now.isoformat()),
        "feed_id": feed_id,
        "before": before,
        "state": after,
        "cause": cause or None,
        "changed_at": now,
    }
