"""What many tests need."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.store import Database


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "test.duckdb", lock_timeout_s=5)
