"""The detectors' memory, one row per series, and the shifts they accepted."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from flows.store.rows import Row, insert
from monitors.records import Observation
from monitors.shifts import SeriesState
from monitors.shifts.serial import dump_state, load_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    import duckdb

    from monitors.alerts import Decision
    from monitors.shifts.folding import SeriesKey


YEAR = timedelta(days=365)
_LEAST_COVERED = 30


def load_states(
    connection: duckdb.DuckDBPyConnection, keys: Iterable[SeriesKey], detector: str
) -> dict[SeriesKey, SeriesState]:
    """The states of these series (actor_id, topic_id) as `detector` left them, empty where new."""
    wanted = list(keys)
    rows = connection.execute(
        "SELECT actor_id, topic_id, state FROM series "
        "WHERE detector = ? AND series_id IN (SELECT unnest(?))",
        [detector, [_series_id(key) for key in wanted]],
    ).fetchall()
    found = {(row[0], row[1]): load_state(json.loads(row[2])) for row in rows}
    return {key: found.get(key, SeriesState()) for key in wanted}


def series_without_state(
    connection: duckdb.DuckDBPyConnection, keys: Iterable[SeriesKey], detector: str
) -> list[SeriesKey]:
    """Those of these series that `detector` keeps no state of: new, forgotten or another's."""
    wanted = {_series_id(key): key for key in keys}
    rows = connection.execute(
        "SELECT series_id FROM series WHERE detector = ? AND series_id IN (SELECT unnest(?))",
        [detector, list(wanted)],
    ).fetchall()
    return sorted(wanted[series_id] for series_id in wanted.keys() - {row[0] for row in rows})


def all_series_without_state(
    connection: duckdb.DuckDBPyConnection, detector: str
) -> list[SeriesKey]:
    """Every series that has observations and of which `detector` keeps no state."""
    rows = connection.execute(
        "SELECT DISTINCT actor_id, topic_id FROM observations "
        "ANTI JOIN (FROM series WHERE detector = ?) USING (actor_id, topic_id) ORDER BY ALL",
        [detector],
    ).fetchall()
    return [(actor_id, topic_id) for actor_id, topic_id in rows]


def forget_states(connection: duckdb.DuckDBPyConnection, keys: Iterable[SeriesKey]) -> None:
    """Drop what is kept of these series; it is built anew when it is needed next."""
    ids = [_series_id(key) for key in keys]
    connection.execute("DELETE FROM series WHERE series_id IN (SELECT unnest(?))", [ids])


def days_per_year(connection: duckdb.DuckDBPyConnection, until: datetime) -> float:
    """On how many days of a year series have stories, added up over all series.

    Counted over the year before `until`; where there is less, over what there is, a month at least.
    """
    row = connection.execute(
        "SELECT count(DISTINCT (actor, topic_id, day)), min(day) FROM ("
        "SELECT unnest(list_prepend(actor_id, speaks_for)) AS actor, topic_id, "
        "said_at::DATE AS day FROM stances WHERE said_at BETWEEN ? AND ? "
        "AND reported_by IS NULL)",
        [until - YEAR, until],
    ).fetchone()
    count, first = row or (0, None)
    return yearly(count, first, until.date())


def yearly(count: int, first: date | None, last: date) -> float:
    """What `count` events from `first` to `last` come to in a year."""
    covered = (last - first).days + 1 if first else YEAR.days
    return count * YEAR.days / min(YEAR.days, max(_LEAST_COVERED, covered))


def save_states(
    connection: duckdb.DuckDBPyConnection,
    states: Mapping[SeriesKey, SeriesState],
    *,
    detector: str,
    updated_at: datetime,
) -> None:
    """Keep these states in place of the former ones."""
    forget_states(connection, states)
    rows = [_row(key, state, detector, updated_at) for key, state in states.items()]
    insert(connection, "series", rows)


def observations_of(connection: duckdb.DuckDBPyConnection, key: SeriesKey) -> list[Observation]:
    """All that a series has observed, oldest first."""
    return observations_of_each(connection, [key])[key]


def observations_of_each(
    connection: duckdb.DuckDBPyConnection, keys: Sequence[SeriesKey]
) -> dict[SeriesKey, list[Observation]]:
    """All that each of these series has observed, oldest first."""
    if not keys:
        return {}
    found: dict[SeriesKey, list[Observation]] = {key: [] for key in keys}
    rows = connection.execute(
        "SELECT actor_id, topic_id, story_id, label, score, confidence, said_at, seen_at, outlets "
        "FROM observations SEMI JOIN ("
        "SELECT unnest(?::VARCHAR[]) AS actor_id, unnest(?::VARCHAR[]) AS topic_id) "
        "USING (actor_id, topic_id) ORDER BY said_at, seen_at, story_id",
        [[actor_id for actor_id, _ in keys], [topic_id for _, topic_id in keys]],
    ).fetchall()
    for actor_id, topic_id, story_id, label, score, confidence, said_at, seen_at, outlets in rows:
        found[actor_id, topic_id].append(
            Observation(story_id, label, score, confidence, said_at, seen_at, tuple(outlets))
        )
    return found


def save_shift(connection: duckdb.DuckDBPyConnection, decision: Decision) -> None:
    """Keep an accepted shift with what became of it."""
    series = decision.shift
    shift, key = series.shift, (series.actor.actor_id, series.topic.topic_id)
    row: Row = {
        "shift_id": series.shift_id,
        "series_id": _series_id(key),
        "actor_id": key[0],
        "topic_id": key[1],
        "from_label": shift.before.label,
        "to_label": shift.after.label,
        "from_score": shift.before.score,
        "to_score": shift.after.score,
        "changed_at": shift.changed_at,
        "decided_at": series.decided_at,
        "confidence": shift.confidence,
        "stories_before": list(shift.before.story_ids),
        "stories_after": list(shift.after.story_ids),
        "outlets_before": list(shift.before.outlets),
        "outlets_after": list(shift.after.outlets),
        "detector": shift.detector,
        "kind": shift.kind,
        "earliest_at": shift.earliest_at,
        "latest_at": shift.latest_at,
        "outcome": decision.outcome,
    }
    insert(connection, "shifts", [row], unless_known=True)


def _series_id(key: SeriesKey) -> str:
    return f"{key[0]}/{key[1]}"


def _row(key: SeriesKey, state: SeriesState, detector: str, updated_at: datetime) -> Row:
    newest = state.observations[-1].said_at if state.observations else None
    return {
        "series_id": _series_id(key),
        "actor_id": key[0],
        "topic_id": key[1],
        "detector": detector,
        "state": dump_state(state),
        "reason": state.reason,
        "observations": state.count,
        "last_said_at": newest,
        "updated_at": updated_at,
    }
