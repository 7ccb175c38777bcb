"""At the end of a pass each feed's state is decided; who wants it hears of deaths and returns.

Where every server falls silent at once, the fault is our own network's: nothing is decided of any
feed, and when it is over, one line tells of it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flows.store.feed_changes import (
    date_failures,
    facts_of,
    offline_since,
    save_network,
    save_states,
)
from flows.store.outbox import put_in_outbox
from monitors.feed_messages import compose_feed_notice, compose_network_notice
from monitors.feed_states import Attempt, decide_state, is_news, own_network_fails
from monitors.identity import stable_id

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    import duckdb

    from flows.store.feeds import FeedState, FetchOutcome
    from flows.wiring import Installation
    from monitors.feed_states import FeedChange
    from monitors.records import Feed, Message

# A shorter time without a network is nobody's concern.
_TOLD_AFTER = timedelta(hours=1)


def settle_feeds(
    connection: duckdb.DuckDBPyConnection,
    installation: Installation,
    attempts: Sequence[Attempt],
    *,
    now: datetime,
) -> bool:
    """Decide every feed's state and put what is news into the outbox; whether we are offline.

    Call it inside a transaction.
    """
    since = offline_since(connection)
    offline = since is not None
    if attempts:
        offline = own_network_fails(attempts, failed_before=offline)
    if offline != (since is not None):
        save_network(connection, offline=offline, now=now)
        if since is not None and now - since >= _TOLD_AFTER:
            message = compose_network_notice(since, now)
            _post(connection, installation, f"network:{since.isoformat()}", message, now)
    if not offline:
        date_failures(connection, now)
        configured = [feed.feed_id for feed in installation.config.feeds]
        news = _decide(connection, configured, now)
        if news:
            key = stable_id("fn", now.isoformat(), *(change.feed_id for change in news))
            _post(connection, installation, f"feeds:{key}", compose_feed_notice(news), now)
    return offline


def attempt_at(feed: Feed, before: FeedState, outcome: FetchOutcome) -> Attempt:
    """What an outcome tells of the network, beside of the feed."""
    return Attempt(
        urlsplit(feed.url or "").hostname or "",
        before.failures == 0,
        outcome.succeeded,
        outcome.http_status is not None,
    )


def _decide(
    connection: duckdb.DuckDBPyConnection, feed_ids: Collection[str], now: datetime
) -> list[FeedChange]:
    """Keep the states that changed; those changes that people are told of, the worst loss first."""
    decided = [
        (feed_id, before, decide_state(facts, now))
        for feed_id, (before, facts) in facts_of(connection, feed_ids).items()
    ]
    changes = [change for change in decided if change[1] != change[2]]
    if not changes:
        return []
    told = save_states(connection, changes, now)
    news = [
        told[feed_id]
        for feed_id, before, after in changes
        if is_news(before, after, told[feed_id].articles)
    ]
    return sorted(news, key=lambda change: (-change.stances, -change.articles, change.feed_id))


def _post(
    connection: duckdb.DuckDBPyConnection,
    installation: Installation,
    notice_id: str,
    message: Message,
    now: datetime,
) -> None:
    channels = [
        channel.channel_id
        for channel in installation.config.channels
        if channel.enabled and channel.feed_notices
    ]
    put_in_outbox(connection, notice_id, message, channels, created_at=now)
