"""A migration that is killed leaves the old schema or the new one, never one between (row 43)."""

from __future__ import annotations

import os
import random
import signal
import time
from typing import TYPE_CHECKING

import pytest

from flows.store import Database
from flows.store.database import _migrations, schema_version
from flows.store.rows import Row, select

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

pytestmark = pytest.mark.slow

KILLS = 25
NEWEST = len(_migrations())
SHAPE = (
    "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() "
    "WHERE NOT internal ORDER BY ALL"
)


def migrated(path: Path, version: int, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database that has had that many migrations."""
    migrations = _migrations()
    with monkeypatch.context() as patch:
        patch.setattr("flows.store.database._migrations", lambda: migrations[:version])
        database = Database(path)
        with database.write():
            pass
    return database


def shape(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    return select(connection, SHAPE)


def test_it_is_the_old_or_the_new_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shapes: dict[int, list[Row]] = {}
    for version in range(1, NEWEST + 1):
        database = migrated(tmp_path / f"v{version}.duckdb", version, monkeypatch)
        connection = database._open(read_only=True)
        shapes[version] = shape(connection)
        connection.close()
    instants = random.Random(20240402)
    started = time.monotonic()
    _migrate_in_a_fork(migrated(tmp_path / "whole.duckdb", 1, monkeypatch), None)
    longest = time.monotonic() - started
    found = []
    for number in range(KILLS):
        database = migrated(tmp_path / f"killed{number}.duckdb", 1, monkeypatch)
        with database._open(read_only=False) as connection:
            connection.execute("INSERT INTO stories VALUES ('s1', 'A story', now())")
        _migrate_in_a_fork(database, instants.uniform(0, longest))
        with database._open(read_only=False) as connection:
            found.append(schema_version(connection))
            assert shape(connection) == shapes[found[-1]]
        with database.write() as connection:
            assert schema_version(connection) == NEWEST
            assert shape(connection) == shapes[NEWEST]
            assert len(select(connection, "FROM stories")) == 1
    assert min(found) < NEWEST, "no kill came in time"


@pytest.mark.parametrize("version", range(1, NEWEST + 1))
def test_what_a_migration_wrote_can_be_replayed_after_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    database, migrations = Database(tmp_path / "a.duckdb"), _migrations()
    if version > 1:
        database = migrated(tmp_path / "a.duckdb", version - 1, monkeypatch)
    pid = os.fork()
    if not pid:
        monkeypatch.setattr("flows.store.database._migrations", lambda: migrations[:version])
        with database.write():
            os._exit(0)  # nothing is closed: all that was committed is in the log
    os.waitpid(pid, 0)
    with database._open(read_only=False) as connection:
        assert schema_version(connection) == version


def _migrate_in_a_fork(database: Database, kill_after: float | None) -> None:
    pid = os.fork()
    if not pid:
        with database.write():
            os._exit(0)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
