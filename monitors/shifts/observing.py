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
# Sums in another order end in other digits; a side on the very edge is the same one everywhere.
_EDGE = 1e-9
SIDES: dict[Label, float] = {"favor": 1.0, "against": -1.0, "neutral": 0.0}


class HeldStance(NamedTuple):
    """A stance as it counts in one series; `actor_id` is the series', person or institution."""

    actor_id: str
    topic_id: str
    story_id: str
    label: Label
    score: float
    confidence: float
    said_at: datetime
    seen_at: datetime
    outlet: str
    agency: str | None = None


def observe(stances: Sequence[HeldStance]) -> Observation | None:
    """What one story says in one series: its newest stances, weighted by confidence.

    Its label is the side that they show together, each 1, -1 or 0; where all have one label, it is
    that. The score says how sure each reading is, and so cannot tell a side: it would take a lone
    unsure stance for a neutral one. The copies are one report: where any of them credits an agency,
    that is the story's outlet.

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
    agencies = {stance.agency for stance in counted if stance.agency}
    return Observation(
        story_id=counted[0].story_id,
        label=side_of(sum(SIDES[one.label] * one.confidence for one in counted) / weight),
        score=sum(one.score * one.confidence for one in counted) / weight,
        confidence=weight / len(counted),
        said_at=min(stance.said_at for stance in counted),
        seen_at=min(stance.seen_at for stance in counted),
        outlets=tuple(sorted(agencies or {stance.outlet for stance in counted})),
    )


def side_of(mean: float) -> Label:
    """The label of a mean of sides: a side from a quarter on, else neutral."""
    if mean >= SIDE_FROM - _EDGE:
        return "favor"
    return "against" if mean <= -SIDE_FROM + _EDGE else "neutral"
