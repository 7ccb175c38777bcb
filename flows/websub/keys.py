"""The one secret behind all subscriptions, in a file beside the database.

From it come the path and the secret of each, so that none of them is stored where it could be
queried, copied or shown.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from monitors.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

_BYTES = 32


def load_key(database: Path) -> bytes:
    """The key of the installation with that database, made where there is none yet.

    Raises:
        StoreError: it cannot be read or made.
    """
    path = database.with_name(f"{database.stem}.websub-key")
    try:
        if not path.exists():
            _make(path)
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise StoreError(f"cannot use {path}: {error.strerror}") from error
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise StoreError(f"{path} holds no key; remove it, and feeds are subscribed anew")
    return key


def _make(path: Path) -> None:
    """Two processes may be here at once: the first one's key stands, and nobody sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_hex(_BYTES))
    with suppress(FileExistsError):
        os.link(staged, path)
    staged.unlink()
