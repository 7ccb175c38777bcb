"""Dates as feeds write them, to moments in UTC that can be true."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING

from monitors.calendars import month_of, zone_of

if TYPE_CHECKING:
    from monitors.feed_parts import RawDate

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST_AHEAD = timedelta(days=1)

# No date is longer; what is, would only cost time.
_LONGEST = 100
_SECONDS = re.compile(r"1\d{9}(?:\d{3})?")  # since 1970, or thousandths of them
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?)?(?=\D|$)")
_TIME = re.compile(
    r"(?:^|(?<=[\sT,日일]))(?:([ap])\.?m\.?|오([전후])|([上下])午)?\s*"
    r"(\d{1,2})[:.h](\d\d)(?:[:.](\d\d)(?:[.,](\d{1,9}))?)?(?!\d)\s*([ap]\.?m\b\.?)?",
    re.IGNORECASE,
)
_HOUR = re.compile(r"(?<=\dT)(\d\d)(?=Z|[+-]|$)")
_ZONE = re.compile(
    r"(?:(?:GMT|UTC)?\s?([+-])(\d\d?):?(\d\d)?|\(?([A-Za-z]+/[\w/+-]+|[A-Z]{1,5})\)?)(?![\w:])"
)
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s?[-/.年년]\s?(\d\d?)\s?[-/.月월]\s?(\d\d?)(?!\d)")
_NUMBERS = re.compile(r"(?<![\d:])(\d\d?)([-/.])(\d\d?)\2(\d{4})(?!\d)")
_DAY_FIRST = re.compile(
    r"(?<![\d:])(\d\d?)(?:st|nd|rd|th|er|[.ºo])?[\s-]*(?:de\s+|of\s+)?([^\W\d_]{3,12})\.?,?[\s-]*"
    r"(?:de\s+|del\s+)?(\d{4}|\d\d)(?![\d:])"
)
_MONTH_FIRST = re.compile(
    r"([^\W\d_]{3,12})\.?\s+(\d\d?)(?:st|nd|rd|th)?,?\s+(?:.{5,30}?\s)?(\d{4})(?!\d)"
)
_YEAR_AND_MONTH = re.compile(r"-?\d{2,4}(?:-\d\d){0,2}|\d{4}-?\d{3}")
_TWO_DIGITS, _NEXT_CENTURY = 100, 69
_NOON = 12


def read_date(date: RawDate | None) -> datetime | None:
    """The moment that `date` means, in UTC, plausible or not; None if it cannot be read.

    A time without a zone, or with one that nobody knows, is taken as UTC, a day without a time as
    its start. Numbers that may be day and month or month and day are not guessed at.
    """
    if date is None:
        return None
    written = " ".join(date.written[:_LONGEST].split())
    try:
        return _read(written) or _as_parsed(date, written)
    except (ValueError, OverflowError):
        return None


def is_plausible(moment: datetime, now: datetime) -> bool:
    """Whether a newsroom can have published something then: from 1990 until tomorrow."""
    return EARLIEST <= moment <= now + LATEST_AHEAD


def _read(written: str) -> datetime | None:
    if _SECONDS.fullmatch(written):
        return datetime.fromtimestamp(int(written[:10]), UTC)
    if match := _COMPACT.match(written):
        year, month, day, *time = [int(part or 0) for part in match.groups()]
        passed = timedelta(hours=time[0], minutes=time[1], seconds=time[2])
        rest = written[match.end() :]
    elif found := _day(written):
        year, month, day = found
        passed, rest = _time(written)
    else:
        return None
    start = datetime(year, month, day, tzinfo=_zone(rest))
    return (start + passed).astimezone(UTC)


def _as_parsed(date: RawDate, written: str) -> datetime | None:
    """As the format's own reader reads it: it knows more notations, and gets more of them wrong."""
    if written[:1].isdigit() and not _YEAR_AND_MONTH.fullmatch(written):
        return None
    return date.parsed


def _day(written: str) -> tuple[int, int, int] | None:
    """Year, month and day."""
    if match := _YEAR_FIRST.search(written):
        return int(match[1]), int(match[2]), int(match[3])
    for match in _DAY_FIRST.finditer(written):
        if month := month_of(match[2]):
            return _full_year(match[3]), month, int(match[1])
    for match in _MONTH_FIRST.finditer(written):
        if month := month_of(match[1]):
            return int(match[3]), month, int(match[2])
    if match := _NUMBERS.search(written):
        return _day_of_numbers(int(match[1]), int(match[3]), int(match[4]), match[2])
    return None


def _day_of_numbers(
    first: int, second: int, year: int, separator: str
) -> tuple[int, int, int] | None:
    """With dots or dashes the day comes first; with slashes that depends on the country."""
    if separator != "/" or first > _NOON or first == second:
        return year, second, first
    return (year, first, second) if second > _NOON else None


def _full_year(written: str) -> int:
    year = int(written)
    if year >= _TWO_DIGITS:
        return year
    return year + (2000 if year < _NEXT_CENTURY else 1900)


def _time(written: str) -> tuple[timedelta, str]:
    """How long after midnight, and what follows: a zone, if anything."""
    if match := _HOUR.search(written):
        return timedelta(hours=int(match[1])), written[match.end() :]
    written = _NUMBERS.sub(" ", written)
    match = _TIME.search(written)
    if not match:
        return timedelta(), ""
    hour, minute, second = int(match[4]), int(match[5]), int(match[6] or 0)
    half = {"전": "a", "후": "p", "上": "a", "下": "p"}.get(match[2] or match[3] or "")
    half = half or (match[1] or match[8] or "")[:1].lower()
    if half and hour <= _NOON:
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    if hour > 24 or minute > 59 or second > 60:  # noqa: PLR2004 - what a clock can show
        raise ValueError(written)
    micros = int((match[7] or "0")[:6].ljust(6, "0"))
    passed = timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micros)
    return passed, written[match.end() :]


def _zone(rest: str) -> tzinfo:
    match = _ZONE.match(rest.strip())
    if match and match[1]:
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        return timezone(-offset if match[1] == "-" else offset)
    return (match and zone_of(match[4])) or UTC
