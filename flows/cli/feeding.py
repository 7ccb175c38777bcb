"""`stancewatch feeds`: how the feeds fare, whether they can be reached, how a file is read."""

from __future__ import annotations

import json as json_codec
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli import subscribing
from flows.cli.feed_tables import health_of, print_health
from flows.cli.options import ConfigOption, DatabaseOption, JsonOption
from flows.cli.output import console, encode, print_json_lines, print_table, progress_bar
from flows.parse import FeedBody, feed_workers, parse_in
from flows.settings import load_config
from flows.sources.trials import try_feeds
from flows.store import transaction
from flows.store.feeds import feed_health, retry_feed
from flows.store.subscriptions import live_until
from flows.wiring import Installation, utc_now, wire
from monitors.errors import FeedError

app = typer.Typer(help="List, try, add and parse feeds.", no_args_is_help=True)
subscribing.register(app)


@app.command("list", epilog="Example: stancewatch feeds list --json")
def list_feeds(
    config: ConfigOption = None, database: DatabaseOption = None, *, json: JsonOption = False
) -> None:
    """Show every configured feed and how it fares, those that need a look first."""
    installation = wire(config, database)
    known: list[dict[str, Any]] = []
    pushed: dict[str, datetime] = {}
    if installation.database.path.exists():
        with installation.database.read() as connection:
            known = feed_health(connection)
            pushed = live_until(connection, installation.clock())
    rows = health_of(installation.config.feeds, known, pushed)
    if json:
        print_json_lines(rows)
    else:
        print_health(rows, installation.clock())


@app.command(epilog="Example: stancewatch feeds retry bbc-world")
def retry(
    feed_ids: Annotated[list[str], typer.Argument(metavar="FEED...", show_default=False)],
    config: ConfigOption = None,
    database: DatabaseOption = None,
) -> None:
    """Have feeds asked at the next run, at their configured address, even if they are gone."""
    installation = wire(config, database)
    _check_feeds(installation, feed_ids)
    with installation.database.write() as connection, transaction(connection):
        for feed_id in feed_ids:
            known = retry_feed(connection, feed_id)
            console().print(f"{feed_id}: {'asked' if known else 'new, so asked'} at the next run")


@app.command(epilog="Example: stancewatch feeds check bbc-world")
def check(
    feed_ids: Annotated[list[str] | None, typer.Argument(metavar="[FEED]...")] = None,
    config: ConfigOption = None,
    *,
    json: JsonOption = False,
) -> None:
    """Fetch and parse feeds now, without keeping anything; exit code 1 if one fails."""
    installation = wire(config)
    feeds = {feed.feed_id: feed for feed in installation.config.feeds}
    _check_feeds(installation, feed_ids or ())
    wanted = [feeds[feed_id] for feed_id in feed_ids or feeds]
    settings = installation.config.settings.fetch.fetch_settings()
    with progress_bar(quiet=json) as show:
        trials = try_feeds(wanted, settings, now=utc_now(), progress=show)
    rows = [asdict(trial) for trial in trials]
    if json:
        print_json_lines(rows)
    else:
        columns = {"feed_id": "feed", "status": "status", "entries": "entries"}
        columns |= {"newest": "newest", "detail": "why"}
        print_table(rows, columns, empty="There is no feed in feeds.toml.")
    if not all(trial.succeeded for trial in trials):
        raise typer.Exit(1)


@app.command(epilog="Example: stancewatch feeds parse seeds/seed-feed.xml")
def parse(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)],
    url: Annotated[
        str, typer.Option(help="Where the file is from: links resolve against it.")
    ] = "",
    content_type: Annotated[
        str | None, typer.Option(help="The Content-Type that it came with.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Print a feed file as Stancewatch reads it, as one JSON object."""
    most = load_config(config).settings.fetch.max_bytes
    try:
        body = FeedBody(_read_at_most(file, most), content_type, url, utc_now())
        with feed_workers() as workers:
            document = parse_in(workers, body)
    except FeedError as error:
        sys.stdout.write(json_codec.dumps({"feed": None, "entries": [], "problems": [str(error)]}))
        sys.stdout.write("\n")
        raise typer.Exit(1) from None
    feed: dict[str, Any] = {"title": document.title, "link": document.url}
    feed |= {"language": document.language, "format": document.format}
    entries = [
        {
            "id": entry.entry_id,
            "title": entry.title,
            "link": entry.url,
            "published_at": entry.published_at,
            "updated_at": entry.updated_at,
            "summary": entry.summary,
            "text": entry.text,
        }
        for entry in document.entries
    ]
    printed = {"feed": feed, "entries": entries, "problems": list(document.problems)}
    sys.stdout.write(json_codec.dumps(printed, default=encode, ensure_ascii=False, indent=2) + "\n")


def _check_feeds(installation: Installation, feed_ids: Sequence[str]) -> None:
    feeds = {feed.feed_id for feed in installation.config.feeds}
    unknown = [feed_id for feed_id in feed_ids if feed_id not in feeds]
    if unknown:
        raise typer.BadParameter(f"no feed is called {', '.join(unknown)}")


def _read_at_most(file: Path, most: int) -> bytes:
    if file.stat().st_size > most:
        raise FeedError("too_large", f"over {most:,} bytes, the max_bytes of settings.toml")
    return file.read_bytes()
