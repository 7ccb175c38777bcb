"""What an evaluation comes to: figures with their intervals, slices, and the errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitors.measures.intervals import RESAMPLES, bootstrap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monitors.measures.intervals import Figures, Places
    from monitors.records import Span


@dataclass(frozen=True, slots=True)
class Figure:
    """A named figure; NaN where nothing defines it. `low` and `high` bound 95 % of resamples."""

    name: str
    value: float
    low: float = math.nan
    high: float = math.nan

    @property
    def is_count(self) -> bool:
        """Whether it counts things; all others are shares from 0 to 1."""
        return self.name.startswith("number ")


@dataclass(frozen=True, slots=True)
class Slice:
    """The figures of some of the items."""

    name: str
    items: int
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """A wrong answer, with what a person needs to judge it.

    `place` says where the item stands; `marks` are named spans of `text`. `confidence` is None
    where none was stated. `asked` are the definitions, where it was asked by some.
    """

    place: str
    text: str
    marks: tuple[tuple[str, Span], ...]
    wanted: str
    given: str
    confidence: float | None = None
    before: str = ""
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that was measured; `misses` are the errors, the worst first."""

    task: str
    items: int
    figures: tuple[Figure, ...]
    slices: tuple[Slice, ...] = ()
    misses: tuple[Miss, ...] = ()


def with_intervals(
    figures: Callable[[Places], Figures], groups: Sequence[str], resamples: int = RESAMPLES
) -> tuple[Figure, ...]:
    """The figures of all items, each with its interval; `groups` name what is drawn together."""
    bounds = bootstrap(figures, groups, resamples)
    return tuple(
        Figure(name, value)
        if math.isnan(value) or name not in bounds
        else Figure(name, value, *bounds[name])
        for name, value in figures(bounds.every).items()
    )


def worst_first(misses: Sequence[Miss]) -> tuple[Miss, ...]:
    """The errors by the confidence they were stated with, those without any last."""
    return tuple(sorted(misses, key=lambda miss: -(miss.confidence or 0)))
