"""How much a shift matters: three levels, counted up from four plain questions.

A level is a sum that anybody can check. Two points where the actor changed sides; one each where
the score moved by 1 or more (of 2), where it is at least 95 % sure, and where at least four outlets
show it. Four points and more are `high`, two and three `medium`, fewer `low`. In a first stance and
a silence nothing moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from monitors.records import Severity

if TYPE_CHECKING:
    from monitors.records import Shift

LEVELS: tuple[Severity, ...] = get_args(Severity)
LARGE, SURE, OUTLETS = 1.0, 0.95, 4
_HIGH, _MEDIUM = 4, 2


@dataclass(frozen=True, slots=True)
class Rating:
    """A level, and what counted towards it."""

    severity: Severity
    reasons: tuple[str, ...]


def rate(shift: Shift) -> Rating:
    """The severity of a shift with its reasons; kinds other than a reversal count nothing."""
    outlets = len(shift.after.outlets)
    # Before a first stance there is nobody whose score could have moved.
    moved = 0.0 if shift.kind == "first_stance" else abs(shift.after.score - shift.before.score)
    questions = (
        (2, shift.kind == "reversal", "changed sides"),
        (1, moved >= LARGE, "a large change"),
        (1, shift.confidence >= SURE, "sure"),
        (1, outlets >= OUTLETS, f"{outlets} outlets"),
    )
    points = sum(weight for weight, holds, _ in questions if holds)
    reasons = tuple(words for _, holds, words in questions if holds)
    return Rating(_level(points), reasons)


def at_least(severity: Severity, least: Severity) -> bool:
    """Whether `severity` is `least` or higher."""
    return LEVELS.index(severity) >= LEVELS.index(least)


def _level(points: int) -> Severity:
    if points >= _HIGH:
        return "high"
    return "medium" if points >= _MEDIUM else "low"
