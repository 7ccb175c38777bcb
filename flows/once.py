"""One pass: ingest, watch, digest, deliver, with or without a Prefect server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flows.deliver import deliver
from flows.digest import digest
from flows.ingest import ingest
from flows.watch import watch
from flows.wiring import no_progress

if TYPE_CHECKING:
    from pathlib import Path

    from flows.deliver import DeliverReport
    from flows.digest import DigestReport
    from flows.ingest import IngestReport
    from flows.watch import WatchReport
    from flows.wiring import Installation, Progress


@dataclass(frozen=True, slots=True)
class RunReport:
    """What one pass did."""

    ingest: IngestReport
    watch: WatchReport
    digest: DigestReport
    deliver: DeliverReport


def run_once(installation: Installation, progress: Progress = no_progress) -> RunReport:
    """Fetch what is due, read what is new, send what follows and the digests that are due.

    Raises:
        StoreError: the database cannot be written.
    """
    return RunReport(
        ingest(installation, progress),
        watch(installation, progress),
        digest(installation),
        deliver(installation),
    )


def run_on_server(config_dir: Path | None, database: Path | None) -> RunReport:
    """The same pass as Prefect flows, recorded by the server that PREFECT_API_URL names.

    Raises:
        StoreError: the database cannot be written.
    """
    # Prefect takes seconds to import; a pass without a server does without it.
    from flows import scheduled  # noqa: PLC0415

    where = [str(path) if path else None for path in (config_dir, database)]
    reports: list[Any] = [
        scheduled.ingest(*where, by_hand=True),
        scheduled.watch(*where),
        scheduled.digest(*where),
        scheduled.deliver(*where),
    ]
    return RunReport(*reports)
