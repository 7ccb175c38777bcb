"""How much a shift matters, and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from monitors.records import Shift, Side
from monitors.severity import LEVELS, at_least, rate

if TYPE_CHECKING:
    from monitors.records import Severity


def shift(
    *, kind: Any = "reversal", size: float = 0.5, confidence: float = 0.9, outlets: int = 2
) -> Shift:
    names = tuple(f"Outlet {number}" for number in range(outlets))
    before, after = Side("against", 0.0, ("a",), names[:1]), Side("favor", size, ("b",), names)
    return Shift(before, after, datetime(2025, 1, 20, tzinfo=UTC), confidence, "window", kind)


@pytest.mark.parametrize(
    ("changes", "severity", "reasons"),
    [
        ({}, "medium", ("changed sides",)),
        ({"size": 1.0, "confidence": 0.95}, "high", ("changed sides", "a large change", "sure")),
        ({"size": -1.2, "outlets": 4}, "high", ("changed sides", "a large change", "4 outlets")),
        ({"confidence": 0.99}, "medium", ("changed sides", "sure")),
        ({"kind": "softening"}, "low", ()),
        ({"kind": "softening", "confidence": 0.949, "outlets": 3}, "low", ()),
        ({"kind": "hardening", "confidence": 0.99, "outlets": 9}, "medium", ("sure", "9 outlets")),
        ({"kind": "softening", "size": 1.5}, "low", ("a large change",)),
        ({"kind": "first_stance", "size": 1.5}, "low", ()),
    ],
)
def test_severity_is_a_sum_that_says_what_it_counted(
    changes: dict[str, Any], severity: Severity, reasons: tuple[str, ...]
) -> None:
    rating = rate(shift(**changes))
    assert (rating.severity, rating.reasons) == (severity, reasons)


def test_levels_are_in_order() -> None:
    assert LEVELS == ("low", "medium", "high")
    assert at_least("high", "medium")
    assert at_least("low", "low")
    assert not at_least("low", "medium")
