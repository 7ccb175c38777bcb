"""The one database file: opening it, migrating it, and transactions on it."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING

import duckdb

from flows.store.checkpoint import (
    connect,
    cut_log,
    is_due,
    log_of,
    log_seen,
    remove,
    replace_by_checkpointed,
)
from monitors.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HELD = re.compile(r"Conflicting lock is held in (?P<program>\S+) \(PID (?P<pid>\d+)\)")
# The last two: by another thread of this process, the last where one reads and one writes.
_HELD_SIGNS = ("Could not set lock", "Unique file handle conflict", "different configuration")
# The entries before it are whole; an entry begins with its length and its checksum.
_FAULTY_ENTRY = re.compile(r"entry at byte position (?P<at>\d+)")
_ENTRY_HEAD = 16
_RETRY_EVERY_S = 0.05

_log = logging.getLogger("stancewatch.store")

# How many connections this process has to each file; whoever opens or closes one holds the guard.
_open_here: Counter[Path] = Counter()
_guard = threading.Lock()


@dataclass(frozen=True, slots=True)
class Database:
    """A DuckDB file that one process writes or many read; every connection is short-lived.

    `lock_timeout_s` is how long to wait for another process to let go of it.
    """

    path: Path
    lock_timeout_s: float = 60.0

    @contextmanager
    def write(self, *, ends_run: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that may write, its schema up to date.

        With `ends_run` little of a log is left for those who open the database next.

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
        due = False
        try:
            due = migrate(connection)
            yield connection
            due = due or is_due(self.path, at_end=ends_run)
        except (duckdb.IOException, duckdb.FatalException, duckdb.TransactionException) as error:
            due = False
            why = f"the database {self.path} cannot be written: {_first_line(error)}"
            raise StoreError(why) from error
        finally:
            try:
                self._close(connection, self.path if due else None)
            except (OSError, duckdb.Error) as error:
                _log.warning(
                    "no checkpoint of %s, its log is kept and grows: %s",
                    self.path,
                    _first_line(error),
                )

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
            is_earlier = schema_version(connection) < len(_migrations())
            if not is_earlier:
                yield connection
        finally:
            self._close(connection)
        if is_earlier:
            with self.write():
                pass
            with self.read() as connection:
                yield connection

    def copy_to(self, target: Path) -> None:
        """Make `target` a copy that others may keep open for as long as they like.

        Raises:
            StoreError: the database cannot be opened, or there is no room for a copy of it.
        """
        give_up_at = time.monotonic() + self.lock_timeout_s
        try:
            while not self._close(self._open(read_only=False), target):
                if time.monotonic() >= give_up_at:
                    message = f"the database {self.path} is in use by another thread"
                    raise StoreError(message, retryable=True)
                time.sleep(_RETRY_EVERY_S)
        except (OSError, duckdb.Error) as error:
            why = f"the database {self.path} cannot be copied: {_first_line(error)}"
            raise StoreError(why) from error

    def remove(self) -> None:
        """Delete the database, if there is one."""
        remove(self.path)

    def _open(self, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        give_up_at = time.monotonic() + self.lock_timeout_s
        while True:
            log = log_seen(self.path)
            try:
                with _guard:
                    connection = connect(self.path, read_only=read_only)
                    _open_here[self.path.resolve()] += 1
            except OSError as error:
                why = f"the database {self.path} cannot be opened: {error}"
                raise StoreError(why) from error
            except duckdb.Error as error:
                if time.monotonic() < give_up_at:
                    if log and _is_broken_log(error):
                        _set_log_aside(self.path, error, log)
                        continue
                    if _is_held(error):
                        time.sleep(_RETRY_EVERY_S)
                        continue
                raise _explain(self.path, error) from error
            else:
                connection.execute("SET TimeZone = 'UTC'")
                return connection

    def _close(self, connection: duckdb.DuckDBPyConnection, target: Path | None = None) -> bool:
        """Let go of the file, after a copy with all of its log in it took the place of `target`.

        Whether it did: not while others in this process have the database open.
        """
        place = self.path.resolve()
        with _guard, ExitStack() as until_closed:
            is_alone = _open_here[place] == 1
            try:
                if target is not None and is_alone:
                    replace_by_checkpointed(place, target, until_closed)
            finally:
                connection.close()
                _open_here[place] -= 1
        return is_alone


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _is_broken_log(error: duckdb.Error) -> bool:
    # It may be whole where there was only no room to replay it in.
    no_room = isinstance(error, (duckdb.OutOfMemoryException, duckdb.TransactionException))
    return "replaying WAL" in str(error) and not no_room and "Could not write" not in str(error)


def _set_log_aside(path: Path, error: duckdb.Error, seen: tuple[int, int, int]) -> None:
    """Go on with what is before the fault of a write-ahead log, and keep the whole of it."""
    log = log_of(path)
    kept = log.with_name(f"{log.name}.broken-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    entry = _FAULTY_ENTRY.search(str(error))
    if not cut_log(path, int(entry["at"]) - _ENTRY_HEAD if entry else 0, kept, seen):
        return  # another process was quicker
    _log.error(
        "the write-ahead log of %s cannot be replayed (%s): it is kept as %s, and the database is "
        "as it was %s. What came after is fetched and read again where feeds still carry it; "
        "alerts that were sent after it may be sent once more.",
        path,
        _first_line(error)[:200],
        kept.name,
        "before that" if entry else "at its last checkpoint",
    )


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


def migrate(connection: duckdb.DuckDBPyConnection) -> bool:
    """Bring the schema up to date, one numbered file after the other, each in a transaction.

    Whether there was anything to do.

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
    return done < len(migrations)


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
    return StoreError(f"the database {path} cannot be opened: {_first_line(error)}")
