"""Feeds are fetched and parsed, and what is new in them is kept."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from flows.admit import admit, draft_of_entry
from flows.arrivals import arriving
from flows.feed_memory import Reading, remember
from flows.feed_notices import attempt_at, settle_feeds
from flows.fetch import FetchRequest, FetchResult
from flows.page_choice import FeedDraft, choose_pages
from flows.pages import read_pages
from flows.parse import body_of, feed_workers, parse_in
from flows.settings import mask_url
from flows.store import transaction
from flows.store.feeds import (
    FeedState,
    FetchOutcome,
    feed_states,
    register_feeds,
    save_fetches,
)
from flows.store.pages import want_pages
from flows.store.runs import recorded
from flows.store.sketches import KnownSketches
from flows.store.subscriptions import pushed_feeds
from flows.websub.subscribing import ask_hubs, plan_subscriptions
from flows.wiring import no_progress
from monitors.errors import FeedError
from monitors.identity import stable_id
from monitors.polling import wants_whole
from monitors.websub import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from flows.arrivals import Arrivals
    from flows.parse import Body
    from flows.store.runs import Run
    from flows.wiring import Installation, Progress
    from flows.workers import Workers
    from monitors.records import Entry, Feed

# So many documents, or feeds without one, commit together; an installation of up to fifty feeds
# is always read in the order of feeds.toml, whoever answers first.
BATCH_DOCUMENTS = 50
BATCH_FEEDS = 1_000
# A name that does not resolve and a file that is not there may be tried at any time by hand.
_TRIED_AT_ANY_TIME = ("dns", "unreadable")
_CACHED_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What one pass over the feeds brought; `feeds` has an outcome per feed asked.

    `waiting` are the feeds that were not due, `failed` those that were asked in vain, by feed_id.
    `offline` is true where the fault seems to be this machine's own network. Of the article pages
    that were needed, `pages_read` gave the text, `pages_unread` tells for each of the others why
    the summary is read instead, and `pages_waiting` are left for the next run.
    """

    feeds: tuple[FetchOutcome, ...]
    waiting: tuple[str, ...]
    new_articles: int
    failed: tuple[str, ...] = ()
    offline: bool = False
    pages_read: int = 0
    pages_waiting: int = 0
    pages_unread: tuple[str, ...] = ()


def ingest(
    installation: Installation, progress: Progress = no_progress, *, on_schedule: bool = False
) -> IngestReport:
    """Ask the feeds, keep what is new; one failed feed never stops another.

    `on_schedule`, those are asked that are due by their own rhythm or were pushed; else all but
    those that were asked in vain lately or are gone. A feed's articles and its fetch state commit
    together; then hubs are asked to push, and pages are read, a batch at a time.

    Raises:
        StoreError: the database cannot be written.
    """
    return recorded(
        installation.database,
        "ingest",
        installation.clock,
        lambda run: _ingest(installation, run, progress, on_schedule=on_schedule),
    )


def ingest_on_schedule(installation: Installation) -> IngestReport:
    """`ingest` as `serve` calls it, slot after slot."""
    return ingest(installation, on_schedule=True)


def _ingest(
    installation: Installation, run: Run, progress: Progress, *, on_schedule: bool
) -> IngestReport:
    feeds = installation.config.feeds
    with installation.database.write() as connection, transaction(connection):
        register_feeds(connection, [(feed, _location(feed)) for feed in feeds])
        states = feed_states(connection)
        # A hub is quicker than the caches that some feeds are served from.
        pushed = pushed_feeds(connection, in_vain_since=run.started_at - _CACHED_FOR)
    due = {
        feed.feed_id: feed
        for feed in feeds
        if feed.feed_id in pushed
        or _is_due(states[feed.feed_id], run.started_at, on_schedule=on_schedule)
    }
    known = KnownSketches()
    outcomes = _ask(installation, run, due, states, known=known, progress=progress)
    with installation.database.write() as connection, transaction(connection):
        attempts = [
            attempt_at(feed, states[feed_id], outcomes[feed_id])
            for feed_id, feed in due.items()
            if feed.url
        ]
        offline = settle_feeds(connection, installation, attempts, now=run.started_at)
        # Only where slots follow each other does anybody listen to hubs, and renew what they agree.
        listens = on_schedule and not offline
        plan = plan_subscriptions(connection, installation, run.started_at) if listens else Plan()
    ask_hubs(installation, plan, run.started_at)
    told = tuple(outcomes[feed_id] for feed_id in due)
    pages = read_pages(installation, run.started_at, known, progress)
    return IngestReport(
        told,
        tuple(feed.feed_id for feed in feeds if feed.feed_id not in due),
        sum(outcome.new_articles for outcome in told),
        tuple(outcome.feed_id for outcome in told if not outcome.succeeded),
        offline,
        pages.read,
        pages.waiting,
        pages.unread,
    )


