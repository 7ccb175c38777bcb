"""The stretches of time that digests tell of, by the user's calendar: each instant in one of them.

A stretch runs from the end of the last one told to the newest midnight that ends a day, or a week:
so a machine that was off for three days tells of all three, and a day of 23 or 25 hours is a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date, tzinfo

Rhythm = Literal["daily", "weekly"]
_DAYS: dict[Rhythm, int] = {"daily": 1, "weekly": 7}


@dataclass(frozen=True, slots=True)
class Period:
    """From `since_at` until before `until_at`; `first` and `last` are its days on the wall."""

    since_at: datetime
    until_at: datetime
    first: date
    last: date


def next_period(
    rhythm: Rhythm, now: datetime, zone: tzinfo, told_until: datetime | None
) -> Period | None:
    """What is to be told now, given when the last digest ended; None where nothing is due.

    Weeks begin on Monday. The first digest of a channel tells of one day or week.
    """
    today = now.astimezone(zone).date()
    end = today - timedelta(days=today.weekday()) if rhythm == "weekly" else today
    until_at = midnight(end, zone)
    since_at = told_until or midnight(end - timedelta(days=_DAYS[rhythm]), zone)
    if since_at >= until_at:
        return None
    return Period(since_at, until_at, since_at.astimezone(zone).date(), end - timedelta(days=1))


def midnight(day: date, zone: tzinfo) -> datetime:
    """The instant at which a day begins there, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
