"""The shifts and alerts that the stored stances lead to under the present settings.

Nothing is read again: for a change of detector, thresholds or policy that is enough, and a hundred
thousand observations take seconds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from flows.store.analysis import held_stances
from flows.store.articles import sightings
from flows.store.handling import silences_in_force
from flows.store.rhythm import days_of_topics
from flows.store.series import YEAR, yearly
from monitors.alerts import SeriesShift, decide_alerts, recent_alert
from monitors.shifts import SeriesState
from monitors.shifts.firsts import is_news
from monitors.shifts.folding import SeriesFold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    import duckdb

    from flows.wiring import Installation, Progress
    from monitors.alerts import Decision, RecentAlert
    from monitors.records import Alert, Shift
    from monitors.shifts import Detector
    from monitors.shifts.folding import SeriesKey
    from monitors.shifts.observing import HeldStance

PACE_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Redetected:
    """All shifts with what would have become of them, and the states that all stories lead to."""

    decisions: tuple[Decision, ...]
    states: Mapping[SeriesKey, SeriesState]

    @property
    def alerts(self) -> list[Alert]:
        """The alerts that would have gone out, without their quotes."""
        return [one.alert for one in self.decisions if one.alert is not None]


def redetect(
    installation: Installation,
    connection: duckdb.DuckDBPyConnection,
    progress: Progress,
    version: str | None = None,
) -> Redetected:
    """What follows from the stances, as if each story came anew; with `version`, from its own."""
    config = installation.config
    held = held_stances(connection, version)
    silences = silences_in_force(connection, held[0].seen_at) if held else []
    run = _Run(installation, held, sightings(connection), progress)
    days = days_of_topics(connection)
    decisions: list[Decision] = []
    recent: list[RecentAlert] = []
    actors = {actor.actor_id: actor for actor in config.watchlist.actors}
    topics = {topic.topic_id: topic for topic in config.watchlist.topics}
    for moment, completed in run.shifts():
        shifts = [
            SeriesShift(actors[actor_id], topics[topic_id], shift, moment)
            for (actor_id, topic_id), shift in completed
            if actor_id in actors and topic_id in topics
            if shift.kind != "first_stance" or is_news(shift, days.get(topic_id, ()))
        ]
        for decision in decide_alerts(shifts, recent, config.policy, silences):
            decisions.append(decision)
            if decision.alert is not None:
                recent.append(recent_alert(decision.shift))
    return Redetected(tuple(decisions), run.fold.states)


class _Run:
    """The stories once more, in the order of first sight."""

    def __init__(
        self,
        installation: Installation,
        held: Sequence[HeldStance],
        sightings: Sequence[tuple[date, str, datetime]],
        progress: Progress,
    ) -> None:
        self._installation, self._held, self._progress = installation, held, progress
        self._sightings = list(reversed(sightings))
        self._outlets_seen: dict[str, datetime] = {}
        self._days: dict[date, set[SeriesKey]] = defaultdict(set)
        keys = {(stance.actor_id, stance.topic_id) for stance in held}
        empty = {key: SeriesState() for key in keys}
        self.fold = SeriesFold(installation.detector(0), empty)

    def shifts(self) -> Iterator[tuple[datetime, list[tuple[SeriesKey, Shift]]]]:
        """When shifts were completed, and which."""
        paced_at: datetime | None = None
        done = 0
        for (seen_at, _), of_story in groupby(
            self._held, key=lambda one: (one.seen_at, one.story_id)
        ):
            if paced_at is None or seen_at - paced_at >= PACE_EVERY:
                self.fold.detector = self._detector(seen_at)
                paced_at = seen_at
                self._progress("finding shifts", done, len(self._held))
            stances = list(of_story)
            for one in stances:
                self._days[one.said_at.date()].add((one.actor_id, one.topic_id))
            done += len(stances)
            completed = self.fold.add(stances)
            if completed:
                yield seen_at, completed
        self._progress("finding shifts", done, len(self._held))

    def _detector(self, moment: datetime) -> Detector:
        """The detector as it would have been then."""
        for day in [day for day in self._days if day < (moment - YEAR).date()]:
            del self._days[day]
        while self._sightings and self._sightings[-1][0] <= moment.date():
            _, outlet, seen_at = self._sightings.pop()
            self._outlets_seen[outlet] = max(seen_at, self._outlets_seen.get(outlet, seen_at))
        count, first = sum(map(len, self._days.values())), min(self._days, default=None)
        return self._installation.detector(yearly(count, first, moment.date()), self._outlets_seen)
