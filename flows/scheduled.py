"""The flows as Prefect runs them: a guard, a task around a plain function, and what is shown.

A run of `ingest` asks for one of `watch`, and `watch` for one of `deliver` when it raised an
alert; each is a run of its own with its own retries, time limit and limit of one at a time.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from prefect import State, Task, flow, get_run_logger, runtime
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.states import Completed
from prefect.utilities.annotations import quote

from flows.artifacts import (
    MAX_ROWS,
    count_table,
    evidence_key,
    evidence_markdown,
    feed_table,
    stance_table,
    summary_line,
)
from flows.deliver import DeliverReport
from flows.deliver import deliver as deliver_outbox
from flows.digest import DigestReport
from flows.digest import digest as put_digest_in_outbox
from flows.ingest import IngestReport, ingest_on_schedule
from flows.ingest import ingest as ingest_feeds
from flows.maintain import MaintainReport, lay_snapshot
from flows.maintain import maintain as maintain_database
from flows.store.overview import select_stances
from flows.watch import WatchReport
from flows.watch import watch as watch_articles
from flows.wiring import Installation, wire
from monitors.errors import MonitorError

if TYPE_CHECKING:
    from collections.abc import Callable

    from prefect.client.schemas.objects import TaskRun

# Starting a run takes some seconds, more on a busy machine: a younger slot is never stale.
SLOT_GRACE = timedelta(minutes=2)
_DAY = timedelta(days=1)
_MANY_HOURS = 2

Report = TypeVar("Report")


def stale_reason(scheduled_at: datetime, now: datetime, interval: timedelta) -> str | None:
    """Why a slot is skipped: its successor is due already. None for a slot that is to run."""
    late = now - scheduled_at
    if late <= max(interval, SLOT_GRACE):
        return None
    return (
        f"skipped: due {_span(late)} ago, and with one slot every {_span(interval)}"
        " its successor is due already"
    )


# --- the tasks: one per flow, tried again only where that can help ------------------------------


def _may_succeed_later(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    try:
        state.result()
    except MonitorError as error:
        return error.retryable
    except Exception:  # noqa: BLE001 whatever else it was, trying again repeats it
        return False
    return False


def _batch(name: str, work: Callable[..., Report]) -> Task[..., Report]:
    return Task(
        work,
        name=name,
        retries=2,
        retry_delay_seconds=[10, 60],
        retry_condition_fn=_may_succeed_later,
        cache_policy=NO_CACHE,
        persist_result=False,
    )


ingest_batch = _batch("fetch and keep feeds", ingest_on_schedule)
ingest_batch_by_hand = _batch("fetch and keep feeds", ingest_feeds)
watch_batch = _batch("read articles that wait", watch_articles)
deliver_batch = _batch("send what the outbox holds", deliver_outbox)
digest_batch = _batch("write the digest", put_digest_in_outbox)
maintain_batch = _batch("tidy the database", maintain_database)


# --- the flows -----------------------------------------------------------------------------------


def _run_name() -> str:
    """The flow and its slot, as in `ingest 2025-01-20 07:15 UTC`."""
    return (
        f"{runtime.flow_run.flow_name} {runtime.flow_run.scheduled_start_time:%Y-%m-%d %H:%M} UTC"
    )


@flow(flow_run_name=_run_name, timeout_seconds=1_800, persist_result=False)
def ingest(
    config_dir: str | None = None, database: str | None = None, *, by_hand: bool = False
) -> IngestReport | State:
    """Fetch every feed that is due and keep what is new; then have it watched.

    `by_hand` those are due as well that are not yet so by their own rhythm.
    """
    installation = _wire(config_dir, database)
    every = timedelta(minutes=installation.config.settings.schedule.ingest_every_minutes)
    if skipped := _skip_stale(installation, every):
        return skipped
    report: IngestReport = _run(ingest_batch_by_hand if by_hand else ingest_batch, installation)
    create_table_artifact(feed_table(report), key="feeds", description="How each feed answered.")
    _follow_with("watch", config_dir, database)
    return report


@flow(flow_run_name=_run_name, timeout_seconds=7_200, persist_result=False)
def watch(config_dir: str | None = None, database: str | None = None) -> WatchReport | State:
    """Read the articles that wait: who takes which side on what, and who has changed it."""
    installation = _wire(config_dir, database)
    every = timedelta(minutes=installation.config.settings.schedule.ingest_every_minutes)
    if skipped := _skip_stale(installation, every):
        return skipped
    report: WatchReport = _run(watch_batch, installation)
    if report.articles:
        lay_snapshot(installation)
    _show_stances(installation)
    for alert in report.alerts:
        create_markdown_artifact(evidence_markdown(alert), key=evidence_key(alert))
    if report.alerts:
        _follow_with("deliver", config_dir, database)
    return report


@flow(flow_run_name=_run_name, timeout_seconds=600, persist_result=False)
def deliver(config_dir: str | None = None, database: str | None = None) -> DeliverReport | State:
    """Hand the alerts of the outbox to their channels."""
    installation = _wire(config_dir, database)
    every = timedelta(minutes=installation.config.settings.schedule.deliver_every_minutes)
    if skipped := _skip_stale(installation, every):
        return skipped
    report: DeliverReport = _run(deliver_batch, installation)
    for error in report.errors:
        get_run_logger().warning(error)
    return report


@flow(flow_run_name=_run_name, timeout_seconds=600, persist_result=False)
def digest(config_dir: str | None = None, database: str | None = None) -> DigestReport | State:
    """Put the digests that are due into the outbox; then have them delivered."""
    installation = _wire(config_dir, database)
    if skipped := _skip_stale(installation, _DAY):
        return skipped
    report: DigestReport = _run(digest_batch, installation)
    if report.channels:
        _follow_with("deliver", config_dir, database)
    return report


@flow(flow_run_name=_run_name, timeout_seconds=3_600, persist_result=False)
def maintain(config_dir: str | None = None, database: str | None = None) -> MaintainReport | State:
    """Drop what no longer serves and lay out a copy of the database for readers."""
    installation = _wire(config_dir, database)
    if skipped := _skip_stale(installation, _DAY):
        return skipped
    report: MaintainReport = _run(maintain_batch, installation)
    return report


# --- what they share -----------------------------------------------------------------------------


def _wire(config_dir: str | None, database: str | None) -> Installation:
    return wire(Path(config_dir) if config_dir else None, Path(database) if database else None)


def _skip_stale(installation: Installation, every: timedelta) -> State | None:
    """The state of a run whose slot is stale. A run that somebody retries is never that."""
    if runtime.flow_run.run_count > 1:
        return None
    # Prefect's own type of time does not take part in the arithmetic of plain ones.
    scheduled_at = datetime.fromtimestamp(runtime.flow_run.scheduled_start_time.timestamp(), UTC)
    reason = stale_reason(scheduled_at, installation.clock(), every)
    if reason is None:
        return None
    _say(installation, f"{runtime.flow_run.flow_name} {reason}")
    return Completed(name="Skipped", message=reason)


def _run(batch: Callable[..., Any], installation: Installation) -> Any:
    """The batch's report, shown as a table; a failure is said in one line and goes on up."""
    name = runtime.flow_run.flow_name
    try:
        # Quoted, or Prefect would look for task results in all that it holds.
        report = batch(quote(installation))
    except Exception as error:
        _say(installation, f"{name} failed: {error or type(error).__name__}")
        raise
    create_table_artifact(count_table(report), key=f"{name}-run", description="What the run did.")
    _say(installation, f"{name}: {summary_line(report)}")
    return report


