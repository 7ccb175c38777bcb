"""The flows as Prefect runs them, against a real Prefect server."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, StateType
from prefect.states import Failed
from prefect.testing.utilities import prefect_test_harness

from flows import scheduled
from flows.scheduled import SLOT_GRACE, _may_succeed_later, stale_reason
from flows.store.rows import select
from flows.wiring import Installation, wire
from monitors.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.store import Database

NOW = datetime(2025, 1, 20, 9, 30, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
SEED_FEED = Path(__file__).resolve().parents[2] / "seeds" / "seed-feed.xml"


@pytest.mark.parametrize("late", [timedelta(), -QUARTER, QUARTER, timedelta(seconds=30)])
def test_a_slot_runs_until_its_successor_is_due(late: timedelta) -> None:
    assert stale_reason(NOW - late, NOW, QUARTER) is None


def test_a_slot_whose_successor_is_due_is_skipped_and_says_so() -> None:
    reason = stale_reason(NOW - timedelta(minutes=40), NOW, QUARTER)
    assert reason is not None
    assert "due 40 min ago" in reason
    assert "every 15 min" in reason
    assert "26 h ago" in str(stale_reason(NOW - timedelta(hours=26), NOW, timedelta(days=1)))


def test_a_short_interval_leaves_time_to_start() -> None:
    every = timedelta(seconds=5)
    assert stale_reason(NOW - SLOT_GRACE, NOW, every) is None
    assert stale_reason(NOW - SLOT_GRACE - timedelta(seconds=1), NOW, every) is not None


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (StoreError("held", retryable=True), True),
        (StoreError("broken"), False),
        (ConfigError("feeds.toml", 3, "is wrong", ""), False),
        (ZeroDivisionError(), False),
    ],
)
def test_only_what_can_help_is_tried_again(error: Exception, *, again: bool) -> None:
    state: State[object] = Failed(data=error)
    assert _may_succeed_later(None, None, state) is again  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def _prefect() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def config_dir(tmp_path: Path) -> str:
    (tmp_path / "feeds.toml").write_text(
        f'[[feed]]\nid = "seed"\ntitle = "Seed"\npath = "{SEED_FEED}"\n'
    )
    return str(tmp_path)


@pytest.mark.slow
@pytest.mark.usefixtures("_prefect")
def test_the_flows_do_what_the_plain_functions_do_and_show_it(
    config_dir: str, database: Database
) -> None:
    path = str(database.path)
    ingested = scheduled.ingest(config_dir, path)
    watched = scheduled.watch(config_dir, path)
    scheduled.deliver(config_dir, path)
    assert ingested.new_articles == 1
    assert watched.articles == 1
    with database.read() as connection:
        runs = select(connection, "SELECT flow, state FROM runs ORDER BY started_at")
    assert [(run["flow"], run["state"]) for run in runs] == [
        ("ingest", "done"),
        ("watch", "done"),
        ("deliver", "done"),
    ]
    with get_client(sync_client=True) as client:
        artifacts = {artifact.key for artifact in client.read_artifacts()}
        names = {run.name for run in client.read_flow_runs()}
    assert {"feeds", "ingest-run", "current-stances", "watch-run", "deliver-run"} <= artifacts
    assert any(name.startswith("ingest 20") and name.endswith(" UTC") for name in names)


@pytest.mark.slow
@pytest.mark.usefixtures("_prefect")
def test_a_stale_slot_does_nothing_and_counts_as_skipped(
    config_dir: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wire_late(config_dir: Path | None, path: Path | None) -> Installation:
        return replace(wire(config_dir, path), clock=lambda: datetime.now(UTC) + 12 * QUARTER)

    monkeypatch.setattr(scheduled, "wire", wire_late)
    state: State[object] = scheduled.ingest(config_dir, str(database.path), return_state=True)
    assert (state.type, state.name) == (StateType.COMPLETED, "Skipped")
    assert "due 3 h ago" in str(state.message)
    assert not database.path.exists()


@pytest.mark.slow
@pytest.mark.usefixtures("_prefect")
def test_a_failure_is_a_failed_run_with_its_reason(tmp_path: Path) -> None:
    state: State[object] = scheduled.watch(
        str(tmp_path / "missing"), str(tmp_path / "x.duckdb"), return_state=True
    )
    assert state.is_failed()
    assert "missing" in str(state.message)
