"""What people do with alerts: verdicts on them, and silences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from flows.store.rows import Row, insert, select
from monitors.errors import StoreError
from monitors.records import Silence

if TYPE_CHECKING:
    from datetime import datetime

    import duckdb

Verdict = Literal["useful", "known", "wrong"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


def find_alert(connection: duckdb.DuckDBPyConnection, alert_id: str) -> str:
    """The id of the one alert that is, or begins with, `alert_id`.

    Raises:
        StoreError: there is none, or more than one begins like that.
    """
    rows = connection.execute(
        "SELECT alert_id FROM alerts WHERE starts_with(alert_id, ?) ORDER BY alert_id", [alert_id]
    ).fetchall()
    found = [row[0] for row in rows]
    if alert_id in found or len(found) == 1:
        return alert_id if alert_id in found else str(found[0])
    if not found or not alert_id:
        raise StoreError(f"there is no alert {alert_id!r}; `stancewatch alerts` lists them")
    raise StoreError(f"{len(found)} alerts begin with {alert_id!r}: {', '.join(found[:5])}")


def give_verdict(
    connection: duckdb.DuckDBPyConnection,
    alert_id: str,
    verdict: Verdict,
    *,
    note: str,
    given_at: datetime,
) -> None:
    """Keep a verdict on an alert in place of a former one."""
    connection.execute("DELETE FROM verdicts WHERE alert_id = ?", [alert_id])
    row: Row = {"alert_id": alert_id, "verdict": verdict, "note": note, "given_at": given_at}
    insert(connection, "verdicts", [row])


def realised_precision(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Per topic, per channel and in all: how many judged alerts were right."""
    return select(
        connection,
        "FROM alert_precision WHERE useful + known + wrong > 0 "
        "ORDER BY topic_id IS NULL, channel IS NULL, topic_id, channel",
    )


def add_silence(connection: duckdb.DuckDBPyConnection, silence: Silence) -> None:
    """Keep a silence."""
    names = ("silence_id", "actor_id", "topic_id", "starts_at", "ends_at", "comment")
    insert(connection, "silences", [{n: getattr(silence, n) for n in names}], unless_known=True)


def silences_in_force(connection: duckdb.DuckDBPyConnection, since: datetime) -> list[Silence]:
    """The silences that end after `since`, by their ends."""
    rows = connection.execute(
        "SELECT silence_id, actor_id, topic_id, starts_at, ends_at, comment FROM silences "
        "WHERE ends_at > ? ORDER BY ends_at, silence_id",
        [since],
    ).fetchall()
    return [Silence(*row) for row in rows]


def end_silence(connection: duckdb.DuckDBPyConnection, silence_id: str, ends_at: datetime) -> None:
    """Let a silence end now.

    Raises:
        StoreError: there is none of that id in force.
    """
    found = connection.execute(
        "UPDATE silences SET ends_at = ? WHERE silence_id = ? AND ends_at > ? RETURNING silence_id",
        [ends_at, silence_id, ends_at],
    ).fetchall()
    if not found:
        raise StoreError(f"no silence {silence_id!r} is in force")
