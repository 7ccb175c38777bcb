from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from flows.admit import Draft, admit
from flows.backfill import BackfillReport, LeftOut, backfill
from flows.page_extract import page_workers
from flows.redetect import redetect
from flows.replay import replay
from flows.sources.archives import Scope, outlets_of, read_archive
from flows.store import transaction
from flows.store.rows import Row, select
from flows.store.series import load_states
from flows.watch import watch
from flows.wiring import no_progress
from monitors.errors import ArticleError
from monitors.records import Feed
from tests.archives import HTML, page, write_warc
from tests.builders import ROOT, day, draft, rss
from tests.fakes import FakeClock, ScriptedInstallation, scripted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from flows.store import Database
    from monitors.shifts import SeriesState

AGAINST, FAVOR = "[united-states tiktok against]", "[united-states tiktok favor]"
OUTLETS = ("Courier", "Ledger", "Tribune")
KEY = ("united-states", "tiktok")
ARTICLE, WALL = (
    (ROOT / "tests" / "pages" / f"{name}.html").read_bytes() for name in ("article", "paywall")
)


def text(number: float, script: str) -> str:
    words = " ".join(f"word{number}x{index}" for index in range(60))
    return f"Report {number}: {script} {words}"


def story(number: int, script: str, **changes: Any) -> Draft:
    values = {"published_at": day(number), "outlet": OUTLETS[number % 3], **changes}
    return draft(text(number, script), **values)


def row(number: int, script: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "text": text(number, script),
        "published": day(number).isoformat(),
        "outlet": OUTLETS[number % 3],
        **changes,
    }


def write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    lines = "".join(json.dumps(one) + "\n" for one in rows)
    path.write_bytes(gzip.compress(lines.encode()) if path.suffix == ".gz" else lines.encode())
    return path


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(day(100))


@pytest.fixture
def installation(database: Database, clock: FakeClock) -> ScriptedInstallation:
    return scripted(database, clock)


def take_in(installation: ScriptedInstallation, path: Path, **scope: Any) -> BackfillReport:
    wanted = Scope(installation.clock(), **scope)
    return backfill(installation, read(path, wanted))


def read(path: Path, scope: Scope, seconds: float = 20.0) -> Iterator[Draft | LeftOut]:
    with page_workers(1) as workers:
        yield from read_archive(path, scope, 5_000_000, workers, seconds)


def rows_of(installation: ScriptedInstallation, query: str) -> list[Row]:
    with installation.database.read() as connection:
        return select(connection, query)


def state(installation: ScriptedInstallation) -> SeriesState:
    with installation.database.read() as connection:
        return load_states(connection, [KEY], "sequential")[KEY]


def live(installation: ScriptedInstallation, *drafts: Draft) -> int:
    (replayed,) = replay(installation, [drafts])
    return len(replayed.alerts)


def arrive(installation: ScriptedInstallation, *drafts: Draft) -> int:
    with installation.database.write() as connection, transaction(connection):
        admit(connection, drafts)
    return len(watch(installation).alerts)


def test_old_news_is_kept_read_and_never_fires(
    installation: ScriptedInstallation, tmp_path: Path
) -> None:
    turn = [row(n, AGAINST) for n in range(20)] + [row(n, FAVOR) for n in range(20, 60)]
    path = write_rows(tmp_path / "old.jsonl.gz", turn)
    report = take_in(installation, path)
    assert (report.found, report.new_articles, report.stances, report.waiting) == (60, 60, 60, 0)
    assert rows_of(installation, "FROM alerts") == rows_of(installation, "FROM shifts") == []
    assert rows_of(installation, "FROM deliveries") == []
    (seen,) = rows_of(installation, "SELECT DISTINCT first_seen_at, feed_id FROM articles")
    assert seen == {"first_seen_at": day(100), "feed_id": "backfill"}
    assert state(installation).label == "favor"
    assert state(installation).changed_at == day(20)


