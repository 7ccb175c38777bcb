"""What a day or a week brought goes into the outbox, for each channel that asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from flows.store import transaction
from flows.store.days import digest_of, save_period, told_until
from flows.store.outbox import put_in_outbox
from flows.store.runs import recorded
from monitors.digests import compose_digest
from monitors.messages import in_form
from monitors.periods import next_period

if TYPE_CHECKING:
    import duckdb

    from flows.settings import ChannelConfig
    from flows.wiring import Installation


@dataclass(frozen=True, slots=True)
class DigestReport:
    """Which digests were written: so many, for these channels."""

    channels: int
    told: tuple[str, ...] = ()


def digest(installation: Installation) -> DigestReport:
    """Put the digests that are due into the outbox: days and weeks by the user's time zone.

    A day or week is told once it has ended and the clock has come to `digest_at`. Each digest tells
    of the time since the one before, so nothing is left out or told twice, however often and
    however late this runs. Where there is nothing to say, nothing is sent.

    Raises:
        StoreError: the database cannot be written.
    """
    return recorded(
        installation.database, "digest", installation.clock, lambda _: _digest(installation)
    )


def _digest(installation: Installation) -> DigestReport:
    channels = [c for c in installation.config.channels if c.enabled and c.digest]
    with installation.database.write() as connection, transaction(connection):
        told = [c.channel_id for c in channels if _tell_channel(installation, connection, c)]
    return DigestReport(len(told), tuple(told))


def _tell_channel(
    installation: Installation, connection: duckdb.DuckDBPyConnection, channel: ChannelConfig
) -> bool:
    """Whether there is a digest for this channel, which is then in the outbox."""
    config, now = installation.config, installation.clock()
    assert channel.digest is not None
    told = told_until(connection, channel.channel_id, now)
    period = next_period(channel.digest, _due_before(installation), config.settings.zone, told)
    if period is None:
        return False
    found = digest_of(connection, period, channel, config.watchlist)
    says = channel.digest_empty or found.says_something
    digest_id = found.digest_id if says else None
    save_period(connection, channel.channel_id, period, digest_id, created_at=now)
    if digest_id is not None:
        message = in_form(compose_digest(found), channel.form)
        put_in_outbox(connection, digest_id, message, [channel.channel_id], created_at=now)
    return says


def _due_before(installation: Installation) -> datetime:
    """Now by the wall's clock, put back by `digest_at`: at that time of day it is midnight."""
    settings = installation.config.settings
    clock = time.fromisoformat(settings.schedule.digest_at)
    wall = installation.clock().astimezone(settings.zone)
    return wall - timedelta(hours=clock.hour, minutes=clock.minute)
