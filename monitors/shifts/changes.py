"""The days of a series, and where among them its mean most likely changed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from monitors.shifts.betting import independence, log_evidence
from monitors.shifts.observing import SIDES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from monitors.records import Observation

_MOST_LIKELY = 0.9


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a series: mean sides, and the number of stories up to each day's end."""

    means: NDArray[np.float64]
    ends: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Change:
    """The likeliest change, and the evidence for all possible ones.

    Places are numbers of stories before the change; `between` are the first and the last that it
    takes to hold nine tenths of the evidence. `luck` bounds the chance of so much evidence without
    a change.
    """

    place: int
    evidence: float
    luck: float
    between: tuple[int, int]


def by_day(stories: Sequence[Observation]) -> Days:
    """The stories day by day, those of one day together."""
    dates = np.array([story.said_at.toordinal() for story in stories])
    weights = np.array([story.confidence for story in stories])
    sides = np.array([SIDES[story.label] for story in stories])
    starts = np.flatnonzero(np.concatenate(([True], dates[1:] != dates[:-1])))
    means = np.add.reduceat(sides * weights, starts) / np.add.reduceat(weights, starts)
    return Days(means, np.append(starts[1:], len(stories)))


def likelihood_ratio(means: NDArray[np.float64]) -> float:
    """The largest logarithm of the likelihood ratio of a change, were the means normal."""
    count = len(means)
    sizes = np.arange(1, count)
    sums = np.cumsum(means)
    moved = (sums[-1] - sums[:-1]) / (count - sizes) - sums[:-1] / sizes
    explained = float((sizes * (count - sizes) / count * moved * moved).max())
    left = float(((means - means.mean()) ** 2).sum()) - explained
    return count / 2 * math.log1p(explained / max(left, 1e-9))


def weigh(means: NDArray[np.float64], places: NDArray[np.intp]) -> Change | None:
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
    return Change(place, evidence, luck, (first, last))
