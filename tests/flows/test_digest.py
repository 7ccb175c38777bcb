"""Digests go out once, whenever the flow runs and whatever the clock did."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from flows.digest import digest
from flows.once import run_once
from flows.settings import ChannelConfig
from flows.store.rows import Row, select
from tests.fakes import FakeClock, ScriptedInstallation, scripted

if TYPE_CHECKING:
    from flows.store import Database

MORNING = datetime(2025, 1, 22, 7, tzinfo=UTC)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(MORNING)


@pytest.fixture
def installation(database: Database, clock: FakeClock) -> ScriptedInstallation:
    made = scripted(database, clock)
    channel = ChannelConfig("mail", "json://127.0.0.1/", digest="daily", digest_empty=True)
    return replace(made, config=replace(made.config, channels=(channel,)))


def periods(installation: ScriptedInstallation) -> list[Row]:
    query = "SELECT since_at, until_at, digest_id FROM digests ORDER BY until_at"
    with installation.database.read() as connection:
        return select(connection, query)


def test_running_it_again_tells_nothing_twice(installation: ScriptedInstallation) -> None:
    assert digest(installation).told == ("mail",)
    assert digest(installation).told == ()
    [period] = periods(installation)
    assert period["digest_id"] == "digest:2025-01-21"


def test_a_clock_that_ran_ahead_leaves_no_gap(
    installation: ScriptedInstallation, clock: FakeClock
) -> None:
    """Row 43."""
    digest(installation)
    clock.forward(days=400)
    digest(installation)
    clock.now = MORNING + timedelta(days=2)
    assert digest(installation).told == ("mail",)
    first, last, _ = periods(installation)
    assert first["until_at"] == last["since_at"]
    assert last["digest_id"] == "digest:2025-01-22..2025-01-23"


def test_a_clock_that_was_put_back_tells_nothing_twice(
    installation: ScriptedInstallation, clock: FakeClock
) -> None:
    """Row 43."""
    digest(installation)
    clock.forward(hours=-6)
    assert digest(installation).told == ()
    assert len(periods(installation)) == 1


@pytest.mark.parametrize(
    ("zone", "seven"),
    [
        ("UTC", datetime(2025, 1, 23, 7, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2025, 1, 23, 6, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2025, 3, 30, 5, tzinfo=UTC)),  # clocks went forward at two
    ],
)
def test_yesterday_is_told_from_the_hour_of_the_digest_on(
    installation: ScriptedInstallation, clock: FakeClock, zone: str, seven: datetime
) -> None:
    """So a pass of `stancewatch run` after midnight wakes nobody."""
    settings = installation.config.settings.model_copy(update={"time_zone": zone})
    there = replace(installation, config=replace(installation.config, settings=settings))
    told = []
    for minutes in (-600, -1, 0):
        clock.now = seven + timedelta(minutes=minutes)
        told.append(digest(there).told)
    assert told == [("mail",), (), ("mail",)]


def test_who_runs_only_before_that_hour_hears_of_the_day_before(
    installation: ScriptedInstallation, clock: FakeClock
) -> None:
    clock.now = datetime(2025, 1, 22, 0, 30, tzinfo=UTC)
    for _ in range(3):
        assert digest(installation).told == ("mail",)
        clock.forward(days=1)
    ids = [row["digest_id"] for row in periods(installation)]
    assert ids == ["digest:2025-01-20", "digest:2025-01-21", "digest:2025-01-22"]


def test_one_pass_sends_the_digest_that_is_due(
    installation: ScriptedInstallation, capsys: pytest.CaptureFixture[str]
) -> None:
    console = ChannelConfig("console", "console://", digest="daily", digest_empty=True)
    config = replace(installation.config, channels=(console,), feeds=())
    report = run_once(replace(installation, config=config))
    assert (report.digest.told, report.deliver.delivered) == (("console",), 1)
    assert "Digest 2025-01-21" in capsys.readouterr().out
