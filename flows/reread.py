"""After a change of topics, actors or models, stored articles are read again before the news.

A new model must never look like a change of mind: while articles that are compared were read with
another version, all news waits (`flows.detect`); then the series are built anew, without a word.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from flows.detect import Detected, bring_up
from flows.store import transaction
from flows.store.analysis import save_analyses
from flows.store.articles import count_outdated, has_readings, outdated_articles
from flows.store.series import outdated_series
from flows.wiring import no_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from flows.wiring import Installation, Progress
    from monitors.records import Analysis, Article

    ReadArticles = Callable[[Installation, Sequence[Article]], list[tuple[Article, Analysis]]]

BATCH = 200


def read_again(
    installation: Installation,
    read: ReadArticles,
    progress: Progress = no_progress,
    *,
    since: datetime | None,
    seconds: float | None = None,
) -> int:
    """Read the articles since then that were read with another version, newest first.

    A batch at a time, each kept by itself, for about so many seconds at most. Answers how many.

    Raises:
        BackendError: what judges stances does not answer; what is left goes on waiting.
    """
    database, version = installation.database, installation.analyser.version
    over_at = None if seconds is None else time.monotonic() + seconds
    with database.read() as connection:
        total = count_outdated(connection, version, since)
    done = 0
    while total and (over_at is None or time.monotonic() < over_at):
        with database.read() as connection:
            batch = outdated_articles(connection, version, since, BATCH)
        if not batch:
            break
        reads = read(installation, batch)
        now = installation.clock()
        with database.write() as connection, transaction(connection):
            save_analyses(connection, reads, analysis_version=version, analysed_at=now)
        done += len(batch)
        progress("reading again", done, max(total, done))
    return done


def to_read_again(installation: Installation) -> int:
    """How many stored articles are read again by the next runs; no model is loaded where none is.

    Raises:
        StoreError: the database cannot be read.
        BackendError: the backend cannot be loaded.
    """
    with installation.database.read() as connection:
        if not has_readings(connection):
            return 0
        version, since = installation.analyser.version, installation.compared_since()
        return count_outdated(connection, version, since)


def resume(installation: Installation) -> Detected:
    """Build anew the series that another version or detector kept, once all is read again.

    What came in meanwhile is stepped as news; what was known before fires nothing.
    """
    version, detector = installation.analyser.version, installation.detector(0).name
    with installation.database.read() as connection:
        waits = count_outdated(connection, version, installation.compared_since())
        if waits or not outdated_series(connection, detector, version):
            return Detected(0, ())
    with installation.database.write() as connection, transaction(connection):
        return bring_up(installation, connection)
