"""Dates as feeds write them, to moments in UTC that can be true."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitors.feed_parts import RawDate

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST_AHEAD = timedelta(days=1)

_ISO = re.compile(r"\d{4}-\d\d(-\d\d)?")
_NAMED_ZONE = re.compile(r"\b([A-Z]{3,4})\s*$")
# Zones that newsrooms write by name and RFC 822 does not know, in hours east of Greenwich.
_ZONES = {
    "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "TRT": 3,
    "IST": 5.5, "PKT": 5, "WIB": 7, "ICT": 7, "SGT": 8, "HKT": 8, "PHT": 8, "AWST": 8, "JST": 9,
    "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip


def read_date(date: RawDate | None) -> datetime | None:
    """The moment that `date` means, in UTC, plausible or not; None if it cannot be read.

    A time without a zone is taken as UTC, a day without a time as its start.
    """
    if date is None:
        return None
    written = " ".join(date.written.split())
    try:
        if _ISO.match(written):
            moment = datetime.fromisoformat(written)
        else:
            moment = parsedate_to_datetime(_with_offset(written))
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        # Last, the format's own reader: it knows more notations, and gets more of them wrong.
        return date.parsed


def is_plausible(moment: datetime, now: datetime) -> bool:
    """Whether a newsroom can have published something then: from 1990 until tomorrow."""
    return EARLIEST <= moment <= now + LATEST_AHEAD


def _with_offset(written: str) -> str:
    match = _NAMED_ZONE.search(written)
    if not match or match[1] not in _ZONES:
        return written
    hours, half = divmod(_ZONES[match[1]], 1)
    return f"{written[: match.start()]}+{int(hours):02}{'30' if half else '00'}"
