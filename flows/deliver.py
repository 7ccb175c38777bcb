"""What waits in the outbox is handed to its channels; a dead one never holds another."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from flows.notify import Channel, send
from flows.store import transaction
from flows.store.alerts import claim_due, record_attempt, release
from flows.store.runs import recorded
from monitors.errors import DeliveryError
from monitors.records import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flows.store.alerts import Claimed
    from flows.wiring import Installation

    Send = Callable[[Channel, Message], None]

ATTEMPTS = 12
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class DeliverReport:
    """What became of the messages that were due; `errors` names channel and cause."""

    delivered: int
    waiting: int
    failed: int
    errors: tuple[str, ...]


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
    with installation.database.write() as connection, transaction(connection):
        claimed = claim_due(connection, installation.clock())
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
    return DeliverReport(counts["delivered"], counts["pending"], counts["failed"], tuple(errors))


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
                release(connection, [m.delivery_id for m in messages[number:]])
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
        send_with(channel, Message(message.subject, message.body))
    except DeliveryError as problem:
        error = str(problem)
        state = "pending" if problem.retryable and message.attempts < ATTEMPTS else "failed"
    now = installation.clock()
    with installation.database.write() as connection:
        record_attempt(
            connection,
            message.delivery_id,
            state=state,
            error=error,
            delivered_at=now if state == "delivered" else None,
            next_attempt_at=now + _wait(message.attempts) if state == "pending" else None,
        )
    return state, error


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
