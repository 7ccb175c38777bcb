"""A true public story played as if time passed: day by day in, read, decided, delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.articles import articles_in_time, draft_of_given, in_days
from flows.deliver import deliver
from flows.replay import replay
from flows.settings import default_directory
from flows.store.overview import table_counts
from flows.wiring import no_progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.admit import Draft
    from flows.wiring import Installation, Progress
    from monitors.records import Alert

DEMO_DATABASE = "data/demo.duckdb"


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What was new in the database, and the alerts decided, oldest first."""

    articles: int
    stances: int
    alerts: tuple[Alert, ...]


def demo_days() -> list[list[Draft]]:
    """The demo's articles, a list per day, oldest first."""
    given = list(articles_in_time(default_directory().parent / "seeds" / "demo" / "articles.jsonl"))
    return [[draft_of_given(article) for article in day] for day in in_days(given)]


def play(
    installation: Installation, days: Sequence[Sequence[Draft]], progress: Progress = no_progress
) -> DemoReport:
    """Let each day's articles arrive, and hand out what they lead to before the next day comes.

    Raises:
        StoreError: the database cannot be written.
    """
    before = _counts(installation)
    alerts: list[Alert] = []
    for done, (_, decided) in enumerate(replay(installation, days), start=1):
        alerts += decided
        if decided:
            deliver(installation)
        progress("days", done, len(days))
    deliver(installation)
    after = _counts(installation)
    return DemoReport(
        articles=after["articles"] - before["articles"],
        stances=after["stances"] - before["stances"],
        alerts=tuple(alerts),
    )


def _counts(installation: Installation) -> dict[str, int]:
    with installation.database.write() as connection:
        return table_counts(connection)
