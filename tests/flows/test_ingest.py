from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from flows.ingest import IngestReport, ingest
from flows.store.rows import Row, select
from monitors.records import Feed
from tests.builders import day, rss
from tests.fakes import FakeClock, ScriptedInstallation, scripted
from tests.feed_server import FeedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flows.store import Database

NAMES = ("steady", "growing", "edited", "gone", "slow", "page", "broken", "flaky")


def item(name: str, number: int, text: str = "") -> dict[str, object]:
    words = " ".join(f"{name}{number}word{index}" for index in range(40))
    title = f"{name} {number}"
    return {"title": title, "text": text or f"{title}. {words}", "published_at": day(number / 24)}


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def installation(database: Database, clock: FakeClock, server: FeedServer) -> ScriptedInstallation:
    made = scripted(database, clock)
    feeds = tuple(Feed(n, n.title(), f"Outlet {n}", url=server.url(n)) for n in NAMES)
    settings = made.config.settings
    quick = settings.model_copy(
        update={"fetch": settings.fetch.model_copy(update={"timeout_seconds": 0.5, "retries": 0})}
    )
    return replace(made, config=replace(made.config, feeds=feeds, settings=quick))


def rows(installation: ScriptedInstallation, query: str) -> list[Row]:
    with installation.database.read() as connection:
        return select(connection, query)


def outcomes(report: IngestReport) -> dict[str, str]:
    return {outcome.feed_id: outcome.status for outcome in report.feeds}


def test_ten_runs_over_feeds_of_every_kind(
    installation: ScriptedInstallation, clock: FakeClock, server: FeedServer
) -> None:
    server.put("steady", rss(item("steady", 0)), etag='"1"')
    server.put("gone", rss(item("gone", 0)))
    server.put("slow", rss(item("slow", 0)), delay_s=3)
    server.put("page", b"<html><body>Please log in</body></html>", content_type="text/html")
    server.put("broken", rss(item("broken", 0), item("broken", 1))[:-40])
    server.put("flaky", rss(item("flaky", 0)))
    seen = []
    for run in range(10):
        items = [item("growing", number) for number in range(run + 1)]
        server.put("growing", rss(*items[-5:]), etag=f'"{run}"')
        words = "An edited text " * 10 if run < 6 else "Now it says something else " * 10
        server.put("edited", rss(item("edited", 0, text=words)))
        if run == 4:
            server.put("gone", status=410)
        if run == 7:
            server.put("slow", rss(item("slow", 0)))
        if run in (2, 3):
            server.put("flaky", status=503)
        elif run == 4:
            server.put("flaky", rss(item("flaky", 0), item("flaky", 1)))
        seen.append(outcomes(ingest(installation)))
        clock.forward(hours=13)

    counts = rows(
        installation,
        "SELECT feed_id, count(*) AS n FROM articles GROUP BY feed_id ORDER BY feed_id",
    )
    assert {row["feed_id"]: row["n"] for row in counts} == {
        "broken": 1,  # the second one is cut in the middle
        "edited": 2,
        "flaky": 2,
        "gone": 1,
        "growing": 10,
        "slow": 1,
        "steady": 1,
    }
    assert [run["steady"] for run in seen] == ["fetched"] + ["unchanged"] * 9
    assert [run["slow"] for run in seen] == ["timeout"] * 7 + ["fetched"] + ["unchanged"] * 2
    assert {run["page"] for run in seen} == {"not_a_feed"}
    assert [run["gone"] for run in seen[3:5]] == ["unchanged", "gone"]
    assert seen[0]["broken"] == "degraded"
    assert seen[2]["flaky"] not in ("fetched", "unchanged")
    assert seen[4]["flaky"] == "fetched"
    health = {row["feed_id"]: row for row in rows(installation, "FROM feed_health")}
    assert health["gone"]["status"] == "gone"
    assert health["gone"]["articles"] == 1
    assert health["steady"]["failures"] == health["slow"]["failures"] == 0
    assert health["page"]["failures"] == 10
    assert rows(installation, "SELECT DISTINCT state FROM runs") == [{"state": "done"}]
    edited = rows(installation, "FROM articles WHERE feed_id = 'edited' ORDER BY version")
    assert [row["is_current"] for row in edited] == [False, True]


