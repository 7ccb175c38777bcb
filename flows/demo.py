"""A true public story played as if time passed: day by day in, read, decided, delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.articles import articles_in_time, draft_of_given, in_days
from flows.deliver import deliver
from flows.replay import replay
from flows.settings import default_directory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from flows.admit import Draft
    from flows.replay import Replayed
    from flows.wiring import Installation
    from monitors.records import Alert

DEMO_DATABASE = "data/demo.duckdb"


@dataclass(frozen=True, slots=True)
class DemoDay:
    """What one day of the story brought: its stances as (actor_id, topic_id, label)."""

    day: date
    articles: int
    stances: tuple[tuple[str, str, str], ...]
    alerts: tuple[Alert, ...]


def demo_days() -> list[list[Draft]]:
    """The demo's articles, a list per day, oldest first."""
    given = list(articles_in_time(default_directory().parent / "seeds" / "demo" / "articles.jsonl"))
    return [[draft_of_given(article) for article in day] for day in in_days(given)]


def play(installation: Installation, days: Sequence[Sequence[Draft]]) -> Iterator[DemoDay]:
    """Let each day's articles arrive, and hand out what they lead to before the next day comes.

    A day whose articles are known already brings nothing.

    Raises:
        StoreError: the database cannot be written.
    """
    for batch in replay(installation, days):
        if batch.new:
            yield _day(installation, batch)
        if batch.alerts:
            deliver(installation)
    deliver(installation)


def _day(installation: Installation, batch: Replayed) -> DemoDay:
    with installation.database.read() as connection:
        rows = connection.execute(
            "SELECT DISTINCT actor_id, topic_id, label FROM stances "
            "WHERE reported_by IS NULL AND article_id IN (SELECT unnest(?)) ORDER BY ALL",
            [[article.article_id for article in batch.new]],
        ).fetchall()
    stances = tuple((actor, topic, label) for actor, topic, label in rows)
    day = batch.new[0].published_at.date()
    return DemoDay(day, len(batch.new), stances, batch.alerts)
