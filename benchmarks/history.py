"""Known shifts found and false alerts raised when `replay` runs over the history collection.

    python -m benchmarks.history [--jobs N] [--keep FOLDER] [SERIES_ID ...]

For each series an installation with its one actor and one topic takes in, in order of time, the
articles of the series' years that name the topic (what the screen turns away is never read and has
no part in any alert); an alert counts as right from 45 days before to 180 days after a known shift,
in its direction. With --keep the databases are left in a folder, and a series whose database is
there already is not read again: its shifts are found anew from the stored stances.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.corpora import benchmarks_folder, write_configuration
from flows.admit import with_headline
from flows.articles import articles_in_time, draft_of_given, in_batches, parse_moment
from flows.redetect import redetect
from flows.replay import REPLAY_BATCH, replay, without_channels
from flows.wiring import no_progress, wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.admit import Draft
    from flows.wiring import Installation
    from monitors.records import Alert

EARLY, LATE = timedelta(days=45), timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Score:
    """What became of one series: known shifts, which of them were found, alerts right and wrong."""

    series_id: str
    known: int
    found: int
    years: float
    alerts: tuple[tuple[bool, datetime, str], ...]

    @property
    def false(self) -> int:
        return sum(not right for right, _, _ in self.alerts)


def main() -> None:
    arguments = _arguments()
    folder = benchmarks_folder() / "history"
    series = [
        one
        for one in json.loads((folder / "series.json").read_text())
        if not arguments.series or one["id"] in arguments.series
    ]
    scores = []
    with tempfile.TemporaryDirectory() as scratch, ProcessPoolExecutor(arguments.jobs) as pool:
        kept = Path(arguments.keep or scratch)
        kept.mkdir(parents=True, exist_ok=True)
        work = [pool.submit(score, folder / "articles.jsonl.gz", one, kept) for one in series]
        for done in as_completed(work):
            scores.append(done.result())
            _print(scores[-1])
    years, false = sum(s.years for s in scores), sum(s.false for s in scores)
    found, known = sum(s.found for s in scores), sum(s.known for s in scores)
    print(
        f"found {found} of {known}; {false} false alerts in {years:.1f} series-years: "
        f"{false / years:.2f} a year"
    )


def score(articles: Path, series: dict[str, Any], kept: Path) -> Score:
    """Replay one series and hold its alerts against the known shifts."""
    database = kept / f"{series['id']}.duckdb"
    with tempfile.TemporaryDirectory() as scratch:
        configuration = Path(scratch)
        write_configuration(configuration, [series["topic"]], [series["actor"]])
        if database.exists():
            alerts = _found_anew(wire(configuration, database))
        else:
            unfinished = database.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            alerts = _replay(without_channels(wire(configuration, unfinished)), articles, series)
            unfinished.rename(database)
    shifts = series["shifts"]
    marked = [(any(_is(a, shift) for shift in shifts), a.decided_at, _sides(a)) for a in alerts]
    span = date.fromisoformat(series["until"]) - date.fromisoformat(series["from"])
    return Score(
        series_id=series["id"],
        known=len(shifts),
        found=sum(any(_is(alert, shift) for alert in alerts) for shift in shifts),
        years=span.days / 365.25,
        alerts=tuple(marked),
    )


def _found_anew(installation: Installation) -> list[Alert]:
    with installation.database.read() as connection:
        return redetect(installation, connection, no_progress).alerts


def _replay(installation: Installation, articles: Path, series: dict[str, Any]) -> list[Alert]:
    batches = _batches(installation, articles, series)
    return [alert for done in replay(installation, batches) for alert in done.alerts]


def _batches(
    installation: Installation, articles: Path, series: dict[str, Any]
) -> Iterator[list[Draft]]:
    since, until = parse_moment(series["from"]), parse_moment(series["until"])
    named = (
        article
        for article in articles_in_time(articles, since, until)
        if installation.analyser.worth_reading(with_headline(article.title, article.text))
    )
    for batch in in_batches(named, REPLAY_BATCH):
        yield [draft_of_given(article) for article in batch]


def _is(alert: Alert, shift: dict[str, Any]) -> bool:
    known = date.fromisoformat(shift["date"])
    sides = (alert.from_label, alert.to_label) == (shift["from"], shift["to"])
    return sides and known - EARLY <= alert.decided_at.date() <= known + LATE


def _sides(alert: Alert) -> str:
    return f"{alert.from_label} -> {alert.to_label}, since {alert.changed_at:%Y-%m-%d}"


def _print(one: Score) -> None:
    print(f"{one.series_id}: {one.found} of {one.known} shifts, {one.false} false", flush=True)
    for right, decided_at, sides in one.alerts:
        print(f"    {'right' if right else 'false'} {decided_at:%Y-%m-%d} {sides}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("series", nargs="*", metavar="SERIES_ID")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", metavar="FOLDER")
    return parser.parse_args()


if __name__ == "__main__":
    main()
