"""From the stances of a batch to shifts, alerts and their messages in the outbox."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from flows.store.alerts import evidence_of, put_in_outbox, recent_alerts, save_alert
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
    observations_of_each,
    save_shift,
    save_states,
    series_without_state,
)
from monitors.alerts import AlertSettings, SeriesShift, decide_alerts
from monitors.messages import compose
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

    What was not analysed before is news and may complete a shift. An edit of what was, and what is
    seen late, corrects history: its series are built anew from all that is stored, and that fires
    nothing.
    """
    detector = _detector(installation, connection, reads)
    edits = edits_of_analysed(connection, [article for article, _ in reads])
    others = [(article, read) for article, read in reads if article not in edits]
    late = [pair for pair in others if is_history(installation, pair[0])]
    news = [pair for pair in others if not is_history(installation, pair[0])]
    shifts = 0
    alerts: list[Alert] = []
    fold = _fold(detector, connection, news, late)
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


def is_history(installation: Installation, article: Article) -> bool:
    """Whether it was published so long before it was first seen that it is no news."""
    late = timedelta(days=installation.config.settings.shifts.late_days)
    return article.first_seen_at - article.published_at > late


def _detector(
    installation: Installation, connection: duckdb.DuckDBPyConnection, reads: Reads
) -> Detector:
    """The detector, told how many days with stories a year has, when the newest article came."""
    newest = max((article.first_seen_at for article, _ in reads), default=installation.clock())
    return installation.detector(days_per_year(connection, newest))


def _fold(
    detector: Detector, connection: duckdb.DuckDBPyConnection, news: Reads, late: Reads
) -> SeriesFold:
    """The states of all series that the batch touches, with what its stories said before.

    Late articles change what came before the news, so their series are built anew first.
    """
    mine = {article.article_id for article, _ in news}
    stances = [held for article, read in news for held in _held(article, read)]
    stories = {held.story_id for held in stances}
    corrected, keys = _keys(late), _keys(news) | _keys(late)
    states = load_states(connection, sorted(keys), detector.name)
    stale = corrected | {*series_without_state(connection, keys, detector.name)}
    for key, observations in observations_of_each(connection, sorted(stale)).items():
        states[key] = rebuild(
            detector, [one for one in observations if one.story_id not in stories]
        )
    return SeriesFold(detector, states, held_stances(connection, stories, besides=mine))


def _keys(reads: Reads) -> set[SeriesKey]:
    held = (stance for article, read in reads for stance in _held(article, read))
    return {(stance.actor_id, stance.topic_id) for stance in held}


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
    observed = observations_of_each(connection, sorted(keys))
    return {key: rebuild(detector, observations) for key, observations in observed.items()}


def _alert(
    installation: Installation,
    connection: duckdb.DuckDBPyConnection,
    shifts: Sequence[SeriesShift],
) -> Iterator[Alert]:
    """Decide on shifts completed by one article; those that go out are kept with their outbox."""
    config = installation.config
    settings = AlertSettings(config.policy.cool_down_days, config.policy.kinds)
    since = shifts[0].decided_at - settings.cool_down
    recent = recent_alerts(connection, since, config.watchlist)
    for decision in decide_alerts(shifts, recent, settings, silences_in_force(connection, since)):
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
    message = compose(alert)
    save_alert(connection, alert, message, [stance_id for stance_id, _ in (*before, *after)])
    channels = [
        channel.channel_id
        for channel in installation.config.channels
        if channel.enabled
        and (not channel.topics or alert.topic_id in channel.topics)
        and (not channel.actors or alert.actor_id in channel.actors)
        and (not channel.kinds or alert.kind in channel.kinds)
    ]
    now = installation.clock()
    put_in_outbox(connection, alert.alert_id, message, channels, created_at=now)
    return alert
