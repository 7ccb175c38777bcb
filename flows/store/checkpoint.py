"""Checkpoints that a kill cannot tear: made on a copy, which then takes the file's place.

DuckDB writes a block of its metadata over the one before. A process that is killed in the middle of
that leaves a database that nothing can open again: one kill of a writer in four hundred did
(decision 18). So what is committed stays in the write-ahead log until there is much of it.

Whoever opens the database shares a lock on a file beside it meanwhile; whoever changes which file
or which log that is has the lock alone.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Of the log, within a run that writes batch after batch and at its end ...
_LEAST_DUE, _LEAST_DUE_AT_END = 4 * 2**20, 2**18
# ... and of the file: more to replay at each opening against copying it more often.
_SHARE_DUE = 32
_PIECE = 2**20
_MADE = "made"


def log_of(path: Path) -> Path:
    """Where DuckDB keeps the write-ahead log: beside the file that a link leads to."""
    return _beside(path, "{}.wal")


def is_due(path: Path, *, at_end: bool = False) -> bool:
    """Whether the log has grown enough to be worth a copy of the file; less will do `at_end`."""
    least = _LEAST_DUE_AT_END if at_end else _LEAST_DUE
    try:
        return log_of(path).stat().st_size >= max(least, path.stat().st_size // _SHARE_DUE)
    except FileNotFoundError:
        return False


def connect(path: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection that makes no checkpoint by itself, neither while it is open nor at its end.

    Raises:
        duckdb.Error: the database cannot be opened.
        OSError: what a killed checkpoint left cannot be put right.
    """
    place = path.resolve()
    if (_folder(place) / _MADE).exists():
        with _lock(place, fcntl.LOCK_EX):
            _finish(place)
    with _lock(place, fcntl.LOCK_SH):
        connection = duckdb.connect(
            str(place), read_only=read_only, config={"wal_autocheckpoint": "1TB"}
        )
    connection.execute("PRAGMA disable_checkpoint_on_shutdown")
    return connection


def replace_by_checkpointed(path: Path, target: Path, until_closed: ExitStack) -> None:
    """Put a copy of the database `path`, with all that is in its log, in the place of `target`.

    Where `target` is `path` itself, this is its checkpoint. The caller holds the only connection of
    this process to `path` and closes it before `until_closed`: closing any handle on a file gives
    up every lock that the process has on it (POSIX, `fcntl`).

    Raises:
        OSError: there is no room for the copy, for instance; `target` is as it was, or the next
            to open it finishes what was begun.
        duckdb.Error: the copy cannot be made a checkpoint of; `target` is as it was.
    """
    path, target = path.resolve(), target.resolve()
    folder = _folder(target)
    staged = folder / target.name
    _clear(folder)
    try:
        _copy(path, staged, until_closed)
        connection = until_closed.enter_context(duckdb.connect(str(staged)))
        connection.execute("CHECKPOINT")
        connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        with _lock(target, fcntl.LOCK_EX):
            _mark(staged, target)
            # Programs that know nothing of the lock wait for the one that `connection` has.
            staged.replace(target)
            _sync(target.parent)
            _finish(target)
    except (OSError, duckdb.Error):
        if staged.exists():
            _clear(folder)
        raise


def cut_log(path: Path, end: int, kept: Path, seen: tuple[int, int, int]) -> bool:
    """Keep the log as `kept`, and of it what is before `end`; whether it was the one `seen`."""
    log = log_of(path)
    with _lock(path, fcntl.LOCK_EX):
        if log_seen(path) != seen:
            return False
        shutil.copyfile(log, kept)
        if end > 0:
            os.truncate(log, end)
        else:
            log.unlink()
    return True


def log_seen(path: Path) -> tuple[int, int, int] | None:
    """What tells one state of the log from another, if there is a log."""
    try:
        found = log_of(path).stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def remove(path: Path) -> None:
    """Delete a database with all that belongs to it, if there is one."""
    with _lock(path, fcntl.LOCK_EX):
        for file in (path, log_of(path), _lock_file(path)):
            file.unlink(missing_ok=True)
        _clear(_folder(path))


def _copy(path: Path, staged: Path, until_closed: ExitStack) -> None:
    """Copy a database and its log into a folder that is made for it."""
    found, log_size = path.stat(), (log_seen(path) or (0, 0, 0))[1]
    if shutil.disk_usage(staged.parent.parent).free < found.st_size + 2 * log_size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    staged.parent.mkdir()
    for source, copy in ((path, staged), (log_of(path), log_of(staged))):
        with suppress(FileNotFoundError):
            handle = until_closed.enter_context(source.open("rb"))
            with copy.open("wb") as written:
                shutil.copyfileobj(handle, written, _PIECE)
                written.flush()
                os.fsync(written.fileno())
    staged.chmod(found.st_mode & 0o777)
    with suppress(OSError):  # only root may give a file away
        os.chown(staged, found.st_uid, found.st_gid)


def _mark(staged: Path, target: Path) -> None:
    """Write down which file is about to replace which log's database."""
    log = log_seen(target) or (0, 0, 0)
    with (staged.parent / _MADE).open("w") as mark:
        mark.write(" ".join(map(str, (staged.stat().st_ino, *log))))
        mark.flush()
        os.fsync(mark.fileno())
    _sync(staged.parent)


def _is_replaced(path: Path) -> bool:
    """Whether a checkpoint is in the place of the file, and its log not deleted yet."""
    try:
        file, *log = map(int, (_folder(path) / _MADE).read_text().split())
        return file == path.stat().st_ino and tuple(log) == log_seen(path)
    except (OSError, ValueError):
        return False


def _finish(path: Path) -> None:
    """Delete the log that is in the file already, if there is one; the caller has the lock."""
    if (_folder(path) / _MADE).exists():
        if _is_replaced(path):
            log_of(path).unlink()
        _clear(_folder(path))


def _clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _folder(path: Path) -> Path:
    # In a folder, since DuckDB calls a database by the name of its file.
    return _beside(path, ".{}.checkpoint")


def _lock_file(path: Path) -> Path:
    return _beside(path, ".{}.lock")


def _beside(path: Path, name: str) -> Path:
    place = path.resolve()
    return place.with_name(name.format(place.name))


@contextmanager
def _lock(path: Path, kind: int) -> Iterator[None]:
    """Hold the lock beside the database; where nothing can be written there is nothing to lock."""
    with ExitStack() as stack:
        with suppress(OSError):
            handle = stack.enter_context(_lock_file(path).open("w"))
            fcntl.flock(handle, kind)
        yield


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
