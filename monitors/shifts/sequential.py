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
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from monitors.records import Shift
from monitors.shifts.betting import independence, log_evidence, log_surplus
from monitors.shifts.chance import chance_of_run
from monitors.shifts.observing import side_of
from monitors.shifts.sides import (
    OPPOSITE,
    SIDES,
    kind_of,
    mean_side,
    moved_stories,
    shows_within_outlets,
    side,
)
from monitors.shifts.timing import is_cooling, is_late, is_overtaken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from monitors.records import Observation
    from monitors.shifts.series import DetectorSettings, Reason, SeriesState

MEMORY, MOST = 100, 150  # when MOST stories are held, only the newest MEMORY are kept
# A day is a possible change in at most three of the windows that MEMORY and MOST make, and the
# mean may rise or fall.
_TRIES = 3 * 2
_MOST_LIKELY = 0.9
# Evidence is only added up, which takes a hundred times as long, where that of normal scores would
# be this share of what is needed.
_WORTHWHILE = 0.6
# The evidence, as a logarithm, that a change to neutral has gone on to the other side.
_GONE_ON = math.log(20)


@dataclass(frozen=True, slots=True)
class _Days:
    """The days of a series: mean sides, and the number of stories up to each day's end."""

    means: NDArray[np.float64]
    ends: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Change:
    """The likeliest change, and the evidence for all possible ones.

    Places are numbers of stories before the change; `between` are the first and the last that it
    takes to hold nine tenths of the evidence. `luck` bounds the chance of so much evidence without
    a change.
    """

    place: int
    evidence: float
    luck: float
    between: tuple[int, int]


