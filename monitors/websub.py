"""Subscriptions at hubs, by WebSub (https://www.w3.org/TR/websub/): what is asked and believed.

A push is a hint and no more: that a feed has something new. So all that a stranger could gain by
making one up is that we look at a feed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from monitors.identity import stable_id
from monitors.polling import next_try

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from monitors.hubs import Hub

Mode = Literal["subscribe", "unsubscribe"]

LEASE = timedelta(days=7)
_LONGEST_LEASE = timedelta(days=30)
# A lease is renewed when this share of it is gone.
_RENEWED_AFTER = 0.75
_PARTINGS = 3
# Hubs that said no are asked as rarely as any that never agrees.
_MANY_IN_VAIN = 10
_PATH_DIGITS = 40
_PATH = re.compile(rf"hs[0-9a-f]{{16}}/[0-9a-f]{{{_PATH_DIGITS}}}")
_CHALLENGE = re.compile(r"[\x21-\x7e]{1,1000}")
_SECONDS = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"(sha1|sha256|sha384|sha512)=([0-9a-f]{40,128})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Subscription:
    """What is wanted of a hub for a feed, and what the hub agreed to; see `hub_subscriptions`."""

    subscription_id: str
    feed_id: str
    hub_url: str
    topic_url: str
    callback: str
    mode: Mode
    asked_at: datetime
    next_ask_at: datetime
    asked_in_vain: int = 0
    detail: str | None = None
    verified_at: datetime | None = None
    lease_ends_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        return self.lease_ends_at is not None and now < self.lease_ends_at


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom to ask, as the subscriptions are to be kept from now on, and which to forget."""

    asked: tuple[Subscription, ...] = ()
    forgotten: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """What a hub says to our address when it asks whether a request was ours, or refuses it."""

    mode: str
    topic: str
    challenge: str = ""
    lease: timedelta = LEASE


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification comes to: the challenge to echo, None for "not found", and why.

    `kept` is the subscription from then on; None where it is over.
    """

    reason: str
    challenge: str | None = None
    kept: Subscription | None = None


# --- what makes a subscription secret ------------------------------------------------------------


def subscription_id(feed_id: str, hub: Hub, callback: str, key: bytes) -> str:
    """The id of a feed's subscription; another hub, topic, address or key makes another one."""
    key_id = hashlib.sha256(key).hexdigest()[:16]
    return stable_id("hs", feed_id, hub.url, hub.topic, callback, key_id)


def callback_path(id_: str, key: bytes) -> str:
    """The path that only the subscription's hub is told."""
    return f"{id_}/{_derived(key, 'path', id_)[:_PATH_DIGITS]}"


def is_callback_path(path: str, key: bytes) -> bool:
    """Whether we made that path: nobody without the key can."""
    if not _PATH.fullmatch(path):
        return False
    return hmac.compare_digest(path, callback_path(path.partition("/")[0], key))


def secret_of(id_: str, key: bytes) -> str:
    """What the hub signs its pushes with."""
    return _derived(key, "secret", id_)


def _derived(key: bytes, purpose: str, id_: str) -> str:
    return hmac.new(key, f"{purpose}:{id_}".encode(), "sha256").hexdigest()


class Signature:
    """The signature of a push, checked while its body arrives."""

    def __init__(self, method: str, claimed: str, secret: str) -> None:
        self._claimed = claimed
        self._mac = hmac.new(secret.encode(), digestmod=method)

    def add(self, chunk: bytes) -> None:
        self._mac.update(chunk)

    @property
    def is_right(self) -> bool:
        return hmac.compare_digest(self._mac.hexdigest(), self._claimed)


def read_signature(header: str, secret: str) -> Signature | None:
    """The signature that `X-Hub-Signature` claims; None where it is none that we know."""
    match = _SIGNATURE.fullmatch(header)
    return Signature(match[1].lower(), match[2].lower(), secret) if match else None


# --- what is asked of hubs -----------------------------------------------------------------------


