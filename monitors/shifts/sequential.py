"""A sequential test for a change of the mean, so that the false alarms of a year are a setting.

What counts of a story is the side that it shows: 1 for favor, -1 for against, 0 for neutral (its
score is how sure the reading is, not how strong the stance). Every day on which a series has
stories is one observation, the mean of the day's sides weighted by confidence, because stories of
one day mostly tell one event. Each such day may be the first
after a change; the e-values of all these changes are added up (`monitors.shifts.betting`). A
shift is accepted when they reach the inverse of what this day may cost: the false alarms allowed in
a year, shared out over the days with stories that the whole installation has in a year. By Ville's
inequality luck then makes no more first alarms than the setting, in the mean, as long as the sides
of a series have the same mean whatever came before. Where they have not, it is an approximation:
days that resemble the one before are discounted by a rule of thumb, and after a shift the stretch
that proved it is the baseline for the next. How well that holds is measured in
`benchmarks/shifts.py`.

What it takes besides: enough stories and outlets on both sides, a change large enough to matter,
and that it shows within the outlets that were there before and after, not only between them.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from monitors.records import Shift
from monitors.shifts.betting import log_surplus
from monitors.shifts.chance import chance_of_run
from monitors.shifts.changes import by_day, likelihood_ratio, weigh
from monitors.shifts.feeding import dead_outlets
from monitors.shifts.observing import SIDES, side_of
from monitors.shifts.sides import (
    OPPOSITE,
    held_back,
    kind_of,
    mean_side,
    moved_stories,
    shows_within_outlets,
    side,
)
from monitors.shifts.timing import is_cooling, is_late, is_overtaken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from monitors.records import Observation
    from monitors.shifts.changes import Change, Days
    from monitors.shifts.series import DetectorSettings, HeldShift, Reason, SeriesState

MEMORY, MOST = 100, 150  # when MOST stories are held, only the newest MEMORY are kept
# How a day's share of the false alarms is shared out: while a series is held whole, the day may be
# a rise or a fall (2 of 3); later it is so in at most two more of the windows that MEMORY and MOST
# make (4 of 12), or in three where it came later (6 of 12).
_TRIES_WHOLE, _TRIES_CUT = 3, 12
# Evidence is only added up, which takes a hundred times as long, where that of normal scores would
# be this share of what is needed.
_WORTHWHILE = 0.6
# ... and a change is told of as almost a shift from this share on.
_ALMOST = 0.8
# The evidence, as a logarithm, that a change to neutral has gone on to the other side.
_GONE_ON = math.log(20)


class SequentialDetector:
    """Adds up the evidence that a mean changed; keeps at most 150 stories."""

    name = "sequential"

    def __init__(
        self, settings: DetectorSettings, outlets_seen: Mapping[str, datetime] | None = None
    ) -> None:
        self.settings, self._outlets_seen = settings, outlets_seen or {}
        self._odds = max(1.0, max(1.0, settings.days_per_year) / settings.false_alarms_per_year)

    def step(
        self, state: SeriesState, observation: Observation
    ) -> tuple[SeriesState, Shift | None]:
        """The state with the observation in it, and the shift it completes, if any."""
        late = is_late(observation, self.settings) or is_overtaken(state, observation)
        state = _remember(state, observation)
        if state.label is None:
            return self._establish(state), None
        stretch = _stretch(state)
        change, reason = self._change(state, stretch)
        held = None if change is None else self._held(state, stretch, change)
        if change is None or held is not None:
            if not late and self._has_gone_on(state, stretch):
                return self._complete(state, stretch)
            reason = held.reason if held is not None else reason
            return replace(state, reason="late" if late else reason, held=held), None
        before, after = stretch[: change.place], stretch[change.place :]
        if late:
            if all(is_late(story, self.settings) for story in after):
                return _accept(state, after, "backfilled"), None
            return replace(state, reason="late"), None
        shift = self._shift(state, before, after, change)
        return _accept(state, after, "shifted"), shift

    def _needed(self, state: SeriesState) -> float:
        """The evidence, as a logarithm, that a change in this series has to reach."""
        return math.log(self._odds * (_TRIES_WHOLE if state.count < MOST else _TRIES_CUT))

    def _establish(self, state: SeriesState) -> SeriesState:
        if self._is_thin(state.observations):
            return replace(state, reason="cold_start")
        label = side_of(mean_side(state.observations))
        first = state.observations[0].said_at
        return replace(state, label=label, changed_at=first, reason="established")

    def _change(
        self, state: SeriesState, stretch: Sequence[Observation]
    ) -> tuple[Change | None, Reason]:
        """The change that the stretch all but shows, or why it shows none."""
        days = by_day(stretch)
        places, rises = self._possible(state, stretch, days)
        if not len(places):
            return None, "steady"
        needed = self._needed(state)
        if likelihood_ratio(days.means) < _WORTHWHILE * needed:
            return None, "by_chance"
        found = [weigh(days.means * sign, places[rises == sign]) for sign in (1, -1)]
        best = max((one for one in found if one is not None), key=lambda one: one.evidence)
        first, last = (int(days.ends[place - 1]) for place in best.between)
        place = int(days.ends[best.place - 1])
        if best.evidence < _ALMOST * needed:
            return None, "by_chance"
        return replace(best, place=place, between=(first, last)), "shifted"

    def _has_gone_on(self, state: SeriesState, stretch: Sequence[Observation]) -> bool:
        """Whether what was taken for a change to neutral turns out to have gone all the way."""
        new = side_of(mean_side(stretch))
        older = state.observations[: len(state.observations) - len(stretch)]
        if side_of(mean_side(older)) != state.label or OPPOSITE.get(state.label) != new:
            return False
        means = by_day(stretch).means * SIDES[new]
        return not self._is_thin(stretch) and log_surplus(means) >= _GONE_ON

    def _complete(
        self, state: SeriesState, stretch: Sequence[Observation]
    ) -> tuple[SeriesState, Shift | None]:
        """The reversal that a change to neutral was the first half of.

        Its change has passed the test before; only its other side was not clear then.
        """
        older = state.observations[: len(state.observations) - len(stretch)]
        before = [story for story in older if story.label == state.label]
        start = stretch[0].said_at
        surplus = log_surplus(by_day(stretch).means * SIDES[side_of(mean_side(stretch))])
        return _accept(state, stretch, "shifted"), Shift(
            before=side(before),
            after=side(stretch),
            changed_at=start,
            confidence=1 - max(_misread(before, stretch), math.exp(-surplus)),
            detector=self.name,
            kind="reversal",
            earliest_at=before[-1].said_at,
            latest_at=start,
        )

    def _held(
        self, state: SeriesState, stretch: Sequence[Observation], change: Change
    ) -> HeldShift | None:
        """What holds the change back; None where nothing does."""
        before, after = stretch[: change.place], stretch[change.place :]
        reason = self._obstacle(state, before, after, change)
        dead: tuple[str, ...] = ()
        if reason in {"few_outlets", "outlet_mix"}:
            dead = dead_outlets(before, after[0].said_at, self._outlets_seen)
        if reason is None:
            return None
        return held_back("dead_feed" if dead else reason, before, after, dead)

    def _obstacle(
        self,
        state: SeriesState,
        before: Sequence[Observation],
        after: Sequence[Observation],
        change: Change,
    ) -> Reason | None:
        if change.evidence < self._needed(state):
            return "by_chance"
        if self._is_thin(before) or self._is_thin(after):
            return "few_outlets"
        if not shows_within_outlets(before, after):
            return "outlet_mix"
        return "cool_down" if is_cooling(state, self.settings) else None

    def _possible(
        self, state: SeriesState, stretch: Sequence[Observation], days: Days
    ) -> tuple[NDArray[np.intp], NDArray[np.int_]]:
        """Days with enough of a change after them, and whether the mean rises or falls there."""
        count = len(days.means)
        places = np.arange(1, count)
        if state.shifted_at is not None:
            fresh = sum(story.said_at <= state.shifted_at for story in stretch)
            places = places[days.ends[places - 1] >= fresh]
        least, stories = self.settings.min_stories, len(stretch)
        enough = (days.ends[places - 1] >= least) & (stories - days.ends[places - 1] >= least)
        places = places[enough]
        sums = np.cumsum(days.means)
        moved = (sums[-1] - sums[places - 1]) / (count - places) - sums[places - 1] / places
        large = np.abs(moved) >= self.settings.min_change
        return places[large], np.sign(moved[large]).astype(int)

    def _shift(
        self,
        state: SeriesState,
        before: Sequence[Observation],
        after: Sequence[Observation],
        change: Change,
    ) -> Shift:
        """The shift, with its confidence: 1 less the larger of two bounds.

        On the chance that luck made it, given the evidence for a change at any of the places, and
        on the chance that as many of its stories were misread.
        """
        stories = [*before, *after]
        return Shift(
            before=side(before),
            after=side(after),
            changed_at=after[0].said_at,
            confidence=1 - max(_misread(before, after), change.luck),
            detector=self.name,
            kind=kind_of(state.label, before, after),
            earliest_at=stories[change.between[0] - 1].said_at,
            latest_at=stories[change.between[1]].said_at,
        )

    def _is_thin(self, stories: Sequence[Observation]) -> bool:
        outlets = {name for story in stories for name in story.outlets}
        return len(stories) < self.settings.min_stories or len(outlets) < self.settings.min_outlets


def _misread(before: Sequence[Observation], after: Sequence[Observation]) -> float:
    """The chance that so many stories were misread, were each as likely to be as is said of it."""
    return chance_of_run([1 - story.confidence for story in after], moved_stories(before, after))


def _stretch(state: SeriesState) -> Sequence[Observation]:
    """The stories since the last change, oldest first; all of them where there was none."""
    start = state.changed_at if state.shifted_at is not None else None
    return [story for story in state.observations if start is None or story.said_at >= start]


def _remember(state: SeriesState, observation: Observation) -> SeriesState:
    """The newest stories with this one among them."""
    others = [story for story in state.observations if story.story_id != observation.story_id]
    is_new = len(others) == len(state.observations)
    stories = [*others, observation]
    if others and observation.said_at <= others[-1].said_at:
        stories.sort(key=lambda story: (story.said_at, story.story_id))
    kept = stories[-MEMORY:] if len(stories) >= MOST else stories
    return replace(state, observations=tuple(kept), count=state.count + is_new, held=None)


def _accept(state: SeriesState, after: Sequence[Observation], reason: Reason) -> SeriesState:
    """The state after a change; one to neutral leaves the accepted side as it was."""
    new = side_of(mean_side(after))
    newest_at: datetime = state.observations[-1].said_at
    return replace(
        state,
        label=state.label if new == "neutral" else new,
        changed_at=after[0].said_at,
        shifted_at=newest_at,
        reason=reason,
    )
