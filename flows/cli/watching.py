"""The commands that do the work: run, serve, demo, analyse, replay."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.analyse import analyse_articles
from flows.articles import (
    articles_in_time,
    draft_of_given,
    in_batches,
    read_articles_file,
)
from flows.cli.options import ConfigOption, DatabaseOption, JsonOption, parse_day
from flows.cli.output import console, print_json_lines, print_table, progress_bar
from flows.cli.summary import print_alerts, print_day, print_run
from flows.demo import DEMO_DATABASE, demo_days, play
from flows.once import run_on_server, run_once
from flows.redetect import redetect
from flows.replay import REPLAY_BATCH, alert_row, replay, stored_drafts, without_channels
from flows.store import Database
from flows.store.alerts import stored_alerts
from flows.store.analysis import analysis_versions
from flows.wiring import wire
from monitors.alerts import compare_alerts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from flows.admit import Draft
    from flows.wiring import Installation
    from monitors.records import Alert


DEMO_NEXT = (
    "stancewatch stances --topic tiktok --history",
    "stancewatch alerts",
    'stancewatch query "FROM alert_evidence"',
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command(epilog="Examples: stancewatch run | stancewatch run --config mine --json")(run)
    app.command(epilog="Example: stancewatch serve --port 4200")(serve)
    app.command(
        epilog="Example: stancewatch demo && stancewatch alerts --database data/demo.duckdb"
    )(demo)
    app.command(epilog="Example: stancewatch analyse articles.jsonl.gz > read.jsonl")(analyse)
    app.command("replay", epilog="Example: stancewatch replay --from 2024-01-01 --json")(replay_)


def run(
    config: ConfigOption = None, database: DatabaseOption = None, *, json: JsonOption = False
) -> None:
    """Make one pass: fetch the feeds, read what is new, send the alerts that follow."""
    installation = wire(config, database)
    if os.environ.get("PREFECT_API_URL"):
        report = run_on_server(config, database)
    else:
        with progress_bar(quiet=json) as progress:
            report = run_once(installation, progress)
    if json:
        print_json_lines([report])
    else:
        print_run(installation, report)


def serve(
    config: ConfigOption = None,
    database: DatabaseOption = None,
    host: Annotated[str, typer.Option(help="Where Prefect's own pages listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Their port; 0 takes a free one.")] = 4200,
) -> None:
    """Run the flows on their schedules until Ctrl-C, with Prefect's pages to look at them."""
    # Prefect takes seconds to import; no other command needs it.
    from flows.serve import serve as serve_flows  # noqa: PLC0415

    raise typer.Exit(serve_flows(config, database, host=host, port=port))


def demo(config: ConfigOption = None, database: DatabaseOption = None) -> None:
    """Play Washington and TikTok, 2020 to 2025, as if time passed, and see one alert go out."""
    installation = wire(config, database or Path(DEMO_DATABASE))
    out = console()
    out.print(f"Playing the demo's articles into {installation.database.path}\n")
    days = []
    for day in play(installation, demo_days()):
        days.append(day)
        print_day(day)
    alerts = [alert for day in days for alert in day.alerts]
    if days:
        articles = sum(day.articles for day in days)
        out.print(f"\n{articles} articles on {len(days)} days, {len(alerts)} alert(s).")
    else:
        out.print("All its articles were in this database already, so nothing was sent.")
    print_alerts(alerts)
    out.print("\nWorth trying next:")
    for command in DEMO_NEXT:
        out.print(f"  {command} --database {installation.database.path}")


def analyse(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="Plain or .gz; - for stdin.")],
    config: ConfigOption = None,
    *,
    screen: Annotated[
        bool,
        typer.Option(
            "--screen", help="Read only articles that name a watched topic, as `run` does."
        ),
    ] = False,
) -> None:
    """Say what is in articles: one JSON object a line, in input order; no database is touched.

    A line of the input is {"id": "…", "text": "…"}, with "published" (ISO 8601), "title",
    "outlet" and "url" where you have them. Spans count code points of "text".
    """
    installation = wire(config)
    with progress_bar() as progress:
        articles = read_articles_file(file)
        for done, row in enumerate(
            analyse_articles(installation, articles, screen=screen), start=1
        ):
            print_json_lines([row])
            if done % 100 == 0:
                progress("reading articles", done, done)


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
    json: JsonOption = False,
) -> None:
    """Run history as if it arrived now and print every alert that would have gone out.

    With --articles, --database is where the replay is kept; without, where history comes from.
    With --against current, the alerts are compared with those that are stored; articles are read
    again only where topics, actors or models are not those that they were read with.
    """
    start, end = parse_day(since, "--from"), parse_day(until, "--until", end=True)
    source = wire(config, database)
    if against is not None:
        if against != "current" or articles or since or until:
            raise typer.BadParameter(
                "takes `current`, without --articles, --from and --until", param_hint="--against"
            )
        _compare(source, json=json)
        return
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


def _compare(source: Installation, *, json: bool) -> None:
    with source.database.read() as connection:
        stored = stored_alerts(connection)
        same = analysis_versions(connection) <= {source.analyser.version}
    with _scratch(None) as target, progress_bar(quiet=json) as progress:
        if same:
            found = redetect(source, progress)
        else:
            scratch = replace(without_channels(source), database=target)
            batches = replay(scratch, stored_drafts(source, None, None))
            found = [alert for batch in batches for alert in batch.alerts]
    changes = [asdict(change) for change in compare_alerts(stored, found)]
    if json:
        print_json_lines(changes)
        return
    columns = {"change": "change", "actor_id": "actor", "topic_id": "topic"}
    columns |= {"from_label": "from", "to_label": "to", "was_at": "was", "is_at": "would be"}
    print_table(changes, columns, empty="No alert would be added, gone or moved.")


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
