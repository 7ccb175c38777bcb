"""Hubs are asked for the feeds that have one, at polling time; whatever they say harms no polling.

plan (in a transaction of ingest) -> ask (over HTTP) -> what failed is kept
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flows.fetch import open_session
from flows.http_feeds import post_form
from flows.page_fetch import host_of
from flows.store import transaction
from flows.store.feeds import feed_locations
from flows.store.subscriptions import (
    forget_all_subscriptions,
    known_hubs,
    save_plan,
    save_subscriptions,
    subscriptions,
)
from flows.websub.keys import load_key
from monitors.errors import FetchError
from monitors.freshness import retry_at
from monitors.websub import (
    LEASE,
    Plan,
    Subscription,
    callback_path,
    failed,
    plan_requests,
    secret_of,
    subscription_id,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import aiohttp
    import duckdb

    from flows.fetch import FetchSettings
    from flows.http_feeds import Answer
    from flows.wiring import Installation

_MOST_IN_A_RUN = 200
_TIMEOUT_S = 10.0
_CONCURRENCY = 8
_SUCCESS = 2  # the first digit
_SILENCE = frozenset({"timeout", "dns", "refused", "tls"})


@dataclass(frozen=True, slots=True)
class _Call:
    """A request to a hub; `is_own` where the hub is on the feed's own host."""

    subscription: Subscription
    fields: dict[str, str]
    is_own: bool


def plan_subscriptions(
    connection: duckdb.DuckDBPyConnection, installation: Installation, now: datetime
) -> Plan:
    """What to ask of hubs in this run, kept before it is asked; nothing where that is off.

    Raises:
        StoreError: the installation's key cannot be used.
    """
    callback = installation.config.settings.websub.callback
    known = subscriptions(connection)
    if not callback:
        if known:
            forget_all_subscriptions(connection)
        return Plan()
    hubs, key = known_hubs(connection), load_key(installation.database.path)
    wanted = {
        subscription_id(feed.feed_id, hubs[feed.feed_id], callback, key): (
            feed.feed_id,
            hubs[feed.feed_id],
        )
        for feed in installation.config.feeds
        if feed.url and feed.feed_id in hubs
    }
    plan = plan_requests(wanted, known, callback, now)
    plan = replace(plan, asked=plan.asked[:_MOST_IN_A_RUN])
    save_plan(connection, plan)
    return plan


def ask_hubs(installation: Installation, plan: Plan, now: datetime) -> None:
    """Send the requests of a plan, and keep what came of those that failed."""
    if not plan.asked:
        return
    with installation.database.read() as connection:
        locations = feed_locations(connection)
    calls = _calls(plan.asked, locations, load_key(installation.database.path))
    settings = installation.config.settings.fetch.fetch_settings()
    outcomes = asyncio.run(_ask_all(calls, settings, now))
    in_vain = [each for each in outcomes if each.detail is not None]
    if not in_vain:
        return
    with installation.database.write() as connection, transaction(connection):
        # A hub may have asked back, and agreed, although its answer to the request was lost.
        unanswered = {
            each.subscription_id for each in subscriptions(connection) if each in plan.asked
        }
        save_subscriptions(
            connection, [each for each in in_vain if each.subscription_id in unanswered]
        )


def _calls(asked: Sequence[Subscription], locations: Mapping[str, str], key: bytes) -> list[_Call]:
    return [
        _Call(
            each,
            _fields(each, key),
            is_own=host_of(each.hub_url) == host_of(locations.get(each.feed_id, "")),
        )
        for each in asked
    ]


def _fields(subscription: Subscription, key: bytes) -> dict[str, str]:
    id_ = subscription.subscription_id
    fields = {
        "hub.mode": subscription.mode,
        "hub.topic": subscription.topic_url,
        "hub.callback": f"{subscription.callback}/{callback_path(id_, key)}",
    }
    if subscription.mode == "unsubscribe":
        return fields
    lease = f"{LEASE.total_seconds():.0f}"
    return fields | {"hub.lease_seconds": lease, "hub.secret": secret_of(id_, key)}


async def _ask_all(
    calls: Sequence[_Call], settings: FetchSettings, now: datetime
) -> list[Subscription]:
    """Each subscription as it is after its request: with a `detail` where that failed.

    A hub is asked for one feed at a time, and for no more once it does not answer.
    """
    everyone = asyncio.Semaphore(_CONCURRENCY)
    hosts: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
    silent: dict[str, str] = {}

    async def ask_in_turn(call: _Call) -> Subscription:
        host = host_of(call.subscription.hub_url)
        async with hosts[host], everyone:
            if host in silent:
                return failed(call.subscription, silent[host])
            outcome, is_silent = await _ask(own if call.is_own else public, call, now)
            if is_silent:
                silent[host] = outcome.detail or ""
            return outcome

    # A feed must not lead a POST to a host that the user has opened for another feed.
    closed = replace(settings, allow_hosts=())
    async with open_session(closed) as public, open_session(settings) as own:
        return list(await asyncio.gather(*map(ask_in_turn, calls)))


async def _ask(
    session: aiohttp.ClientSession, call: _Call, now: datetime
) -> tuple[Subscription, bool]:
    """The subscription after its request, and whether its hub does not answer at all."""
    subscription = call.subscription
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            answer = await post_form(session, subscription.hub_url, call.fields)
        return _judge(subscription, answer, now), False
    except TimeoutError:
        return failed(subscription, "the hub did not answer in time"), True
    except FetchError as error:
        return failed(subscription, f"the hub: {error}"), error.reason in _SILENCE
    except Exception as error:  # noqa: BLE001 - one hub never stops another
        return failed(subscription, f"asking the hub failed ({type(error).__name__})"), False


def _judge(subscription: Subscription, answer: Answer, now: datetime) -> Subscription:
    if answer.status // 100 == _SUCCESS:
        return subscription
    retry_after = retry_at(answer.header("Retry-After"), now)
    return failed(subscription, f"the hub said no (status {answer.status})", retry_after)
