"""Earlier answers of a model, in a folder of small files; any of them may be deleted."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_BYTES = 65_536


class FolderAnswers:
    """One JSON file per answer, named by what it answers and where that was asked."""

    def __init__(self, folder: Path, endpoint: str, tell: Callable[[str], None]) -> None:
        self._folder, self._endpoint, self._tell = folder, endpoint, tell
        self._broken = False

    def get(self, key: str) -> str | None:
        """The answer kept under `key`; one that cannot be read is as good as none."""
        try:
            with self._path(key).open("rb") as file:
                return file.read(_MOST_BYTES).decode()
        except (OSError, UnicodeDecodeError):
            return None

    def put(self, key: str, answer: str) -> None:
        """Keep an answer, whole or not at all; a folder that takes none is told of once."""
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(path, answer.encode())
        except OSError as error:
            if not self._broken:
                self._tell(f"answers cannot be kept in {self._folder}: {error.strerror}")
            self._broken = True

    def _path(self, key: str) -> Path:
        # The same name may be another model elsewhere.
        name = hashlib.sha256(f"{self._endpoint}\n{key}".encode()).hexdigest()
        return self._folder / name[:2] / f"{name[2:]}.json"


def _write_whole(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
