"""What a server's headers say of when to ask again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_WAIT = timedelta(days=1)
_MAX_AGE = re.compile(r'max-age\s*=\s*"?(\d{1,12})', re.IGNORECASE)
_STALE_AT_ONCE = re.compile(r"\bno-(?:cache|store)\b", re.IGNORECASE)


def retry_at(value: str | None, now: datetime) -> datetime | None:
    """The time that a Retry-After names, in seconds or as a date; at most a day ahead."""
    if not value:
        return None
    seconds = _seconds(value)
    asked = _date(value) if seconds is None else now + seconds
    return None if asked is None else min(max(asked, now), now + LONGEST_WAIT)


def fresh_seconds(header: Callable[[str], str | None], now: datetime) -> float | None:
    """For how long an answer stays fresh, at most a day; None where its server does not say.

    `max-age` counts before `Expires`, and the time that the answer has lain in a cache is taken off
    (RFC 9111, 4.2).
    """
    control = header("Cache-Control") or ""
    if _STALE_AT_ONCE.search(control):
        return 0.0
    if stated := _MAX_AGE.search(control):
        age = _seconds(header("Age") or "") or timedelta()
        return _bounded(timedelta(seconds=min(int(stated[1]), 10**9)) - age)
    expires = header("Expires")
    if expires is None:
        return None
    # "0" and other wrong dates mean the past. The server's clock is measured by itself.
    expires_at = _date(expires)
    return _bounded(expires_at - (_date(header("Date") or "") or now)) if expires_at else 0.0


def _bounded(wait: timedelta) -> float:
    return min(max(wait, timedelta()), LONGEST_WAIT).total_seconds()


def _seconds(value: str) -> timedelta | None:
    digits = value.strip()
    if not (digits.isascii() and digits.isdecimal()):
        return None
    return timedelta(seconds=min(int(digits[:9]), LONGEST_WAIT.total_seconds()))


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
        return date.replace(tzinfo=date.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
