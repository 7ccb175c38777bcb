"""`stancewatch replay`: history once more, and what a changed configuration makes of it."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.articles import articles_in_time, draft_of_given, in_batches
from flows.cli.options import ConfigOption, DatabaseOption, JsonOption, parse_day
from flows.cli.output import console, print_json_lines, print_table, progress_bar
from flows.rehearse import Difference, apply, rehearse
from flows.replay import REPLAY_BATCH, alert_row, replay, stored_drafts, without_channels
from flows.store import Database
from flows.wiring import wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from flows.admit import Draft
    from flows.store.rows import Row
    from flows.wiring import Installation
    from monitors.records import Alert

SHOWN_STANCES = 5


def register(app: typer.Typer) -> None:
    """Add the command of this module to `app`."""
    app.command("replay", epilog="Example: stancewatch replay --against current")(replay_)


def replay_(
    articles: Annotated[
        Path | None,
        typer.Option(metavar="FILE.jsonl", help="Plain or .gz; default: what the database holds."),
    ] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="Last day.")] = None,
    config: ConfigOption = None,
    database: DatabaseOption = None,
    *,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="current",
            help="Print only what would be other than it was: alerts added, gone, moved.",
        ),
    ] = None,
    apply_it: Annotated[
        bool,
        typer.Option("--apply", help="With --against: make it live. Nobody is told anything."),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Run history as if it arrived now and print every alert that would have gone out.

    With --articles, --database is where the replay is kept; without, where history comes from.
    With --against current, the alerts are compared with those that are stored; articles are read
    again only where topics, actors or models are not those that they were read with. What has been
    read is kept beside the database, so that a replay that was broken off goes on where it ended.
    """
    start, end = parse_day(since, "--from"), parse_day(until, "--until", end=True)
    source = wire(config, database)
    if against is not None:
        if against != "current" or articles or since or until:
            raise typer.BadParameter(
                "takes `current`, without --articles, --from and --until", param_hint="--against"
            )
        _compare(source, json=json, apply_it=apply_it)
        return
    if apply_it:
        raise typer.BadParameter("goes with --against current", param_hint="--apply")
    with _scratch(database if articles else None) as target, progress_bar(quiet=json) as progress:
        installation = replace(without_channels(source), database=target)
        alerts: list[Alert] = []
        done = 0
        for batch in replay(installation, _history(source, articles, start, end)):
            done += batch.drafts
            progress("replaying", done, done)
            alerts += batch.alerts
            if json:
                print_json_lines(map(alert_row, batch.alerts))
    if not json:
        rows = [alert_row(alert) for alert in alerts]
        columns = {"decided_at": "decided", "actor": "actor", "topic": "topic"}
        columns |= {"from_label": "from", "to_label": "to", "changed_at": "since"}
        columns |= {"stories": "stories", "outlets": "outlets", "confidence": "sure"}
        print_table(rows, columns, empty=f"No alert would have gone out over {done:,} articles.")


def _compare(source: Installation, *, json: bool, apply_it: bool) -> None:
    with progress_bar(quiet=json) as progress:
        differences = rehearse(source, progress)
        applied = apply(source, progress) if apply_it else None
    if json:
        print_json_lines([asdict(one.change) | {"stances": one.stances} for one in differences])
        return
    columns = {"change": "change", "actor_id": "actor", "topic_id": "topic"}
    columns |= {"from_label": "from", "to_label": "to", "was_at": "was", "is_at": "would be"}
    rows: list[Row] = [asdict(one.change) for one in differences]
    print_table(rows, columns, empty="No alert would be added, gone or moved.")
    for one in differences:
        _print_stances(one)
    if applied is not None:
        console().print(
            f"\nLive now: {applied.articles:,} articles read otherwise, {applied.series:,} series, "
            f"{applied.shifts:,} shifts. Nobody was told."
        )
    elif differences:
        console().print("\nTo make it live, without telling anybody: add --apply")


def _print_stances(difference: Difference) -> None:
    change = difference.change
    console().print(f"\n{change.change}: {change.actor_id} on {change.topic_id}")
    if not difference.stances:
        console().print("  The stances are the same; the settings make the difference.")
        return
    rows = list(difference.stances[:SHOWN_STANCES])
    columns = {"said_at": "said", "was": "was", "is": "would be", "evidence": "in these words"}
    print_table(rows, columns | {"outlet": "outlet"}, empty="")


def _history(
    source: Installation, articles: Path | None, start: datetime | None, end: datetime | None
) -> Iterator[Sequence[Draft]]:
    if articles is None:
        yield from stored_drafts(source, start, end)
        return
    for batch in in_batches(articles_in_time(articles, start, end), REPLAY_BATCH):
        yield [draft_of_given(article) for article in batch]


@contextmanager
def _scratch(kept: Path | None) -> Iterator[Database]:
    if kept is not None:
        yield Database(kept)
        return
    with tempfile.TemporaryDirectory(prefix="stancewatch-") as folder:
        yield Database(Path(folder) / "replay.duckdb")
