"""Sentence -> the day of which it speaks, when it says so."""

from __future__ import annotations

import re
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


def said_on(sentence: str, published: date) -> date | None:
    """The past day that `sentence` names for its deed, or the first day of the period it names.

    None where it names none, more than one, or none that is surely meant: then the article's own
    day holds. Weekdays and months without a year are the latest such before `published`.
    """
    for read in _READERS:
        day = read(sentence, published)
        if day is not None:
            return day if day <= published else None
    return None


def _from_year(sentence: str, _published: date) -> date | None:
    days = {
        _day(match["year"], match["month"], match["day"])
        for pattern in (_DAY_FIRST, _IN_YEAR)
        for match in pattern.finditer(sentence)
        if not _of_a_thing(sentence, match)
    }
    named = {day for day in days if day is not None}
    # "on 6 August 2020" is also "in 2020": the finer one is meant.
    fine = {day for day in named if (day.month, day.day) != (1, 1)} or named
    return fine.pop() if len(fine) == 1 else None


def _of_a_thing(sentence: str, match: re.Match[str]) -> bool:
    """As in "the law of 2024", "the summit of June 2020": the date of a thing, not of the deed."""
    return match.group().lower().startswith("of") or bool(
        re.match(
            r"\s+(?:election|elections|law|act|budget|campaign|deal)\b", sentence[match.end() :]
        )
    )


def _from_month(sentence: str, published: date) -> date | None:
    match = _IN_MONTH.search(sentence)
    if match is None or (match["month"].lower() == "may" and match["month"] == "may"):
        return None
    if _FUTURE.search(sentence) or match.group().lower().startswith("since"):
        return None
    month = _MONTHS[match["month"].lower()]
    day = _day(str(published.year), match["month"], match["day"])
    if day is None or (month, day.day) <= (published.month, published.day):
        return day
    return _day(str(published.year - 1), match["month"], match["day"])


def _from_unit(sentence: str, published: date) -> date | None:
    match = _LAST.search(sentence)
    if match is None:
        return None
    if match["near"]:
        return published - timedelta(days=1)
    if match["unit"].lower() == "week":
        return published - timedelta(days=7)
    if match["unit"].lower() == "month":
        return (published.replace(day=1) - timedelta(days=1)).replace(day=1)
    return date(published.year - 1, 1, 1)


def _from_weekday(sentence: str, published: date) -> date | None:
    found = {match["weekday"].lower() for match in _WEEKDAY.finditer(sentence)}
    match = _WEEKDAY.search(sentence)
    if match is None or len(found) > 1 or not match["weekday"][0].isupper():
        return None
    if _FORWARD.search(sentence, 0, match.start()) or _FUTURE.search(sentence[: match.start()]):
        return None
    back = (published.weekday() - _WEEKDAYS.index(found.pop())) % 7
    return published - timedelta(days=back)


def _day(year: str, month: str | None, day: str | None) -> date | None:
    try:
        return date(int(year), _MONTHS[month.lower()] if month else 1, int(day) if day else 1)
    except ValueError:
        return None


_READERS: tuple[Callable[[str, date], date | None], ...] = (
    _from_year,
    _from_month,
    _from_unit,
    _from_weekday,
)
