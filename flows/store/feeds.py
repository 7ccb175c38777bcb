"""Feeds and the attempts to read them, many at a time."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from flows.store.rows import Row, insert, select, update
from monitors.polling import Move, Rhythm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import duckdb

    from monitors.records import Feed

SUCCESSES = ("fetched", "unchanged", "degraded")


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is remembered of a feed between two fetches; see the table `feeds`."""

    status: str = "new"
    detail: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    failures: int = 0
    last_fetched_at: datetime | None = None
    last_success_at: datetime | None = None
    next_fetch_at: datetime | None = None
    entries: int | None = None
    entries_per_day: float | None = None
    newest_entry_at: datetime | None = None
    window_seconds: float | None = None
    unchanged: int = 0
    last_body_at: datetime | None = None
    moved_to: str | None = None
    moved_seen: int = 0
    moved_since_at: datetime | None = None
    adopted_url: str | None = None
    disabled_at: datetime | None = None
    hub_url: str | None = None
    topic_url: str | None = None

    @property
    def rhythm(self) -> Rhythm:
        return Rhythm(self.entries_per_day, self.newest_entry_at, self.window_seconds)

    @property
    def move(self) -> Move:
        return Move(self.moved_to, self.moved_seen, self.moved_since_at, self.adopted_url)


@dataclass(frozen=True, slots=True)
class FetchOutcome:
    """One attempt to read a feed and what came of it; see the table `fetches`."""

    feed_id: str
    status: str
    detail: str | None = None
    http_status: int | None = None
    seconds: float = 0.0
    bytes: int = 0
    entries: int = 0
    new_articles: int = 0
    problems: tuple[str, ...] = ()

    @property
    def succeeded(self) -> bool:
        return self.status in SUCCESSES


_REMEMBERED = tuple(field.name for field in fields(FeedState))
_STATES = ", ".join(("feed_id", *_REMEMBERED))
# What a feed is forgotten to when it is new, be it a second time.
_NEW: Row = asdict(FeedState()) | {"failing_since_at": None, "state": "new", "state_since_at": None}


def register_feeds(
    connection: duckdb.DuckDBPyConnection, feeds: Sequence[tuple[Feed, str]]
) -> None:
    """Have a row for each feed; `feeds` pairs it with its location as may be shown.

    A feed whose location has changed is new: what was remembered of the old one is dropped.
    """
    known = {
        row[0]: row[1:]
        for row in connection.execute(
            "SELECT feed_id, title, outlet, location FROM feeds"
        ).fetchall()
    }
    rows = {
        feed.feed_id: {"title": feed.title, "outlet": feed.outlet, "location": location}
        for feed, location in feeds
    }
    new = [{"feed_id": key, **_NEW, **row} for key, row in rows.items() if key not in known]
    moved = [
        {"feed_id": key, **_NEW, **row}
        for key, row in rows.items()
        if key in known and known[key][2] != row["location"]
    ]
    renamed = [
        {"feed_id": key, **row}
        for key, row in rows.items()
        if key in known and known[key] != tuple(row.values())
    ]
    insert(connection, "feeds", new)
    update(connection, "feeds", "feed_id", moved)
    update(connection, "feeds", "feed_id", renamed)


def feed_states(connection: duckdb.DuckDBPyConnection) -> dict[str, FeedState]:
    """What is remembered, by feed_id."""
    rows = connection.execute(f"SELECT {_STATES} FROM feeds").fetchall()  # noqa: S608 - our own
    return {row[0]: FeedState(*row[1:]) for row in rows}


def feed_locations(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Where each feed is, as may be shown, those included that are not watched any more."""
    return dict(connection.execute("SELECT feed_id, location FROM feeds").fetchall())


def save_fetches(
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    attempts: Sequence[tuple[FetchOutcome, FeedState]],
    *,
    fetch_ids: Sequence[str],
    fetched_at: datetime,
) -> None:
    """Record attempts, and what is remembered of their feeds from now on."""
    fetches = [
        {
            **asdict(outcome),
            "problems": list(outcome.problems),
            "fetch_id": fetch_id,
            "run_id": run_id,
            "fetched_at": fetched_at,
        }
        for (outcome, _), fetch_id in zip(attempts, fetch_ids, strict=True)
    ]
    insert(connection, "fetches", fetches)
    states: list[Row] = [
        {"feed_id": outcome.feed_id, **asdict(state)} for outcome, state in attempts
    ]
    update(connection, "feeds", "feed_id", states)


def retry_feed(connection: duckdb.DuckDBPyConnection, feed_id: str) -> bool:
    """Have a feed asked at the next run, even if it is gone; False where it is not known."""
    row = connection.execute(
        "UPDATE feeds SET next_fetch_at = NULL, disabled_at = NULL, adopted_url = NULL "
        "WHERE feed_id = ? RETURNING feed_id",
        [feed_id],
    ).fetchone()
    return row is not None


def feed_health(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """The view `feed_health`, those that need a look first."""
    return select(
        connection,
        "FROM feed_health ORDER BY list_position("
        "['gone', 'dead', 'failing', 'quiet', 'moved', 'new', 'ok'], state), feed_id",
    )
