"""How feeds fare, as a table for people that fits a terminal of 80 columns."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flows.cli.output import print_table
from flows.settings import mask_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.store.rows import Row
    from monitors.records import Feed

_UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1)))
# Below two of a unit the next smaller one says more.
_FEW = 2
_MANY = 10


def health_of(
    feeds: Sequence[Feed], known: Sequence[Row], pushed: Mapping[str, datetime] | None = None
) -> list[dict[str, Any]]:
    """A row per configured feed, in the order of `known`; one that was never asked is new.

    `pushed` says of the feeds that are pushed by a hub until when that is agreed.
    """
    configured = {feed.feed_id: feed for feed in feeds}
    rows = [row for row in known if row["feed_id"] in configured]
    asked = {row["feed_id"] for row in rows}
    rows += [
        {"feed_id": feed.feed_id, "outlet": feed.outlet, "state": "new", "status": "new"}
        for feed in feeds
        if feed.feed_id not in asked
    ]
    return [
        {
            **row,
            "location": _location(configured[str(row["feed_id"])]),
            "pushed_until": (pushed or {}).get(str(row["feed_id"])),
        }
        for row in rows
    ]


def print_health(rows: Sequence[Row], now: datetime) -> None:
    """State, last success, next try, entries a day against the usual, and why."""
    shown = [
        {
            **row,
            "success": _ago(row.get("last_success_at"), now),
            "next": _next(row, now),
            "a_day": _rate(row),
            "cause": row.get("cause") or ("pushed by its hub" if row.get("pushed_until") else None),
        }
        for row in rows
    ]
    columns = {"feed_id": "feed", "state": "state", "success": "success", "next": "next"}
    columns |= {"a_day": "a day", "cause": "why"}
    print_table(shown, columns, empty="There is no feed in feeds.toml.")


def _location(feed: Feed) -> str | None:
    return mask_url(feed.url) if feed.url else feed.path


def _ago(moment: object, now: datetime) -> str:
    return f"{_span(now - moment)} ago" if isinstance(moment, datetime) else "never"


def _next(row: Row, now: datetime) -> str:
    if row["state"] == "gone":
        return "never"
    moment = row.get("next_fetch_at")
    if not isinstance(moment, datetime) or moment <= now:
        return "due"
    return f"in {_span(moment - now)}"


def _span(span: timedelta) -> str:
    for unit, length in _UNITS:
        if span >= _FEW * length:
            return f"{span // length} {unit}"
    return f"{max(span, timedelta()) // timedelta(minutes=1)} min"


def _rate(row: Row) -> str:
    """Entries a day, and in brackets what is usual."""
    number, usual = row.get("entries_a_day"), row.get("usual_a_day")
    if not isinstance(number, float) or not row.get("last_success_at"):
        return ""
    return _number(number) + (f" ({_number(usual)})" if isinstance(usual, float) else "")


def _number(rate: float) -> str:
    return f"{rate:.0f}" if rate >= _MANY else f"{rate:.1f}"
