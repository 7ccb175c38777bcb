"""A day of an aggregator's front page, served as a live feed and polled on the product's schedule.

    python -m benchmarks.stream [--day 2025-07-26] [--days 1] [--speed 100]

Each snapshot of the collection becomes the content of a feed on loopback. The product's own ingest
asks for it as often as `[schedule] ingest_every_minutes` says, on a clock that runs so many times
faster than ours (`--speed 0`: without any waiting). Prints how many headlines were to be seen at
two polls or more, how many of those are missing, what is there twice, and the memory on the way.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.corpora import benchmarks_folder
from flows.ingest import ingest
from flows.settings import load_config
from flows.store import Database
from flows.wiring import Installation
from monitors.identity import stable_id
from monitors.records import Feed
from tests.builders import rss
from tests.fakes import FakeClock
from tests.feed_server import FeedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PAGE = "front-page"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the page carried from `at` on."""

    at: datetime
    headlines: tuple[str, ...]


@dataclass(slots=True)
class Played:
    """How often each headline was on the page when it was asked for, and what is stored of it."""

    polls: int = 0
    sights: Counter[str] = field(default_factory=Counter)
    stored: Counter[str] = field(default_factory=Counter)
    memory_mb: list[float] = field(default_factory=list)

    @property
    def missing(self) -> list[str]:
        """Headlines that were seen at two polls and are not stored."""
        return [h for h, times in self.sights.items() if times > 1 and not self.stored[h]]

    @property
    def doubled(self) -> list[str]:
        return [headline for headline, times in self.stored.items() if times > 1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--day", type=date.fromisoformat, default=date(2025, 7, 26))
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--speed", type=float, default=0.0)
    given = parser.parse_args()
    first = datetime(given.day.year, given.day.month, given.day.day, tzinfo=UTC)
    path = benchmarks_folder() / "stream" / "snapshots-2025.jsonl.gz"
    shown = [s for s in read(path) if first <= s.at < first + timedelta(days=given.days)]
    if not shown:
        sys.exit(f"no snapshot of {given.day}")
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        played = play(shown, Database(Path(scratch) / "stream.duckdb"), speed=given.speed)
    twice = sum(times > 1 for times in played.sights.values())
    memory = played.memory_mb
    print(f"{len(shown)} snapshots, {played.polls} polls, {time.perf_counter() - begun:.0f} s")
    print(f"headlines: {len(played.sights)} seen, {twice} at two polls or more")
    print(f"stored: {sum(played.stored.values())}, missing {len(played.missing)}")
    print(f"there twice: {len(played.doubled)}")
    print(
        f"memory: {memory[len(memory) // 10]:.0f} MB after a tenth of the polls, "
        f"{memory[len(memory) // 2]:.0f} after half, {memory[-1]:.0f} at the end"
    )


def folded(headline: str) -> str:
    """The headline without characters that nobody sees, which the product removes."""
    seen = (character for character in headline if unicodedata.category(character) != "Cf")
    return " ".join("".join(seen).split())


def read(path: Path) -> list[Snapshot]:
    """The snapshots of a file, in its order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Snapshot(datetime.fromisoformat(row["ts"]).replace(tzinfo=UTC), tuple(row["headlines"]))
        for row in rows
    ]


def play(shown: Sequence[Snapshot], database: Database, *, speed: float = 0.0) -> Played:
    """Let the page change and the product poll it, until an hour after the last snapshot.

    A poll counts as one where the feed was asked for; what is not due is not.
    """
    clock, played = FakeClock(shown[0].at), Played()
    with FeedServer() as server:
        installation = installed(database, clock, server)
        step = timedelta(minutes=installation.config.settings.schedule.ingest_every_minutes)
        waiting = list(reversed(shown))
        current = shown[0]
        while clock.now < shown[-1].at + timedelta(hours=1):
            while waiting and waiting[-1].at <= clock.now:
                current = waiting.pop()
                server.put(PAGE, page(current), etag=f'"{current.at:%s}"')
            asked = len(server.requests)
            ingest(installation)
            if len(server.requests) > asked:
                played.polls += 1
                played.sights.update(map(folded, current.headlines))
                played.memory_mb.append(resident_mb())
            clock.forward(seconds=step.total_seconds())
            time.sleep(step.total_seconds() / speed if speed else 0.0)
    with database.read() as connection:
        rows = connection.execute("SELECT title FROM articles").fetchall()
    played.stored.update(folded(title) for (title,) in rows)
    return played


def installed(
    database: Database, clock: Callable[[], datetime], server: FeedServer
) -> Installation:
    """The default configuration with the page as its only feed."""
    config = load_config(None, {})
    fetch = config.settings.fetch.model_copy(update={"allow_hosts": ["127.0.0.1"]})
    config = replace(config, settings=config.settings.model_copy(update={"fetch": fetch}))
    feed = Feed("front-page", "Front page", "Aggregator", url=server.url(PAGE))
    return Installation(replace(config, feeds=(feed,)), database, clock)


def page(snapshot: Snapshot) -> bytes:
    """A snapshot as a feed, each headline under an address of its own."""
    return rss(*(
        {
            "title": headline,
            "text": headline,
            "link": f"https://news.example/{stable_id('h', headline)}",
            "published_at": snapshot.at,
        }
        for headline in snapshot.headlines
    ))  # fmt: skip


def resident_mb() -> float:
    """The memory that this process holds now, on Linux; elsewhere 0."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * 4_096 / 1e6


if __name__ == "__main__":
    main()
