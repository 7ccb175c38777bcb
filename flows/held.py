"""What was held back, with why and what would let it go in words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flows.store.alerts import alert_times, held_shifts
from monitors.holding import goes_out, told_again_at, told_why

if TYPE_CHECKING:
    from datetime import datetime

    import duckdb

    from flows.store.rows import Row
    from flows.wiring import Installation
    from monitors.shifts.folding import SeriesKey


def held_back(
    installation: Installation,
    connection: duckdb.DuckDBPyConnection,
    limit: int,
    *,
    key: SeriesKey | None = None,
    since: datetime | None = None,
) -> list[Row]:
    """The newest rows of `held_shifts`, of one series where `key` is given; what waits is first.

    Each with `why`, `until` (when its cool-down or the like ends, else None) and `goes_out`.
    """
    config = installation.config
    cool_down = timedelta(days=config.settings.shifts.cool_down_days)
    alerted_at = alert_times(connection)
    rows = []
    for row in held_shifts(connection, limit, key=key, since=since):
        reason, shifted_at = row["reason"], row.pop("shifted_at")
        of_series = alerted_at.get((row["actor_id"], row["topic_id"]), ())
        if not row["waits"]:
            until = told_again_at(reason, row["held_at"], of_series, config.policy)
        else:
            until = shifted_at + cool_down if reason == "cool_down" else None
        words = {
            "why": told_why(reason),
            "until": until,
            "goes_out": goes_out(reason, waits=row["waits"], until=until),
        }
        rows.append(row | words)
    return rows