def test_the_series_are_as_if_the_history_had_always_been_there(
    installation: ScriptedInstallation, tmp_path: Path
) -> None:
    """Recent news first, then what came before it: the turn that this reveals is no news."""
    assert live(installation, *(story(n, FAVOR) for n in range(80, 99))) == 0
    assert state(installation).count == 19
    path = write_rows(tmp_path / "old.jsonl", [row(n, AGAINST) for n in range(60)])
    assert take_in(installation, path).series == 1
    corrected = state(installation)
    assert (corrected.count, corrected.label) == (79, "favor")
    assert corrected.changed_at == day(80)
    assert arrive(installation, story(101, FAVOR), story(102, FAVOR), story(103, FAVOR)) == 0
    assert rows_of(installation, "FROM alerts") == []


def test_a_real_shift_after_it_fires(
    installation: ScriptedInstallation, clock: FakeClock, tmp_path: Path
) -> None:
    path = write_rows(tmp_path / "old.jsonl", [row(n, AGAINST) for n in range(80)])
    take_in(installation, path)
    alerts = 0
    for number in range(101, 112):
        clock.now = day(number)
        alerts += arrive(installation, story(number, FAVOR))
    assert alerts == 1
    (alert,) = rows_of(installation, "FROM alerts")
    assert (alert["from_label"], alert["to_label"]) == ("against", "favor")


def test_what_is_recent_enough_waits_for_the_next_run_and_may_fire(
    installation: ScriptedInstallation, tmp_path: Path
) -> None:
    rows = [row(n, AGAINST) for n in range(80)] + [row(n, FAVOR) for n in range(94, 100)]
    report = take_in(installation, write_rows(tmp_path / "old.jsonl", rows))
    assert report.waiting == 6
    assert rows_of(installation, "FROM alerts") == []
    assert len(watch(installation).alerts) == 1


def test_a_killed_backfill_is_gone_on_with(
    installation: ScriptedInstallation, tmp_path: Path, clock: FakeClock
) -> None:
    rows = [row(n, AGAINST) for n in range(60)] + [row(n, FAVOR) for n in range(60, 90)]
    path = write_rows(tmp_path / "old.jsonl", rows)

    def killed() -> Iterator[Draft | LeftOut]:
        for number, found in enumerate(read(path, Scope(clock()))):
            if number == 70:
                raise KeyboardInterrupt
            yield found

    with pytest.raises(KeyboardInterrupt):
        backfill(installation, killed(), batch_size=20)
    assert len(rows_of(installation, "FROM articles")) == 60
    assert rows_of(installation, "FROM series WHERE analysis_version IS NOT NULL") == []
    clock.forward(hours=1)
    again = take_in(installation, path)
    assert (again.found, again.new_articles) == (90, 30)
    assert take_in(installation, path).new_articles == 0
    assert state(installation).changed_at == day(60)
    states = rows_of(installation, "SELECT state FROM runs ORDER BY started_at, state")
    assert [one["state"] for one in states] == ["failed", "done", "done"]


def test_a_run_that_meets_a_series_before_it_is_built_builds_it(
    installation: ScriptedInstallation, clock: FakeClock, tmp_path: Path
) -> None:
    path = write_rows(tmp_path / "old.jsonl", [row(n, AGAINST) for n in range(60)])
    take_in(installation, path)
    with installation.database.write() as connection:
        connection.execute("DELETE FROM series")
    alerts = arrive(
        installation, *(story(n, FAVOR, first_seen_at=day(100)) for n in range(95, 100))
    )
    assert state(installation).count == 65
    assert alerts == 1
    with installation.database.read() as connection:
        assert redetect(installation, connection, no_progress).alerts != []


def test_a_run_that_takes_up_old_articles_corrects_the_series_likewise(
    installation: ScriptedInstallation,
) -> None:
    live(installation, *(story(n, FAVOR) for n in range(80, 99)))
    old = [story(n, AGAINST, first_seen_at=day(100)) for n in range(60)]
    assert arrive(installation, *old) == 0
    assert (state(installation).count, state(installation).changed_at) == (79, day(80))
    assert arrive(installation, story(100, FAVOR), story(101, FAVOR)) == 0


def test_articles_without_a_date_or_out_of_range_are_left_out_and_counted(
    installation: ScriptedInstallation, tmp_path: Path
) -> None:
    rows = [row(n, AGAINST) for n in range(5)] + [row(9, AGAINST, published=None)]
    path = write_rows(tmp_path / "old.jsonl", rows)
    report = take_in(installation, path, since=day(2), until=day(3))
    assert report.new_articles == 2
    assert report.left_out == {"out_of_range": 3, "no_date": 1}


