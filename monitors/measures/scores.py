"""Counts and answers -> F1 in its kinds, precision at a recall, calibration.

What nothing defines is NaN, never 0: no item of a kind is not a failure on it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Codes = NDArray[np.intp]
    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

BINS = 10


def ratio(part: float, whole: float) -> float:
    """`part / whole`; NaN of nothing."""
    return float(part) / float(whole) if whole else math.nan


def f1_of(hits: float, given: float, wanted: float) -> float:
    """F1 of what was given against what was wanted; NaN where there is neither."""
    return ratio(2 * hits, given + wanted)


def label_f1(wanted: Codes, given: Codes, labels: int) -> list[float]:
    """F1 of each label, of codes below `labels`; NaN for one that nobody used."""
    table = np.bincount(wanted * labels + given, minlength=labels * labels)
    table = table.reshape(labels, labels)
    return [
        f1_of(table[code, code], table[:, code].sum(), table[code].sum()) for code in range(labels)
    ]


def macro_f1(scores: Sequence[float]) -> float:
    """The mean of the labels' F1, those that nobody used left out."""
    used = [score for score in scores if not math.isnan(score)]
    return ratio(sum(used), len(used))


def precision_at_recalls(
    confidence: Floats, right: Flags, total: int, recalls: Sequence[float]
) -> list[float]:
    """Precision where each recall is first reached, taking answers from the surest down.

    `total` is how many there are to find. Answers of one confidence are taken together. NaN where
    the recall is never reached.
    """
    precision, recall = _curve(confidence, right, total)
    places = np.searchsorted(recall, np.array(recalls) - 1e-9)
    return [float(precision[place]) if place < len(recall) else math.nan for place in places]


def recall_at_precision(
    confidence: Floats, right: Flags, total: int, least: float, fewest: int = 10
) -> float:
    """The most that can be found at a precision of `least`, over at least `fewest` answers."""
    precision, recall = _curve(confidence, right, total)
    if not total:
        return math.nan
    answered = np.cumsum(np.ones(len(right)))[_ends(confidence)]
    good = recall[(precision >= least) & (answered >= fewest)]
    return float(good.max()) if len(good) else 0.0


def calibration_error(confidence: Floats, right: Flags, bins: int = BINS) -> float:
    """Expected calibration error over bins of as many answers each (Nguyen and O'Connor 2015).

    Answers of one confidence count as right as they are on average, whatever bin they fall into.
    It leans upwards, the more the fewer answers there are, and in a resample twice as much.
    """
    if not len(right):
        return math.nan
    _, inverse = np.unique(confidence, return_inverse=True)
    shares = np.bincount(inverse, right) / np.bincount(inverse)
    gaps = np.sort(confidence) - shares[np.sort(inverse)]
    parts = np.array_split(gaps, min(bins, len(gaps)))
    return sum(abs(float(part.sum())) for part in parts) / len(gaps)


def _curve(confidence: Floats, right: Flags, total: int) -> tuple[Floats, Floats]:
    order = np.argsort(-confidence, kind="stable")
    hits = np.cumsum(right[order])[_ends(confidence)]
    answered = np.arange(1, len(order) + 1)[_ends(confidence)]
    return hits / answered, hits / max(total, 1)


def _ends(confidence: Floats) -> Flags:
    """From the surest down, which answers are the last of their confidence."""
    steps = np.diff(-np.sort(-confidence)) != 0
    return np.append(steps, np.ones(min(len(confidence), 1), np.bool_))
