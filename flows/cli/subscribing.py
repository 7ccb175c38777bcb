"""`stancewatch feeds add`, `import`, `export`, `packs`: which feeds are followed."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import ConfigOption, JsonOption
from flows.cli.output import console, print_json_lines, print_table, printable, progress_bar
from flows.settings import load_config, mask_url
from flows.sources.discovery import discover
from flows.sources.opml import MAX_LIST, read_list, write_list
from flows.sources.packs import pack_named, read_packs
from flows.sources.subscriptions import Candidate, Refused, add_feeds, plan_feeds, user_file
from flows.sources.trials import try_feeds
from flows.wiring import utc_now
from monitors.errors import FeedError
from monitors.tokens import split_tokens
from monitors.topics import TopicMatcher

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flows.settings import Config
    from flows.sources.discovery import FoundFeed
    from monitors.records import Entry, Feed

    TopicFinder = Callable[[Entry], list[str]]

_SHOWN_ENTRIES = 5
_NOTHING_NEW = "No feed that is not followed already."
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Add without asking.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`, the group `feeds`."""
    examples = "stancewatch feeds add apnews.com --config mine"
    packs = "stancewatch feeds add --pack asia-pacific --config mine"
    app.command(epilog=f"Examples: {examples} | {packs}")(add)
    app.command("import", epilog="Example: stancewatch feeds import my.opml --config mine --write")(
        import_
    )
    app.command(epilog="Example: stancewatch feeds export > feeds.opml")(export)
    app.command(
        "packs", epilog="Examples: stancewatch feeds packs | stancewatch feeds packs europe"
    )(packs_)


def add(
    url: Annotated[
        str | None, typer.Argument(metavar="[URL]", help="A feed's address, or a site's.")
    ] = None,
    config: ConfigOption = None,
    *,
    pack: Annotated[
        str | None, typer.Option(help="Try the feeds of a pack instead, and add those that answer.")
    ] = None,
    feed_id: Annotated[str, typer.Option("--id", help="Its id; default: from its title.")] = "",
    title: Annotated[str, typer.Option(help="Its name; default: the feed's own.")] = "",
    outlet: Annotated[str, typer.Option(help="The newsroom behind it.")] = "",
    yes: YesOption = False,
) -> None:
    """Try a feed, show what it would bring, and add it to your feeds.toml.

    Of a site the feeds are looked for, with at most eight requests. Of a pack every feed is tried,
    and those that answer are added.
    """
    if (url is None) == (pack is None):
        raise typer.BadParameter("name a URL, or a pack with --pack")
    settings = load_config(config)
    if pack is not None:
        _add_pack(pack_named(pack).feeds, settings, user_file(config), yes=yes)
        return
    found = _choose(_find(str(url), settings), settings, yes=yes)
    candidate = Candidate(found.url, title or found.document.title, outlet, feed_id)
    _add(candidate, settings, config, yes=yes)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.opml", exists=True, dir_okay=False)],
    config: ConfigOption = None,
    *,
    write: Annotated[bool, typer.Option("--write", help="Add them to your feeds.toml.")] = False,
    json: JsonOption = False,
) -> None:
    """Show which feeds of a subscription list (OPML) would be added; with --write, add them."""
    settings = load_config(config)
    path = user_file(config) if write else None
    if file.stat().st_size > MAX_LIST:
        raise FeedError("too_large", f"a list has at most {MAX_LIST:,} bytes")
    listed = read_list(file.read_bytes(), _allowed(settings))
    rejected = [feed for feed in listed.feeds if feed.problem]
    candidates = [Candidate(feed.url, feed.title) for feed in listed.feeds if not feed.problem]
    planned, refused = plan_feeds(candidates, settings.feeds)
    if path is not None and planned:
        add_feeds(path, planned, settings.feeds)
    for feed in rejected:
        where = f"{file}:{feed.line}" if feed.line else str(file)
        sys.stderr.write(f"{where}: {printable(feed.url)} {feed.problem}: rejected\n")
    for one in refused:
        sys.stderr.write(f"{_shown(one.candidate.url)}: {one.reason}\n")
    if json:
        print_json_lines(map(_row, planned))
        return
    _print(planned)
    done = "added to" if path else "would be added to"
    place = path or "feeds.toml; --write does it"
    console().print(f"{len(planned)} {done} {place}")
    if listed.sites:
        console().print(f"{len(listed.sites)} sites without a feed: `stancewatch feeds add` tries")


def export(
    config: ConfigOption = None,
    *,
    secrets: Annotated[
        bool, typer.Option("--with-secrets", help="Feeds whose address holds a password as well.")
    ] = False,
) -> None:
    """Print the feeds that have an address as a subscription list (OPML)."""
    feeds = [feed for feed in load_config(config).feeds if feed.url]
    open_ = [feed for feed in feeds if secrets or mask_url(feed.url or "") == feed.url]
    sys.stdout.write(write_list(open_, "Stancewatch"))
    for feed in feeds:
        if feed not in open_:
            sys.stderr.write(f"{feed.feed_id}: left out, its address seems to hold a secret\n")


def packs_(
    name: Annotated[str | None, typer.Argument(metavar="[PACK]")] = None,
    *,
    json: JsonOption = False,
) -> None:
    """List the packs of feeds to start from, or the feeds of one."""
    if name is not None:
        pack = pack_named(name)
        rows = [{"feed": f.feed_id, "outlet": f.outlet, "url": f.url} for f in pack.feeds]
    else:
        rows = [
            {"pack": pack.name, "feeds": str(len(pack.feeds)), "about": pack.about}
            for pack in read_packs()
        ]
    if json:
        print_json_lines(rows)
    else:
        print_table(rows, {key: key for key in rows[0]} if rows else {}, empty="There is no pack.")


