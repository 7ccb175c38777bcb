"""The record of runs: what each did, and which never came to an end."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TypeVar

from flows.store.rows import Row, insert, select

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import duckdb
    from _typeshed import DataclassInstance

    from flows.store.database import Database

T = TypeVar("T", bound="DataclassInstance")


@dataclass(frozen=True, slots=True)
class Run:
    """A run under way."""

    run_id: str
    started_at: datetime


def recorded(
    database: Database, flow: str, clock: Callable[[], datetime], work: Callable[[Run], T]
) -> T:
    """Do `work` and keep a row in `runs` for it, however it ends; answers what `work` does.

    The answer, a dataclass of counts, is the row's summary. A row that says `running` although its
    process is gone becomes `crashed`.
    """
    run = Run(uuid.uuid4().hex[:16], clock())
    with database.write() as connection:
        _mark_crashed(connection)
        row = {"run_id": run.run_id, "flow": flow, "pid": os.getpid(), "state": "running"}
        insert(connection, "runs", [{**row, "started_at": run.started_at}])
    try:
        summary = work(run)
    except BaseException as error:
        _finish(database, run, "failed", clock(), error=f"{type(error).__name__}: {error}")
        raise
    counts = json.dumps(asdict(summary), default=str)
    _finish(database, run, "done", clock(), summary=counts)
    return summary


def recent_runs(connection: duckdb.DuckDBPyConnection, limit: int = 10) -> list[Row]:
    """The newest runs first."""
    return select(
        connection,
        "SELECT run_id, flow, state, started_at, finished_at, summary, error FROM runs "
        "ORDER BY started_at DESC, run_id LIMIT ?",
        [limit],
    )


def forget_runs(connection: duckdb.DuckDBPyConnection, *, before: datetime) -> int:
    """Drop runs that started before then, with their fetches; answers how many."""
    old = connection.execute("SELECT run_id FROM runs WHERE started_at < ?", [before]).fetchall()
    ids = [row[0] for row in old]
    connection.execute("DELETE FROM fetches WHERE list_contains(?, run_id)", [ids])
    connection.execute("DELETE FROM runs WHERE list_contains(?, run_id)", [ids])
    return len(ids)


def _finish(
    database: Database,
    run: Run,
    state: str,
    finished_at: datetime,
    *,
    summary: str | None = None,
    error: str | None = None,
) -> None:
    with database.write(ends_run=True) as connection:
        connection.execute(
            "UPDATE runs SET state = ?, finished_at = ?, summary = ?, error = ? WHERE run_id = ?",
            [state, finished_at, summary, error, run.run_id],
        )


def _mark_crashed(connection: duckdb.DuckDBPyConnection) -> None:
    running = connection.execute("SELECT run_id, pid FROM runs WHERE state = 'running'").fetchall()
    gone = [run_id for run_id, pid in running if not _is_alive(pid)]
    if gone:
        connection.execute(
            "UPDATE runs SET state = 'crashed', error = 'its process ended before it did' "
            "WHERE list_contains(?, run_id)",
            [gone],
        )


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
