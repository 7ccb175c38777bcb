"""The first stance of an actor on a topic that had been in the news without it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from monitors.records import Shift, Side
from monitors.shifts.chance import chance_of_run
from monitors.shifts.sides import side
from monitors.shifts.timing import is_late

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from monitors.records import Label, Observation
    from monitors.shifts.series import DetectorSettings, SeriesState

# How long, and on how many days, a topic must have been in the news before a voice on it is new.
WATCHED, LEAST_DAYS = timedelta(days=60), 20
_NOBODY = Side("neutral", 0.0, (), ())


def first_stance(
    before: SeriesState, after: SeriesState, settings: DetectorSettings, detector: str
) -> Shift | None:
    """The side that a series takes for the first time with its newest story, if it is believed.

    It takes as many stories and outlets as each side of a shift, that agree as well, and no shift
    or story that was forgotten before.
    """
    if after.shifted_at is not None or after.count > len(after.observations):
        return None
    label = after.label
    if label is None or label == "neutral" or not _is_believed(after.observations, label, settings):
        return None
    if _is_believed(before.observations, label, settings):
        return None
    stories = [story for story in after.observations if story.label == label]
    return Shift(
        before=_NOBODY,
        after=side(stories),
        changed_at=stories[0].said_at,
        confidence=1 - chance_of_run([1 - story.confidence for story in stories], len(stories)),
        detector=detector,
        kind="first_stance",
    )


def is_news(shift: Shift, topic_days: Sequence[date]) -> bool:
    """Whether the topic had been watched for long before this first stance on it.

    `topic_days` are the days on which it was in the news, as far as feeds were read. Without them
    nobody knows what was said before: a new installation, a new topic, or feeds that were dead.
    """
    start = shift.changed_at.date()
    earlier = {day for day in topic_days if day < start}
    return len(earlier) >= LEAST_DAYS and min(earlier) <= start - WATCHED


def _is_believed(stories: Sequence[Observation], label: Label, settings: DetectorSettings) -> bool:
    """Whether so many stories, on more than one day and none of them old, show this side."""
    sided = [story for story in stories if story.label != "neutral"]
    on = [story for story in sided if story.label == label]
    outlets = {name for story in on for name in story.outlets}
    return (
        len(on) >= settings.min_stories
        and len(outlets) >= settings.min_outlets
        and len(on) >= settings.min_agreement * len(sided)
        and len({story.said_at.date() for story in on}) > 1
        and not any(is_late(story, settings) for story in on)
    )