def plan_requests(
    wanted: Mapping[str, tuple[str, Hub]],
    known: Iterable[Subscription],
    callback: str,
    now: datetime,
) -> Plan:
    """What to ask now; `wanted` maps the ids of subscriptions to their feed and its hub.

    A subscription is asked for when it is new, when its lease is about to end, and, later and
    later, while the hub does not agree. One that is no longer wanted is ended, if it ever began.
    """
    kept = {each.subscription_id: each for each in known}
    asked = []
    for id_, (feed_id, hub) in wanted.items():
        before = kept.get(id_)
        if before is None:
            new = Subscription(id_, feed_id, hub.url, hub.topic, callback, "subscribe", now, now)
            asked.append(_asked(new, now))
        elif before.mode == "unsubscribe":
            asked.append(_asked(replace(before, mode="subscribe", asked_in_vain=0), now))
        elif before.next_ask_at <= now:
            asked.append(_asked(before, now))
    ends = [each for id_, each in kept.items() if id_ not in wanted]
    over = [each.subscription_id for each in ends if _is_over(each, now)]
    asked += [
        _asked(replace(each, mode="unsubscribe", asked_in_vain=_partings(each)), now)
        for each in ends
        if not _is_over(each, now) and (each.mode == "subscribe" or each.next_ask_at <= now)
    ]
    return Plan(tuple(asked), tuple(over))


def _is_over(subscription: Subscription, now: datetime) -> bool:
    """Whether nothing is left to end: the hub does not push, or was told often enough."""
    return not subscription.is_live(now) or _partings(subscription) >= _PARTINGS


def _partings(subscription: Subscription) -> int:
    return subscription.asked_in_vain if subscription.mode == "unsubscribe" else 0


def _asked(subscription: Subscription, now: datetime) -> Subscription:
    in_vain = subscription.asked_in_vain
    again_at = _ask_again_at(subscription, in_vain, now)
    return replace(
        subscription, asked_at=now, next_ask_at=again_at, asked_in_vain=in_vain + 1, detail=None
    )


def failed(
    subscription: Subscription, detail: str, retry_after: datetime | None = None
) -> Subscription:
    """A subscription whose hub did not take the request; not asked before `retry_after`."""
    later = max(subscription.next_ask_at, retry_after or subscription.next_ask_at)
    return replace(subscription, detail=detail, next_ask_at=later)


def _ask_again_at(subscription: Subscription, in_vain: int, now: datetime) -> datetime:
    """An hour later, then twice as long each time, up to a day."""
    again_at = next_try(subscription.feed_id, "hard", failures=in_vain, answered=True, now=now)
    assert again_at is not None
    return again_at


# --- what hubs say to our address ----------------------------------------------------------------


def read_verification(query: Mapping[str, str]) -> Verification | None:
    """The verification in the query of a request; None where it is none, or not fit to be echoed.

    Without a length that makes sense, a lease is taken to be as long as we asked for.
    """
    mode, topic = query.get("hub.mode", ""), query.get("hub.topic", "")
    challenge = query.get("hub.challenge", "")
    if mode != "denied" and not _CHALLENGE.fullmatch(challenge):
        return None
    seconds = query.get("hub.lease_seconds", "")
    lease = timedelta(seconds=int(seconds)) if _SECONDS.fullmatch(seconds) else LEASE
    return Verification(mode, topic, challenge, min(lease or LEASE, _LONGEST_LEASE))


def judge(subscription: Subscription | None, said: Verification, now: datetime) -> Verdict:
    """Whether a verification is of something that we want, and what it changes."""
    if subscription is None:
        return Verdict("there is no such subscription")
    if said.topic != subscription.topic_url:
        return Verdict("another topic", kept=subscription)
    if said.mode == "denied":
        return Verdict("refused by the hub", "", _denied(subscription, now))
    if said.mode != subscription.mode:
        return Verdict("nothing that we want", kept=subscription)
    if said.mode == "unsubscribe":
        return Verdict("ended", said.challenge)
    live = replace(
        subscription,
        asked_in_vain=0,
        detail=None,
        verified_at=now,
        lease_ends_at=now + said.lease,
        next_ask_at=now + said.lease * _RENEWED_AFTER,
    )
    return Verdict("agreed", said.challenge, live)


def _denied(subscription: Subscription, now: datetime) -> Subscription:
    return replace(
        subscription,
        asked_in_vain=_MANY_IN_VAIN,
        detail="the hub refused it",
        lease_ends_at=None,
        next_ask_at=_ask_again_at(subscription, _MANY_IN_VAIN, now),
    )
