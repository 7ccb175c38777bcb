"""The stances of one story become one observation per series."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from monitors.records import Label, Observation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

# A story's newest stances count; older ones beside them are background ("in 2020, he had ...").
SAME_NEWS = timedelta(days=3)
SIDE_FROM = 0.25


class HeldStance(NamedTuple):
    """A stance as it counts in one series; `actor_id` is the series', person or institution."""

    actor_id: str
    topic_id: str
    story_id: str
    score: float
    confidence: float
    said_at: datetime
    seen_at: datetime
    outlet: str


def observe(stances: Sequence[HeldStance]) -> Observation | None:
    """What one story says in one series: the mean of its newest stances, weighted by confidence.

    All of `stances` are of one series and one story. None where nothing weighs anything. The view
    `observations` says the same in SQL.
    """
    newest = max((stance.said_at for stance in stances), default=None)
    if newest is None:
        return None
    counted = [s for s in stances if s.said_at >= newest - SAME_NEWS and s.confidence > 0]
    weight = sum(stance.confidence for stance in counted)
    if not counted or weight <= 0:
        return None
    score = sum(stance.score * stance.confidence for stance in counted) / weight
    return Observation(
        story_id=counted[0].story_id,
        label=side_of(score),
        score=score,
        confidence=weight / len(counted),
        said_at=min(stance.said_at for stance in counted),
        seen_at=min(stance.seen_at for stance in counted),
        outlets=tuple(sorted({stance.outlet for stance in counted})),
    )


def side_of(score: float) -> Label:
    """The label of a mean score: a side from a quarter on, else neutral."""
    if score >= SIDE_FROM:
        return "favor"
    return "against" if score <= -SIDE_FROM else "neutral"