def test_unchanged_feed_is_asked_with_its_validators(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    server.put("steady", rss(item("steady", 0)), etag='"1"')
    for _ in range(2):
        ingest(installation)
    first, second = server.requests_for("steady")
    assert "if-none-match" not in first.headers
    assert second.headers["if-none-match"] == '"1"'


def test_failing_server_is_left_alone_for_longer_and_longer(
    installation: ScriptedInstallation, clock: FakeClock, server: FeedServer
) -> None:
    server.put("flaky", status=500)
    asked = []
    only = replace(
        installation, config=replace(installation.config, feeds=installation.config.feeds[-1:])
    )
    for _ in range(12):
        asked.append("flaky" in outcomes(ingest(only)))
        clock.forward(minutes=15)
    assert asked == [True, True, True, False, True, False, False, True] + [False] * 4


def test_retry_after_is_honoured(
    installation: ScriptedInstallation, clock: FakeClock, server: FeedServer
) -> None:
    server.put("flaky", status=429, headers={"Retry-After": "3600"})
    assert outcomes(ingest(installation))["flaky"] == "rate_limited"
    clock.forward(minutes=59)
    assert "flaky" in ingest(installation).waiting
    clock.forward(minutes=2)
    assert "flaky" in outcomes(ingest(installation))


def test_feed_in_a_file_is_read(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(rss(item("file", 0)))
    made = scripted(database)
    feeds = (
        Feed("file", "File", "Outlet", path=str(path)),
        Feed("none", "None", "Outlet", path=str(tmp_path / "none.xml")),
    )
    report = ingest(replace(made, config=replace(made.config, feeds=feeds)))
    assert outcomes(report) == {"file": "fetched", "none": "unreadable"}
    assert report.new_articles == 1


def test_moved_feed_starts_afresh(installation: ScriptedInstallation, server: FeedServer) -> None:
    server.put("steady", rss(item("steady", 0)), etag='"1"')
    ingest(installation)
    server.put("elsewhere", rss(item("steady", 0), item("steady", 1)), etag='"1"')
    feeds = (Feed("steady", "Steady", "Outlet steady", url=server.url("elsewhere")),)
    moved = replace(installation, config=replace(installation.config, feeds=feeds))
    assert outcomes(ingest(moved)) == {"steady": "fetched"}
    assert len(rows(installation, "FROM articles")) == 2


def test_no_secret_reaches_the_database(database: Database, server: FeedServer) -> None:
    server.put("private", rss(item("private", 0)))
    made = scripted(database)
    url = server.url("private", user="reader:hunter2") + "?token=s3cret-t0ken"
    feeds = (Feed("private", "Private", "Outlet", url=url),)
    ingest(replace(made, config=replace(made.config, feeds=feeds)))
    stored = database.path.read_bytes()
    assert b"hunter2" not in stored
    assert b"s3cret-t0ken" not in stored


def test_answer_that_breaks_off_is_degraded_and_asked_for_again(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    whole = rss(item("steady", 0), item("steady", 1))
    server.put("steady", whole, etag='"1"', sent_bytes=len(whole) - 400)
    first = ingest(installation)
    assert outcomes(first)["steady"] == "degraded"
    server.put("steady", whole, etag='"1"')
    assert outcomes(ingest(installation))["steady"] == "fetched"
    assert len(rows(installation, "FROM articles")) == 2


def test_feed_that_takes_too_long_to_read_holds_up_no_other(
    installation: ScriptedInstallation, server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 19, as a run meets it."""
    monkeypatch.setattr("flows.parse.DEADLINE_S", 1.5)
    author = f"<author><![CDATA[<{'a' * 300_000}]]></author></item>".encode()
    server.put("slow", rss(item("slow", 0)).replace(b"</item>", author))
    server.put("steady", rss(item("steady", 0)))
    seen = outcomes(ingest(installation))
    assert (seen["slow"], seen["steady"]) == ("too_complex", "fetched")


def test_changing_guids_and_empty_entries_make_no_further_articles(
    installation: ScriptedInstallation, clock: FakeClock, server: FeedServer
) -> None:
    """Row 25."""
    for run in range(3):
        entry = item("steady", 0) | {"guid": f"made-up-{run}"}
        body = rss(entry).replace(b"</channel>", b"<item><guid>1</guid></item></channel>")
        server.put("steady", body)
        assert outcomes(ingest(installation))["steady"] == "fetched"
        clock.forward(hours=13)
    found = rows(installation, "FROM articles WHERE feed_id = 'steady'")
    assert len(found) == 1
