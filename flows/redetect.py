"""The shifts and alerts that the stored stances lead to under the present settings.

Nothing is read again: for a change of detector, thresholds or policy that is enough, and a hundred
thousand observations take seconds.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from flows.store.analysis import all_held_stances
from flows.store.handling import silences_in_force
from flows.store.series import YEAR, yearly
from monitors.alerts import SeriesShift, decide_alerts, recent_alert
from monitors.shifts import SeriesState
from monitors.shifts.folding import SeriesFold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from flows.wiring import Installation, Progress
    from monitors.alerts import RecentAlert
    from monitors.records import Alert, Shift
    from monitors.shifts.folding import SeriesKey
    from monitors.shifts.observing import HeldStance

PACE_EVERY = timedelta(days=1)


def redetect(installation: Installation, progress: Progress) -> list[Alert]:
    """The alerts that would have gone out, without their quotes, as if each story came anew.

    Raises:
        StoreError: there is no database.
    """
    config = installation.config
    with installation.database.read() as connection:
        held = all_held_stances(connection)
        silences = silences_in_force(connection, held[0].seen_at) if held else []
    alerts: list[Alert] = []
    recent: list[RecentAlert] = []
    actors = {actor.actor_id: actor for actor in config.watchlist.actors}
    topics = {topic.topic_id: topic for topic in config.watchlist.topics}
    for moment, completed in _shifts(installation, held, progress):
        shifts = [
            SeriesShift(actors[actor_id], topics[topic_id], shift, moment)
            for (actor_id, topic_id), shift in completed
            if actor_id in actors and topic_id in topics
        ]
        for decision in decide_alerts(shifts, recent, config.policy, silences):
            if decision.alert is not None:
                alerts.append(decision.alert)
                recent.append(recent_alert(decision.shift))
    return alerts


def _shifts(
    installation: Installation, held: list[HeldStance], progress: Progress
) -> Iterator[tuple[datetime, list[tuple[SeriesKey, Shift]]]]:
    """When a shift was completed, and which, in the order of first sight."""
    keys = {(stance.actor_id, stance.topic_id) for stance in held}
    fold = SeriesFold(installation.detector(0), {key: SeriesState() for key in keys})
    days: dict[date, set[SeriesKey]] = defaultdict(set)
    paced_at: datetime | None = None
    done = 0
    for (seen_at, _), of_story in groupby(held, key=lambda one: (one.seen_at, one.story_id)):
        if paced_at is None or seen_at - paced_at >= PACE_EVERY:
            for day in [day for day in days if day < (seen_at - YEAR).date()]:
                del days[day]
            count, first = sum(map(len, days.values())), min(days, default=None)
            fold.detector = installation.detector(yearly(count, first, seen_at.date()))
            paced_at = seen_at
        stances = list(of_story)
        for one in stances:
            days[one.said_at.date()].add((one.actor_id, one.topic_id))
        done += len(stances)
        progress("finding shifts", done, len(held))
        completed = fold.add(stances)
        if completed:
            yield seen_at, completed
