"""Old news taken in as history: it is kept, read and counted, and never fires.

    archive or sitemap -> drafts -> articles -> stances -> series built anew

Articles commit as they come and are read in batches; what a batch changes in a series is only
forgotten, and all series are built anew in the end. Whatever of that a killed backfill leaves
undone, the next one does, or the next run that meets the series.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from flows.admit import Draft, admit
from flows.detect import is_history
from flows.reread import resume
from flows.store import transaction
from flows.store.analysis import save_analyses, series_of_other_versions
from flows.store.articles import pending_history
from flows.store.backfill import save_vain_pages
from flows.store.runs import recorded
from flows.store.series import forget_states, outdated_series
from flows.store.sketches import KnownSketches
from flows.watch import BATCH, read_articles
from flows.wiring import no_progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from flows.store.rows import Row
    from flows.wiring import Installation, Progress
    from monitors.records import Article

BACKFILL_FEED = "backfill"
ARCHIVE_BATCH, SITE_BATCH = 500, 20


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something in a source that became no article: where, and why in one word and in more.

    A page that is left out `for_good` is not asked for again.
    """

    url: str
    reason: str
    detail: str = ""
    for_good: bool = False


@dataclass(slots=True)
class BackfillReport:
    """What a backfill brought; `waiting` are new articles recent enough to be news."""

    found: int = 0
    new_articles: int = 0
    on_topic: int = 0
    stances: int = 0
    series: int = 0
    waiting: int = 0
    left_out: dict[str, int] = field(default_factory=dict)


def backfill(
    installation: Installation,
    found: Iterable[Draft | LeftOut],
    progress: Progress = no_progress,
    *,
    batch_size: int = ARCHIVE_BATCH,
) -> BackfillReport:
    """Take in all that is `found`; articles recent enough to be news wait for the next run.

    Raises:
        StoreError: the database cannot be written.
    """
    return recorded(
        installation.database,
        "backfill",
        installation.clock,
        lambda _: _backfill(installation, found, progress, batch_size),
    )


def _backfill(
    installation: Installation,
    found: Iterable[Draft | LeftOut],
    progress: Progress,
    batch_size: int,
) -> BackfillReport:
    report = BackfillReport()
    pieces, known = iter(found), KnownSketches()
    while batch := list(islice(pieces, batch_size)):
        admitted = _keep(installation, batch, known, report)
        report.waiting += sum(not is_history(installation, article) for article in admitted)
        for reads in _waiting(installation):
            _read(installation, reads, report)
        progress("taking in articles", report.found, report.found)
    for reads in _waiting(installation):  # left by a backfill that was killed
        _read(installation, reads, report)
    report.series = _rebuild(installation, progress)
    return report


def _keep(
    installation: Installation,
    batch: Sequence[Draft | LeftOut],
    known: KnownSketches,
    report: BackfillReport,
) -> list[Article]:
    drafts = [piece for piece in batch if isinstance(piece, Draft)]
    left_out = [piece for piece in batch if isinstance(piece, LeftOut)]
    now = installation.clock()
    vain: list[Row] = [
        {"page_url": one.url, "status": one.reason, "detail": one.detail or None, "asked_at": now}
        for one in left_out
        if one.for_good
    ]
    with installation.database.write() as connection, transaction(connection):
        admitted = admit(connection, drafts, known)
        save_vain_pages(connection, vain)
    report.found += len(drafts)
    report.new_articles += len(admitted)
    for one in left_out:
        report.left_out[one.reason] = report.left_out.get(one.reason, 0) + 1
    return admitted


def _waiting(installation: Installation) -> Iterator[list[Article]]:
    """Batches of history that waits to be read, until none is left."""
    late = timedelta(days=installation.config.settings.shifts.late_days)
    while True:
        with installation.database.read() as connection:
            articles = pending_history(connection, late, BATCH)
        if not articles:
            return
        yield articles


def _read(installation: Installation, articles: Sequence[Article], report: BackfillReport) -> None:
    """Read a batch and forget the states of the series that it changes, together."""
    reads = read_articles(installation, articles)
    with installation.database.write() as connection, transaction(connection):
        save_analyses(
            connection,
            reads,
            analysis_version=installation.analyser.version,
            analysed_at=installation.clock(),
        )
        urls = {article.url for article, _ in reads}
        changed = series_of_other_versions(connection, urls)
        detector = installation.config.settings.shifts.detector
        forget_states(connection, changed, detector=detector, updated_at=installation.clock())
    report.on_topic += sum(1 for _, analysis in reads if analysis.skipped is None)
    report.stances += sum(len(analysis.stances) for _, analysis in reads)


def _rebuild(installation: Installation, progress: Progress) -> int:
    """Build every series anew that was forgotten, unless articles are to be read again first."""
    progress("building series", 0, 1)
    forgotten = _count_forgotten(installation)
    resume(installation)
    progress("building series", 1, 1)
    return forgotten - _count_forgotten(installation)


def _count_forgotten(installation: Installation) -> int:
    detector, version = installation.config.settings.shifts.detector, installation.analyser.version
    with installation.database.read() as connection:
        return len(outdated_series(connection, detector, version))
