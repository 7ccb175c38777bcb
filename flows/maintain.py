"""Once a day: who has fallen quiet, what is no longer needed, and a fresh copy for readers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from flows.quiet import find_quiet
from flows.store import transaction
from flows.store.outbox import forget_attempts
from flows.store.pages import forget_pages
from flows.store.runs import forget_runs, recorded
from flows.store.sketches import forget_sketches
from monitors.stories import WINDOW_DAYS

if TYPE_CHECKING:
    from pathlib import Path

    from flows.wiring import Installation

KEEP_RUNS = timedelta(days=90)
KEEP_ATTEMPTS = KEEP_RUNS
# No feed carries an entry for longer; one that does has its page read once more.
KEEP_PAGES = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class MaintainReport:
    """What was dropped, where the copy lies, and how many alerts tell that somebody fell quiet."""

    sketches: int
    runs: int
    snapshot: str
    silences: int = 0
    pages: int = 0
    attempts: int = 0


def maintain(installation: Installation) -> MaintainReport:
    """Look who has fallen quiet, drop what no longer serves, copy the database for readers.

    Raises:
        StoreError: the database cannot be written.
    """
    return recorded(
        installation.database, "maintain", installation.clock, lambda _: _maintain(installation)
    )


def _maintain(installation: Installation) -> MaintainReport:
    now = installation.clock()
    with installation.database.write() as connection, transaction(connection):
        sketches = forget_sketches(connection, before=now - timedelta(days=2 * WINDOW_DAYS))
        runs = forget_runs(connection, before=now - KEEP_RUNS)
        pages = forget_pages(connection, before=now - KEEP_PAGES)
        attempts = forget_attempts(connection, before=now - KEEP_ATTEMPTS)
        silences = find_quiet(installation, connection)
    snapshot = str(lay_snapshot(installation))
    return MaintainReport(sketches, runs, snapshot, len(silences), pages, attempts)


def lay_snapshot(installation: Installation) -> Path:
    """Copy the database to `stancewatch.snapshot.duckdb` beside it, for readers that stay open.

    Raises:
        StoreError: the database cannot be opened.
    """
    path = installation.database.path
    snapshot = path.with_name(f"{path.stem}.snapshot{path.suffix}")
    installation.database.copy_to(snapshot)
    return snapshot
