from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from flows.store import Database, transaction
from flows.store.database import _migrations, migrate, schema_version
from flows.store.rows import Row, insert, select
from monitors.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

TABLES = [
    "feeds",
    "fetches",
    "articles",
    "stories",
    "mentions",
    "attributions",
    "stances",
    "series",
    "shifts",
    "alerts",
    "deliveries",
    "runs",
    "attempts",
    "digests",
]
VIEWS = [
    "current_stances",
    "stance_timeline",
    "topic_hits",
    "alert_evidence",
    "feed_health",
    "coverage",
]


def test_promised_tables_and_views_are_there(database: Database) -> None:
    with database.write() as connection:
        tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        views = connection.execute(
            "SELECT view_name FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
        for view in VIEWS:
            assert select(connection, f"FROM {view}") == []
    assert set(TABLES) <= {name for (name,) in tables}
    assert set(VIEWS) <= {name for (name,) in views}


def test_every_table_view_and_column_is_commented(database: Database) -> None:
    with database.write() as connection:
        bare = connection.execute(
            "SELECT table_name || '.' || column_name FROM duckdb_columns() "
            "WHERE NOT internal AND comment IS NULL AND table_name <> 'schema_migrations' "
            "UNION ALL SELECT table_name FROM duckdb_tables() WHERE comment IS NULL "
            "UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL"
        ).fetchall()
    assert bare == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    with database.write() as connection:
        first = schema_version(connection)
        migrate(connection)
        assert schema_version(connection) == first > 0


@pytest.mark.parametrize("version", range(1, len(_migrations())))
def test_a_database_of_an_earlier_schema_is_brought_up_to_date(
    database: Database, tmp_path: Path, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier, migrations = Database(tmp_path / "earlier.duckdb"), _migrations()
    with monkeypatch.context() as patch:
        patch.setattr("flows.store.database._migrations", lambda: migrations[:version])
        with earlier.write() as connection:
            assert schema_version(connection) == version
    with database.write(), earlier.read() as connection:
        brought_up = shape(connection)
    with database.read() as connection:
        assert shape(connection) == brought_up


def shape(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    return select(
        connection,
        "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() "
        "WHERE NOT internal ORDER BY ALL",
    )


def test_database_of_a_newer_version_is_refused(database: Database) -> None:
    with database.write() as connection:
        connection.execute("INSERT INTO schema_migrations VALUES (99, 'later.sql', now())")
    with pytest.raises(StoreError, match="newer Stancewatch"), database.write():
        pass


def test_failed_transaction_leaves_nothing(database: Database) -> None:
    with database.write() as connection:
        with pytest.raises(duckdb.ConversionException), transaction(connection):
            connection.execute(
                "INSERT INTO stories VALUES ('s1', 'A story', now()), ('s2', 'Bad', 'no date')"
            )
        assert select(connection, "FROM stories") == []


def test_file_that_is_no_database_is_refused_in_plain_words(tmp_path: Path) -> None:
    path = tmp_path / "notes.duckdb"
    path.write_text("not a database")
    with pytest.raises(StoreError, match="cannot be opened"), Database(path).write():
        pass


def test_reading_before_the_first_run_says_what_to_do(tmp_path: Path) -> None:
    database = Database(tmp_path / "missing.duckdb")
    with pytest.raises(StoreError, match="stancewatch run"), database.read():
        pass
    assert not database.path.exists()


def _hold(path: Path, seconds: float) -> subprocess.Popen[str]:
    script = (
        "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); "
        "print('held', flush=True); time.sleep(float(sys.argv[2]))"
    )
    command = [sys.executable, "-c", script, str(path), str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline().strip() == "held"
    return process


def test_error_names_the_process_that_holds_the_database(tmp_path: Path) -> None:
    database = Database(tmp_path / "held.duckdb", lock_timeout_s=0.2)
    with _hold(database.path, 30) as holder:
        with pytest.raises(StoreError, match=f"process {holder.pid}") as caught, database.write():
            pass
        assert caught.value.retryable
        holder.kill()


def test_writer_waits_for_another_process(tmp_path: Path) -> None:
    database = Database(tmp_path / "held.duckdb", lock_timeout_s=20)
    with _hold(database.path, 0.5) as holder, database.write() as connection:
        assert schema_version(connection) > 0
        holder.wait()


def test_a_thread_waits_for_another_that_is_just_letting_go(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As seen once in a hundred deliveries to three channels at once.
    connect, refusals = duckdb.connect, ["Unique file handle conflict: it is already attached"]

    def refuse_once(*args: Any, **options: Any) -> duckdb.DuckDBPyConnection:
        if refusals:
            raise duckdb.BinderException(refusals.pop())
        return connect(*args, **options)

    monkeypatch.setattr("duckdb.connect", refuse_once)
    with database.write() as connection:
        assert schema_version(connection) > 0
    assert not refusals


def test_copy_can_be_held_open_while_the_database_is_written(database: Database) -> None:
    with database.write() as connection:
        connection.execute("INSERT INTO stories VALUES ('s1', 'A story', now())")
    copy = database.path.with_name("copy.duckdb")
    database.copy_to(copy)
    with duckdb.connect(str(copy), read_only=True) as reader, database.write() as connection:
        connection.execute("INSERT INTO stories VALUES ('s2', 'Another', now())")
        assert reader.execute("SELECT story_id FROM stories").fetchall() == [("s1",)]


def test_threads_of_one_process_write_together(database: Database) -> None:
    with database.write():
        pass

    def write(number: int) -> None:
        with database.write() as connection:
            connection.execute(f"INSERT INTO stories VALUES ('s{number}', 'A story', now())")
            time.sleep(0.02)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert len(select(connection, "FROM stories")) == 8


def test_rows_round_trip_with_lists_and_awkward_text(database: Database) -> None:
    text = "“quotes” 'single' \\ backslash \t tab — \U0001f600 and ümlaut"
    row = {
        "attribution_id": text,
        "article_id": "a1",
        "actor_id": None,
        "kind": "direct_quote",
        "source": [(1, 2)],
        "cue": [],
        "content": [(3, 4), (5, 6)],
    }
    with database.write() as connection:
        insert(connection, "attributions", [row])
        (stored,) = select(connection, "FROM attributions")
    assert stored == {**row, "source": [[1, 2]], "content": [[3, 4], [5, 6]]}


def test_known_keys_are_left_alone(database: Database) -> None:
    row = {"story_id": "s1", "title": "First", "first_said_at": "2024-04-02T00:00:00+00:00"}
    with database.write() as connection:
        insert(connection, "stories", [row])
        insert(connection, "stories", [{**row, "title": "Second"}], unless_known=True)
        assert [r["title"] for r in select(connection, "FROM stories")] == ["First"]
