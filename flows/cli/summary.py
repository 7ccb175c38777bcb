"""The summary at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.cli.output import console, print_table, printable
from flows.store.overview import hits_by_topic, select_stances, table_counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.ingest import IngestReport
    from flows.once import RunReport
    from flows.wiring import Installation
    from monitors.records import Alert

SHOWN_STANCES = 20


def print_run(installation: Installation, report: RunReport) -> None:
    """Feeds, articles, hits, stances with their words, alerts, and what to try next."""
    out = console()
    _print_feeds(report.ingest)
    with installation.database.read() as connection:
        counts = table_counts(connection)
        hits = hits_by_topic(connection)
        stances = select_stances(connection, "current_stances", limit=SHOWN_STANCES)
    out.print(
        f"\nArticles   {report.ingest.new_articles} new, {report.watch.on_topic} of "
        f"{report.watch.articles} read name a watched topic; {counts['articles']:,} stored in all"
    )
    out.print("\nHits by topic, all that is stored")
    columns = {"topic_id": "topic", "mentions": "mentions", "articles": "articles"}
    print_table(hits, columns | {"stances": "stances"}, empty="none")
    out.print("\nWho stands where, newest first")
    columns = {"actor_id": "actor", "label": "label", "topic_id": "topic", "confidence": "sure"}
    columns |= {"evidence": "in these words", "outlet": "outlet"}
    print_table(stances, columns, empty="nobody has taken a side yet")
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
    for outcome in report.failed:
        why = f"{outcome.status}: {outcome.detail}" if outcome.detail else outcome.status
        out.print(printable(f"           {outcome.feed_id}: {why}"), soft_wrap=True)
