"""History run again as if it arrived now: the alerts that would have gone out, and when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flows.admit import Draft, admit
from flows.reread import read_again, resume
from flows.store import transaction
from flows.store.articles import articles_between, pending_articles
from flows.store.sketches import KnownSketches
from flows.watch import BATCH, keep_batch, read_articles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from flows.wiring import Installation
    from monitors.records import Alert, Article

REPLAY_BATCH = 500


@dataclass(frozen=True, slots=True)
class Replayed:
    """A batch that went through: how many drafts, what was new of them, the alerts decided."""

    drafts: int
    new: tuple[Article, ...]
    alerts: tuple[Alert, ...]


def replay(installation: Installation, batches: Iterable[Sequence[Draft]]) -> Iterator[Replayed]:
    """Take in batch after batch in order of time; answer each with the alerts decided in it.

    An article is decided on at the moment it was first seen, knowing nothing of later ones. What
    the database holds of another configuration is read again first.

    Raises:
        StoreError: the database cannot be written.
    """
    if installation.database.path.exists():
        read_again(installation, read_articles, since=installation.compared_since())
        resume(installation)
    known = KnownSketches()
    for batch in batches:
        with installation.database.write() as connection, transaction(connection):
            admitted = admit(connection, batch, known)
        alerts: list[Alert] = []
        while True:
            with installation.database.write() as connection:
                waiting = pending_articles(connection, BATCH)
            if not waiting:
                break
            reads = read_articles(installation, waiting)
            detected = keep_batch(installation, reads, decided_at=lambda a: a.first_seen_at)
            alerts += detected.alerts
        yield Replayed(len(batch), tuple(admitted), tuple(alerts))


def without_channels(installation: Installation) -> Installation:
    """The same installation with nobody to tell: a replay decides on alerts and sends none."""
    return replace(installation, config=replace(installation.config, channels=()))


def stored_drafts(
    installation: Installation, since: datetime | None, until: datetime | None
) -> Iterator[Sequence[Draft]]:
    """What the database holds of that time, as it arrived: in order of first sight.

    Raises:
        StoreError: there is no database.
    """
    with installation.database.read() as connection:
        articles = articles_between(connection, since, until)
    drafts = [
        Draft(
            url=article.url,
            feed_id=article.feed_id,
            outlet=article.outlet,
            title=article.title,
            text=article.text,
            published_at=article.published_at,
            date_source=article.date_source,
            first_seen_at=article.published_at,
        )
        for article in articles
    ]
    for start in range(0, len(drafts), REPLAY_BATCH):
        yield drafts[start : start + REPLAY_BATCH]


def alert_row(alert: Alert) -> dict[str, object]:
    """An alert as `replay` prints it."""
    return {
        "actor": alert.actor_id,
        "topic": alert.topic_id,
        "from_label": alert.from_label,
        "to_label": alert.to_label,
        "changed_at": alert.changed_at,
        "decided_at": alert.decided_at,
        "stories": alert.stories,
        "outlets": alert.outlets,
        "confidence": round(alert.confidence, 4),
    }