class SequentialDetector:
    """Adds up the evidence that a mean changed; keeps at most 150 stories."""

    name = "sequential"

    def __init__(self, settings: DetectorSettings) -> None:
        self._settings = settings
        days = max(1.0, settings.days_per_year)
        self._needed = math.log(max(_TRIES, days * _TRIES / settings.false_alarms_per_year))

    def step(
        self, state: SeriesState, observation: Observation
    ) -> tuple[SeriesState, Shift | None]:
        """The state with the observation in it, and the shift it completes, if any."""
        late = is_late(observation, self._settings) or is_overtaken(state, observation)
        state = _remember(state, observation)
        if state.label is None:
            return self._establish(state), None
        stretch = _stretch(state)
        change, reason = self._change(state, stretch)
        if change is None:
            if not late and self._has_gone_on(state, stretch):
                return self._complete(state, stretch)
            return replace(state, reason="late" if late else reason), None
        before, after = stretch[: change.place], stretch[change.place :]
        if late:
            if all(is_late(story, self._settings) for story in after):
                return _accept(state, after, "backfilled"), None
            return replace(state, reason="late"), None
        shift = self._shift(state, before, after, change)
        return _accept(state, after, "shifted"), shift

    def _establish(self, state: SeriesState) -> SeriesState:
        if self._is_thin(state.observations):
            return replace(state, reason="cold_start")
        label = side_of(mean_side(state.observations))
        first = state.observations[0].said_at
        return replace(state, label=label, changed_at=first, reason="established")

    def _change(
        self, state: SeriesState, stretch: Sequence[Observation]
    ) -> tuple[_Change | None, Reason]:
        """The change that the stretch shows, or why it shows none."""
        days = _by_day(stretch)
        places, rises = self._possible(state, stretch, days)
        if not len(places):
            return None, "steady"
        if _likelihood_ratio(days.means) < _WORTHWHILE * self._needed:
            return None, "by_chance"
        found = [_weigh(days.means * sign, places[rises == sign]) for sign in (1, -1)]
        best = max((one for one in found if one is not None), key=lambda one: one.evidence)
        first, last = (int(days.ends[place - 1]) for place in best.between)
        place = int(days.ends[best.place - 1])
        change = replace(best, place=place, between=(first, last))
        return self._judge(state, stretch, change)

    def _has_gone_on(self, state: SeriesState, stretch: Sequence[Observation]) -> bool:
        """Whether what was taken for a change to neutral turns out to have gone all the way."""
        new = side_of(mean_side(stretch))
        older = state.observations[: len(state.observations) - len(stretch)]
        if side_of(mean_side(older)) != state.label or OPPOSITE.get(state.label) != new:
            return False
        means = _by_day(stretch).means * SIDES[new]
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
        surplus = log_surplus(_by_day(stretch).means * SIDES[side_of(mean_side(stretch))])
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

    def _judge(
        self, state: SeriesState, stretch: Sequence[Observation], change: _Change
    ) -> tuple[_Change | None, Reason]:
        before, after = stretch[: change.place], stretch[change.place :]
        reason: Reason | None = None
        if change.evidence < self._needed:
            reason = "by_chance"
        elif self._is_thin(before) or self._is_thin(after):
            reason = "few_outlets"
        elif not shows_within_outlets(before, after):
            reason = "outlet_mix"
        elif is_cooling(state, self._settings):
            reason = "cool_down"
        return (change, "shifted") if reason is None else (None, reason)

    def _possible(
        self, state: SeriesState, stretch: Sequence[Observation], days: _Days
    ) -> tuple[NDArray[np.intp], NDArray[np.int_]]:
        """Days with enough of a change after them, and whether the mean rises or falls there."""
        count = len(days.means)
        places = np.arange(1, count)
        if state.shifted_at is not None:
            fresh = sum(story.said_at <= state.shifted_at for story in stretch)
            places = places[days.ends[places - 1] >= fresh]
        least, stories = self._settings.min_stories, len(stretch)
        enough = (days.ends[places - 1] >= least) & (stories - days.ends[places - 1] >= least)
        places = places[enough]
        sums = np.cumsum(days.means)
        moved = (sums[-1] - sums[places - 1]) / (count - places) - sums[places - 1] / places
        large = np.abs(moved) >= self._settings.min_change
        return places[large], np.sign(moved[large]).astype(int)

    def _shift(
        self,
        state: SeriesState,
        before: Sequence[Observation],
        after: Sequence[Observation],
        change: _Change,
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
        return (
            len(stories) < self._settings.min_stories or len(outlets) < self._settings.min_outlets
        )


def _misread(before: Sequence[Observation], after: Sequence[Observation]) -> float:
    """The chance that so many stories were misread, were each as likely to be as is said of it."""
    return chance_of_run([1 - story.confidence for story in after], moved_stories(before, after))


def _stretch(state: SeriesState) -> Sequence[Observation]:
    """The stories since the last change, oldest first; all of them where there was none."""
    start = state.changed_at if state.shifted_at is not None else None
    return [story for story in state.observations if start is None or story.said_at >= start]


def _by_day(stories: Sequence[Observation]) -> _Days:
    dates = np.array([story.said_at.toordinal() for story in stories])
    weights = np.array([story.confidence for story in stories])
    sides = np.array([SIDES[story.label] for story in stories])
    starts = np.flatnonzero(np.diff(dates, prepend=-1))
    means = np.add.reduceat(sides * weights, starts) / np.add.reduceat(weights, starts)
    return _Days(means, np.append(starts[1:], len(stories)))


def _likelihood_ratio(means: NDArray[np.float64]) -> float:
    """The largest logarithm of the likelihood ratio of a change, were the means normal."""
    count = len(means)
    sizes = np.arange(1, count)
    sums = np.cumsum(means)
    moved = (sums[-1] - sums[:-1]) / (count - sizes) - sums[:-1] / sizes
    explained = float((sizes * (count - sizes) / count * moved * moved).max())
    left = float(((means - means.mean()) ** 2).sum()) - explained
    return count / 2 * math.log1p(explained / max(left, 1e-9))


def _weigh(means: NDArray[np.float64], places: NDArray[np.intp]) -> _Change | None:
    """The evidence that the mean of the days rose at one of `places`, and the likeliest of them."""
    if not len(places):
        return None
    found = log_evidence(means, places)
    likeliest = int(found.argmax())
    place, top = int(places[likeliest]), float(found[likeliest])
    shares = np.exp(found - top)
    evidence = top + math.log(float(shares.sum()))
    passed = np.cumsum(shares) / shares.sum()
    between = np.searchsorted(passed, [(1 - _MOST_LIKELY) / 2, (1 + _MOST_LIKELY) / 2])
    first, last = (int(places[min(index, len(places) - 1)]) for index in between)
    evidence *= independence(means, place)
    luck = min(1.0, len(places) * math.exp(-evidence))
    return _Change(place, evidence, luck, (first, last))


def _remember(state: SeriesState, observation: Observation) -> SeriesState:
    """The newest stories with this one among them."""
    others = [story for story in state.observations if story.story_id != observation.story_id]
    is_new = len(others) == len(state.observations)
    stories = [*others, observation]
    if others and observation.said_at <= others[-1].said_at:
        stories.sort(key=lambda story: (story.said_at, story.story_id))
    kept = stories[-MEMORY:] if len(stories) >= MOST else stories
    return replace(state, observations=tuple(kept), count=state.count + is_new)


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
