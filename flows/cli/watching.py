"""The commands that do the work: run, serve, demo, analyse."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from flows.analyse import analyse_articles
from flows.articles import read_articles_file
from flows.cli.options import ConfigOption, DatabaseOption, JsonOption
from flows.cli.output import console, print_json_lines, progress_bar
from flows.cli.summary import print_alerts, print_day, print_run
from flows.demo import DEMO_DATABASE, demo_days, play
from flows.once import run_on_server, run_once
from flows.wiring import wire

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


def run(
    config: ConfigOption = None, database: DatabaseOption = None, *, json: JsonOption = False
) -> None:
    """Make one pass: fetch the feeds, read what is new, send the alerts and digests that follow."""
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
