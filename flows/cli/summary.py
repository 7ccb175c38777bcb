"""The summary at the end of a run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from flows.cli.output import console, print_table, printable
from flows.store.overview import hits_by_topic, select_stances, table_counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.demo import DemoDay
    from flows.ingest import IngestReport
    from flows.once import RunReport
    from flows.store.rows import Row
    from flows.wiring import Installation
    from monitors.records import Alert

SHOWN_STANCES = 20


def print_run(installation: Installation, report: RunReport) -> None:
    """Feeds, articles, hits, stances with their words, alerts, and what to try next."""
    out = console()
    _print_feeds(report.ingest)
    _print_pages(report.ingest)
    with installation.database.read() as connection:
        counts = table_counts(connection)
        hits = hits_by_topic(connection)
        stances = select_stances(connection, "current_stances", limit=SHOWN_STANCES)
    out.print(
        f"\nArticles   {report.ingest.new_articles} new, {report.watch.on_topic} of "
        f"{report.watch.articles} read name a watched topic; {counts['articles']:,} stored in all"
    )
    if report.watch.foreign:
        out.print(
            f"Not read   {report.watch.foreign} more name one in a language without a model; "
            "they are kept (articles.language)"
        )
    if report.watch.given_up:
        out.print(
            f"Given up   {report.watch.given_up} of them took too long or could not be read; "
            "they are kept (articles.skipped)"
        )
    out.print("\nHits by topic, all that is stored")
    columns = {"topic_id": "topic", "mentions": "mentions", "articles": "articles"}
    print_table(hits, columns | {"stances": "stances"}, empty="none")
    out.print("\nWho stands where, newest first")
    columns = {"who": "who", "label": "label", "topic_id": "topic", "confidence": "sure"}
    columns |= {"evidence": "in these words", "outlet": "outlet"}
    print_table(_by_words(stances), columns, empty="nobody has taken a side yet")
    more = counts["stances"] - len(stances)
    if len(stances) == SHOWN_STANCES and more > 0:
        out.print("... and more: stancewatch stances")
    out.print()
    print_alerts(report.watch.alerts)
    for error in report.deliver.errors:
        out.print(f"Not sent   {error}")
    out.print(f"Database   {installation.database.path}")
    out.print("\nWorth trying next:")
    out.print("  stancewatch stances --topic taiwan --history")
    out.print('  stancewatch query "FROM topic_hits ORDER BY day DESC"')
    out.print("  stancewatch demo")


def _by_words(stances: Sequence[Row]) -> list[Row]:
    """The stances, those of an institution beside those of the person who spoke for it."""
    told: dict[tuple[object, ...], list[str]] = {}
    for row in stances:
        key = (row["evidence"], row["topic_id"], row["label"], row["said_by"])
        told.setdefault(key, []).append(str(row["actor_id"]))
    rows = []
    for row in stances:
        key = (row["evidence"], row["topic_id"], row["label"], row["said_by"])
        actors = told.pop(key, [])
        if actors:
            institutions = [actor for actor in actors if actor != row["said_by"]]
            who = (
                f"{row['said_by']} ({', '.join(institutions)})"
                if institutions and row["said_by"]
                else actors[0]
            )
            rows.append({**row, "who": who})
    return rows


def print_day(day: DemoDay) -> None:
    """One line for a day of the demo: who took which side."""
    sides: dict[str, list[str]] = {}
    for actor_id, topic_id, label in day.stances:
        sides.setdefault(f"{label} on {topic_id}", []).append(actor_id)
    told = "; ".join(f"{', '.join(actors)} {side}" for side, actors in sides.items())
    line = f"{day.day}  {day.articles:>2} article{'s' if day.articles > 1 else ' '}  {told}"
    console().print(printable(line).rstrip(), soft_wrap=True)


def print_alerts(alerts: Sequence[Alert]) -> None:
    """One line per alert that was decided."""
    out = console()
    if not alerts:
        out.print("Alerts     none")
    for alert in alerts:
        out.print(
            printable(
                f"Alert      {alert.decided_at:%Y-%m-%d}  {alert.actor_name} on "
                f"{alert.topic_title}: {alert.from_label} -> {alert.to_label}, since "
                f"{alert.changed_at:%Y-%m-%d}, {alert.stories} stories from {alert.outlets} outlets"
            ),
            soft_wrap=True,
        )


def _print_pages(report: IngestReport) -> None:
    if not (report.pages_read or report.pages_unread or report.pages_waiting):
        return
    parts = [f"{report.pages_read} read"]
    if report.pages_unread:
        reasons = Counter(report.pages_unread).most_common()
        told = ", ".join(f"{count} {reason}" for reason, count in reasons)
        parts.append(f"{len(report.pages_unread)} from the summary instead ({told})")
    if report.pages_waiting:
        parts.append(f"{report.pages_waiting} left for the next run")
    console().print(f"Pages      {', '.join(parts)}")


def _print_feeds(report: IngestReport) -> None:
    out = console()
    tally: dict[str, int] = {}
    for outcome in report.feeds:
        status = outcome.status if outcome.succeeded else "failed"
        tally[status] = tally.get(status, 0) + 1
    parts = [f"{count} {status}" for status, count in tally.items()]
    if report.waiting:
        parts.append(f"{len(report.waiting)} not due yet")
    out.print(f"Feeds      {', '.join(parts) or 'none configured'}")
    if report.offline:
        out.print("Network    no feed could be reached; this machine seems to be offline")
    for outcome in report.feeds:
        if outcome.succeeded or report.offline:
            continue
        why = f"{outcome.status}: {outcome.detail}" if outcome.detail else outcome.status
        out.print(printable(f"           {outcome.feed_id}: {why}"), soft_wrap=True)
