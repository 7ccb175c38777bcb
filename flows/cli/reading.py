"""The commands that ask the database: status, stances, query."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Annotated

import duckdb
import typer

from flows.cli.feed_tables import health_of, print_health
from flows.cli.options import ConfigOption, DatabaseOption, JsonOption, LimitOption, check_known
from flows.cli.output import console, print_csv, print_json_lines, print_table
from flows.store.overview import StanceView, select_stances, status_of
from flows.store.rows import stream
from flows.wiring import wire
from monitors.errors import StoreError

SHOWN_ROWS = 200
NEEDY = frozenset({"gone", "dead", "failing", "quiet", "moved"})


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command(epilog="Example: stancewatch status --json")(status)
    app.command(epilog="Example: stancewatch stances --topic tiktok --actor united-states")(stances)
    app.command(
        epilog="Example: stancewatch query \"FROM current_stances WHERE label = 'against'\""
    )(query)


def status(
    config: ConfigOption = None, database: DatabaseOption = None, *, json: JsonOption = False
) -> None:
    """Say what is stored, how the feeds fare and how the last runs ended."""
    installation = wire(config, database)
    with installation.database.read() as connection:
        found = status_of(connection)
    if json:
        print_json_lines([{"database": str(installation.database.path), **found}])
        return
    out = console()
    counts: dict[str, int] = found["counts"]
    out.print(f"Database   {installation.database.path}")
    out.print("Stored     " + ", ".join(f"{count:,} {name}" for name, count in counts.items()))
    given_up: dict[str, int] = found["given_up"]
    if given_up:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in given_up.items())
        out.print(f"Given up   {reasons} (articles kept without a reading: articles.skipped)")
    foreign: dict[str, int] = found["foreign"]
    if foreign:
        languages = ", ".join(f"{count:,} {language}" for language, count in foreign.items())
        out.print(f"Not read   {languages} (articles on a topic, in a language without a model)")
    pages: dict[str, int] = found["pages"]
    if pages:
        outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in pages.items())
        out.print(f"Pages      {outcomes} (where it is not read, the feed's summary is)")
    held: dict[str, int] = found["held"]
    if held:
        reasons = ", ".join(f"{count} {reason}" for reason, count in held.items())
        out.print(f"Held back  {reasons} (stancewatch alerts list --held)")
    outbox: dict[str, int] = found["outbox"]
    waiting = ", ".join(f"{count} {state}" for state, count in sorted(outbox.items()))
    out.print(f"Outbox     {waiting or 'empty'}")
    out.print()
    print_table(
        found["runs"],
        {
            "flow": "flow",
            "state": "state",
            "started_at": "started",
            "finished_at": "finished",
            "error": "why",
        },
        empty="Nothing has run yet.",
    )
    if found["precision"]:
        out.print()
        columns = {"topic_id": "topic", "channel": "channel", "alerts": "alerts"}
        columns |= {"useful": "useful", "known": "known", "wrong": "wrong"}
        print_table(found["precision"], columns | {"precision": "right"}, empty="")
    feeds = health_of(installation.config.feeds, found["feeds"])
    tally = Counter(str(feed["state"]) for feed in feeds)
    states = ", ".join(f"{count} {state}" for state, count in tally.items())
    out.print(f"\nFeeds      {states or 'none configured'}")
    if found["offline_since"]:
        out.print(
            f"Network    no feed could be reached since {found['offline_since']:%Y-%m-%d %H:%M}"
        )
    needy = [feed for feed in feeds if feed["state"] in NEEDY]
    if needy:
        print_health(needy, installation.clock())


def stances(
    config: ConfigOption = None,
    database: DatabaseOption = None,
    topic: Annotated[str | None, typer.Option(help="Only this topic.")] = None,
    actor: Annotated[str | None, typer.Option(help="Only this actor.")] = None,
    limit: LimitOption = 50,
    *,
    history: Annotated[
        bool,
        typer.Option("--history", help="Every stance, newest first, not only the current side."),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Show who stands where, with the words that show it."""
    installation = wire(config, database)
    watchlist = installation.config.watchlist
    check_known("--topic", topic, [known.topic_id for known in watchlist.topics])
    check_known("--actor", actor, [known.actor_id for known in watchlist.actors])
    view: StanceView = "stance_timeline" if history else "current_stances"
    with installation.database.read() as connection:
        rows = select_stances(connection, view, topic_id=topic, actor_id=actor, limit=limit)
    if json:
        print_json_lines(rows)
        return
    columns = {"actor_id": "actor", "topic_id": "topic", "label": "label", "confidence": "sure"}
    columns |= (
        {"said_at": "said"} if history else {"stories": "stories", "last_said_at": "last said"}
    )
    columns |= {"evidence": "in these words", "outlet": "outlet"}
    print_table(rows, columns, empty="No such stance is stored yet.")


def query(
    sql: Annotated[str, typer.Argument(metavar="SQL")],
    config: ConfigOption = None,
    database: DatabaseOption = None,
    *,
    json: JsonOption = False,
    csv: Annotated[
        bool, typer.Option("--csv", help="CSV for a spreadsheet; no cell is run as a formula.")
    ] = False,
) -> None:
    """Ask the database in SQL; nothing can be changed this way."""
    if json and csv:
        raise typer.BadParameter("--json and --csv exclude each other")
    installation = wire(config, database)
    with installation.database.read() as connection:
        connection.execute("SET enable_external_access = false")
        try:
            rows = stream(connection, sql)
            if json:
                print_json_lines(rows)
                return
            if csv:
                print_csv(rows)
                return
            shown = list(islice(rows, SHOWN_ROWS + 1))
        except duckdb.Error as error:
            raise StoreError(f"the query failed: {error}") from error
    columns = {name: name for name in shown[0]} if shown else {}
    print_table(shown[:SHOWN_ROWS], columns, empty="(no rows)")
    if len(shown) > SHOWN_ROWS:
        words = f"... and more: only {SHOWN_ROWS} rows are shown; --json and --csv print all"
        console().print(words)
