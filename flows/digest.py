"""Once a day, what the day before brought goes into the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from flows.store import transaction
from flows.store.alerts import put_in_outbox
from flows.store.days import digest_of
from flows.store.runs import recorded
from monitors.messages import compose_digest

if TYPE_CHECKING:
    from flows.wiring import Installation


@dataclass(frozen=True, slots=True)
class DigestReport:
    """Which day was told of, and to how many channels."""

    day: str
    channels: int


def digest(installation: Installation) -> DigestReport:
    """Put the digest of yesterday, by the user's time zone, into the outbox; once per channel.

    Raises:
        StoreError: the database cannot be written.
    """
    return recorded(
        installation.database, "digest", installation.clock, lambda _: _digest(installation)
    )


def _digest(installation: Installation) -> DigestReport:
    config, now = installation.config, installation.clock()
    zone = config.settings.zone
    day = now.astimezone(zone).date() - timedelta(days=1)
    since = datetime.combine(day, time(), zone)
    until = datetime.combine(day + timedelta(days=1), time(), zone)
    channels = [c.channel_id for c in config.channels if c.enabled and c.digest]
    with installation.database.write() as connection, transaction(connection):
        message = compose_digest(digest_of(connection, day, since, until, config.watchlist))
        put_in_outbox(connection, f"digest:{day}", message, channels, created_at=now)
    return DigestReport(day.isoformat(), len(channels))
