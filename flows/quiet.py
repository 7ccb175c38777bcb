"""Once a day: which regular voices have fallen quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.detect import alert_on
from flows.store.rhythm import pausing_voices
from flows.store.series import is_held, known_shifts, newest_observations
from monitors.alerts import SeriesShift
from monitors.records import Shift, Side
from monitors.shifts.quiet import chance_of_pause
from monitors.shifts.sides import side

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from flows.wiring import Installation
    from monitors.records import Alert, Observation

_STORIES = 10  # that tell the side on which a voice was heard last


def find_quiet(installation: Installation, connection: duckdb.DuckDBPyConnection) -> list[Alert]:
    """The alerts on voices that have fallen quiet since the last look; call it in a transaction.

    Each silence makes one shift, however long it lasts. While stored articles are being read
    again, nobody is said to be quiet.
    """
    if is_held(connection):
        return []
    known = known_shifts(connection, "silence")
    silences = [one for one in _silences(installation, connection) if one.shift_id not in known]
    return [alert for one in silences for alert in alert_on(installation, connection, [one])]


def _silences(
    installation: Installation, connection: duckdb.DuckDBPyConnection
) -> Iterator[SeriesShift]:
    now = installation.clock()
    actors = {actor.actor_id: actor for actor in installation.config.watchlist.actors}
    topics = {topic.topic_id: topic for topic in installation.config.watchlist.topics}
    for (actor_id, topic_id), rhythm in pausing_voices(connection, now).items():
        chance = chance_of_pause(rhythm)
        if chance is None or actor_id not in actors or topic_id not in topics:
            continue
        stories = newest_observations(connection, (actor_id, topic_id), _STORIES)
        shift = _silence(stories, chance)
        yield SeriesShift(actors[actor_id], topics[topic_id], shift, now)


def _silence(stories: list[Observation], chance: float) -> Shift:
    """The silence after these stories; it leaves nobody on another side."""
    before = side(stories)
    return Shift(
        before=before,
        after=Side(before.label, before.score, (), ()),
        changed_at=max(story.said_at for story in stories),
        confidence=1 - chance,
        detector="quiet",
        kind="silence",
    )
