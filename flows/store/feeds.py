"""Feeds and the attempts to read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.store.rows import Row, insert, select

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import duckdb

    from monitors.records import Feed

SUCCESSES = ("fetched", "unchanged", "degraded")


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is remembered of a feed between two fetches."""

    etag: str | None
    last_modified: str | None
    body_hash: str | None
    failures: int
    next_fetch_at: datetime | None


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
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    next_fetch_at: datetime | None = None

    @property
    def succeeded(self) -> bool:
        return self.status in SUCCESSES


def register_feeds(
    connection: duckdb.DuckDBPyConnection, feeds: Sequence[tuple[Feed, str]]
) -> None:
    """Have a row for each feed; `feeds` pairs it with its location as may be shown.

    A feed whose location has changed is new: what was remembered of the old one is dropped.
    """
    for feed, location in feeds:
        connection.execute(
            "INSERT INTO feeds (feed_id, title, outlet, location, status, failures) "
            "VALUES (?, ?, ?, ?, 'new', 0) ON CONFLICT DO NOTHING",
            [feed.feed_id, feed.title, feed.outlet, location],
        )
        connection.execute(
            "UPDATE feeds SET location = ?, status = 'new', detail = NULL, etag = NULL, "
            "last_modified = NULL, body_hash = NULL, failures = 0, next_fetch_at = NULL "
            "WHERE feed_id = ? AND location <> ?",
            [location, feed.feed_id, location],
        )
        connection.execute(
            "UPDATE feeds SET title = ?, outlet = ? "
            "WHERE feed_id = ? AND (title <> ? OR outlet <> ?)",
            [feed.title, feed.outlet, feed.feed_id, feed.title, feed.outlet],
        )


def feed_states(connection: duckdb.DuckDBPyConnection) -> dict[str, FeedState]:
    """What is remembered, by feed_id."""
    rows = connection.execute(
        "SELECT feed_id, etag, last_modified, body_hash, failures, next_fetch_at FROM feeds"
    ).fetchall()
    return {row[0]: FeedState(*row[1:]) for row in rows}


def save_fetch(
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    outcome: FetchOutcome,
    *,
    fetch_id: str,
    fetched_at: datetime,
) -> None:
    """Record an attempt and what it says of the feed's health."""
    names = ("feed_id", "status", "detail", "http_status", "seconds", "bytes")
    row: Row = {name: getattr(outcome, name) for name in names}
    row |= {"entries": outcome.entries, "new_articles": outcome.new_articles}
    row |= {"problems": list(outcome.problems), "fetch_id": fetch_id, "run_id": run_id}
    insert(connection, "fetches", [{**row, "fetched_at": fetched_at}])
    if outcome.succeeded:
        _save_success(connection, outcome, fetched_at)
    else:
        connection.execute(
            "UPDATE feeds SET status = ?, detail = ?, failures = failures + 1, "
            "last_fetched_at = ?, next_fetch_at = ? WHERE feed_id = ?",
            [outcome.status, outcome.detail, fetched_at, outcome.next_fetch_at, outcome.feed_id],
        )


def feed_health(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """The view `feed_health`, failing feeds first."""
    return select(connection, "FROM feed_health ORDER BY failures DESC, feed_id")


def _save_success(
    connection: duckdb.DuckDBPyConnection, outcome: FetchOutcome, fetched_at: datetime
) -> None:
    connection.execute(
        "UPDATE feeds SET status = ?, detail = ?, failures = 0, last_fetched_at = ?, "
        "last_success_at = ?, next_fetch_at = ? WHERE feed_id = ?",
        [
            outcome.status,
            outcome.detail,
            fetched_at,
            fetched_at,
            outcome.next_fetch_at,
            outcome.feed_id,
        ],
    )
    if outcome.status == "unchanged":
        # A server need not repeat what still holds.
        connection.execute(
            "UPDATE feeds SET etag = coalesce(?, etag), "
            "last_modified = coalesce(?, last_modified) WHERE feed_id = ?",
            [outcome.etag, outcome.last_modified, outcome.feed_id],
        )
    else:
        connection.execute(
            "UPDATE feeds SET etag = ?, last_modified = ?, body_hash = ? WHERE feed_id = ?",
            [outcome.etag, outcome.last_modified, outcome.body_hash, outcome.feed_id],
        )
