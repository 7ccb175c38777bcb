"""How far a figure would move with other items of the same kind: the bootstrap (Efron 1979).

Sentences of one article are alike, so it is articles that are drawn where they are known.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Places = NDArray[np.intp]
Figures = dict[str, float]

RESAMPLES = 1000
_SEED = 20240402
_BOUNDS = (2.5, 97.5)


class Bounds(dict[str, tuple[float, float]]):
    """For each figure its interval; `every` are the places of all items."""

    def __init__(self, every: Places) -> None:
        super().__init__()
        self.every = every


def bootstrap(
    figures: Callable[[Places], Figures], groups: Sequence[str], resamples: int = RESAMPLES
) -> Bounds:
    """The 95 % intervals of `figures`, which are asked of places in `groups`.

    The same items always give the same intervals; no interval where there are not two groups.
    """
    bounds = Bounds(np.arange(len(groups)))
    names, codes = np.unique(np.array(groups, dtype=object), return_inverse=True)
    if len(names) < 2:  # noqa: PLR2004 - nothing to draw from
        return bounds
    dice = np.random.default_rng(_SEED)
    order = np.argsort(codes, kind="stable")
    drawn = []
    for _ in range(resamples):
        times = np.bincount(dice.integers(0, len(names), len(names)), minlength=len(names))
        drawn.append(figures(np.repeat(order, times[codes[order]])))
    for name in drawn[0] if drawn else ():
        bounds[name] = _interval([one[name] for one in drawn])
    return bounds


def _interval(values: Sequence[float]) -> tuple[float, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a figure that no resample defines
        low, high = np.nanpercentile(values, _BOUNDS)
    return float(low), float(high)
