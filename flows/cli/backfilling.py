"""`stancewatch backfill`: archives and sites taken in as history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.backfill import ARCHIVE_BATCH, SITE_BATCH, backfill
from flows.cli.options import ConfigOption, DatabaseOption, JsonOption, parse_day
from flows.cli.output import console, print_json_lines, progress_bar
from flows.page_extract import extract_in, page_workers
from flows.sources.archives import Scope, outlets_of, read_archive
from flows.sources.politeness import PoliteClient
from flows.sources.sitemaps import SiteReader
from flows.store.backfill import known_pages
from flows.wiring import wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.backfill import BackfillReport
    from flows.wiring import Installation, Progress
    from monitors.extraction import Extract

_REASONS = {
    "known": "are known or were asked for in vain before",
    "no_date": "have no date",
    "empty": "have no text to speak of",
    "paywall": "are behind a paywall",
    "consent": "show a consent wall in place of the article",
    "captcha": "show a captcha in place of the article",
    "login": "ask to log in",
    "error": "say that something went wrong",
    "forbidden": "may not be read, by their server's word",
    "links": "are lists of links",
    "too_slow": "took too long or too much memory to read",
    "out_of_range": "are outside --from and --until",
    "robots": "are not to be asked for (robots.txt)",
    "robots_unreachable": "wait until the robots.txt of their host can be read",
    "not_found": "are not there",
    "gone": "are gone",
    "not_html": "are no pages",
}


def register(app: typer.Typer) -> None:
    """Add the command of this module to `app`."""
    file = "stancewatch backfill --articles archive.jsonl.gz"
    site = "stancewatch backfill --sitemap https://www.example.org/ --from 2024-01-01"
    app.command("backfill", epilog=f"Examples: {file} | {site}")(backfill_)


def backfill_(
    *,
    articles: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="JSON Lines as `analyse` reads them, or WARC; also .gz."),
    ] = None,
    sitemap: Annotated[
        str | None, typer.Option(metavar="URL", help="A sitemap, or a site that has one.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="Nothing older.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="Nothing newer.")
    ] = None,
    outlet: Annotated[
        str, typer.Option(help="The newsroom; default: as the file says, else by the address.")
    ] = "",
    delay: Annotated[
        float, typer.Option(min=0.2, max=60, help="Seconds between two requests to a site.")
    ] = 1.0,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="Read at most so many pages of the site, the oldest first."),
    ] = None,
    config: ConfigOption = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Take in old articles as history: they are kept, read and compared, and raise no alert.

    It can be stopped at any time: started again, it goes on where it ended. What is recent enough
    to be news waits for the next run.
    """
    if (articles is None) == (sitemap is None):
        raise typer.BadParameter("name a file with --articles, or a site with --sitemap")
    installation = wire(config, database)
    scope = Scope(
        now=installation.clock(),
        since=parse_day(since, "--from"),
        until=parse_day(until, "--until", end=True),
        outlet=outlet,
        outlets=outlets_of(installation.config.feeds),
    )
    settings = installation.config.settings
    seconds = settings.pages.extract_seconds
    with progress_bar(quiet=json) as progress, page_workers(1) as workers:
        if articles is not None:
            most = settings.fetch.max_bytes
            found = read_archive(articles, scope, most, workers, seconds)
            report = backfill(installation, found, progress, batch_size=ARCHIVE_BATCH)
        else:
            extract = extract_in(workers, seconds)
            report = _of_site(
                installation, str(sitemap), scope, extract, progress, delay=delay, limit=limit
            )
    if json:
        print_json_lines([report])
    else:
        _print(report)


def _of_site(
    installation: Installation,
    url: str,
    scope: Scope,
    extract: Extract,
    progress: Progress,
    *,
    delay: float,
    limit: int | None,
) -> BackfillReport:
    settings = installation.config.settings.fetch
    with installation.database.write():
        pass  # a new one has its tables from here on

    def known(urls: Sequence[str]) -> set[str]:
        with installation.database.read() as connection:
            return known_pages(connection, urls)

    with PoliteClient(settings.fetch_settings(), delay, installation.clock) as client:
        allowed = tuple(settings.allow_hosts)
        reader = SiteReader(client, scope, extract, known, settings.max_bytes, allowed)
        pages = reader.find_pages(url if "://" in url else f"https://{url}")[:limit]
        found = reader.read_pages(
            pages, lambda done: progress("asking for pages", done, len(pages))
        )
        return backfill(installation, found, progress, batch_size=SITE_BATCH)


def _print(report: BackfillReport) -> None:
    out = console()
    out.print(f"Found      {report.found:,} articles, {report.new_articles:,} of them new")
    out.print(
        f"Read       {report.on_topic:,} on a watched topic, {report.stances:,} stances, "
        f"{report.series:,} series built anew"
    )
    for reason, count in sorted(report.left_out.items(), key=lambda pair: -pair[1]):
        out.print(f"Left out   {count:,} {_REASONS.get(reason, f'({reason})')}")
    if report.waiting:
        out.print(f"Waiting    {report.waiting:,} are recent: the next run reads them as news")
