"""The commands about alerts: list, show, ack, silence, test."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.explaining import print_explanation
from flows.cli.holding import print_held
from flows.cli.options import (
    ConfigOption,
    DatabaseOption,
    JsonOption,
    LimitOption,
    check_known,
    parse_day,
)
from flows.cli.output import console, print_json_lines, print_table, printable
from flows.deliver import channel_of
from flows.explain import explain
from flows.held import held_back
from flows.notify import send
from flows.store import transaction
from flows.store.alerts import list_alerts
from flows.store.handling import (
    VERDICTS,
    Verdict,
    add_silence,
    end_silence,
    find_alert,
    give_verdict,
    silences_in_force,
)
from flows.store.rows import Row, select
from flows.wiring import Installation, wire
from monitors.identity import stable_id
from monitors.messages import in_form
from monitors.records import Message, Silence

if TYPE_CHECKING:
    from collections.abc import Sequence

AlertArgument = Annotated[
    str, typer.Argument(metavar="ALERT", help="Its id, or how that begins.", show_default=False)
]

app = typer.Typer(help="Read the alerts, judge them, silence them.", invoke_without_command=True)


@app.callback(epilog="Example: stancewatch alerts --limit 5")
def alerts(
    context: typer.Context,
    config: ConfigOption = None,
    database: DatabaseOption = None,
    limit: LimitOption = 20,
    *,
    json: JsonOption = False,
) -> None:
    """Show the alerts that went out, newest first; judge them, silence them, try a channel."""
    if context.invoked_subcommand is None:
        list_(config, database, limit, json=json)
    elif config or database or json:
        raise typer.BadParameter(f"options go after `{context.invoked_subcommand}`")


@app.command("list", epilog="Example: stancewatch alerts list --json")
def list_(
    config: ConfigOption = None,
    database: DatabaseOption = None,
    limit: LimitOption = 20,
    *,
    held: Annotated[
        bool, typer.Option("--held", help="What was held back, why, and what would let it go.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Show the alerts that went out, newest first, or what was held back."""
    installation = wire(config, database)
    with installation.database.read() as connection:
        rows: Sequence[Row] = (
            held_back(installation, connection, limit) if held else list_alerts(connection, limit)
        )
    if json:
        print_json_lines(rows)
        return
    if held:
        print_held(installation.config.watchlist, rows)
        return
    for row in rows:
        _print_alert(row)
    if not rows:
        console().print("No alert has gone out yet.")


@app.command(epilog="Example: stancewatch alerts show al3f")
def show(
    alert: AlertArgument,
    config: ConfigOption = None,
    database: DatabaseOption = None,
    *,
    json: JsonOption = False,
) -> None:
    """Show one alert with all that it rests on, what speaks against it, and what would undo it."""
    installation = wire(config, database)
    with installation.database.read() as connection:
        alert_id = find_alert(connection, alert)
        [row] = list_alerts(connection, 1, alert_id=alert_id)
        evidence = select(
            connection,
            "SELECT side, said_at, label, said_by, evidence, outlet, url FROM alert_evidence "
            "WHERE alert_id = ? ORDER BY side DESC, said_at, evidence",
            [alert_id],
        )
        explanation = explain(installation, connection, row)
        key, since = (row["actor_id"], row["topic_id"]), row["decided_at"]
        held = held_back(installation, connection, 5, key=key, since=since)
    if json:
        print_json_lines(
            [{**row, "evidence": evidence, "explanation": asdict(explanation), "held": held}]
        )
        return
    _print_alert(row)
    columns = {"side": "side", "said_at": "said", "label": "label", "said_by": "by"}
    columns |= {"evidence": "in these words", "outlet": "outlet"}
    print_table(evidence, columns, empty="The stories are no longer stored.")
    print_explanation(explanation)
    if held:
        console().print("\nHeld back since\n")
        print_held(installation.config.watchlist, held)


