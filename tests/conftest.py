"""What many tests need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flows.store import Database

if TYPE_CHECKING:
    from pathlib import Path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: the longest of them, begun last, would be waited for alone."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "test.duckdb", lock_timeout_s=5)
