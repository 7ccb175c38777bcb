"""The time that digests tell of: every instant once, whatever the clocks do (row 43)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from monitors.periods import next_period

if TYPE_CHECKING:
    from monitors.periods import Period, Rhythm

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


def run(rhythm: Rhythm, zone: ZoneInfo, start: datetime, days: int, hour: int = 7) -> list[Period]:
    """What is told by a machine that runs every day at that hour by the wall."""
    told: list[Period] = []
    for number in range(days):
        now = (start + timedelta(days=number)).replace(hour=hour, tzinfo=zone).astimezone(UTC)
        period = next_period(rhythm, now, zone, told[-1].until_at if told else None)
        told += [period] if period else []
    return told


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (BERLIN, date(2025, 3, 30), 23),
        (BERLIN, date(2025, 10, 26), 25),
        (NEW_YORK, date(2025, 3, 9), 23),
        (NEW_YORK, date(2025, 11, 2), 25),
    ],
)
def test_days_on_which_the_clock_changes_are_told_whole(
    zone: ZoneInfo, day: date, hours: int
) -> None:
    told = run("daily", zone, datetime(day.year, day.month, day.day) - timedelta(days=3), 8)  # noqa: DTZ001 - the zone is put in by run()
    assert all(one.until_at == other.since_at for one, other in pairwise(told))
    lengths = {one.first: one.until_at - one.since_at for one in told}
    assert lengths.pop(day) == timedelta(hours=hours)
    assert set(lengths.values()) == {timedelta(hours=24)}
    assert all(one.first == one.last for one in told)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (BERLIN, date(2025, 3, 30), 167),
        (BERLIN, date(2025, 10, 26), 169),
        (NEW_YORK, date(2025, 3, 9), 167),
        (NEW_YORK, date(2025, 11, 2), 169),
    ],
)
def test_so_are_weeks(zone: ZoneInfo, day: date, hours: int) -> None:
    told = run("weekly", zone, datetime(day.year, day.month, day.day) - timedelta(days=10), 25)  # noqa: DTZ001
    assert all(one.until_at == other.since_at for one, other in pairwise(told))
    lengths = {one.last: one.until_at - one.since_at for one in told}
    assert lengths.pop(day) == timedelta(hours=hours)
    assert set(lengths.values()) == {timedelta(days=7)}
    assert {(one.first.weekday(), one.last.weekday()) for one in told} == {(0, 6)}


def test_a_week_is_told_on_monday_or_as_soon_as_the_machine_is_on() -> None:
    sunday = datetime(2025, 1, 26, 23, tzinfo=UTC)
    last = datetime(2025, 1, 20, tzinfo=UTC)
    zone = ZoneInfo("UTC")
    assert next_period("weekly", sunday, zone, last) is None
    thursday = next_period("weekly", sunday + timedelta(days=4), zone, last)
    assert thursday is not None
    assert (thursday.first, thursday.last) == (date(2025, 1, 20), date(2025, 1, 26))


def test_days_that_the_machine_was_off_are_told_together() -> None:
    now, told = datetime(2025, 1, 26, 7, tzinfo=UTC), datetime(2025, 1, 22, tzinfo=UTC)
    period = next_period("daily", now, ZoneInfo("UTC"), told)
    assert period is not None
    assert (period.first, period.last) == (date(2025, 1, 22), date(2025, 1, 25))
    assert next_period("daily", now, ZoneInfo("UTC"), period.until_at) is None


def test_another_rhythm_or_zone_goes_on_where_the_last_one_ended() -> None:
    now = datetime(2025, 1, 27, 12, tzinfo=UTC)
    told = datetime(2025, 1, 24, 23, tzinfo=UTC)
    week = next_period("weekly", now, BERLIN, told)
    assert week is not None
    assert (week.since_at, week.until_at) == (told, datetime(2025, 1, 26, 23, tzinfo=UTC))
    moved = next_period("daily", now, NEW_YORK, week.until_at)
    assert moved is not None
    assert (moved.since_at, moved.until_at) == (week.until_at, datetime(2025, 1, 27, 5, tzinfo=UTC))
