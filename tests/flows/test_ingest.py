from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from flows.admit import Draft, admit
from flows.feed_memory import Reading, remember
from flows.fetch import FetchResult
from flows.ingest import IngestReport, ingest
from flows.store.feeds import FeedState, FetchOutcome, retry_feed
from flows.store.rows import Row, select
from monitors.errors import StoreError
from monitors.records import Feed
from tests.builders import day, rss
from tests.fakes import FakeClock, ScriptedInstallation, scripted

if TYPE_CHECKING:
    from pathlib import Path

    from flows.store import Database
    from tests.feed_server import FeedServer

NAMES = ("steady", "growing", "edited", "gone", "slow", "page", "broken", "flaky")


def item(name: str, number: int, text: str = "") -> dict[str, object]:
    words = " ".join(f"{name}{number}word{index}" for index in range(40))
    title = f"{name} {number}"
    return {"title": title, "text": text or f"{title}. {words}", "published_at": day(number / 24)}


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


def feed_row(installation: ScriptedInstallation, feed_id: str) -> Row:
    (row,) = rows(installation, f"FROM feeds WHERE feed_id = '{feed_id}'")
    return row


def dated(name: str, number: int, published_at: datetime) -> dict[str, object]:
    return item(name, number) | {"published_at": published_at}


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
    asked = [run["page"] for run in seen if "page" in run]
    assert set(asked) == {"not_a_feed"}
    assert len(asked) < len(seen)  # a page does not turn into a feed overnight
    assert [run["gone"] for run in seen[3:5]] == ["unchanged", "gone"]
    assert not any("gone" in run for run in seen[5:])
    assert seen[0]["broken"] == "degraded"
    assert seen[2]["flaky"] not in ("fetched", "unchanged")
    assert seen[4]["flaky"] == "fetched"
    health = {row["feed_id"]: row for row in rows(installation, "FROM feed_health")}
    assert health["gone"]["status"] == "gone"
    assert health["gone"]["articles"] == 1
    assert health["steady"]["failures"] == health["slow"]["failures"] == 0
    assert health["page"]["failures"] == len(asked)
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