def _show_stances(installation: Installation) -> None:
    with installation.database.read() as connection:
        rows = select_stances(connection, "current_stances", limit=MAX_ROWS)
    create_table_artifact(
        stance_table(rows), key="current-stances", description="Who stands where, newest first."
    )


def _follow_with(flow_name: str, config_dir: str | None, database: str | None) -> None:
    """Ask for a run of the next flow, once, by the deployment of the same name as this run's."""
    if runtime.deployment.name is None:
        return
    try:
        run_deployment(
            f"{flow_name}/{runtime.deployment.name}",
            parameters={"config_dir": config_dir, "database": database},
            timeout=0,
            as_subflow=False,
            idempotency_key=f"{flow_name}-after-{runtime.flow_run.id}",
        )
    except ObjectNotFound:
        get_run_logger().warning("No deployment of %s here: nothing follows.", flow_name)


def _say(installation: Installation, line: str) -> None:
    """To the run's log, and with the time of day to whoever watches the runner or worker."""
    get_run_logger().info(line)
    if runtime.deployment.id:
        now = installation.clock().astimezone(installation.config.settings.zone)
        sys.stdout.write(f"{now:%H:%M:%S} {line}\n")
        sys.stdout.flush()


def _span(span: timedelta) -> str:
    hours = span / timedelta(hours=1)
    return f"{hours:.0f} h" if hours >= _MANY_HOURS else f"{hours * 60:.3g} min"