def _find(url: str, settings: Config) -> Sequence[FoundFeed]:
    fetch = replace(settings.settings.fetch.fetch_settings(), retries=0)
    discovery = discover(url, fetch, now=utc_now(), allowed=_allowed(settings))
    if not discovery.feeds:
        for asked, why in discovery.in_vain:
            sys.stderr.write(f"{_shown(asked)}: {printable(why)}\n")
        raise FeedError("not_a_feed", "no feed was found there")
    return discovery.feeds


def _choose(feeds: Sequence[FoundFeed], settings: Config, *, yes: bool) -> FoundFeed:
    """The feed to add: the only one, the one that is picked, or with `yes` the first."""
    topics_of = _topic_finder(settings)
    for number, found in enumerate(feeds, start=1):
        _print_feed(number, found, topics_of)
    if len(feeds) == 1 or yes:
        return feeds[0]
    number = 0
    while not 1 <= number <= len(feeds):
        number = typer.prompt(f"Which one (1 to {len(feeds)})", default=1, type=int, err=True)
    return feeds[number - 1]


def _print_feed(number: int, found: FoundFeed, topics_of: TopicFinder) -> None:
    document, out = found.document, console()
    hits = {entry.entry_id: topics_of(entry) for entry in document.entries}
    on_topic = [entry for entry in document.entries if hits[entry.entry_id]]
    dates = [entry.published_at for entry in document.entries if entry.published_at]
    out.print(f"{number}. {printable(document.title) or '(no title)'} ({document.format})")
    out.print(f"   {_shown(found.url)}")
    newest = f", {min(dates):%Y-%m-%d} to {max(dates):%Y-%m-%d %H:%M}" if dates else ", no dates"
    out.print(f"   entries: {len(document.entries)}{newest if document.entries else ''}")
    full = sum(len(entry.text) > len(entry.summary) + 200 for entry in document.entries)
    out.print(f"   {full} with more than a summary, {len(on_topic)} on a watched topic")
    for entry in (on_topic or document.entries)[:_SHOWN_ENTRIES]:
        topics = ", ".join(hits[entry.entry_id])
        out.print(f"   - {printable(entry.title)}{f' [{topics}]' if topics else ''}")
    for problem in document.problems:
        out.print(f"   ! {printable(problem)}")


def _topic_finder(settings: Config) -> TopicFinder:
    """What tells which watched topics an entry names."""
    matcher = TopicMatcher(settings.watchlist.topics)

    def topics_of(entry: Entry) -> list[str]:
        mentions = matcher.find(split_tokens(f"{entry.title}\n\n{entry.text or entry.summary}"))
        return sorted({mention.id for mention in mentions})

    return topics_of


def _add(candidate: Candidate, settings: Config, config: Path | None, *, yes: bool) -> None:
    planned, refused = plan_feeds([candidate], settings.feeds)
    if candidate.outlet:
        planned = [replace(feed, outlet=candidate.outlet) for feed in planned]
    _print(planned)
    _print_refused(refused)
    if not planned:
        raise typer.Exit(1)
    _write(user_file(config), planned, settings, yes=yes)


def _add_pack(candidates: Sequence[Candidate], settings: Config, path: Path, *, yes: bool) -> None:
    """Add those feeds of a pack that answer; the others may be tried another time."""
    planned, refused = plan_feeds(candidates, settings.feeds)
    _print_refused(refused)
    fetch = settings.settings.fetch.fetch_settings()
    with progress_bar() as progress:
        trials = try_feeds(planned, fetch, now=utc_now(), progress=progress)
    tried = list(zip(planned, trials, strict=True))
    columns = {"id": "feed", "outlet": "outlet", "status": "status", "entries": "entries"}
    rows = [_row(feed) | asdict(trial) for feed, trial in tried]
    print_table(rows, columns | {"newest": "newest"}, empty=_NOTHING_NEW)
    if not planned:
        return
    out = console()
    for feed, trial in tried:
        if not trial.succeeded:
            why = printable(trial.detail or trial.status)
            out.print(f"Left out   {feed.feed_id}: {why} ({_shown(feed.url)})")
    answer = [feed for feed, trial in tried if trial.succeeded]
    out.print(f"{len(answer)} of {len(planned)} answer{'' if answer else '; none is added'}")
    if not answer:
        raise typer.Exit(1)
    _write(path, answer, settings, yes=yes)


def _write(path: Path, feeds: Sequence[Feed], settings: Config, *, yes: bool) -> None:
    which = "it" if len(feeds) == 1 else f"these {len(feeds)}"
    if not yes and not typer.confirm(f"Add {which} to {path}?", default=True, err=True):
        raise typer.Exit(1)
    add_feeds(path, feeds, settings.feeds)
    console().print(f"{len(feeds)} added to {path}")


def _print(feeds: Sequence[Feed]) -> None:
    columns = {"id": "feed", "outlet": "outlet", "url": "address"}
    print_table([*map(_row, feeds)], columns, empty=_NOTHING_NEW)


def _print_refused(refused: Sequence[Refused]) -> None:
    for one in refused:
        console().print(f"{_shown(one.candidate.url)}: {one.reason}")


def _row(feed: Feed) -> dict[str, str]:
    return {"id": feed.feed_id, "title": feed.title, "outlet": feed.outlet, "url": _shown(feed.url)}


def _shown(url: str | None) -> str:
    return printable(mask_url(url or ""))


def _allowed(settings: Config) -> Sequence[str]:
    """Hosts of the user's own network that may be asked, where the settings name some."""
    return tuple(settings.settings.fetch.allow_hosts)
