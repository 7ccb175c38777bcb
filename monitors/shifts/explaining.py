"""What an accepted shift rests on, and what would have undone it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitors.shifts.observing import SIDES
from monitors.shifts.series import SeriesState
from monitors.shifts.sides import mean_side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitors.records import Label, Observation
    from monitors.shifts.series import Detector

_AT_MOST = 10  # stories are left out: more would not be one mistake but another history


def movers(before: Sequence[Observation], after: Sequence[Observation]) -> list[Observation]:
    """The stories after a change that moved it most, first: the farther and surer, the more."""
    old = mean_side(before)
    direction = 1 if mean_side(after) >= old else -1

    def pull(story: Observation) -> float:
        return (SIDES[story.label] - old) * direction * story.confidence

    return sorted(
        (one for one in after if pull(one) > 0), key=lambda one: (-pull(one), one.said_at)
    )


def undone_by(
    detector: Detector,
    observations: Sequence[Observation],
    candidates: Sequence[Observation],
    to_label: Label,
) -> list[Observation] | None:
    """The first few of `candidates` without which the stories, in this order, make no such shift.

    None where they make none in any case, or where it takes more than ten.
    """
    if not _shifts_to(detector, observations, to_label):
        return None
    for count in range(1, min(_AT_MOST, len(candidates)) + 1):
        without = {story.story_id for story in candidates[:count]}
        left = [one for one in observations if one.story_id not in without]
        if not _shifts_to(detector, left, to_label):
            return list(candidates[:count])
    return None


def _shifts_to(detector: Detector, observations: Sequence[Observation], label: Label) -> bool:
    """Whether the last shift that the stories make goes there."""
    state, reached = SeriesState(), False
    for observation in observations:
        state, shift = detector.step(state, observation)
        if shift is not None:
            reached = shift.after.label == label
    return reached
