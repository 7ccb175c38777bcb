"""Sentence -> the day or the time of which it speaks, when it says so."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_NAMES = (
    ("january", "jan"),
    ("february", "feb"),
    ("march", "mar"),
    ("april", "apr"),
    ("may",),
    ("june", "jun"),
    ("july", "jul"),
    ("august", "aug"),
    ("september", "sept", "sep"),
    ("october", "oct"),
    ("november", "nov"),
    ("december", "dec"),
)
_MONTHS = {name: number for number, names in enumerate(_NAMES, start=1) for name in names}
_WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_YEAR = r"(?P<year>(?:19|20)\d\d)\b(?![-\u2013]\d|[,.]\d)"
# "in 2020", "in August 2020", "on Aug. 6, 2020", "back in early 2020"; a bare "2024 law" is no date
# of the deed, "by 2030" and "since 2020" no past day.
_IN_YEAR = re.compile(
    rf"\b(?:back in|in|on|during|of)\s+(?:(?:early|late|mid)[\s-]+)?"
    rf"(?:{_MONTH}\s+(?:(?P<day>\d{{1,2}}),?\s+)?(?:of\s+)?)?{_YEAR}(?!\s*[%$\u20ac\u00a3])",
    re.IGNORECASE,
)
_DAY_FIRST = re.compile(rf"\b(?P<day>\d{{1,2}})\s+{_MONTH},?\s+{_YEAR}", re.IGNORECASE)
_IN_MONTH = re.compile(
    rf"\b(?:in|on|last|since)\s+(?:early\s+|late\s+)?{_MONTH}(?:\s+(?P<day>\d{{1,2}})\b)?",
    re.IGNORECASE,
)
_LAST = re.compile(r"\b(?:last (?P<unit>year|month|week)|(?P<near>yesterday))\b", re.IGNORECASE)
_WEEKDAY = re.compile(
    r"(?<!next )(?<!coming )\b(?:(?:on|last|late|early|this)\s+)?(?P<weekday>"
    + "|".join(_WEEKDAYS)
    + r")\b(?!['\u2019]s)(?!\s+(?:night football|prayers))",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"\b(?:next|will|by|until|before|through|scheduled|plans? to|expected|set to|due)\s*$",
    re.IGNORECASE,
)
_FUTURE = re.compile(
    r"\b(?:will|would|to be|scheduled|expected|due|plans? to|set to)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Period:
    """A day, a month or a year, by its first and its last day."""

    first: date
    last: date

    @property
    def is_day(self) -> bool:
        return self.first == self.last


def said_in(sentence: str, published: date) -> Period | None:
    """The past day, month or year that `sentence` names for its deed.

    None where it names none, more than one, one that is not over, or none that is surely meant:
    then the article's own day holds. Weekdays and months without a year are the latest such before
    `published`.
    """
    for read in _READERS:
        period = read(sentence, published)
        if period is not None:
            is_over = period.last < published or period == Period(published, published)
            return period if is_over else None
    return None


def _from_year(sentence: str, _published: date) -> Period | None:
    periods = {
        _period(match["year"], match["month"], match["day"])
        for pattern in (_DAY_FIRST, _IN_YEAR)
        for match in pattern.finditer(sentence)
        if not _of_a_thing(sentence, match)
    }
    named = {period for period in periods if period is not None}
    # "on 6 August 2020" is also "in 2020": the finer one is meant.
    fine = {period for period in named if period.first.month == period.last.month} or named
    return fine.pop() if len(fine) == 1 else None


def _of_a_thing(sentence: str, match: re.Match[str]) -> bool:
    """As in "the law of 2024", "the summit of June 2020": the date of a thing, not of the deed."""
    return match.group().lower().startswith("of") or bool(
        re.match(
            r"\s+(?:election|elections|law|act|budget|campaign|deal)\b", sentence[match.end() :]
        )
    )


def _from_month(sentence: str, published: date) -> Period | None:
    match = _IN_MONTH.search(sentence)
    if match is None or (match["month"].lower() == "may" and match["month"] == "may"):
        return None
    if _FUTURE.search(sentence) or match.group().lower().startswith("since"):
        return None
    period = _period(str(published.year), match["month"], match["day"])
    if period is None or period.first <= published:
        return period
    return _period(str(published.year - 1), match["month"], match["day"])


def _from_unit(sentence: str, published: date) -> Period | None:
    match = _LAST.search(sentence)
    if match is None:
        return None
    if match["near"] or match["unit"].lower() == "week":
        day = published - timedelta(days=1 if match["near"] else 7)
        return Period(day, day)
    if match["unit"].lower() == "month":
        last = published.replace(day=1) - timedelta(days=1)
        return Period(last.replace(day=1), last)
    return _period(str(published.year - 1), None, None)


def _from_weekday(sentence: str, published: date) -> Period | None:
    found = {match["weekday"].lower() for match in _WEEKDAY.finditer(sentence)}
    match = _WEEKDAY.search(sentence)
    if match is None or len(found) > 1 or not match["weekday"][0].isupper():
        return None
    if _FORWARD.search(sentence, 0, match.start()) or _FUTURE.search(sentence[: match.start()]):
        return None
    day = published - timedelta(days=(published.weekday() - _WEEKDAYS.index(found.pop())) % 7)
    return Period(day, day)


def _period(year: str, month: str | None, day: str | None) -> Period | None:
    if month is None:
        return Period(date(int(year), 1, 1), date(int(year), 12, 31))
    number = _MONTHS[month.lower()]
    days = calendar.monthrange(int(year), number)[1]
    if day and not 1 <= int(day) <= days:
        return None
    first, last = (int(day), int(day)) if day else (1, days)
    return Period(date(int(year), number, first), date(int(year), number, last))


_READERS: tuple[Callable[[str, date], Period | None], ...] = (
    _from_year,
    _from_month,
    _from_unit,
    _from_weekday,
)
