"""Quiet hours by the clock on the wall, over midnight, weekends and changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitors.quiet_hours import QuietHours

NIGHT = QuietHours(time(22), time(7))
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


def at(text: str, zone: ZoneInfo = BERLIN, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "moment", "end"),
    [
        (NIGHT, "2025-01-22 21:59", None),
        (NIGHT, "2025-01-22 22:00", "2025-01-23 07:00"),
        (NIGHT, "2025-01-23 06:59", "2025-01-23 07:00"),
        (NIGHT, "2025-01-23 07:00", None),
        (QuietHours(time(12), time(13)), "2025-01-23 12:30", "2025-01-23 13:00"),
        (QuietHours(days=("sat", "sun")), "2025-01-24 23:59", None),
        (QuietHours(days=("sat", "sun")), "2025-01-25 00:00", "2025-01-27 00:00"),
        (QuietHours(time(22), time(7), ("sat", "sun")), "2025-01-24 22:30", "2025-01-27 07:00"),
        (QuietHours(time(22), time(7), ("sun",)), "2025-01-25 12:00", None),
        # The clock goes forward at 02:00 and back at 03:00.
        (NIGHT, "2025-03-29 23:00", "2025-03-30 07:00"),
        (NIGHT, "2025-10-25 23:00", "2025-10-26 07:00"),
    ],
)
def test_quiet_lasts_until_the_wall_says_so(
    hours: QuietHours, moment: str, end: str | None
) -> None:
    assert hours.until(at(moment), BERLIN) == (at(end) if end else None)


@pytest.mark.parametrize(
    ("zone", "night", "hours"),
    [
        (BERLIN, "2025-01-22", 9),
        (BERLIN, "2025-03-29", 8),
        (BERLIN, "2025-10-25", 10),
        (NEW_YORK, "2025-03-08", 8),
        (NEW_YORK, "2025-11-01", 10),
    ],
)
def test_a_night_in_which_the_clock_changes_is_shorter_or_longer(
    zone: ZoneInfo, night: str, hours: int
) -> None:
    start = at(f"{night} 22:00", zone)
    end = NIGHT.until(start, zone)
    assert end is not None
    assert end - start == timedelta(hours=hours)
    quiet = [start + timedelta(minutes=10 * n) for n in range(-1, hours * 6 + 1)]
    assert [NIGHT.until(each, zone) == end for each in quiet] == [
        False, *[True] * (hours * 6), False
    ]  # fmt: skip


def test_an_end_that_the_wall_shows_twice_or_never_still_comes() -> None:
    odd = QuietHours(time(1), time(2, 30))
    twice = at("2025-10-26 02:15", fold=1)
    assert odd.until(twice, BERLIN) == at("2025-10-26 02:30", fold=1)
    never = odd.until(at("2025-03-30 01:30"), BERLIN)
    assert never == at("2025-03-30 03:30")


def test_the_end_is_never_quiet_itself_at_any_minute_of_a_year() -> None:
    hours = QuietHours(time(20), time(2, 30), ("sun",))
    moment = at("2025-01-01 00:00")
    for _ in range(365 * 24 * 2):
        end = hours.until(moment, BERLIN)
        assert end is None or (end > moment and hours.until(end, BERLIN) is None)
        moment += timedelta(minutes=30)
