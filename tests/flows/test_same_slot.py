"""Two runs for the same slot leave the same rows as one, and one alert (row 41)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from flows.admit import admit
from flows.deliver import deliver
from flows.store import Database, transaction
from flows.store.articles import pending_articles
from flows.store.rows import Row, select
from flows.watch import BATCH, keep_batch, read_articles, watch
from tests.builders import day
from tests.fakes import FakeClock, FakePost, ScriptedInstallation, scripted
from tests.flows.test_watch import AGAINST, FAVOR, story

if TYPE_CHECKING:
    from pathlib import Path

NEWS = [*(story(n, AGAINST) for n in range(20)), *(story(n, FAVOR) for n in range(20, 26))]
TABLES = ("articles", "stances", "mentions", "series", "shifts", "alerts", "deliveries")


@pytest.fixture
def installation(database: Database) -> ScriptedInstallation:
    return waiting(database)


def waiting(database: Database) -> ScriptedInstallation:
    """Everything has been fetched and waits to be read."""
    made = scripted(database, FakeClock(day(26)))
    with database.write() as connection, transaction(connection):
        admit(connection, NEWS)
    return made


def content(database: Database) -> dict[str, list[Row]]:
    with database.read() as connection:
        return {table: select(connection, f"FROM {table} ORDER BY ALL") for table in TABLES}


def undisturbed(folder: Path) -> dict[str, list[Row]]:
    database = Database(folder / "undisturbed.duckdb")
    watch(waiting(database))
    return content(database)


def test_what_another_run_has_kept_meanwhile_is_not_kept_again(
    installation: ScriptedInstallation, tmp_path: Path
) -> None:
    with installation.database.read() as connection:
        batch = pending_articles(connection, BATCH)
    reads = read_articles(installation, batch)
    first, second = (
        keep_batch(installation, reads, decided_at=lambda _: day(26)) for _ in range(2)
    )
    assert (len(first.alerts), second.shifts, second.alerts) == (1, 0, ())
    assert content(installation.database) == undisturbed(tmp_path)


def test_two_processes_at_once_make_one_alert(
    installation: ScriptedInstallation, tmp_path: Path
) -> None:
    children = []
    for _ in range(2):
        pid = os.fork()
        if not pid:
            watch(installation)
            os._exit(0)
        children.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0, 0]
    assert content(installation.database) == undisturbed(tmp_path)
    post = FakePost()
    deliver(installation, post)
    deliver(installation, post)
    assert len(post.sent) == 1
