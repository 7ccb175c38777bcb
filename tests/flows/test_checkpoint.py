"""Checkpoints and kills: whatever was committed is there, once, and the database opens (row 37)."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from flows.store import Database, checkpoint, transaction
from flows.store.checkpoint import log_of
from flows.store.runs import recorded
from monitors.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def always_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "_LEAST_DUE", 1)
    monkeypatch.setattr(checkpoint, "_SHARE_DUE", 10**9)


def tell(database: Database, *stories: str) -> None:
    with database.write() as connection, transaction(connection):
        for story in stories:
            connection.execute("INSERT INTO stories VALUES (?, ?, now())", [story, "word " * 200])


def stories(database: Database) -> list[str]:
    with database.read() as connection:
        rows = connection.execute("SELECT story_id FROM stories ORDER BY story_id").fetchall()
    return [row[0] for row in rows]


def left_beside(database: Database) -> list[str]:
    mine = {database.path.name, f".{database.path.name}.lock"}
    return [found.name for found in database.path.parent.iterdir() if found.name not in mine]


def in_a_fork(work: Callable[[], None]) -> int:
    pid = os.fork()
    if not pid:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return pid


def test_the_file_itself_is_not_written_until_a_checkpoint_is_due(database: Database) -> None:
    tell(database, "s0")
    was, stamp = database.path.read_bytes(), database.path.stat()
    tell(database, "s1")
    assert stories(database) == ["s0", "s1"]
    assert database.path.read_bytes() == was
    assert database.path.stat().st_mtime_ns == stamp.st_mtime_ns
    assert log_of(database.path).stat().st_size


def test_a_checkpoint_takes_the_log_into_the_file(database: Database, always_due: None) -> None:
    tell(database, "s0", "s1")
    assert left_beside(database) == []
    with duckdb.connect(str(database.path), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM stories").fetchone() == (2,)


def test_no_room_for_a_checkpoint_costs_nothing(
    database: Database,
    always_due: None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tell(database, "s0")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfileobj", full)
        tell(database, "s1")
    assert "No space left on device" in caplog.text
    assert stories(database) == ["s0", "s1"]
    tell(database, "s2")
    assert stories(database) == ["s0", "s1", "s2"]
    assert not log_of(database.path).exists()


def test_a_link_leads_to_the_database_its_log_and_its_checkpoint(
    database: Database, always_due: None
) -> None:
    real = database.path.with_name("elsewhere") / "real.duckdb"
    real.parent.mkdir()
    database.path.symlink_to(real)
    tell(database, "s0")
    copy = database.path.with_name("copy.duckdb")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(checkpoint, "_LEAST_DUE", 10**9)
        tell(database, "s1")
        database.copy_to(copy)
    assert log_of(real).exists()
    assert stories(Database(copy)) == ["s0", "s1"]
    tell(database, "s2")
    assert database.path.is_symlink()
    assert not log_of(real).exists()
    assert stories(Database(real)) == ["s0", "s1", "s2"]


def test_who_may_read_the_file_stays_so(database: Database, always_due: None) -> None:
    tell(database, "s0")
    database.path.chmod(0o600)
    tell(database, "s1")
    assert database.path.stat().st_mode & 0o777 == 0o600


def test_what_an_earlier_database_left_does_no_harm_to_another(
    database: Database, always_due: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(database, "s0")
    monkeypatch.setattr(checkpoint, "_LEAST_DUE", 10**9)
    tell(database, "s1")
    folder = checkpoint._folder(database.path)
    folder.mkdir()
    # A log of another time, of as many bytes in the same place of the disk.
    log = log_of(database.path).stat()
    mark = (database.path.stat().st_ino, log.st_ino, log.st_size, log.st_mtime_ns - 1)
    (folder / "made").write_text(" ".join(map(str, mark)))
    assert stories(database) == ["s0", "s1"]
    database.remove()
    assert list(database.path.parent.iterdir()) == []


def test_no_checkpoint_while_another_thread_has_the_database(
    database: Database, always_due: None
) -> None:
    with database.write() as connection:
        tell(database, "s0")
        assert log_of(database.path).exists()
        connection.execute("INSERT INTO stories VALUES ('s1', 'A story', now())")
        hasty = Database(database.path, lock_timeout_s=0.1)
        with pytest.raises(StoreError, match="another thread"):
            hasty.copy_to(database.path.with_name("copy.duckdb"))
    assert stories(database) == ["s0", "s1"]
    assert not log_of(database.path).exists()


@pytest.mark.parametrize("step", range(1, 9))
def test_killed_at_any_step_of_a_checkpoint(
    database: Database, always_due: None, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    tell(database, "s0")
    steps = 0

    def die_at(
        real: Callable[..., Any], *, before: bool, only: Callable[..., bool] = lambda *_: True
    ) -> Callable[..., Any]:
        def stand_in(*given: Any, **options: Any) -> Any:
            nonlocal steps
            if not only(*given):
                return real(*given, **options)
            steps += 1
            if steps == step and before:
                os.kill(os.getpid(), signal.SIGKILL)
            answer = real(*given, **options)
            if steps == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        return stand_in

    def killed() -> None:
        name = database.path.name
        monkeypatch.setattr(Path, "mkdir", die_at(Path.mkdir, before=False, only=_is_ours))
        monkeypatch.setattr(shutil, "copyfileobj", die_at(shutil.copyfileobj, before=False))
        monkeypatch.setattr(checkpoint, "_mark", die_at(checkpoint._mark, before=False))
        monkeypatch.setattr(
            Path,
            "replace",
            die_at(Path.replace, before=True, only=lambda one, *_: one.name == name),
        )
        monkeypatch.setattr(
            Path, "unlink", die_at(Path.unlink, before=True, only=lambda one: one.suffix == ".wal")
        )
        monkeypatch.setattr(shutil, "rmtree", die_at(shutil.rmtree, before=True))
        tell(database, "s1")

    _, status = os.waitpid(in_a_fork(killed), 0)
    assert os.WIFSIGNALED(status), "the step is not reached"
    assert stories(database) == ["s0", "s1"]
    tell(database, "s2")
    assert stories(database) == ["s0", "s1", "s2"]
    assert left_beside(database) == []


def _is_ours(path: Path, *_: Any) -> bool:
    return path.name.endswith(".checkpoint")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_writers_at_once_lose_nothing_to_each_others_checkpoints(
    database: Database, always_due: None
) -> None:
    patient = Database(database.path, lock_timeout_s=200)

    def writes(name: str) -> Callable[[], None]:
        def write() -> None:
            for number in range(25):
                tell(patient, f"{name}{number:03}")

        return write

    forks = [in_a_fork(writes(name)) for name in "abc"]
    assert [os.waitpid(fork, 0)[1] for fork in forks] == [0, 0, 0]
    assert stories(database) == [f"{name}{number:03}" for name in "abc" for number in range(25)]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_whatever_was_committed_outlives_a_kill_at_any_instant(
    database: Database, always_due: None
) -> None:
    """With DuckDB's own checkpoints one kill in some four hundred left a file nothing opened."""
    told, instants = database.path.with_name("told"), random.Random(20260411)

    def write(number: int) -> None:
        for part in range(3):
            tell(database, f"s{number:03}{part}")
            with told.open("a") as committed:
                committed.write(f"s{number:03}{part}\n")

    started = time.monotonic()
    os.waitpid(in_a_fork(lambda: write(0)), 0)
    undisturbed = time.monotonic() - started
    for number in range(1, 61):
        fork = in_a_fork(lambda: write(number))  # noqa: B023 - it runs at once
        time.sleep(instants.uniform(0, undisturbed))
        with suppress(ProcessLookupError):
            os.kill(fork, signal.SIGKILL)
        os.waitpid(fork, 0)
    found = stories(database)
    assert len(set(found)) == len(found)
    assert set(told.read_text().split()) <= set(found)


def test_little_of_a_log_is_left_at_the_end_of_a_run(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "_LEAST_DUE_AT_END", 1)
    monkeypatch.setattr(checkpoint, "_SHARE_DUE", 10**9)
    recorded(database, "ingest", lambda: datetime(2026, 1, 1, tzinfo=UTC), lambda run: run)
    assert not log_of(database.path).exists()
