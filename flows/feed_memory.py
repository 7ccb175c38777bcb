"""What is remembered of a feed once it has been asked: validators, rhythm, moves, the next time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flows.config.display import HIDDEN
from flows.settings import mask_url
from monitors.hubs import choose_hub, read_link_headers
from monitors.polling import (
    Move,
    failure_kind,
    next_poll,
    next_try,
    observe_entries,
    sight_move,
)

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from flows.fetch import FetchResult
    from flows.store.feeds import FeedState, FetchOutcome
    from monitors.records import Feed, FeedDocument


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of asking a feed: the outcome, the answer without its body, the document if new."""

    feed: Feed
    outcome: FetchOutcome
    result: FetchResult
    document: FeedDocument | None = None
    body_hash: str | None = None


def remember(
    state: FeedState, reading: Reading, *, arrived: int, least: timedelta, now: datetime
) -> FeedState:
    """The feed's state after a reading that brought `arrived` articles or versions."""
    outcome = reading.outcome
    told = replace(state, status=outcome.status, detail=outcome.detail or None, last_fetched_at=now)
    if not outcome.succeeded:
        return _failed(told, reading, now)
    told = _with_move(replace(told, failures=0, last_success_at=now), reading, now)
    return _with_next_poll(_with_body(told, reading, arrived, now), reading, least, now)


def _with_body(state: FeedState, reading: Reading, arrived: int, now: datetime) -> FeedState:
    result = reading.result
    if reading.body_hash is None:
        # A 304 may bring new validators, and leaves out those that stay.
        return replace(
            state,
            unchanged=state.unchanged + 1,
            etag=result.etag or state.etag,
            last_modified=result.last_modified or state.last_modified,
        )
    state = replace(
        state,
        unchanged=0,
        last_body_at=now,
        body_hash=reading.body_hash,
        etag=result.etag,
        last_modified=result.last_modified,
    )
    if reading.document is None:
        return state
    state = _with_hub(state, reading.document, result)
    entries = reading.document.entries
    rhythm = observe_entries(
        state.rhythm,
        [entry.published_at for entry in entries if entry.published_at],
        entries=len(entries),
        arrived=arrived,
        now=now,
    )
    return replace(
        state,
        entries=len(entries) or state.entries,
        entries_per_day=rhythm.entries_per_day,
        newest_entry_at=rhythm.newest_at,
        window_seconds=rhythm.window_s,
    )


def _with_hub(state: FeedState, document: FeedDocument, result: FetchResult) -> FeedState:
    """Where a document says that news of it can be had; not where that would store a secret."""
    hub = choose_hub(read_link_headers(result.links, result.url), document)
    if hub is None or any(HIDDEN in mask_url(url) or "#" in url for url in (hub.url, hub.topic)):
        return replace(state, hub_url=None, topic_url=None)
    return replace(state, hub_url=hub.url, topic_url=hub.topic)


def _with_next_poll(
    state: FeedState, reading: Reading, least: timedelta, now: datetime
) -> FeedState:
    feed, result = reading.feed, reading.result
    if feed.url is None:
        # A file costs nothing to look at.
        return replace(state, next_fetch_at=None)
    next_at = next_poll(
        feed.feed_id, state.rhythm, least=least, now=now, max_age_s=result.max_age_s
    )
    if reading.body_hash is not None and result.detail:
        # The answer broke off; the rest of it is not to wait.
        soon = next_try(feed.feed_id, "soft", failures=0, answered=True, now=now)
        next_at = min(next_at, soon or next_at)
    return replace(state, next_fetch_at=next_at)


def _with_move(state: FeedState, reading: Reading, now: datetime) -> FeedState:
    moved_to = reading.result.moved_to
    if moved_to is not None and not _may_be_kept(reading.feed.url or "", moved_to):
        moved_to = None
    return _moved(state, sight_move(state.move, moved_to, now))


def _may_be_kept(url: str, moved_to: str) -> bool:
    """Whether an address may be stored: it holds no secret, and is no less safe than the first."""
    if mask_url(moved_to) != moved_to or mask_url(url) != url:
        return False
    return urlsplit(moved_to).scheme == "https" or urlsplit(url).scheme == "http"


def _moved(state: FeedState, move: Move) -> FeedState:
    return replace(
        state,
        moved_to=move.to,
        moved_seen=move.seen,
        moved_since_at=move.since_at,
        adopted_url=move.adopted,
    )


def _failed(state: FeedState, reading: Reading, now: datetime) -> FeedState:
    """Later and later; where an adopted address fails for good, the configured one is asked."""
    result, feed_id = reading.result, reading.feed.feed_id
    kind = failure_kind(reading.outcome.status, result.http_status)
    if kind in {"hard", "gone"} and state.adopted_url is not None:
        state, kind = _moved(state, Move()), "soft"
    next_at = next_try(
        feed_id,
        kind,
        failures=state.failures,
        answered=result.http_status is not None,
        now=now,
        retry_after=result.retry_after,
    )
    return replace(
        state,
        failures=state.failures + 1,
        next_fetch_at=next_at if reading.feed.url else None,
        disabled_at=now if kind == "gone" else None,
    )
