"""Quiet hours: when a channel is left in peace, by the clock on the user's wall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, tzinfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Enough for any week: every step ends one stretch of quiet, of which a day has at most three.
_STEPS = 3 * len(DAYS) + 1


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Every day from `starts` to `ends` (excluded), over midnight where that is earlier.

    `days` are quiet from midnight to midnight, besides. Equal times mean no quiet hours.
    """

    starts: time = time()
    ends: time = time()
    days: tuple[str, ...] = ()

    def until(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """When the quiet that holds at `moment` ends, in UTC; None where there is none."""
        end = moment
        for _ in range(_STEPS):
            later = self._stretch_end(end, zone)
            if later is None:
                break
            end = later
        return end.astimezone(UTC) if end != moment else None

    def _stretch_end(self, moment: datetime, zone: tzinfo) -> datetime | None:
        local = moment.astimezone(zone)
        today, clock = local.date(), local.time()
        if DAYS[today.weekday()] in self.days:
            return first_after(moment, today + timedelta(days=1), time(), zone)
        if self.starts <= clock < self.ends:
            return first_after(moment, today, self.ends, zone)
        if self.starts > self.ends and clock >= self.starts:
            return first_after(moment, today + timedelta(days=1), self.ends, zone)
        if self.starts > self.ends and clock < self.ends:
            return first_after(moment, today, self.ends, zone)
        return None


def first_after(moment: datetime, day: date, clock: time, zone: tzinfo) -> datetime:
    """The first instant after `moment` at which the wall shows that day and time, in UTC.

    When clocks go back the wall shows an hour twice; a time that is left out when they go forward
    is taken for as much later.
    """
    first = datetime.combine(day, clock, zone).astimezone(UTC)
    if first > moment:
        return first
    return datetime.combine(day, clock, zone).replace(fold=1).astimezone(UTC)
