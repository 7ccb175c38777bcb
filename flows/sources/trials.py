"""Feeds tried: asked and read once, with nothing kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flows.fetch import FetchRequest, fetch_feeds
from flows.parse import body_of, feed_workers, parse_bodies
from flows.store.feeds import SUCCESSES
from flows.wiring import no_progress
from monitors.errors import FeedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from flows.fetch import FetchSettings
    from flows.wiring import Progress
    from monitors.records import Feed, FeedDocument


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying a feed: its `status`, that in words where there is more to say."""

    feed_id: str
    status: str
    detail: str
    entries: int = 0
    newest: datetime | None = None
    seconds: float = 0.0

    @property
    def succeeded(self) -> bool:
        return self.status in SUCCESSES


def try_feeds(
    feeds: Sequence[Feed],
    settings: FetchSettings,
    *,
    now: datetime,
    progress: Progress = no_progress,
) -> list[Trial]:
    """A trial of each of `feeds`, in their order."""
    done = iter(range(1, len(feeds) + 1))
    results = fetch_feeds(
        [FetchRequest(feed) for feed in feeds],
        settings,
        now=now,
        progress=lambda _: progress("fetching feeds", next(done), len(feeds)),
    )
    trials = [
        Trial(result.feed_id, result.status, result.detail, seconds=result.seconds)
        for result in results
    ]
    came = [number for number, result in enumerate(results) if result.body is not None]
    bodies = [body_of(feeds[number], results[number], settings.max_bytes, now) for number in came]
    with feed_workers() as workers:
        for place, document in parse_bodies(workers, bodies):
            trials[came[place]] = _read(trials[came[place]], document)
    return trials


def _read(trial: Trial, document: FeedDocument | FeedError) -> Trial:
    if isinstance(document, FeedError):
        return replace(trial, status=document.reason, detail=document.detail)
    dates = [entry.published_at for entry in document.entries if entry.published_at]
    return replace(
        trial,
        detail="; ".join(document.problems),
        entries=len(document.entries),
        newest=max(dates, default=None),
    )
