"""The outbox: what waits to be sent, what is being sent, and how each attempt ended."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from flows.store.rows import insert
from monitors.identity import stable_id
from monitors.records import Message

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    import duckdb

LEASE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message taken from the outbox to be sent now: one alert or digest, or a group of alerts.

    `group_key` is what the parts have in common, such as `topic:tiktok`.
    """

    message_id: str
    channel: str
    delivery_ids: tuple[str, ...]
    parts: tuple[Message, ...]
    group_key: str
    attempts: int


def put_in_outbox(
    connection: duckdb.DuckDBPyConnection,
    alert_id: str,
    message: Message,
    channels: Iterable[str],
    *,
    created_at: datetime,
    group_key: str = "",
) -> None:
    """One pending delivery per channel; what is there already stays as it is."""
    rows = [
        {
            "delivery_id": stable_id("dl", alert_id, channel),
            "alert_id": alert_id,
            "channel": channel,
            "subject": message.subject,
            "body": message.body,
            "form": message.form,
            "group_key": group_key,
            "state": "pending",
            "attempts": 0,
            "created_at": created_at,
            "next_attempt_at": created_at,
        }
        for channel in channels
    ]
    insert(connection, "deliveries", rows, unless_known=True)


def claim_due(
    connection: duckdb.DuckDBPyConnection, now: datetime, quiet: Collection[str] = ()
) -> list[Claimed]:
    """Take what is due out of the outbox for the time of a lease; call it in a transaction.

    What is for the channels in `quiet` stays. A claim whose process died falls due again when its
    lease ends: delivery is at least once. What goes into one message is settled here, before the
    first attempt, so that a repeat is the same message.
    """
    due = connection.execute(
        "SELECT delivery_id FROM deliveries WHERE state IN ('pending', 'sending') "
        "AND next_attempt_at <= ? AND NOT list_contains(?::VARCHAR[], channel)",
        [now, list(quiet)],
    ).fetchall()
    ids = [row[0] for row in due]
    _settle_messages(connection, ids)
    connection.execute(
        "UPDATE deliveries SET state = 'sending', attempts = attempts + 1, next_attempt_at = ? "
        "WHERE delivery_id IN (SELECT unnest(?::VARCHAR[]))",
        [now + LEASE, ids],
    )
    return _claimed(connection, ids)


def count_held(connection: duckdb.DuckDBPyConnection, now: datetime, quiet: Collection[str]) -> int:
    """How many deliveries are due and wait for the end of a channel's quiet hours."""
    found = connection.execute(
        "SELECT count(*) FROM deliveries WHERE state IN ('pending', 'sending') "
        "AND next_attempt_at <= ? AND list_contains(?::VARCHAR[], channel)",
        [now, list(quiet)],
    ).fetchone()
    return int(found[0]) if found else 0


def release(connection: duckdb.DuckDBPyConnection, delivery_ids: Sequence[str]) -> None:
    """Put claimed messages back that were not tried."""
    connection.execute(
        "UPDATE deliveries SET state = 'pending', attempts = attempts - 1, "
        "next_attempt_at = next_attempt_at - ?::INTERVAL "
        "WHERE delivery_id IN (SELECT unnest(?::VARCHAR[]))",
        [LEASE, list(delivery_ids)],
    )


def record_attempt(
    connection: duckdb.DuckDBPyConnection,
    message: Claimed,
    *,
    state: str,
    ended_at: datetime,
    error: str | None = None,
    next_attempt_at: datetime | None = None,
) -> None:
    """How an attempt ended: delivered, pending again, or failed for good. In a transaction."""
    connection.execute(
        "UPDATE deliveries SET state = ?, error = ?, delivered_at = ?, next_attempt_at = ? "
        "WHERE delivery_id IN (SELECT unnest(?::VARCHAR[]))",
        [
            state,
            error,
            ended_at if state == "delivered" else None,
            next_attempt_at,
            list(message.delivery_ids),
        ],
    )
    connection.execute(
        "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?)",
        [message.message_id, message.channel, message.attempts, ended_at, state, error],
    )


def forget_attempts(connection: duckdb.DuckDBPyConnection, *, before: datetime) -> int:
    """Drop attempts that ended before then, of messages that are not to be sent again; how many."""
    return len(
        connection.execute(
            "DELETE FROM attempts WHERE ended_at < ? AND message_id NOT IN ("
            "SELECT message_id FROM deliveries "
            "WHERE message_id IS NOT NULL AND state IN ('pending', 'sending')) "
            "RETURNING message_id",
            [before],
        ).fetchall()
    )


def count_outbox(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Deliveries by state."""
    rows = connection.execute("SELECT state, count(*) FROM deliveries GROUP BY ALL").fetchall()
    return dict(rows)


def _settle_messages(connection: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> None:
    """Give each of these deliveries that has none its message: its group's, or one of its own."""
    rows = connection.execute(
        "SELECT channel, group_key, form, delivery_id FROM deliveries "
        "WHERE message_id IS NULL AND delivery_id IN (SELECT unnest(?::VARCHAR[])) "
        "ORDER BY delivery_id",
        [list(ids)],
    ).fetchall()
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for channel, group_key, form, delivery_id in rows:
        groups[(channel, group_key, form) if group_key else (delivery_id,)].append(delivery_id)
    pairs = [
        (delivery_id, stable_id("ms", *members))
        for members in groups.values()
        for delivery_id in members
    ]
    connection.execute(
        "UPDATE deliveries SET message_id = settled.message_id FROM (SELECT "
        "unnest(?::VARCHAR[]) AS delivery_id, unnest(?::VARCHAR[]) AS message_id) AS settled "
        "WHERE deliveries.delivery_id = settled.delivery_id",
        [[pair[0] for pair in pairs], [pair[1] for pair in pairs]],
    )


def _claimed(connection: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> list[Claimed]:
    """The messages of these deliveries, oldest first."""
    rows = connection.execute(
        "SELECT message_id, channel, delivery_id, alert_id, subject, body, form, group_key, "
        "attempts FROM deliveries WHERE delivery_id IN (SELECT unnest(?::VARCHAR[])) "
        "ORDER BY created_at, delivery_id",
        [list(ids)],
    ).fetchall()
    messages: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for message_id, *rest in rows:
        messages[message_id].append(tuple(rest))
    return [
        Claimed(
            message_id,
            channel=parts[0][0],
            delivery_ids=tuple(part[1] for part in parts),
            parts=tuple(Message(part[3], part[4], part[5], part[2]) for part in parts),  # type: ignore[arg-type]
            group_key=parts[0][6],
            attempts=int(parts[0][7]),
        )
        for message_id, parts in messages.items()
    ]
