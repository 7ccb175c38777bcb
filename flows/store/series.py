"""The detectors' memory, one row per series, and the shifts they accepted."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
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
    from monitors.records import ShiftKind
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


def outdated_series(
    connection: duckdb.DuckDBPyConnection,
    detector: str,
    version: str,
    keys: Iterable[SeriesKey] | None = None,
) -> dict[SeriesKey, datetime | None]:
    """Those of these series (or of all) that are to be built anew before anything is stepped.

    Another detector or version has kept them so far, or they were forgotten; of `keys` also those
    that nothing is kept of yet. Each with the time since which its news has waited, None where none
    has.
    """
    wanted = None if keys is None else list(keys)
    ids = None if wanted is None else [_series_id(key) for key in wanted]
    rows = connection.execute(
        "SELECT actor_id, topic_id, held_since, "
        "detector <> ? OR analysis_version IS DISTINCT FROM ? FROM series "
        "WHERE ?::VARCHAR[] IS NULL OR series_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY ALL",
        [detector, version, ids, ids],
    ).fetchall()
    kept = {(actor_id, topic_id) for actor_id, topic_id, _, _ in rows}
    outdated: dict[SeriesKey, datetime | None] = dict.fromkeys(
        key for key in wanted or () if key not in kept
    )
    for actor_id, topic_id, held_since, is_outdated in rows:
        if is_outdated:
            outdated[actor_id, topic_id] = held_since
    return outdated


def hold_series(
    connection: duckdb.DuckDBPyConnection,
    since: Mapping[SeriesKey, datetime],
    *,
    detector: str,
    updated_at: datetime,
) -> None:
    """Let the news of these series wait: they are to be built anew before it is stepped."""
    empty = SeriesState(reason="version_changed")
    rows = [
        _row(key, empty, detector, updated_at) | {"held_since": at} for key, at in since.items()
    ]
    insert(connection, "series", rows, unless_known=True)
    for row in rows:
        connection.execute(
            "UPDATE series SET reason = ?, held_since = coalesce(held_since, ?), "
            "analysis_version = NULL WHERE series_id = ?",
            [empty.reason, row["held_since"], row["series_id"]],
        )


def forget_states(
    connection: duckdb.DuckDBPyConnection,
    keys: Iterable[SeriesKey],
    *,
    detector: str,
    updated_at: datetime,
) -> None:
    """Drop what is kept of these series; they are built anew when they are needed next."""
    rows = [_row(key, SeriesState(), detector, updated_at) for key in keys]
    insert(connection, "series", rows, unless_known=True)
    ids = [row["series_id"] for row in rows]
    connection.execute(
        "UPDATE series SET analysis_version = NULL "
        "WHERE series_id IN (SELECT unnest(?::VARCHAR[]))",
        [ids],
    )


def days_per_year(connection: duckdb.DuckDBPyConnection, until: datetime) -> float:
    """On how many days of a year series have stories, added up over all series.

    Counted over the year before `until`; where there is less, over what there is, a month at least.
    """
    row = connection.execute(
        "SELECT count(DISTINCT (actor_id, topic_id, said_at::DATE)), min(said_at::DATE) "
        "FROM held_stances WHERE said_at BETWEEN ? AND ?",
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
    version: str,
    updated_at: datetime,
) -> None:
    """Keep these states in place of the former ones."""
    ids = [_series_id(key) for key in states]
    connection.execute("DELETE FROM series WHERE series_id IN (SELECT unnest(?))", [ids])
    _insert_states(connection, states, detector, version, updated_at)


def replace_states(
    connection: duckdb.DuckDBPyConnection,
    states: Mapping[SeriesKey, SeriesState],
    *,
    detector: str,
    version: str,
    updated_at: datetime,
) -> None:
    """Keep these states and no others."""
    connection.execute("DELETE FROM series")
    _insert_states(connection, states, detector, version, updated_at)


def _insert_states(
    connection: duckdb.DuckDBPyConnection,
    states: Mapping[SeriesKey, SeriesState],
    detector: str,
    version: str,
    updated_at: datetime,
) -> None:
    rows = [
        _row(key, state, detector, updated_at) | {"analysis_version": version}
        for key, state in states.items()
    ]
    insert(connection, "series", rows)


def observations_of(
    connection: duckdb.DuckDBPyConnection,
    version: str | None = None,
    keys: Iterable[SeriesKey] | None = None,
) -> dict[SeriesKey, list[Observation]]:
    """All that these series (or all) have observed, oldest first.

    With `version`, only stories of which all was read with it: what another model made of the rest
    cannot be compared.
    """
    ids = None if keys is None else [_series_id(key) for key in keys]
    rows = connection.execute(
        "SELECT actor_id, topic_id, story_id, label, score, confidence, said_at, seen_at, outlets "
        "FROM observations WHERE (?::VARCHAR IS NULL OR analysis_version = ?) "
        "AND (?::VARCHAR[] IS NULL "
        "OR actor_id || '/' || topic_id IN (SELECT unnest(?::VARCHAR[]))) "
        "ORDER BY said_at, seen_at, story_id",
        [version, version, ids, ids],
    ).fetchall()
    found: dict[SeriesKey, list[Observation]] = defaultdict(list)
    for actor_id, topic_id, story_id, label, score, confidence, said_at, seen_at, outlets in rows:
        found[actor_id, topic_id].append(
            Observation(story_id, label, score, confidence, said_at, seen_at, tuple(outlets))
        )
    return found


def newest_observations(
    connection: duckdb.DuckDBPyConnection, key: SeriesKey, limit: int
) -> list[Observation]:
    """The newest stories of one series, oldest first."""
    return observations_of(connection, None, [key])[key][-limit:]


def replace_shifts(connection: duckdb.DuckDBPyConnection, decisions: Sequence[Decision]) -> None:
    """Keep these shifts in place of the former ones, but for those that people were told of.

    Nobody is told of the new ones: `replayed` is what becomes of those that would have gone out.
    Silences stay as well; they are found day by day.
    """
    connection.execute(
        "DELETE FROM shifts WHERE kind <> 'silence' "
        "AND shift_id NOT IN (SELECT shift_id FROM alerts)"
    )
    for decision in decisions:
        outcome = "replayed" if decision.alert else decision.outcome
        save_shift(connection, replace(decision, outcome=outcome))


def is_held(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether news of any series waits for stored articles to be read again."""
    row = connection.execute("SELECT count(*) FROM series WHERE held_since IS NOT NULL").fetchone()
    return bool(row and row[0])


def known_shifts(connection: duckdb.DuckDBPyConnection, kind: ShiftKind) -> set[str]:
    """The ids of all shifts of a kind."""
    rows = connection.execute("SELECT shift_id FROM shifts WHERE kind = ?", [kind]).fetchall()
    return {row[0] for row in rows}


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
