"""Settings changed afterwards: what would have been alerted, from the stances that are stored."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from flows.redetect import redetect
from flows.replay import replay
from flows.store import Database
from flows.store.alerts import stored_alerts
from flows.store.series import days_per_year
from flows.wiring import no_progress
from monitors.alerts import compare_alerts
from tests.builders import day
from tests.fakes import FakeClock, ScriptedInstallation, scripted
from tests.flows.test_watch import AGAINST, FAVOR, story

if TYPE_CHECKING:
    from pathlib import Path

TOLD = [*(story(n, AGAINST) for n in range(20)), *(story(n, FAVOR) for n in range(20, 30))]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database into which the stories came one by one."""
    path = tmp_path_factory.mktemp("lived") / "test.duckdb"
    list(replay(scripted(Database(path), FakeClock(day(40))), [[one] for one in TOLD]))
    return path


@pytest.fixture
def installation(lived: Path, database: Database) -> ScriptedInstallation:
    Database(lived).copy_to(database.path)
    return scripted(database, FakeClock(day(40)))


def with_shifts(installation: ScriptedInstallation, **changes: Any) -> ScriptedInstallation:
    settings = installation.config.settings
    changed = settings.model_copy(update={"shifts": settings.shifts.model_copy(update=changes)})
    return replace(installation, config=replace(installation.config, settings=changed))


def changes(installation: ScriptedInstallation) -> list[tuple[str, str, str]]:
    with installation.database.read() as connection:
        stored = stored_alerts(connection)
        found = compare_alerts(stored, redetect(installation, connection, no_progress).alerts)
    return [(one.change, one.actor_id, one.topic_id) for one in found]


def test_the_same_settings_give_the_same_alerts(installation: ScriptedInstallation) -> None:
    assert changes(installation) == []


@pytest.mark.parametrize(
    ("setting", "change"),
    [
        ({"false_alarms_per_year": 1e-9}, "gone"),
        ({"false_alarms_per_year": 0.001}, "moved"),
        ({"min_stories": 30}, "gone"),
    ],
)
def test_other_settings_say_what_would_be_other(
    installation: ScriptedInstallation, setting: dict[str, Any], change: str
) -> None:
    assert changes(with_shifts(installation, **setting)) == [(change, "united-states", "tiktok")]


def test_an_alert_that_was_held_back_is_added(installation: ScriptedInstallation) -> None:
    with installation.database.write() as connection:
        connection.execute("DELETE FROM alerts")
    assert changes(installation) == [("added", "united-states", "tiktok")]


def test_nothing_stored_is_nothing_found(database: Database) -> None:
    empty = scripted(database, FakeClock(day(0)))
    with database.write() as connection:
        assert redetect(empty, connection, no_progress).alerts == []


def test_days_of_a_part_of_a_year_are_taken_for_the_whole(
    installation: ScriptedInstallation,
) -> None:
    with installation.database.read() as connection:
        assert days_per_year(connection, day(29)) == pytest.approx(30 * 365 / 30)
        assert days_per_year(connection, day(9)) == pytest.approx(10 * 365 / 30)
        assert days_per_year(connection, day(-1)) == 0
        assert days_per_year(connection, day(20 + 365)) == pytest.approx(10)
