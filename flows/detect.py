"""From the stances of a batch to shifts, alerts and their messages in the outbox."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from flows.store.alerts import evidence_of, recent_alerts
from flows.store.analysis import (
    edits_of_analysed,
    held_stances,
    said_at,
    series_of_other_versions,
)
from flows.store.articles import count_outdated, outlets_seen
from flows.store.handling import silences_in_force
from flows.store.rhythm import topic_days
from flows.store.series import (
    days_per_year,
    hold_series,
    load_states,
    observations_of,
    outdated_series,
    save_shift,
    save_states,
)
from flows.telling import tell
from monitors.alerts import SeriesShift, decide_alerts
from monitors.shifts import catch_up, rebuild
from monitors.shifts.firsts import is_news
from monitors.shifts.folding import SeriesFold
from monitors.shifts.observing import HeldStance

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence
    from datetime import datetime

    import duckdb

    from flows.wiring import Installation
    from monitors.alerts import Decision
    from monitors.records import Alert, Analysis, Article, Shift
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

    What was not analysed before is news and may complete a shift. An edit of what was, and what is
    seen late, corrects history: its series are built anew from all that is stored, and that fires
    nothing. While stored articles are still to be read again, all news waits.
    """
    version = installation.analyser.version
    newest = max((article.first_seen_at for article, _ in reads), default=installation.clock())
    detector = detector_at(installation, connection, newest)
    if count_outdated(connection, version, installation.compared_since()):
        _hold(installation, connection, detector, reads)
        return Detected(0, ())
    edits = edits_of_analysed(connection, [article for article, _ in reads])
    others = [(article, read) for article, read in reads if article not in edits]
    late = [pair for pair in others if is_history(installation, pair[0])]
    news = [pair for pair in others if not is_history(installation, pair[0])]
    fold, waited = _fold(detector, version, connection, news, late)
    found = _Found(installation, connection)
    found.add(waited, newest)
    for article, read in news:
        found.add(fold.add(_held(article, read)), decided_at(article))
    states = fold.states | _rebuilt(detector, version, connection, edits)
    now = installation.clock()
    save_states(connection, states, detector=detector.name, version=version, updated_at=now)
    return Detected(found.shifts, tuple(found.alerts))


def is_history(installation: Installation, article: Article) -> bool:
    """Whether it was published so long before it was first seen that it is no news."""
    late = timedelta(days=installation.config.settings.shifts.late_days)
    return article.first_seen_at - article.published_at > late


def bring_up(installation: Installation, connection: duckdb.DuckDBPyConnection) -> Detected:
    """Build anew all series that another detector or version kept; call it in a transaction.

    Only news that had to wait may complete a shift.
    """
    version, now = installation.analyser.version, installation.clock()
    detector = detector_at(installation, connection, now)
    since = outdated_series(connection, detector.name, version)
    if not since:
        return Detected(0, ())
    states, waited = _caught_up(detector, version, connection, since)
    found = _Found(installation, connection)
    found.add(waited, now)
    save_states(connection, states, detector=detector.name, version=version, updated_at=now)
    return Detected(found.shifts, tuple(found.alerts))


def detector_at(
    installation: Installation, connection: duckdb.DuckDBPyConnection, moment: datetime
) -> Detector:
    """The detector, told how many days with stories a year has and which outlets were alive."""
    days = days_per_year(connection, moment)
    return installation.detector(days, outlets_seen(connection, moment))


class _Found:
    """The shifts of a batch, decided on one after the other."""

    def __init__(self, installation: Installation, connection: duckdb.DuckDBPyConnection) -> None:
        self._installation, self._connection = installation, connection
        self.shifts = 0
        self.alerts: list[Alert] = []

    def add(self, completed: Sequence[tuple[SeriesKey, Shift]], moment: datetime) -> None:
        watchlist = self._installation.config.watchlist
        shifts = [
            SeriesShift(watchlist.actor(key[0]), watchlist.topic(key[1]), shift, moment)
            for key, shift in completed
            if shift.kind != "first_stance" or is_news(shift, topic_days(self._connection, key[1]))
        ]
        self.shifts += len(shifts)
        self.alerts += alert_on(self._installation, self._connection, shifts)


