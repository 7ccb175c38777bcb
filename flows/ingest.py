"""Feeds are fetched and parsed, and what is new in them is kept."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from flows.admit import admit, draft_of_entry
from flows.fetch import FetchRequest, FetchResult, fetch_feeds
from flows.page_choice import FeedDraft, choose_pages
from flows.pages import read_pages
from flows.parse import FeedBody, feed_workers, parse_in
from flows.settings import mask_url
from flows.store import transaction
from flows.store.feeds import (
    FeedState,
    FetchOutcome,
    feed_states,
    register_feeds,
    save_fetch,
)
from flows.store.pages import want_pages
from flows.store.runs import recorded
from flows.wiring import no_progress
from monitors.errors import FeedError
from monitors.identity import stable_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import duckdb

    from flows.store.runs import Run
    from flows.wiring import Installation, Progress
    from flows.workers import Workers
    from monitors.records import Feed, FeedDocument

_BACK_OFF = timedelta(minutes=5)
_LONGEST_BACK_OFF = timedelta(hours=12)
_LONGEST_SILENCE = timedelta(hours=1)
_TRIED_AT_ANY_TIME = ("dns", "unreadable")


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What one pass over the feeds brought; `feeds` has an outcome per feed asked.

    `waiting` are the feeds that were not due, `failed` those that were asked in vain, by feed_id.
    Of the article pages that were needed, `pages_read` gave the text, `pages_unread` tells for each
    of the others why the summary is read instead, and `pages_waiting` are left for the next run.
    """

    feeds: tuple[FetchOutcome, ...]
    waiting: tuple[str, ...]
    new_articles: int
    failed: tuple[str, ...] = ()
    pages_read: int = 0
    pages_waiting: int = 0
    pages_unread: tuple[str, ...] = ()


def ingest(installation: Installation, progress: Progress = no_progress) -> IngestReport:
    """Ask every feed that is due, keep what is new; one failed feed never stops another.

    Each feed's articles and its fetch state commit together; then pages are read, a batch at a
    time.

    Raises:
        StoreError: the database cannot be written.
    """
    return recorded(
        installation.database,
        "ingest",
        installation.clock,
        lambda run: _ingest(installation, run, progress),
    )


def _ingest(installation: Installation, run: Run, progress: Progress) -> IngestReport:
    feeds = installation.config.feeds
    with installation.database.write() as connection, transaction(connection):
        register_feeds(connection, [(feed, _location(feed)) for feed in feeds])
        states = feed_states(connection)
    due = [feed for feed in feeds if _is_due(states[feed.feed_id], run.started_at)]
    results = _fetch(installation, due, states, run.started_at, progress)
    with feed_workers() as workers, ThreadPoolExecutor() as threads:
        reads = list(
            threads.map(
                lambda feed, result: _read(
                    workers, feed, result, states[feed.feed_id], run.started_at
                ),
                due,
                results,
            )
        )
    outcomes = []
    with installation.database.write() as connection:
        for done, (feed, read) in enumerate(zip(due, reads, strict=True), start=1):
            outcomes.append(_keep(connection, installation, run, feed, read))
            progress("keeping articles", done, len(due))
    waiting = tuple(feed.feed_id for feed in feeds if feed not in due)
    failed = tuple(outcome.feed_id for outcome in outcomes if not outcome.succeeded)
    new_articles = sum(outcome.new_articles for outcome in outcomes)
    pages = read_pages(installation, run.started_at, progress)
    return IngestReport(
        tuple(outcomes), waiting, new_articles, failed, pages.read, pages.waiting, pages.unread
    )


def _keep(
    connection: duckdb.DuckDBPyConnection,
    installation: Installation,
    run: Run,
    feed: Feed,
    read: _Read,
) -> FetchOutcome:
    entries = [
        FeedDraft(draft_of_entry(feed, entry, run.started_at), entry.updated_at)
        for entry in (read.document.entries if read.document else ())
        if not entry.is_empty
    ]
    with transaction(connection):
        choice = choose_pages(connection, installation, feed, entries)
        want_pages(connection, choice.wanted)
        new_articles = len(admit(connection, choice.drafts)) + len(choice.wanted)
        outcome = replace(read.outcome, new_articles=new_articles)
        fetch_id = stable_id("ft", run.run_id, feed.feed_id)
        save_fetch(connection, run.run_id, outcome, fetch_id=fetch_id, fetched_at=run.started_at)
    return outcome


def _fetch(
    installation: Installation,
    due: Sequence[Feed],
    states: dict[str, FeedState],
    now: datetime,
    progress: Progress,
) -> list[FetchResult]:
    requests = [
        FetchRequest(feed, states[feed.feed_id].etag, states[feed.feed_id].last_modified)
        for feed in due
    ]
    done = 0

    def count(_: FetchResult) -> None:
        nonlocal done
        done += 1
        progress("fetching feeds", done, len(due))

    settings = installation.config.settings.fetch.fetch_settings()
    return fetch_feeds(requests, settings, now=now, progress=count)


@dataclass(frozen=True, slots=True)
class _Read:
    outcome: FetchOutcome
    document: FeedDocument | None = None


def _read(
    workers: Workers, feed: Feed, result: FetchResult, state: FeedState, now: datetime
) -> _Read:
    """A fetched body as a document; what cannot be read becomes the outcome's reason."""
    outcome = FetchOutcome(
        feed_id=feed.feed_id,
        status=result.status,
        detail=result.detail or None,
        http_status=result.http_status,
        seconds=result.seconds,
        bytes=len(result.body or b""),
    )
    if result.status == "unchanged":
        return _Read(outcome)
    if result.body is None:
        return _Read(replace(outcome, next_fetch_at=_next_try(result, state, now)))
    body_hash = hashlib.sha256(result.body).hexdigest()[:16]
    outcome = replace(
        outcome, body_hash=body_hash, etag=result.etag, last_modified=result.last_modified
    )
    if body_hash == state.body_hash:
        return _Read(replace(outcome, status="unchanged"))
    try:
        body = FeedBody(result.body, result.content_type, result.url, now)
        document = parse_in(workers, body)
    except FeedError as error:
        failed = replace(outcome, status=error.reason, detail=error.detail, body_hash=None)
        return _Read(replace(failed, next_fetch_at=_next_try(result, state, now)))
    problems = (*filter(None, [result.detail]), *document.problems)
    read = replace(
        outcome,
        status="degraded" if problems else "fetched",
        detail="; ".join(problems) or None,
        entries=len(document.entries),
        problems=problems,
    )
    return _Read(read, document)


def _is_due(state: FeedState, now: datetime) -> bool:
    return state.next_fetch_at is None or state.next_fetch_at <= now


def _next_try(result: FetchResult, state: FeedState, now: datetime) -> datetime | None:
    """Later and later while a server fails; without any answer the fault may be our own network.

    A name that does not resolve and a file that is not there may be tried at any time.
    """
    if result.retry_after is not None:
        return min(max(result.retry_after, now), now + _LONGEST_BACK_OFF)
    if result.status == "gone":
        return now + _LONGEST_BACK_OFF
    if result.status in _TRIED_AT_ANY_TIME:
        return None
    longest = _LONGEST_SILENCE if result.http_status is None else _LONGEST_BACK_OFF
    waits: int = 2 ** min(state.failures, 10)
    return now + min(_BACK_OFF * waits, longest)


def _location(feed: Feed) -> str:
    return mask_url(feed.url) if feed.url else str(feed.path)
