"""`stancewatch feeds`: how the feeds fare, whether they can be reached, how a file is read."""

from __future__ import annotations

import json as json_codec
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.options import ConfigOption, DatabaseOption, JsonOption
from flows.cli.output import encode, print_json_lines, print_table, progress_bar
from flows.fetch import FetchRequest, FetchResult, fetch_feeds
from flows.parse import FeedBody, feed_workers, parse_bodies, parse_in
from flows.settings import load_config, mask_url
from flows.store.feeds import SUCCESSES, feed_health
from flows.wiring import utc_now, wire
from monitors.errors import FeedError

app = typer.Typer(help="List, try and parse feeds.", no_args_is_help=True)


@app.command("list", epilog="Example: stancewatch feeds list --json")
def list_feeds(
    config: ConfigOption = None, database: DatabaseOption = None, *, json: JsonOption = False
) -> None:
    """Show every configured feed and how it fares."""
    installation = wire(config, database)
    known: dict[object, dict[str, Any]] = {}
    if installation.database.path.exists():
        with installation.database.read() as connection:
            known = {row["feed_id"]: row for row in feed_health(connection)}
    rows = [
        {
            "feed_id": feed.feed_id,
            "outlet": feed.outlet,
            "location": mask_url(feed.url) if feed.url else feed.path,
            "status": "new",
            **known.get(feed.feed_id, {}),
        }
        for feed in installation.config.feeds
    ]
    if json:
        print_json_lines(rows)
        return
    columns = {"feed_id": "feed", "outlet": "outlet", "status": "status", "articles": "articles"}
    columns |= {"last_success_at": "last success", "detail": "why"}
    print_table(rows, columns, empty="There is no feed in feeds.toml.")


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
    unknown = [feed_id for feed_id in feed_ids or () if feed_id not in feeds]
    if unknown:
        raise typer.BadParameter(f"no feed is called {', '.join(unknown)}")
    wanted = [feeds[feed_id] for feed_id in feed_ids or feeds]
    requests = [FetchRequest(feed, None, None) for feed in wanted]
    settings = installation.config.settings.fetch.fetch_settings()
    now = utc_now()
    with progress_bar(quiet=json) as show:
        done = iter(range(1, len(requests) + 1))
        results = fetch_feeds(
            requests,
            settings,
            now=now,
            progress=lambda _: show("fetching feeds", next(done), len(requests)),
        )
    rows = _what_came(results, now)
    if json:
        print_json_lines(rows)
    else:
        columns = {"feed_id": "feed", "status": "status", "entries": "entries"}
        columns |= {"newest": "newest", "detail": "why"}
        print_table(rows, columns, empty="There is no feed in feeds.toml.")
    if any(row["status"] not in SUCCESSES for row in rows):
        raise typer.Exit(1)


def _what_came(results: list[FetchResult], now: datetime) -> list[dict[str, Any]]:
    """A row for each result; bodies are read in worker processes, so that none holds us up."""
    rows: list[dict[str, Any]] = [
        {"feed_id": result.feed_id, "status": result.status, "detail": result.detail}
        | {"entries": 0, "newest": None, "seconds": result.seconds}
        for result in results
    ]
    came = [
        (row, result) for row, result in zip(rows, results, strict=True) if result.body is not None
    ]
    bodies = [FeedBody(one.body or b"", one.content_type, one.url, now) for _, one in came]
    with feed_workers() as workers:
        for number, document in parse_bodies(workers, bodies):
            row, _ = came[number]
            if isinstance(document, FeedError):
                row |= {"status": document.reason, "detail": document.detail}
                continue
            dates = [entry.published_at for entry in document.entries if entry.published_at]
            row |= {"entries": len(document.entries), "newest": max(dates, default=None)}
            row |= {"detail": "; ".join(document.problems)}
    return rows


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


def _read_at_most(file: Path, most: int) -> bytes:
    if file.stat().st_size > most:
        raise FeedError("too_large", f"over {most:,} bytes, the max_bytes of settings.toml")
    return file.read_bytes()