@app.command(epilog='Example: stancewatch alerts ack al3f wrong --note "it was sarcasm"')
def ack(
    alert: AlertArgument,
    verdict: Annotated[
        str, typer.Argument(metavar="|".join(VERDICTS), help="What it was.", show_default=False)
    ],
    config: ConfigOption = None,
    database: DatabaseOption = None,
    note: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Say what an alert was worth: useful, known (right, but no news) or wrong.

    `stancewatch status` shows the share of right ones per topic and channel.
    """
    given = _verdict(verdict)
    installation = wire(config, database)
    with installation.database.write() as connection, transaction(connection):
        alert_id = find_alert(connection, alert)
        now = installation.clock()
        give_verdict(connection, alert_id, given, note=note, given_at=now)
    console().print(f"{alert_id}: {given}")


@app.command(
    epilog='Example: stancewatch alerts silence --topic tiktok --days 14 --comment "trial"'
)
def silence(
    config: ConfigOption = None,
    database: DatabaseOption = None,
    actor: Annotated[str | None, typer.Option(help="Only alerts about this actor.")] = None,
    topic: Annotated[str | None, typer.Option(help="Only alerts on this topic.")] = None,
    *,
    days: Annotated[int, typer.Option(min=1, max=3650, help="For so many days.")] = 7,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="To the end of this day; instead of --days.")
    ] = None,
    comment: Annotated[str, typer.Option(help="Why.")] = "",
    end: Annotated[
        str | None, typer.Option(metavar="SILENCE", help="End this silence now.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Silence every alert.")] = False,
) -> None:
    """Hold alerts back for a while; without options, list what is held back.

    Shifts go on being found and kept; only nobody is told.
    """
    if all_ and (actor or topic):
        raise typer.BadParameter("goes without --actor and --topic", param_hint="--all")
    installation = wire(config, database)
    now = installation.clock()
    if end is not None:
        with installation.database.write() as connection, transaction(connection):
            end_silence(connection, end, now)
        console().print(f"{end}: ended")
    elif actor or topic or all_:
        watchlist = installation.config.watchlist
        check_known("--topic", topic, [known.topic_id for known in watchlist.topics])
        check_known("--actor", actor, [known.actor_id for known in watchlist.actors])
        ends_at = parse_day(until, "--until", end=True) or now + timedelta(days=days)
        if ends_at <= now:
            raise typer.BadParameter("is past", param_hint="--until")
        silence_id = stable_id("si", actor or "", topic or "", now.isoformat())
        made = Silence(silence_id, actor, topic, now, ends_at, comment)
        with installation.database.write() as connection, transaction(connection):
            add_silence(connection, made)
        _print_silences([made])
    elif until or comment:
        raise typer.BadParameter("name an --actor, a --topic, or --all")
    else:
        with installation.database.read() as connection:
            _print_silences(silences_in_force(connection, now))


@app.command("test", epilog="Example: stancewatch alerts test mail")
def try_(
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", show_default=False)],
    config: ConfigOption = None,
    database: DatabaseOption = None,
) -> None:
    """Send one real message to a channel of alerts.toml, to see that it arrives."""
    installation = wire(config, database)
    found = channel_of(installation, channel)
    form = next(c.form for c in installation.config.channels if c.channel_id == channel)
    send(found, in_form(_test_message(installation), form))
    console().print(f"{channel}: took the message")


def _test_message(installation: Installation) -> Message:
    now = installation.clock()
    return Message(
        "Stancewatch: a test",
        f"This is a test, sent on {now:%d %B %Y, %H:%M} UTC. Alerts will arrive here.",
    )


def _verdict(word: str) -> Verdict:
    for verdict in VERDICTS:
        if word == verdict:
            return verdict
    raise typer.BadParameter(f"{word!r} is none of {', '.join(VERDICTS)}", param_hint="verdict")


def _print_alert(row: Row) -> None:
    out = console()
    out.print(printable(str(row["subject"])), style="bold")
    out.print(printable(str(row["body"])), soft_wrap=True)
    sent = [f"{d['channel']}: {d['state']}" for d in _deliveries(row)]
    out.print(f"Sent to    {', '.join(sent) or 'nobody'}")
    if row["recovered_by"]:
        out.print(f"Undone     by alert {row['recovered_by']}: it went back to the side before")
    if row["verdict"]:
        note = f" ({row['note']})" if row["note"] else ""
        out.print(printable(f"Verdict    {row['verdict']}{note}"), soft_wrap=True)
    out.print()


def _print_silences(silences: list[Silence]) -> None:
    rows: list[Row] = [
        {
            "silence_id": one.silence_id,
            "actor": one.actor_id or "all",
            "topic": one.topic_id or "all",
            "until": one.ends_at,
            "comment": one.comment,
        }
        for one in silences
    ]
    columns = {"silence_id": "silence", "actor": "actor", "topic": "topic", "until": "until"}
    print_table(rows, columns | {"comment": "why"}, empty="Nothing is silenced.")


def _deliveries(row: Row) -> list[dict[str, Any]]:
    found = row["deliveries"]
    return found if isinstance(found, list) else []
