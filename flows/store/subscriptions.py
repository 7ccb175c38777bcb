"""Subscriptions at hubs, and what hubs have pushed."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING

from flows.store.rows import KEYS, as_json, insert, update
from monitors.hubs import Hub
from monitors.websub import Subscription

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import duckdb

    from monitors.websub import Plan

_COLUMNS = ", ".join(field.name for field in fields(Subscription))
# A feed that fails, or asks for patience, waits whatever its hub says.
_PUSHED = (
    "SELECT feed_id, max(pushed_at) FROM hub_subscriptions JOIN feeds USING (feed_id) "
    "WHERE failures = 0 AND disabled_at IS NULL "
    "AND (last_fetched_at IS NULL OR pushed_at > last_fetched_at "
    "OR (status = 'unchanged' AND pushed_at > ?)) GROUP BY feed_id"
)


def known_hubs(connection: duckdb.DuckDBPyConnection) -> dict[str, Hub]:
    """Where each feed that is still asked has its hub, by feed_id."""
    rows = connection.execute(
        "SELECT feed_id, hub_url, topic_url FROM feeds "
        "WHERE hub_url IS NOT NULL AND topic_url IS NOT NULL AND disabled_at IS NULL"
    ).fetchall()
    return {feed_id: Hub(url, topic) for feed_id, url, topic in rows}


def subscriptions(
    connection: duckdb.DuckDBPyConnection, subscription_id: str | None = None
) -> list[Subscription]:
    """All that are kept, or the one of that id."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM hub_subscriptions "  # noqa: S608 - our own names
        "WHERE $1 IS NULL OR subscription_id = $1",
        [subscription_id],
    ).fetchall()
    return [Subscription(*row) for row in rows]


def save_plan(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Keep what is about to be asked, before it is: the hub may answer at once."""
    known = {each.subscription_id for each in subscriptions(connection)} if plan.asked else set()
    rows = [asdict(each) for each in plan.asked]
    insert(
        connection,
        "hub_subscriptions",
        [row for row in rows if row["subscription_id"] not in known],
    )
    save_subscriptions(connection, [each for each in plan.asked if each.subscription_id in known])
    forget_subscriptions(connection, plan.forgotten)


def save_subscriptions(
    connection: duckdb.DuckDBPyConnection, changed: Sequence[Subscription]
) -> None:
    update(connection, "hub_subscriptions", "subscription_id", [asdict(each) for each in changed])


def forget_subscriptions(connection: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> None:
    if ids:
        connection.execute(
            f"DELETE FROM hub_subscriptions WHERE subscription_id IN {KEYS}",  # noqa: S608 - ours
            [as_json(ids)],
        )


def forget_all_subscriptions(connection: duckdb.DuckDBPyConnection) -> None:
    """For an installation that is not pushed any more; the hubs' leases end by themselves."""
    connection.execute("DELETE FROM hub_subscriptions")


def save_pushes(connection: duckdb.DuckDBPyConnection, pushed: Mapping[str, datetime]) -> None:
    """Keep when each subscription was last pushed, where it is wanted."""
    for subscription_id, pushed_at in pushed.items():
        connection.execute(
            "UPDATE hub_subscriptions SET pushed_at = ? "
            "WHERE subscription_id = ? AND mode = 'subscribe'",
            [pushed_at, subscription_id],
        )


def pushed_feeds(
    connection: duckdb.DuckDBPyConnection, *, in_vain_since: datetime | None = None
) -> dict[str, datetime]:
    """The feeds that have been pushed since they were last asked, and when.

    With `in_vain_since`, those as well that were pushed after that and had nothing new when they
    were asked.
    """
    return dict(connection.execute(_PUSHED, [in_vain_since]).fetchall())


def live_until(connection: duckdb.DuckDBPyConnection, now: datetime) -> dict[str, datetime]:
    """Until when each feed is pushed that is pushed now, by feed_id."""
    rows = connection.execute(
        "SELECT feed_id, max(lease_ends_at) FROM hub_subscriptions "
        "WHERE mode = 'subscribe' AND lease_ends_at > ? GROUP BY feed_id",
        [now],
    ).fetchall()
    return dict(rows)
