"""From the stances of a batch to shifts, alerts and their messages in the outbox."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flows.store.alerts import evidence_of, recent_alerts
from flows.store.analysis import (
    edits_of_analysed,
    held_stances,
    said_at,
    series_of_other_versions,
)
from flows.store.handling import silences_in_force
from flows.store.series import (
    days_per_year,
    load_states,
    observations_of,
    save_shift,
    save_states,
    series_of_other_detectors,
)
from flows.telling import tell
from monitors.alerts import SeriesShift, decide_alerts
from monitors.shifts import rebuild
from monitors.shifts.folding import SeriesFold
from monitors.shifts.observing import HeldStance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    import duckdb

    from flows.wiring import Installation
    from monitors.alerts import Decision
    from monitors.records import Alert, Analysis, Article
    from monitors.shifts import Detector, SeriesState
    from monitors.shifts.folding import SeriesKey

    Reads = Sequence[tuple[Article, Analysis]]


@dataclass(frozen=True, slots=True)
class Detected:
    """What a batch led to."""

    shifts: int
    alerts: tuple[Alert, ...]


def detect(
    installation: Installation,
    connection: duckdb.DuckDBPyConnection,
    reads: Reads,
    *,
    decided_at: Callable[[Article], datetime],
) -> Detected:
    """Bring the series up to date, article by article; call it after the batch has been saved.

    What was not analysed before is news and may complete a shift. An edit of what was corrects
    history: its series are built anew from all that is stored, and nothing fires.
    """
    detector = _detector(installation, connection, reads)
    edits = edits_of_analysed(connection, [article for article, _ in reads])
    news = [(article, read) for article, read in reads if article not in edits]
    shifts = 0
    alerts: list[Alert] = []
    fold = _fold(detector, connection, news)
    for article, read in news:
        completed = fold.add(_held(article, read))
        if completed:
            shifts += len(completed)
            moment = decided_at(article)
            alerts += _alert(
                installation,
                connection,
                [
                    SeriesShift(
                        installation.config.watchlist.actor(key[0]),
                        installation.config.watchlist.topic(key[1]),
                        shift,
                        moment,
                    )
                    for key, shift in completed
                ],
            )
    states = fold.states | _rebuilt(detector, connection, edits)
    save_states(connection, states, detector=detector.name, updated_at=installation.clock())
    return Detected(shifts, tuple(alerts))


def _detector(
    installation: Installation, connection: duckdb.DuckDBPyConnection, reads: Reads
) -> Detector:
    """The detector, told how many days with stories a year has, when the newest article came."""
    newest = max((article.first_seen_at for article, _ in reads), default=installation.clock())
    return installation.detector(days_per_year(connection, newest))


def _fold(detector: Detector, connection: duckdb.DuckDBPyConnection, news: Reads) -> SeriesFold:
    """The states of all series that the batch touches, with what its stories said before."""
    mine = {article.article_id for article, _ in news}
    stances = [held for article, read in news for held in _held(article, read)]
    keys = {(held.actor_id, held.topic_id) for held in stances}
    stories = {held.story_id for held in stances}
    states = load_states(connection, sorted(keys), detector.name)
    for key in series_of_other_detectors(connection, sorted(keys), detector.name):
        observations = observations_of(connection, key)
        states[key] = rebuild(
            detector, [one for one in observations if one.story_id not in stories]
        )
    return SeriesFold(detector, states, held_stances(connection, stories, besides=mine))


def _held(article: Article, analysis: Analysis) -> Iterator[HeldStance]:
    """The article's stances as they count in series: the holder's own and its institutions'."""
    for stance in analysis.stances:
        if stance.reported_by is not None:
            continue
        for actor_id in dict.fromkeys((stance.actor_id, *stance.speaks_for)):
            yield HeldStance(
                actor_id,
                stance.topic_id,
                article.story_id,
                stance.score,
                stance.confidence,
                said_at(article, stance),
                article.first_seen_at,
                article.outlet,
            )


def _rebuilt(
    detector: Detector, connection: duckdb.DuckDBPyConnection, edits: Sequence[Article]
) -> dict[SeriesKey, SeriesState]:
    if not edits:
        return {}
    keys = series_of_other_versions(connection, {article.url for article in edits})
    return {key: rebuild(detector, observations_of(connection, key)) for key in sorted(keys)}


def _alert(
    installation: Installation,
    connection: duckdb.DuckDBPyConnection,
    shifts: Sequence[SeriesShift],
) -> Iterator[Alert]:
    """Decide on shifts completed by one article; those that go out are kept with their outbox."""
    config = installation.config
    moment = shifts[0].decided_at
    recent = recent_alerts(connection, moment - config.policy.memory, config.watchlist)
    silences = silences_in_force(connection, moment)
    for decision in decide_alerts(shifts, recent, config.policy, silences):
        save_shift(connection, decision)
        if decision.alert is not None:
            yield _keep_alert(installation, connection, decision, decision.alert)


def _keep_alert(
    installation: Installation,
    connection: duckdb.DuckDBPyConnection,
    decision: Decision,
    alert: Alert,
) -> Alert:
    key, shift = (alert.actor_id, alert.topic_id), decision.shift.shift
    before = evidence_of(connection, key, shift.before, known_at=alert.decided_at)
    after = evidence_of(connection, key, shift.after, known_at=alert.decided_at)
    alert = replace(
        alert,
        before=tuple(evidence for _, evidence in before),
        after=tuple(evidence for _, evidence in after),
    )
    stance_ids = [stance_id for stance_id, _ in (*before, *after)]
    tell(installation, connection, alert, stance_ids)
    return alert
