"""Articles that wait are analysed; stances, series, shifts and alerts follow in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.detect import Detected, detect
from flows.store import transaction
from flows.store.analysis import save_analyses
from flows.store.articles import count_pending, pending_articles
from flows.store.runs import recorded
from flows.wiring import no_progress
from monitors.records import Analysis

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from flows.store.runs import Run
    from flows.wiring import Installation, Progress
    from monitors.records import Alert, Article

BATCH = 200
NOT_ON_TOPIC = "no_topic"


@dataclass(frozen=True, slots=True)
class WatchReport:
    """What was read from the articles that waited."""

    articles: int
    on_topic: int
    stances: int
    shifts: int
    alerts: tuple[Alert, ...]


def watch(installation: Installation, progress: Progress = no_progress) -> WatchReport:
    """Analyse every article that waits, in order of publication, a batch at a time.

    Raises:
        StoreError: the database cannot be written.
    """
    return recorded(
        installation.database,
        "watch",
        installation.clock,
        lambda run: _watch(installation, run, progress),
    )


def _watch(installation: Installation, run: Run, progress: Progress) -> WatchReport:
    articles = on_topic = stances = shifts = 0
    alerts: list[Alert] = []
    with installation.database.read() as connection:
        total = count_pending(connection)
        batch = pending_articles(connection, BATCH)
    while batch:
        reads = read_articles(installation, batch)
        detected = keep_batch(installation, reads, decided_at=lambda _: run.started_at)
        articles += len(batch)
        on_topic += sum(1 for _, analysis in reads if analysis.skipped is None)
        stances += sum(len(analysis.stances) for _, analysis in reads)
        shifts += detected.shifts
        alerts += detected.alerts
        progress("reading articles", articles, max(total, articles))
        with installation.database.read() as connection:
            batch = pending_articles(connection, BATCH)
    return WatchReport(articles, on_topic, stances, shifts, tuple(alerts))


def read_articles(
    installation: Installation, articles: Sequence[Article]
) -> list[tuple[Article, Analysis]]:
    """Each article with what it says; those that name no watched topic are not read further."""
    analyser = installation.analyser
    reads = []
    for article in articles:
        if analyser.worth_reading(article.text):
            analysis = analyser.analyse(article.text, article.published_at.date())
        else:
            analysis = Analysis(skipped=NOT_ON_TOPIC)
        reads.append((article, analysis))
    return reads


def keep_batch(
    installation: Installation,
    reads: Sequence[tuple[Article, Analysis]],
    *,
    decided_at: Callable[[Article], datetime],
) -> Detected:
    """Keep a batch with all that follows from it, or nothing of it."""
    with installation.database.write() as connection, transaction(connection):
        save_analyses(
            connection,
            reads,
            analysis_version=installation.analyser.version,
            analysed_at=installation.clock(),
        )
        return detect(installation, connection, reads, decided_at=decided_at)
