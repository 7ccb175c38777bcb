"""How likely luck alone would have made a run of stories."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def dissent_rate(dissenting: int, stories: int) -> float:
    """The share of stories that a side shows of its opposite, by the rule of succession.

    Three unanimous stories do not prove that dissent is impossible: (0 + 1) / (3 + 2) = 0.2.
    """
    return (dissenting + 1) / (stories + 2)


def chance_of_run(rates: Sequence[float], hits: int) -> float:
    """The chance of at least `hits` events, where event i happens by itself at `rates[i]`.

    Exact for independent events (the Poisson binomial tail); stories that copy each other's mistake
    are not independent, so what is read off this is a lower bound. Cost: the square of its length.
    """
    chances = [1.0]
    for rate in rates:
        stay = [chance * (1 - rate) for chance in chances]
        move = [chance * rate for chance in chances]
        chances = [a + b for a, b in zip([*stay, 0.0], [0.0, *move], strict=True)]
    return min(1.0, sum(chances[hits:]))
