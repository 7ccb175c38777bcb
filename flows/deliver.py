"""What waits in the outbox is handed to its channels; a dead one never holds another."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from flows.notify import Channel, send
from flows.store import transaction
from flows.store.outbox import claim_due, count_held, record_attempt, release
from flows.store.runs import recorded
from monitors.errors import DeliveryError
from monitors.messages import compose_group

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from flows.store.outbox import Claimed
    from flows.wiring import Installation
    from monitors.records import Message

    Send = Callable[[Channel, Message], None]

ATTEMPTS = 12
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class DeliverReport:
    """What became of the messages that were due; `errors` names channel and cause.

    `held` counts what waits for the end of a channel's quiet hours.
    """

    delivered: int
    waiting: int
    failed: int
    errors: tuple[str, ...]
    held: int = 0


def deliver(installation: Installation, send_with: Send = send) -> DeliverReport:
    """Send all messages that are due, at least once each, and record every attempt.

    Raises:
        StoreError: the database cannot be written.
    """
    return recorded(
        installation.database,
        "deliver",
        installation.clock,
        lambda _: _deliver(installation, send_with),
    )


def _deliver(installation: Installation, send_with: Send) -> DeliverReport:
    now = installation.clock()
    quiet = _quiet_channels(installation, now)
    with installation.database.write() as connection, transaction(connection):
        held = count_held(connection, now, quiet)
        claimed = claim_due(connection, now, quiet)
    by_channel: dict[str, list[Claimed]] = defaultdict(list)
    for message in claimed:
        by_channel[message.channel].append(message)
    counts: dict[str, int] = defaultdict(int)
    errors: list[str] = []
    with ThreadPoolExecutor(max_workers=max(1, len(by_channel))) as pool:
        queues = [
            pool.submit(_send_all, installation, channel, messages, send_with)
            for channel, messages in by_channel.items()
        ]
        for queue in queues:
            for state, error in queue.result():
                counts[state] += 1
                errors += [error] if error else []
    return DeliverReport(
        counts["delivered"], counts["pending"], counts["failed"], tuple(errors), held
    )


def _quiet_channels(installation: Installation, now: datetime) -> set[str]:
    """The channels that are in their quiet hours."""
    zone = installation.config.settings.zone
    return {
        channel.channel_id
        for channel in installation.config.channels
        if channel.quiet is not None and channel.quiet.until(now, zone) is not None
    }


def _send_all(
    installation: Installation, channel_id: str, messages: Sequence[Claimed], send_with: Send
) -> list[tuple[str, str | None]]:
    """Send one after the other; where the channel does not answer, the rest waits as it is.

    So a channel that hangs costs one deadline, and no claim outlasts its lease.
    """
    sent: list[tuple[str, str | None]] = []
    for number, message in enumerate(messages, start=1):
        sent.append(_send_one(installation, channel_id, message, send_with))
        if sent[-1][0] == "pending":
            with installation.database.write() as connection:
                left = [id_ for message in messages[number:] for id_ in message.delivery_ids]
                release(connection, left)
            sent += [("pending", None)] * (len(messages) - number)
            break
    return sent


def _send_one(
    installation: Installation, channel_id: str, message: Claimed, send_with: Send
) -> tuple[str, str | None]:
    """Send and record at once, so that a crash can repeat one message at most."""
    state, error = "delivered", None
    try:
        channel = channel_of(installation, channel_id)
        send_with(channel, _composed(installation, message))
    except DeliveryError as problem:
        error = str(problem)
        state = "pending" if problem.retryable and message.attempts < ATTEMPTS else "failed"
    now = installation.clock()
    with installation.database.write() as connection, transaction(connection):
        record_attempt(
            connection,
            message,
            state=state,
            ended_at=now,
            error=error,
            next_attempt_at=now + _wait(message.attempts) if state == "pending" else None,
        )
    return state, error


def _composed(installation: Installation, message: Claimed) -> Message:
    """The one message of an alert or digest; of a group, one that tells all of them."""
    if len(message.parts) == 1:
        return message.parts[0]
    what, _, group_id = message.group_key.partition(":")
    watchlist = installation.config.watchlist
    names = (
        {topic.topic_id: topic.title for topic in watchlist.topics}
        if what == "topic"
        else {actor.actor_id: actor.name for actor in watchlist.actors}
    )
    return compose_group(message.parts, names.get(group_id, group_id), message.message_id)


def channel_of(installation: Installation, channel_id: str) -> Channel:
    """The configured channel of that id, its URL at hand.

    Raises:
        DeliveryError: there is none, it is switched off, or its URL is not in the environment.
    """
    for channel in installation.config.channels:
        if channel.channel_id == channel_id:
            if channel.url is None:
                raise DeliveryError(f"{channel_id}: {channel.problem or 'has no URL'}")
            if not channel.enabled:
                raise DeliveryError(f"{channel_id}: is switched off", retryable=False)
            return Channel(channel.channel_id, channel.url)
    raise DeliveryError(f"{channel_id}: is no longer in alerts.toml", retryable=False)


def _wait(attempts: int) -> timedelta:
    waits: int = 2 ** (attempts - 1)
    return min(_FIRST_WAIT * waits, _LONGEST_WAIT)
