"""Words for all that holds an alert back."""

from __future__ import annotations

from typing import get_args

import pytest

from monitors.holding import goes_out, told_again_at, told_why
from monitors.hysteresis import AlertSettings
from monitors.shifts.series import Reason
from tests.builders import day

NEVER_HELD = {"empty", "cold_start", "established", "steady", "neutral", "late", "backfilled"}
NEVER_HELD |= {"few_stories", "shifted"}
WAITING = [reason for reason in get_args(Reason) if reason not in NEVER_HELD]
OUTCOMES = ["muted", "silenced", "repeated", "cool_down", "flapping:3 alerts in 180 days"]
OUTCOMES += ["covered_by:united-states", "replayed"]


@pytest.mark.parametrize(
    ("reason", "waits"), [*((r, True) for r in WAITING), *((r, False) for r in OUTCOMES)]
)
def test_every_reason_has_words(reason: str, *, waits: bool) -> None:
    until = day(30) if reason == "cool_down" else None
    assert told_why(reason)
    assert goes_out(reason, waits=waits, until=until).startswith("not") is not waits


def test_what_a_reason_is_about_is_told() -> None:
    assert told_why("covered_by:united-states").endswith("(united-states)")


def test_a_series_is_told_of_again_when_enough_of_its_alerts_are_old() -> None:
    settings = AlertSettings(cool_down_days=30, flap_alerts=2, flap_days=100)
    alerted = [day(50), day(0), day(10)]
    assert told_again_at("flapping:3 alerts", day(60), alerted, settings) == day(110)
    assert told_again_at("flapping:2 alerts", day(40), alerted, settings) == day(100)
    assert told_again_at("cool_down", day(40), alerted, settings) == day(40)
    assert told_again_at("muted", day(40), alerted, settings) is None
