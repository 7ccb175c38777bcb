"""How strongly scores speak for a change of their mean: e-values of two bets, before and after.

A bettor who starts with 1 stakes on every score before the change that the mean lies below m, and
on every score after it that the mean lies above m. Were the mean m all along, the capital would
not be expected to grow, whatever the scores' distribution (betting: Waudby-Smith & Ramdas 2023,
"Estimating means of bounded random variables by betting"); the least capital over all m therefore
is an e-value against "the mean never changed", valid at any time one chooses to look, with no
baseline given. Added up over the places where the change may lie, it is an e-detector (Shin, Ramdas
& Rinaldo 2022).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Stakes, as shares of the largest that cannot ruin the bettor, and how the capital is split among
# them: large changes need large stakes, and it is those that nobody wants to wait for.
_STAKES = np.array([0.08, 0.2, 0.4, 0.65, 0.9])
_SHARES = np.array([0.06, 0.12, 0.22, 0.3, 0.3])
# Means that are tried. Between two of them the bet below is worth at least what it is at the lower
# one, the bet above at least what it is at the upper one, so that the least is never missed.
_MEANS = np.linspace(-1, 1, 33)


def log_evidence(scores: Floats, places: NDArray[np.intp]) -> Floats:
    """Natural logarithms of the e-values that the mean rose after the first `place` scores.

    Args:
        scores: in order, each in [-1, 1].
        places: numbers of scores before the change, each from 1 to len(scores) - 1.
    """
    lower, upper = _MEANS[:-1], _MEANS[1:]
    column = scores[:, None]
    below = np.log1p(((lower - column) / (1 - lower))[..., None] * _STAKES)
    above = np.log1p(((column - upper) / (1 + upper))[..., None] * _STAKES)
    won_before = np.cumsum(below, axis=0)[places - 1]
    won_all = np.cumsum(above, axis=0)
    won_after = won_all[-1] - won_all[places - 1]
    least: Floats = (_log_capital(won_before) + _log_capital(won_after)).min(axis=1)
    return least


def log_surplus(scores: Floats) -> float:
    """The logarithm of the e-value that the mean of the scores is above 0."""
    return float(_log_capital(np.log1p(scores[:, None] * _STAKES).sum(axis=0)))


def _log_capital(capitals: Floats) -> Floats:
    """The logarithm of what all stakes together have won, from those of each (last axis)."""
    top = capitals.max(axis=-1, keepdims=True)
    together: Floats = top[..., 0] + np.log(np.exp(capitals - top) @ _SHARES)
    return together


def independence(scores: Floats, place: int) -> float:
    """How much an observation is worth that resembles the one before it, in (0, 1].

    (1 - r) / (1 + r) for the correlation r of neighbours around the means before and after `place`,
    never above 1: the share of the observations that would be as informative if they were
    independent.
    """
    around = scores.copy()
    around[:place] -= scores[:place].mean()
    around[place:] -= scores[place:].mean()
    spread = float((around * around).sum())
    shared = float((around[1:] * around[:-1]).sum())
    # Four more that are independent, so that few observations do not prove much.
    correlation = max(0.0, shared / (spread * (1 + 4 / len(scores)) + 1e-9))
    return (1 - correlation) / (1 + correlation)
