"""What many tests need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flows.store import Database

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "test.duckdb", lock_timeout_s=5)