def test_equal_ids_of_two_files_are_two_articles(
    installation: ScriptedInstallation, tmp_path: Path
) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        take_in(installation, write_rows(tmp_path / name, [row(1, f"{AGAINST} {name}")]))
    urls = rows_of(installation, "SELECT url, version FROM articles ORDER BY url")
    assert [(one["url"], one["version"]) for one in urls] == [
        ("backfill:a.jsonl/1", 1),
        ("backfill:b.jsonl/1", 1),
    ]


def test_a_broken_line_is_named_and_what_came_before_it_is_kept(
    installation: ScriptedInstallation, tmp_path: Path
) -> None:
    path = write_rows(tmp_path / "old.jsonl", [row(n, AGAINST) for n in range(3)])
    path.write_text(path.read_text() + "{broken\n")
    wanted = Scope(installation.clock())
    with pytest.raises(ArticleError, match=r"old\.jsonl:4"):
        backfill(installation, read(path, wanted), batch_size=2)
    assert len(rows_of(installation, "FROM articles")) == 2


def test_a_web_archive_is_taken_in(installation: ScriptedInstallation, tmp_path: Path) -> None:
    item = {"title": "Of a feed", "text": text(7, FAVOR), "published_at": day(7)}
    path = write_warc(
        tmp_path / "crawl",
        (
            "https://www.courier.example/a?utm_source=x",
            HTML,
            page("A page", text(5, AGAINST), day(5).isoformat()),
        ),
        ("https://www.courier.example/short", HTML, page("A page", "too short")),
        ("https://www.courier.example/wall", HTML, WALL),
        ("https://ledger.example/undated", HTML, page("Undated", text(6, AGAINST))),
        ("https://feeds.ledger.example/rss", "application/rss+xml", rss(item)),
        ("https://ledger.example/sitemap.xml", "application/xml", b"<urlset/>"),
    )
    outlets = outlets_of([Feed("c", "C", "The Courier", url="https://rss.courier.example/all")])
    report = take_in(installation, path, outlets=outlets)
    found = rows_of(
        installation, "SELECT url, outlet, published_at, date_source FROM articles ORDER BY url"
    )
    assert [tuple(one.values()) for one in found] == [
        ("https://ledger.example/undated", "ledger.example", day(-32), "file"),
        ("https://news.example/of-a-feed", "ledger.example", day(7), "published"),
        ("https://www.courier.example/a", "The Courier", day(5), "page"),
    ]
    assert report.left_out == {"empty": 1, "paywall": 1}
    assert report.stances == 3


def test_of_a_page_in_an_archive_the_article_is_read_with_what_the_page_says_of_it(
    installation: ScriptedInstallation, tmp_path: Path
) -> None:
    path = write_warc(tmp_path / "crawl", ("https://courier.example/a", HTML, ARTICLE))
    assert take_in(installation, path).new_articles == 1
    (found,) = rows_of(installation, "FROM articles")
    assert "newsletter" not in found["text"]
    assert (found["text_source"], found["author"]) == ("page", "Maria Okafor")
    assert found["published_at"] == datetime(2024, 4, 2, 7, 15, tzinfo=UTC)


@pytest.mark.slow
def test_a_page_of_an_archive_that_hangs_costs_only_itself(
    installation: ScriptedInstallation, tmp_path: Path
) -> None:
    endless = '<li><a href="/x">Some headline of a story on TikTok</a></li>' * 40_000
    path = write_warc(
        tmp_path / "crawl",
        ("https://courier.example/endless", HTML, f"<ul>{endless}".encode()),
        ("https://courier.example/a", HTML, ARTICLE),
    )
    report = backfill(installation, read(path, Scope(installation.clock()), 3.0))
    assert (report.new_articles, report.left_out) == (1, {"too_slow": 1})


def test_a_late_edit_of_what_is_stored_is_of_the_feed_that_brought_it(
    installation: ScriptedInstallation, tmp_path: Path
) -> None:
    url = "https://courier.example/a"
    live(installation, story(99, FAVOR, url=url))
    path = write_rows(tmp_path / "old.jsonl", [row(1, AGAINST, url=url)])
    assert take_in(installation, path).new_articles == 0
