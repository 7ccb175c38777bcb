"""Which side stories are on, taken together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from monitors.records import Side
from monitors.shifts.observing import SIDES, side_of
from monitors.shifts.series import HeldShift

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitors.records import Label, Observation, ShiftKind
    from monitors.shifts.series import Reason

OPPOSITE: dict[Label, Label] = {"favor": "against", "against": "favor"}
# The share of a change that must show within outlets, and in how many standard errors.
_WITHIN, _ERRORS = 0.5, 2.5
_ENOUGH = 5  # degrees of freedom that tell how much the stories of an outlet differ


def mean_side(stories: Sequence[Observation]) -> float:
    """The mean of the sides that the stories show, in [-1, 1], weighted by confidence."""
    weight = sum(story.confidence for story in stories)
    total = sum(SIDES[story.label] * story.confidence for story in stories)
    return total / weight if weight else 0.0


def side(stories: Sequence[Observation]) -> Side:
    """The side that the stories are taken for, and those of them that show it.

    A mean that is neutral is shown by all of them: some may be for it and as many against.
    """
    label = side_of(mean_side(stories))
    weight = sum(story.confidence for story in stories)
    score = sum(story.score * story.confidence for story in stories) / weight if weight else 0.0
    shown_by = [story for story in stories if label in {story.label, "neutral"}]
    outlets = {name for story in shown_by for name in story.outlets}
    return Side(label, score, tuple(story.story_id for story in shown_by), tuple(sorted(outlets)))


def kind_of(
    accepted: Label | None, before: Sequence[Observation], after: Sequence[Observation]
) -> ShiftKind:
    """What a change is; where it comes from neutral, the side `accepted` last is what it left."""
    old, new = mean_side(before), mean_side(after)
    left = side_of(old) if side_of(old) != "neutral" else accepted
    if left is not None and OPPOSITE.get(left) == side_of(new):
        return "reversal"
    return "hardening" if abs(new) > abs(old) else "softening"


def held_back(
    reason: Reason,
    before: Sequence[Observation],
    after: Sequence[Observation],
    outlets: Sequence[str] = (),
) -> HeldShift:
    """A change that is no shift, for this reason, which is about `outlets` if it names any."""
    new = side(after)
    old = side_of(mean_side(before))
    about = tuple(outlets) or new.outlets
    return HeldShift(reason, old, new.label, after[0].said_at, len(new.story_ids), about)


def moved_stories(before: Sequence[Observation], after: Sequence[Observation]) -> int:
    """How many stories after a change lie on the side of the old mean that it went to."""
    old = mean_side(before)
    direction = math.copysign(1, mean_side(after) - old)
    return sum((SIDES[story.label] - old) * direction > 0 for story in after)


def shows_within_outlets(before: Sequence[Observation], after: Sequence[Observation]) -> bool:
    """Whether the outlets that are on both sides of a change changed with the rest.

    Their mean change, weighted by stories, must be half of that of all stories and two and a
    half standard errors. Not so where no outlet is on both sides.
    """
    moved = mean_side(after) - mean_side(before)
    old, new = _by_outlet(before), _by_outlet(after)
    shared = sorted(old.keys() & new.keys())
    weights = [len(old[name]) * len(new[name]) / len(old[name] + new[name]) for name in shared]
    if not weights:
        return False
    changes = [np.mean(new[name]) - np.mean(old[name]) for name in shared]
    within = float(np.average(changes, weights=weights)) * math.copysign(1, moved)
    groups = [told[name] for told in (old, new) for name in shared]
    error = math.sqrt(_spread(groups, before, after) / sum(weights))
    return within >= max(_WITHIN * abs(moved), _ERRORS * error)


def _spread(
    groups: Sequence[Sequence[float]], before: Sequence[Observation], after: Sequence[Observation]
) -> float:
    """The variance of sides within outlets, or where there are too few, within both stretches."""
    freedom = sum(len(group) - 1 for group in groups)
    if freedom >= _ENOUGH:
        return sum(float(np.var(group)) * len(group) for group in groups) / freedom
    both = [[SIDES[story.label] for story in stories] for stories in (before, after)]
    freedom = sum(len(stretch) - 1 for stretch in both)
    return sum(float(np.var(stretch)) * len(stretch) for stretch in both) / max(1, freedom)


def _by_outlet(stories: Sequence[Observation]) -> dict[str, list[float]]:
    sides: dict[str, list[float]] = {}
    for story in stories:
        for name in story.outlets:
            sides.setdefault(name, []).append(SIDES[story.label])
    return sides
