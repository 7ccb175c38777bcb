"""The one database file: opening it, migrating it, and transactions on it."""

from __future__ import annotations

import logging
import os
import re
import shutil
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING

import duckdb

from monitors.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HELD = re.compile(r"Conflicting lock is held in (?P<program>\S+) \(PID (?P<pid>\d+)\)")
# The last two: by another thread of this process, the last where one reads and one writes.
_HELD_SIGNS = ("Could not set lock", "Unique file handle conflict", "different configuration")
_RETRY_EVERY_S = 0.05

_log = logging.getLogger("stancewatch.store")


@dataclass(frozen=True, slots=True)
class Database:
    """A DuckDB file that one process writes or many read; every connection is short-lived.

    `lock_timeout_s` is how long to wait for another process to let go of it.
    """

    path: Path
    lock_timeout_s: float = 60.0

    @contextmanager
    def write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that may write, its schema up to date.

        Raises:
            StoreError: another process holds the file for longer than the time-out (the message
                names it), the file is not a database that this version can use, or it cannot be
                written: the disk is full, for instance.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot make the folder {self.path.parent}: {error}") from error
        connection = self._open(read_only=False)
        try:
            migrate(connection)
            yield connection
        except (duckdb.IOException, duckdb.FatalException, duckdb.TransactionException) as error:
            why = str(error).splitlines()[0]
            raise StoreError(f"the database {self.path} cannot be written: {why}") from error
        finally:
            connection.close()

    @contextmanager
    def read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that only reads.

        Raises:
            StoreError: there is no database yet, or it cannot be opened.
        """
        if not self.path.exists():
            raise StoreError(f"there is no database at {self.path} yet; `stancewatch run` makes it")
        connection = self._open(read_only=True)
        try:
            if schema_version(connection) < len(_migrations()):
                connection.close()
                with self.write():
                    pass
                connection = self._open(read_only=True)
            yield connection
        finally:
            connection.close()

    def copy_to(self, target: Path) -> None:
        """Make `target` a copy that others may keep open for as long as they like."""
        with self.write() as connection:
            connection.execute("CHECKPOINT")
            staged = target.with_name(target.name + f".{os.getpid()}.tmp")
            shutil.copyfile(self.path, staged)
        staged.replace(target)

    def _open(self, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        give_up_at = time.monotonic() + self.lock_timeout_s
        while True:
            try:
                connection = duckdb.connect(str(self.path), read_only=read_only)
            except duckdb.Error as error:
                if "replaying WAL" in str(error) and _set_log_aside(self.path, error):
                    continue
                if not _is_held(error) or time.monotonic() >= give_up_at:
                    raise _explain(self.path, error) from error
                time.sleep(_RETRY_EVERY_S)
            else:
                connection.execute("SET TimeZone = 'UTC'")
                return connection


def _set_log_aside(path: Path, error: duckdb.Error) -> bool:
    """Take a write-ahead log that cannot be replayed out of the way; whether there was one."""
    log = path.with_name(f"{path.name}.wal")
    kept = log.with_name(f"{log.name}.broken-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    try:
        log.rename(kept)
    except OSError:
        return False
    _log.error(
        "the write-ahead log of %s cannot be replayed (%s): it is kept as %s, and the database is "
        "as it was at its last checkpoint. What came after is fetched and read again where feeds "
        "still carry it; alerts that were sent after it may be sent once more.",
        path,
        str(error).splitlines()[0][:200],
        kept.name,
    )
    return True


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """All that is done inside commits together, or not at all."""
    connection.execute("BEGIN TRANSACTION")
    try:
        yield connection
    except BaseException:
        # After a fault of the disk there may be nothing left that could be rolled back.
        with suppress(duckdb.FatalException, duckdb.IOException, duckdb.TransactionException):
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def schema_version(connection: duckdb.DuckDBPyConnection) -> int:
    """How many migrations the database has had."""
    found = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'schema_migrations'"
    ).fetchone()
    if not found or not found[0]:
        return 0
    newest = connection.execute("SELECT max(version) FROM schema_migrations").fetchone()
    return int(newest[0] or 0) if newest else 0


def migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring the schema up to date, one numbered file after the other, each in a transaction.

    Raises:
        StoreError: the database comes from a newer version of Stancewatch.
    """
    migrations = _migrations()
    done = schema_version(connection)
    if done > len(migrations):
        raise StoreError(
            f"the database has schema {done}, this version knows {len(migrations)}: "
            "it was written by a newer Stancewatch"
        )
    for version, (name, script) in enumerate(migrations[done:], start=done + 1):
        with transaction(connection):
            connection.execute(
                "CREATE TABLE IF NOT EXISTS schema_migrations "
                "(version INTEGER, name VARCHAR, applied_at TIMESTAMPTZ)"
            )
            connection.execute(
                "COMMENT ON TABLE schema_migrations IS 'Which numbered files have been applied.'"
            )
            connection.execute(script)
            connection.execute(
                "INSERT INTO schema_migrations VALUES (?, ?, now())", [version, name]
            )


def _migrations() -> list[tuple[str, str]]:
    folder = resources.files("flows") / "schema"
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda f: f.name
    )
    return [(file.name, file.read_text(encoding="utf-8")) for file in files]


def _is_held(error: duckdb.Error) -> bool:
    """Whether another process has the file, or another thread is just about to let go of it."""
    return any(sign in str(error) for sign in _HELD_SIGNS)


def _explain(path: Path, error: duckdb.Error) -> StoreError:
    holder = _HELD.search(str(error))
    if holder:
        return StoreError(
            f"the database {path} is held by {holder['program']} (process {holder['pid']}); "
            "try again when it has finished",
            retryable=True,
        )
    if _is_held(error):
        return StoreError(f"the database {path} is held by another process", retryable=True)
    return StoreError(f"the database {path} cannot be opened: {str(error).splitlines()[0]}")