def _ask(
    installation: Installation,
    run: Run,
    due: dict[str, Feed],
    states: dict[str, FeedState],
    *,
    known: KnownSketches,
    progress: Progress,
) -> dict[str, FetchOutcome]:
    """Fetch, read and keep the feeds that are due, batch after batch as they come."""
    requests = [_request(feed, states[feed.feed_id], run.started_at) for feed in due.values()]
    settings = installation.config.settings.fetch.fetch_settings()
    order = {feed_id: place for place, feed_id in enumerate(due)}
    outcomes: dict[str, FetchOutcome] = {}

    def read(result: FetchResult) -> Reading:
        feed, state = due[result.feed_id], states[result.feed_id]
        body = body_of(feed, result, settings.max_bytes, run.started_at)
        return _read(workers, feed, result, state, body)

    with (
        feed_workers() as workers,
        arriving(requests, settings, read, now=run.started_at) as (arrivals, readings),
    ):
        for batch in _in_batches(readings, arrivals, progress, len(due)):
            batch.sort(key=lambda reading: order[reading.feed.feed_id])
            for outcome in _keep(installation, run, batch, states, known):
                outcomes[outcome.feed_id] = outcome
            for reading in batch:
                if reading.document:
                    arrivals.release()
            progress("keeping articles", len(outcomes), len(due))
    return outcomes


def _in_batches(
    readings: Iterator[Reading], arrivals: Arrivals[Reading], progress: Progress, total: int
) -> Iterator[list[Reading]]:
    batch: list[Reading] = []
    documents = 0
    for done, reading in enumerate(readings, start=1):
        batch.append(reading)
        progress("fetching feeds", done, total)
        if reading.document:
            documents += 1
        else:
            arrivals.release()
        if documents >= BATCH_DOCUMENTS or len(batch) >= BATCH_FEEDS:
            yield batch
            batch, documents = [], 0
    if batch:
        yield batch


def _keep(
    installation: Installation,
    run: Run,
    batch: Sequence[Reading],
    states: dict[str, FeedState],
    known: KnownSketches,
) -> list[FetchOutcome]:
    """The feeds of a batch with their articles and what is remembered of them, or nothing."""
    entries = [
        (reading.feed, _told(reading.feed, entry, run.started_at))
        for reading in batch
        if reading.document
        for entry in reading.document.entries
        if not entry.is_empty
    ]
    least = timedelta(minutes=installation.config.settings.schedule.ingest_every_minutes)
    with installation.database.write() as connection, transaction(connection):
        choice = choose_pages(connection, installation, entries)
        want_pages(connection, choice.wanted)
        admitted = admit(connection, choice.drafts, known)
        arrived = Counter(article.feed_id for article in admitted)
        arrived.update(page.feed_id for page in choice.wanted)
        attempts = []
        for reading in batch:
            feed_id = reading.feed.feed_id
            outcome = replace(reading.outcome, new_articles=arrived[feed_id])
            state = remember(
                states[feed_id],
                reading,
                arrived=arrived[feed_id],
                least=least,
                now=run.started_at,
            )
            attempts.append((outcome, state))
        save_fetches(
            connection,
            run.run_id,
            attempts,
            fetch_ids=[stable_id("ft", run.run_id, one.feed.feed_id) for one in batch],
            fetched_at=run.started_at,
        )
    return [outcome for outcome, _ in attempts]


def _told(feed: Feed, entry: Entry, seen_at: datetime) -> FeedDraft:
    return FeedDraft(draft_of_entry(feed, entry, seen_at), entry.updated_at)


def _request(feed: Feed, state: FeedState, now: datetime) -> FetchRequest:
    """How a feed is asked: where it has moved to, and now and then for all that it has."""
    asked = replace(feed, url=state.adopted_url) if state.adopted_url else feed
    if wants_whole(state.unchanged, state.last_body_at, now):
        return FetchRequest(asked)
    return FetchRequest(asked, state.etag, state.last_modified)


def _read(
    workers: Workers, feed: Feed, result: FetchResult, state: FeedState, body: Body
) -> Reading:
    """A fetched body as a document; what cannot be read becomes the outcome's reason."""
    outcome = FetchOutcome(
        feed_id=feed.feed_id,
        status=result.status,
        detail=result.detail or None,
        http_status=result.http_status,
        seconds=result.seconds,
        bytes=len(result.body or b""),
    )
    answer = replace(result, body=None)
    if result.body is None:
        return Reading(feed, outcome, answer)
    body_hash = hashlib.sha256(result.body).hexdigest()[:16]
    if body_hash == state.body_hash:
        return Reading(feed, replace(outcome, status="unchanged"), answer, None, body_hash)
    try:
        document = parse_in(workers, body)
    except FeedError as error:
        return Reading(feed, replace(outcome, status=error.reason, detail=error.detail), answer)
    emptied = bool(state.entries) and not document.entries
    warning = f"it has no entries any more; there were {state.entries}" if emptied else ""
    problems = (*filter(None, [result.detail, warning]), *document.problems)
    read = replace(
        outcome,
        status="degraded" if problems else "fetched",
        detail="; ".join(problems) or None,
        entries=len(document.entries),
        problems=problems,
    )
    return Reading(feed, read, answer, document, body_hash)


def _is_due(state: FeedState, now: datetime, *, on_schedule: bool) -> bool:
    if state.disabled_at is not None:
        return False
    if state.next_fetch_at is None or state.next_fetch_at <= now:
        return True
    return not on_schedule and (state.failures == 0 or state.status in _TRIED_AT_ANY_TIME)


def _location(feed: Feed) -> str:
    return mask_url(feed.url) if feed.url else str(feed.path)