def _hold(
    installation: Installation,
    connection: duckdb.DuckDBPyConnection,
    detector: Detector,
    reads: Reads,
) -> None:
    """Let the news of the batch wait."""
    since: dict[SeriesKey, datetime] = {}
    for article, read in reads:
        for held in _held(article, read):
            key = (held.actor_id, held.topic_id)
            since[key] = min(held.seen_at, since.get(key, held.seen_at))
    now = installation.clock()
    hold_series(connection, since, detector=detector.name, updated_at=now)


def _fold(
    detector: Detector,
    version: str,
    connection: duckdb.DuckDBPyConnection,
    news: Reads,
    late: Reads,
) -> tuple[SeriesFold, list[tuple[SeriesKey, Shift]]]:
    """The states of all series that the batch touches, with what its stories said before.

    And the shifts that news completes which had to wait in one of these series. Late articles
    change what came before the news, so their series are built anew first.
    """
    mine = {article.article_id for article, _ in news}
    stances = [held for article, read in news for held in _held(article, read)]
    stories = {held.story_id for held in stances}
    corrected, keys = _keys(late), _keys(news) | _keys(late)
    states = load_states(connection, sorted(keys), detector.name)
    since = dict.fromkeys(corrected) | outdated_series(connection, detector.name, version, keys)
    caught_up, waited = _caught_up(detector, version, connection, since, besides=stories)
    known = held_stances(connection, version, story_ids=stories, besides=mine)
    return SeriesFold(detector, states | caught_up, known), waited


def _caught_up(
    detector: Detector,
    version: str,
    connection: duckdb.DuckDBPyConnection,
    since: Mapping[SeriesKey, datetime | None],
    besides: Container[str] = (),
) -> tuple[dict[SeriesKey, SeriesState], list[tuple[SeriesKey, Shift]]]:
    """These series built anew without the stories `besides`, and what their waiting news shows."""
    states: dict[SeriesKey, SeriesState] = {}
    waited: list[tuple[SeriesKey, Shift]] = []
    observations = observations_of(connection, version, since) if since else {}
    for key, news_since in since.items():
        known = [one for one in observations.get(key, ()) if one.story_id not in besides]
        states[key], shifts = catch_up(detector, known, news_since)
        waited += [(key, shift) for shift in shifts]
    return states, waited


def _keys(reads: Reads) -> set[SeriesKey]:
    held = (stance for article, read in reads for stance in _held(article, read))
    return {(stance.actor_id, stance.topic_id) for stance in held}


def _held(article: Article, analysis: Analysis) -> Iterator[HeldStance]:
    """The article's stances as they count in series: the holder's own and its institutions'."""
    for stance in analysis.stances:
        if stance.reported_by is not None or stance.is_recalled:
            continue
        for actor_id in dict.fromkeys((stance.actor_id, *stance.speaks_for)):
            yield HeldStance(
                actor_id,
                stance.topic_id,
                article.story_id,
                stance.label,
                stance.score,
                stance.confidence,
                said_at(article, stance),
                article.first_seen_at,
                article.outlet,
                article.agency,
            )


def _rebuilt(
    detector: Detector,
    version: str,
    connection: duckdb.DuckDBPyConnection,
    edits: Sequence[Article],
) -> dict[SeriesKey, SeriesState]:
    if not edits:
        return {}
    keys = series_of_other_versions(connection, {article.url for article in edits})
    observations = observations_of(connection, version, keys)
    return {key: rebuild(detector, observations.get(key, ())) for key in sorted(keys)}


def alert_on(
    installation: Installation,
    connection: duckdb.DuckDBPyConnection,
    shifts: Sequence[SeriesShift],
) -> Iterator[Alert]:
    """Decide on shifts completed at once; those that go out are kept with their outbox."""
    if not shifts:
        return
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