def test_row_9_validators_that_change_alone_are_kept(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    """Of the same body sent anew, and of an answer that nothing has changed."""
    body, since = rss(item("steady", 0)), "Tue, 02 Apr 2024 10:00:00 GMT"
    query = "SELECT etag, last_modified FROM feeds WHERE feed_id = 'steady'"
    for etag in ('"1"', '"2"'):
        server.put("steady", body, etag=etag, headers={"Last-Modified": since})
        ingest(installation)
        assert rows(installation, query) == [{"etag": etag, "last_modified": since}]
    server.put("steady", status=304, headers={"ETag": '"3"'})
    assert outcomes(ingest(installation))["steady"] == "unchanged"
    assert rows(installation, query) == [{"etag": '"3"', "last_modified": since}]


def test_row_7_a_loop_of_redirects_leaves_what_was_known(
    installation: ScriptedInstallation, clock: FakeClock, server: FeedServer
) -> None:
    server.put("steady", rss(item("steady", 0)), etag='"1"')
    ingest(installation)
    server.put("steady", redirect="/steady")
    assert outcomes(ingest(installation))["steady"] == "redirect_loop"
    query = "SELECT etag, failures FROM feeds WHERE feed_id = 'steady'"
    assert rows(installation, query) == [{"etag": '"1"', "failures": 1}]
    server.put("steady", rss(item("steady", 0)), etag='"1"')
    clock.forward(hours=13)
    assert outcomes(ingest(installation))["steady"] == "unchanged"
    assert server.requests_for("steady")[-1].headers["if-none-match"] == '"1"'


def test_moved_feed_starts_afresh(installation: ScriptedInstallation, server: FeedServer) -> None:
    server.put("steady", rss(item("steady", 0)), etag='"1"')
    ingest(installation)
    server.put("elsewhere", rss(item("steady", 0), item("steady", 1)), etag='"1"')
    feeds = (Feed("steady", "Steady", "Outlet steady", url=server.url("elsewhere")),)
    moved = replace(installation, config=replace(installation.config, feeds=feeds))
    assert outcomes(ingest(moved)) == {"steady": "fetched"}
    assert len(rows(installation, "FROM articles")) == 2


def test_no_secret_reaches_the_database(database: Database, server: FeedServer) -> None:
    server.put("private?token=s3cret-t0ken", rss(item("private", 0)))
    made = scripted(database)
    url = server.url("private", user="reader:hunter2") + "?token=s3cret-t0ken"
    feeds = (Feed("private", "Private", "Outlet", url=url),)
    report = ingest(replace(made, config=replace(made.config, feeds=feeds)))
    assert outcomes(report) == {"private": "fetched"}
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


def test_fresh_validators_are_kept_though_the_body_is_the_same(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    modified = "Tue, 02 Apr 2024 12:00:00 GMT"
    body = rss(item("steady", 0))
    server.put("steady", body, etag='"1"', last_modified=modified)
    ingest(installation)
    server.put("steady", body, etag='"2"', last_modified=modified)
    assert outcomes(ingest(installation))["steady"] == "unchanged"
    ingest(installation)
    last = server.requests_for("steady")[-1].headers
    assert (last["if-none-match"], last["if-modified-since"]) == ('"2"', modified)


def test_server_that_always_says_unchanged_is_asked_for_everything_now_and_then(
    installation: ScriptedInstallation, clock: FakeClock, server: FeedServer
) -> None:
    server.put("steady", rss(item("steady", 0)), etag='"1"')
    ingest(installation)
    # Its etag never changes again, whatever it carries.
    server.put("steady", rss(item("steady", 0), item("steady", 1)), etag='"1"')
    found = []
    for _ in range(5):
        clock.forward(hours=12)
        found.append(outcomes(ingest(installation))["steady"])
    assert found == ["unchanged"] * 3 + ["fetched", "unchanged"]


def test_feed_suddenly_empty_is_fine_with_a_warning(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    server.put("steady", rss(item("steady", 0), item("steady", 1)))
    ingest(installation)
    before = feed_row(installation, "steady")
    server.put("steady", rss())
    (outcome,) = [o for o in ingest(installation).feeds if o.feed_id == "steady"]
    assert (outcome.status, outcome.succeeded) == ("degraded", True)
    assert outcome.detail == "it has no entries any more; there were 2"
    after = feed_row(installation, "steady")
    assert after["newest_entry_at"] == before["newest_entry_at"]


def test_edit_by_the_feed_that_owns_an_article_is_seen_beside_another_that_carries_it(
    installation: ScriptedInstallation, clock: FakeClock, server: FeedServer
) -> None:
    shared = {"link": "https://news.example/shared"}
    server.put("growing", rss(item("growing", 0, "First words " * 20) | shared))
    ingest(installation)
    clock.forward(hours=2)
    server.put("steady", rss(item("steady", 0, "Words of another " * 20) | shared))
    server.put("growing", rss(item("growing", 0, "Better words " * 20) | shared))
    assert ingest(installation).new_articles == 1
    versions = rows(installation, "SELECT feed_id, version FROM articles ORDER BY version")
    assert versions == [{"feed_id": "growing", "version": 1}, {"feed_id": "growing", "version": 2}]


def test_articles_belong_to_the_feed_listed_first_whoever_answers_first(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    shared = {"link": "https://news.example/shared"}
    server.put("steady", rss(item("steady", 0) | shared), delay_s=0.3)
    server.put("growing", rss(item("growing", 0) | shared))
    config = installation.config
    # Elsewhere, or they would be asked in turn.
    first, *rest = config.feeds
    feeds = (replace(first, url=str(first.url).replace("127.0.0.1", "localhost")), *rest)
    ingest(replace(installation, config=replace(config, feeds=feeds)))
    assert [row["feed_id"] for row in rows(installation, "FROM articles")] == ["steady"]


def test_many_feeds_are_kept_in_batches_and_none_is_left_out(
    installation: ScriptedInstallation, server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.ingest.BATCH_DOCUMENTS", 2)
    monkeypatch.setattr("flows.arrivals.ROOM", 3)
    names = [f"feed{number}" for number in range(11)]
    for name in names[:-1]:
        server.put(name, rss(item(name, 0), item(name, 1)))
    feeds = tuple(Feed(name, name, name, url=server.url(name)) for name in names)
    config = replace(installation.config, feeds=feeds)
    report = ingest(replace(installation, config=config))
    assert [outcome.feed_id for outcome in report.feeds] == names
    assert report.new_articles == 20
    assert report.failed == ("feed10",)
    assert sum(outcome.new_articles for outcome in report.feeds) == 20


def test_fault_while_keeping_ends_the_run_and_keeps_what_was_committed(
    installation: ScriptedInstallation, server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.ingest.BATCH_DOCUMENTS", 1)
    for name in ("steady", "growing"):
        server.put(name, rss(item(name, 0)))
    kept = []

    def failing_admit(connection: object, drafts: list[Draft], known: object) -> list[object]:
        kept.append(drafts)
        if len(kept) > 1:
            raise StoreError("the disk is full")
        return admit(connection, drafts, known)  # type: ignore[arg-type,return-value]

    monkeypatch.setattr("flows.ingest.admit", failing_admit)
    with pytest.raises(StoreError, match="disk is full"):
        ingest(installation)
    stored = rows(installation, "SELECT feed_id FROM articles")
    marked = rows(installation, "SELECT feed_id FROM feeds WHERE body_hash IS NOT NULL")
    assert stored == marked
    assert len(stored) == 1


# --- polling on schedule ----------------------------------------------------------------------


def on_schedule(installation: ScriptedInstallation) -> set[str]:
    return set(outcomes(ingest(installation, on_schedule=True)))


def test_busy_feed_is_asked_in_every_slot_and_a_quiet_one_rests(
    installation: ScriptedInstallation, clock: FakeClock, server: FeedServer
) -> None:
    hourly = [dated("growing", number, clock.now - timedelta(hours=number)) for number in range(30)]
    old = [dated("steady", number, clock.now - timedelta(days=90 * number)) for number in (1, 2)]
    server.put("growing", rss(*hourly), etag='"1"')
    server.put("steady", rss(*old), etag='"1"')
    asked: Counter[str] = Counter()
    for slot in range(4):
        # Runs do not start on the second.
        clock.now = day(slot / 96) + timedelta(seconds=20 * (slot % 2))
        asked.update(on_schedule(installation))
    assert asked["growing"] == 4
    assert asked["steady"] == 1


def test_run_by_hand_asks_what_is_not_due_on_schedule(
    installation: ScriptedInstallation, clock: FakeClock, server: FeedServer
) -> None:
    server.put("steady", rss(item("steady", 0)), status=200)
    server.put("gone", status=410)
    server.put("flaky", status=500)
    ingest(installation)
    clock.forward(minutes=1)
    assert on_schedule(installation) == set()
    by_hand = set(outcomes(ingest(installation)))
    assert "steady" in by_hand
    assert not {"gone", "flaky"} & by_hand


def test_answer_that_is_said_to_be_fresh_is_not_asked_for_again(clock: FakeClock) -> None:
    feed = Feed("steady", "Steady", "Outlet", url="https://news.example/rss")
    answer = FetchResult("steady", "unchanged", http_status=304, max_age_s=4 * 3600)
    reading = Reading(feed, FetchOutcome("steady", "unchanged"), answer)
    state = remember(FeedState(), reading, arrived=0, least=timedelta(minutes=15), now=clock.now)
    assert state.next_fetch_at is not None
    assert state.next_fetch_at > clock.now + timedelta(hours=3, minutes=55)


def test_gone_feed_is_asked_again_when_told_to_or_at_a_new_address(
    installation: ScriptedInstallation, clock: FakeClock, server: FeedServer
) -> None:
    server.put("gone", status=410)
    ingest(installation)
    clock.forward(days=40)
    assert "gone" in ingest(installation).waiting
    with installation.database.write() as connection:
        assert retry_feed(connection, "gone")
        assert not retry_feed(connection, "unheard-of")
    assert outcomes(ingest(installation))["gone"] == "gone"
    server.put("elsewhere", rss(item("gone", 0)))
    moved = tuple(
        replace(feed, url=server.url("elsewhere")) if feed.feed_id == "gone" else feed
        for feed in installation.config.feeds
    )
    mended = replace(installation, config=replace(installation.config, feeds=moved))
    assert outcomes(ingest(mended))["gone"] == "fetched"
