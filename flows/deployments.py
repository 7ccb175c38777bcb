"""What runs when: a deployment of each flow, and the process that runs their slots.

`python -m flows.deployments` is that process. It talks to the server that PREFECT_API_URL names,
and ends on SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import prefect
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import (
    ConcurrencyLimitConfig,
    ConcurrencyLimitStrategy,
    StateType,
)
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron, Interval
from prefect.states import Cancelled, Crashed
from prefect.types.entrypoint import EntrypointType

from flows import scheduled
from flows.asking import DEPLOYMENT, ask_for_ingest
from flows.settings import load_config

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prefect import Flow
    from prefect.client.schemas.objects import State
    from prefect.schedules import Schedule

    from flows.settings import Settings

FLOWS: tuple[Flow[Any, Any], ...] = (
    scheduled.ingest,
    scheduled.watch,
    scheduled.deliver,
    scheduled.digest,
    scheduled.maintain,
)
_POLL_S = 5
_UNDER_WAY = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
# A second run is cancelled, not queued: it would find nothing that the first leaves undone.
_ONE_AT_A_TIME = ConcurrencyLimitConfig(
    limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW, grace_period_seconds=60
)


def plan(settings: Settings, now: datetime) -> dict[str, Schedule | None]:
    """When each flow runs; None for `watch`, which follows each ingest.

    Deliveries fall between ingests where they can, so that the two do not wait for each other.
    """
    schedule = settings.schedule
    deliver_every = timedelta(minutes=schedule.deliver_every_minutes)
    return {
        "ingest": Interval(timedelta(minutes=schedule.ingest_every_minutes), anchor_date=now),
        "watch": None,
        "deliver": Interval(deliver_every, anchor_date=now + deliver_every / 2),
        "digest": _daily(schedule.digest_at, settings.time_zone),
        "maintain": _daily(schedule.maintain_at, settings.time_zone),
    }


def deployments(
    settings: Settings, parameters: dict[str, str | None], now: datetime
) -> list[RunnerDeployment]:
    """A deployment of each flow, each limited to one run at a time."""
    schedules = plan(settings, now)
    return [
        RunnerDeployment.from_flow(
            flow,
            DEPLOYMENT,
            schedule=schedules[flow.name],
            parameters=parameters,
            concurrency_limit=_ONE_AT_A_TIME,
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        for flow in FLOWS
    ]


def close_unfinished_runs(state: State[Any]) -> int:
    """Give `state` to every run that the server believes under way; the number of them.

    Only for a server that nobody else uses, while no runner is at work: such runs have no process
    any more, and would hold their flow's one place.
    """
    under_way = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_UNDER_WAY))
    )
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(flow_run_filter=under_way)
        for run in runs:
            client.set_flow_run_state(run.id, state, force=True)
    return len(runs)


def serve_deployments(config_dir: str | None, database: str | None, *, own_server: bool) -> None:
    """Register the deployments, ask for a first ingest, and run what is due until ended."""
    if own_server:
        close_unfinished_runs(Crashed(message="Its process was gone at the next start."))
    settings = load_config(Path(config_dir) if config_dir else None).settings
    served = deployments(
        settings, {"config_dir": config_dir, "database": database}, datetime.now(UTC)
    )
    for deployment in served:
        deployment.apply()
    ask_for_ingest()
    prefect.serve(*served, limit=len(served), print_starting_message=False, query_seconds=_POLL_S)
    if own_server:
        close_unfinished_runs(Cancelled(message="Ended with Stancewatch; the next run carries on."))


def _daily(clock: str, time_zone: str) -> Schedule:
    hours, minutes = clock.split(":")
    return Cron(f"{int(minutes)} {int(hours)} * * *", timezone=time_zone)


def _main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m flows.deployments")
    parser.add_argument("--config-dir")
    parser.add_argument("--database")
    parser.add_argument("--own-server", action="store_true")
    options = parser.parse_args(arguments)
    serve_deployments(options.config_dir, options.database, own_server=options.own_server)


if __name__ == "__main__":
    _main()
