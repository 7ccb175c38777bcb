"""The files of a folder: found without following links, opened without leaving the folder."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from monitors.charsets import whole_characters
from monitors.errors import FetchError
from monitors.files import kind_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitors.files import FileKind

MAX_FILES, MAX_DEPTH = 20_000, 20
LINKS = "symbolic links were left out"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY
# Not to wait for the other end of a pipe that has taken the file's place.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that can be read: its name within the folder, kind, size and time in nanoseconds."""

    name: str
    kind: FileKind
    size: int
    modified_ns: int

    @property
    def shown(self) -> str:
        """The name as text; a file system may hold names that are none."""
        return whole_characters(self.name)

    @property
    def modified_at(self) -> datetime:
        return datetime.fromtimestamp(self.modified_ns / 1e9, UTC)


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """What a folder holds, the newest file first, and what in it was passed over and why."""

    files: tuple[FoundFile, ...]
    problems: tuple[str, ...]

    def listing(self) -> bytes:
        """Names, sizes and times: another one exactly where something has changed."""
        lines = [f"{file.name}\t{file.size}\t{file.modified_ns}" for file in self.files]
        return "\n".join([*lines, *self.problems]).encode("utf-8", "surrogateescape")


def find_files(folder: Path) -> FoundFiles:
    """The files below `folder` that can be read; hidden ones and links are left out.

    Raises:
        FetchError: there is no such folder, or it cannot be opened.
    """
    if not folder.is_dir():
        detail = "not a folder" if folder.exists() else "no such folder"
        raise FetchError("unreadable", detail, retryable=False)
    problems: dict[str, None] = {}
    files: list[FoundFile] = []
    for file in _walk(folder, problems):
        if len(files) >= MAX_FILES:
            problems[f"only {MAX_FILES:,} files were looked at"] = None
            break
        files.append(file)
    files.sort(key=lambda file: (-file.modified_ns, file.name))
    return FoundFiles(tuple(files), tuple(problems))


@contextmanager
def open_inside(folder: Path, name: str) -> Iterator[BinaryIO]:
    """A file of the folder, opened step by step so that no link leads elsewhere.

    Raises:
        OSError: it is gone, or is a link, a device or a pipe.
    """
    *outer, last = name.split("/")
    at = os.open(folder, _FOLDER)
    try:
        for part in outer:
            inner = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = inner
        with os.fdopen(os.open(last, _FILE, dir_fd=at), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise OSError("not a file")
            yield file
    finally:
        os.close(at)


def _walk(folder: Path, problems: dict[str, None]) -> Iterator[FoundFile]:
    waiting = [(folder, "", 0)]
    while waiting:
        path, prefix, depth = waiting.pop()
        for entry in _entries(path, prefix, problems):
            if entry.is_symlink():
                problems[LINKS] = None
            elif entry.is_dir(follow_symlinks=False):
                if depth < MAX_DEPTH:
                    waiting.append((Path(entry.path), f"{prefix}{entry.name}/", depth + 1))
            elif entry.is_file(follow_symlinks=False) and (kind := kind_of_file(entry.name)):
                with suppress(OSError):  # gone since
                    found = entry.stat(follow_symlinks=False)
                    yield FoundFile(prefix + entry.name, kind, found.st_size, found.st_mtime_ns)


def _entries(path: Path, prefix: str, problems: dict[str, None]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as found:
            entries = [entry for entry in found if not entry.name.startswith(".")]
    except OSError as error:
        if not prefix:
            raise FetchError("unreadable", error.strerror or "", retryable=False) from error
        problems[f"{prefix} cannot be opened"] = None
        return []
    return sorted(entries, key=lambda entry: entry.name)
