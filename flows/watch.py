"""Articles that wait are analysed; stances, series, shifts and alerts follow in one transaction."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flows.detect import Detected, detect
from flows.reread import read_again, resume
from flows.store import transaction
from flows.store.analysis import save_analyses
from flows.store.articles import count_pending, pending_articles
from flows.store.runs import recorded
from flows.wiring import no_progress
from monitors.errors import AnalysisTimeoutError, MonitorError
from monitors.languages import identify, is_read
from monitors.records import Analysis

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from flows.store.runs import Run
    from flows.wiring import Installation, Progress
    from monitors.records import Alert, Article

BATCH = 200
# Why an article was kept without a reading, as `articles.skipped` says it.
FOREIGN, NOT_ON_TOPIC = "language", "no_topic"
TIMED_OUT, UNREADABLE = "timeout", "unreadable"

_log = logging.getLogger("stancewatch.watch")


@dataclass(frozen=True, slots=True)
class WatchReport:
    """What was read from the articles that waited; `given_up` took too long or broke the reader.

    `read_again` had been read with other topics, actors or models; `foreign` name a topic in a
    language without a model.
    """

    articles: int
    on_topic: int
    stances: int
    shifts: int
    alerts: tuple[Alert, ...]
    given_up: int = 0
    read_again: int = 0
    foreign: int = 0


def watch(installation: Installation, progress: Progress = no_progress) -> WatchReport:
    """Analyse every article that waits, in order of publication, a batch at a time.

    Before them come those that were read with other topics, actors or models.

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
    again = read_again(
        installation,
        read_articles,
        progress,
        since=installation.compared_since(),
        seconds=60 * installation.config.settings.analysis.reread_minutes,
    )
    resumed = resume(installation)
    articles = on_topic = stances = given_up = foreign = 0
    shifts, alerts = resumed.shifts, list(resumed.alerts)
    with installation.database.read() as connection:
        total = count_pending(connection)
        batch = pending_articles(connection, BATCH)
    while batch:
        reads = read_articles(installation, batch)
        detected = keep_batch(installation, reads, decided_at=lambda _: run.started_at)
        articles += len(batch)
        on_topic += sum(1 for _, analysis in reads if analysis.skipped is None)
        given_up += sum(1 for _, analysis in reads if analysis.skipped in {TIMED_OUT, UNREADABLE})
        foreign += sum(1 for _, analysis in reads if analysis.skipped == FOREIGN)
        stances += sum(len(analysis.stances) for _, analysis in reads)
        shifts += detected.shifts
        alerts += detected.alerts
        progress("reading articles", articles, max(total, articles))
        with installation.database.read() as connection:
            batch = pending_articles(connection, BATCH)
    return WatchReport(articles, on_topic, stances, shifts, tuple(alerts), given_up, again, foreign)


def read_articles(
    installation: Installation, articles: Sequence[Article]
) -> list[tuple[Article, Analysis]]:
    """Each article with what it says; those that name no watched topic are not read further.

    An article that takes too long or that the reader breaks on is skipped, with the reason, and
    does not hold up the others. Where none at all can be read, the fault is not the articles'.

    Raises:
        BackendError: what judges stances does not answer; the articles go on waiting.
    """
    reads: list[tuple[Article, Analysis]] = []
    faults: list[Exception] = []
    for article in articles:
        try:
            analysis = read_text(installation, article.text, article.published_at.date())
        except MonitorError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the next article may lack it
            _log.exception("%s cannot be read and is skipped", article.url)
            faults.append(error)
            analysis = Analysis(skipped=UNREADABLE)
        reads.append((article, analysis))
    unread = {FOREIGN, NOT_ON_TOPIC, UNREADABLE}
    if faults and all(analysis.skipped in unread for _, analysis in reads):
        raise faults[0]
    return reads


def read_text(
    installation: Installation, text: str, published: date | None, *, screen: bool = True
) -> Analysis:
    """What a text says, unless it names no watched topic (with `screen`) or takes too long.

    A text in a language without a model is not read: what English rules find in it is chance. Its
    language is told after the screen, which is quicker and turns away nearly all texts.
    """
    analyser = installation.analyser
    if screen and not analyser.worth_reading(text):
        return Analysis(skipped=NOT_ON_TOPIC)
    language = identify(text)
    if not is_read(language):
        return Analysis(skipped=FOREIGN, language=language)
    seconds = installation.config.settings.analysis_seconds
    over_at = time.monotonic() + seconds
    try:
        analysis = analyser.analyse(text, published, expired=lambda: time.monotonic() >= over_at)
    except AnalysisTimeoutError:
        _log.warning("given up after %g seconds: %.80r", seconds, text)
        analysis = Analysis(skipped=TIMED_OUT)
    return replace(analysis, language=language)


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
