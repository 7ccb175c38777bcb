"""History under a changed configuration: read where that is needed, compared, and made live.

Nothing is read into the live database. Where topics, actors or models have changed, a copy beside
it takes the readings, batch by batch; a rehearsal that was broken off goes on where it ended.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.redetect import redetect
from flows.reread import read_again
from flows.store import Database, transaction
from flows.store.alerts import stored_alerts
from flows.store.articles import count_outdated
from flows.store.series import replace_shifts, replace_states
from flows.store.versions import attached, differing_stances, take_readings
from flows.watch import read_articles
from monitors.alerts import compare_alerts

if TYPE_CHECKING:
    from pathlib import Path

    from flows.store.rows import Row
    from flows.wiring import Installation, Progress
    from monitors.alerts import AlertChange


@dataclass(frozen=True, slots=True)
class Difference:
    """An alert that would be other than it was, and the stances that are read otherwise."""

    change: AlertChange
    stances: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """What was made live: articles with other readings, series, and shifts."""

    articles: int
    series: int
    shifts: int


def scratch_of(installation: Installation) -> Path:
    """Where the readings of this configuration are kept until they are made live."""
    path = installation.database.path
    return path.with_name(f"{path.stem}.replay-{installation.analyser.version}{path.suffix}")


def rehearse(installation: Installation, progress: Progress) -> list[Difference]:
    """The alerts that would be added, gone or moved, had the configuration always been this.

    Raises:
        StoreError: there is no database.
        BackendError: what judges stances does not answer; what has been read is kept.
    """
    version = installation.analyser.version
    rehearsal = _read(installation, progress)
    with rehearsal.database.read() as connection:
        found = redetect(rehearsal, connection, progress, version)
    with installation.database.read() as connection, ExitStack() as stack:
        changes = compare_alerts(stored_alerts(connection), found.alerts)
        apart = rehearsal.database.path != installation.database.path
        if apart:
            stack.enter_context(attached(connection, rehearsal.database.path))
        return [
            Difference(change, tuple(differing_stances(connection, change) if apart else ()))
            for change in changes
        ]


def apply(installation: Installation, progress: Progress) -> Applied:
    """Make the readings, series and shifts of this configuration live, all or nothing.

    Alerts that went out stay as they are, and nobody is told anything. Call `rehearse` before.

    Raises:
        StoreError: the database cannot be written.
    """
    version, scratch = installation.analyser.version, scratch_of(installation)
    with installation.database.write() as connection, ExitStack() as stack:
        if scratch.exists():
            stack.enter_context(attached(connection, scratch))
        with transaction(connection):
            taken = take_readings(connection, version) if scratch.exists() else 0
            found = redetect(installation, connection, progress, version)
            replace_states(
                connection,
                found.states,
                detector=installation.detector(0).name,
                version=version,
                updated_at=installation.clock(),
            )
            replace_shifts(connection, found.decisions)
    Database(scratch).remove()
    return Applied(taken, len(found.states), len(found.decisions))


def _read(installation: Installation, progress: Progress) -> Installation:
    """An installation in whose database all is read as this configuration reads it."""
    version = installation.analyser.version
    with installation.database.read() as connection:
        if not count_outdated(connection, version, None):
            return installation
    scratch = scratch_of(installation)
    _copy(installation, scratch, version)
    rehearsal = installation.over(Database(scratch, installation.database.lock_timeout_s))
    read_again(rehearsal, read_articles, progress, since=None)
    return rehearsal


def _copy(installation: Installation, scratch: Path, version: str) -> None:
    """Lay out a fresh copy of the database, with what an earlier rehearsal has read in it."""
    if not scratch.exists():
        installation.database.copy_to(scratch)
        return
    fresh = Database(scratch.with_name(scratch.name + ".fresh"))
    installation.database.copy_to(fresh.path)
    with Database(scratch).write():
        pass  # its schema may be an earlier one
    with fresh.write() as connection, attached(connection, scratch), transaction(connection):
        take_readings(connection, version)
    fresh.copy_to(scratch)
    fresh.remove()
