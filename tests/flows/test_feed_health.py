"""Feeds that die, move and come back, over days of a clock that is moved by hand."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from flows.ingest import ingest
from flows.settings import ChannelConfig
from flows.store.rows import Row, select
from monitors.feed_states import Attempt, FeedFacts, decide_state, is_news, own_network_fails
from monitors.records import Feed
from tests.builders import NOW, day, rss
from tests.fakes import FakeClock, ScriptedInstallation, scripted
from tests.feed_server import FeedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.store import Database

# Loopback has many addresses, and each is a server of its own to us.
HOSTS = {"alpha": "127.0.0.1", "beta": "127.0.0.2", "gamma": "127.0.0.3", "delta": "127.0.0.4"}


class Servers:
    """A server per feed, as far as the network can tell."""

    def __init__(self, servers: dict[str, FeedServer]) -> None:
        self._servers = servers

    def put(self, name: str, body: bytes = b"", *, at: str = "alpha", **behaviour: object) -> str:
        """Answer for a feed, or for another name `at` a feed's server."""
        return self._servers.get(name, self._servers[at]).put(name, body, **behaviour)

    def url(self, name: str) -> str:
        return self._servers[name].url(name)

    def asked(self, name: str) -> int:
        return len(self._servers[name].requests_for(name))


@pytest.fixture
def server() -> Iterator[Servers]:
    with ExitStack() as stack:
        servers = Servers(
            {name: stack.enter_context(FeedServer(host)) for name, host in HOSTS.items()}
        )
        for name in HOSTS:
            servers.put(name, body(name))
        yield servers


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def installation(database: Database, clock: FakeClock, server: Servers) -> ScriptedInstallation:
    made = scripted(database, clock)
    feeds = tuple(
        Feed(name, f"{name.title()} News", name.title(), url=server.url(name)) for name in HOSTS
    )
    channels = (
        ChannelConfig("console", "console://", feed_notices=True),
        ChannelConfig("mail", "console://"),
    )
    settings = made.config.settings
    quick = settings.fetch.model_copy(update={"timeout_seconds": 0.3, "retries": 0})
    config = replace(
        made.config,
        feeds=feeds,
        channels=channels,
        settings=settings.model_copy(update={"fetch": quick}),
    )
    return replace(made, config=config)


def body(name: str, *numbers: int) -> bytes:
    words = " ".join(f"{name}word{index}" for index in range(30))
    return rss(
        *(
            {"title": f"{name} {n}", "text": f"{n} {words}", "published_at": day(-n / 4)}
            for n in numbers or range(8)
        )
    )


def rows(installation: ScriptedInstallation, query: str) -> list[Row]:
    with installation.database.read() as connection:
        return select(connection, query)


def states(installation: ScriptedInstallation) -> dict[str, str]:
    found = rows(installation, "SELECT feed_id, state FROM feed_health")
    return {str(row["feed_id"]): str(row["state"]) for row in found}


def notices(installation: ScriptedInstallation) -> list[Row]:
    return rows(installation, "SELECT channel, subject, body FROM deliveries ORDER BY created_at")


def days_pass(
    installation: ScriptedInstallation, clock: FakeClock, days: int, *, a_day: int = 2
) -> None:
    for _ in range(days * a_day):
        clock.forward(hours=24 / a_day)
        ingest(installation)


# --- what is decided ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (FeedFacts("new", 0), "new"),
        (FeedFacts("fetched", 0), "ok"),
        (FeedFacts("unchanged", 0, entries_per_day=20, newest_entry_at=day(-2.9)), "ok"),
        (FeedFacts("unchanged", 0, entries_per_day=20, newest_entry_at=day(-3.1)), "quiet"),
        (FeedFacts("unchanged", 0, entries_per_day=0.5, newest_entry_at=day(-19)), "ok"),
        (FeedFacts("unchanged", 0, entries_per_day=0.5, newest_entry_at=day(-21)), "quiet"),
        (FeedFacts("unchanged", 0, entries_per_day=None, newest_entry_at=day(-99)), "ok"),
        (FeedFacts("unchanged", 0, entries_per_day=5e-324, newest_entry_at=day(-99)), "ok"),
        (FeedFacts("timeout", 1, day(0)), "failing"),
        (FeedFacts("timeout", 50, day(-2.9)), "failing"),
        (FeedFacts("timeout", 4, day(-3)), "dead"),
        # Two tries, between which this machine slept for a week, tell nothing.
        (FeedFacts("timeout", 2, day(-7)), "failing"),
        (FeedFacts("timeout", 9, None), "failing"),
        (FeedFacts("gone", 1, day(0), disabled_at=day(0)), "gone"),
        (FeedFacts("fetched", 0, adopted_url="https://there.example/"), "moved"),
    ],
)
def test_state(facts: FeedFacts, state: str) -> None:
    assert decide_state(facts, NOW) == state


@pytest.mark.parametrize(
    ("before", "after", "articles", "told"),
    [
        ("ok", "failing", 9, False),
        ("failing", "dead", 9, True),
        ("failing", "dead", 0, False),
        ("dead", "ok", 9, True),
        ("dead", "quiet", 9, True),
        ("dead", "moved", 9, True),
        ("dead", "ok", 0, False),
        ("dead", "failing", 9, False),
        ("ok", "gone", 0, True),
        ("dead", "gone", 9, True),
        ("gone", "ok", 0, True),
        ("failing", "ok", 9, False),
        ("ok", "quiet", 9, False),
    ],
)
def test_what_is_news(before: str, after: str, articles: int, *, told: bool) -> None:
    assert is_news(before, after, articles) is told


def attempt(host: str, *, well: bool = True, answered: bool = False) -> Attempt:
    return Attempt(host, well, succeeded=False, answered=answered)


@pytest.mark.parametrize(
    ("attempts", "failed_before", "ours"),
    [
        ([attempt("a"), attempt("b"), attempt("c")], False, True),
        ([attempt("a"), attempt("b"), attempt("c", answered=True)], False, False),
        ([attempt("a"), attempt("b"), Attempt("c", True, True, True)], False, False),
        # Three feeds of one server that is down, and three that were dead already.
        ([attempt("a"), attempt("a"), attempt("a")], False, False),
        (
            [attempt("a", well=False), attempt("b", well=False), attempt("c", well=False)],
            False,
            False,
        ),
        ([attempt("a", well=False)], True, True),
        ([attempt("a", answered=True)], True, False),
    ],
)
def test_whose_fault_it_is(attempts: list[Attempt], *, failed_before: bool, ours: bool) -> None:
    assert own_network_fails(attempts, failed_before=failed_before) is ours


# --- what becomes of it -------------------------------------------------------------------------


def test_death_and_return_of_a_feed_are_told_once_each(
    installation: ScriptedInstallation, clock: FakeClock, server: Servers
) -> None:
    ingest(installation)
    assert states(installation) == dict.fromkeys(HOSTS, "ok")
    server.put("beta", status=500)
    clock.forward(hours=12)
    ingest(installation)
    assert states(installation)["beta"] == "failing"
    assert notices(installation) == []
    days_pass(installation, clock, 5, a_day=1)
    assert states(installation)["beta"] == "dead"
    (lost,) = notices(installation)
    assert lost["channel"] == "console"
    assert lost["subject"] == "Stancewatch: 1 feed is lost (Beta News)"
    assert "Beta News (beta): its server answers with an error (status 500), since" in str(
        lost["body"]
    )
    assert "It brought 8 articles with 0 stances." in str(lost["body"])
    server.put("beta", body("beta"))
    days_pass(installation, clock, 1)
    back = notices(installation)[-1]
    assert back["subject"] == "Stancewatch: 1 feed is back (Beta News)"
    assert len(notices(installation)) == 2
    story = rows(
        installation,
        "SELECT before, state FROM feed_changes WHERE feed_id = 'beta' ORDER BY changed_at",
    )
    assert [row["state"] for row in story] == ["ok", "failing", "dead", "quiet"]


def test_feeds_that_die_together_are_one_message(
    installation: ScriptedInstallation, clock: FakeClock, server: Servers
) -> None:
    ingest(installation)
    for name in ("alpha", "beta", "gamma"):
        server.put(name, status=404)
    days_pass(installation, clock, 5, a_day=1)
    (lost,) = notices(installation)
    assert "3 feeds are lost" in str(lost["subject"])
    assert "there is nothing at its address (404)" in str(lost["body"])


def test_gone_feed_is_told_of_at_once_and_asked_no_more(
    installation: ScriptedInstallation, clock: FakeClock, server: Servers
) -> None:
    server.put("gamma", status=410)
    ingest(installation)
    days_pass(installation, clock, 3)
    assert states(installation)["gamma"] == "gone"
    assert server.asked("gamma") == 1
    (notice,) = notices(installation)
    assert "stancewatch feeds retry gamma" in str(notice["body"])


def test_feed_that_never_brought_anything_dies_unsung(
    installation: ScriptedInstallation, clock: FakeClock, server: Servers
) -> None:
    server.put("alpha", status=500)
    ingest(installation)
    days_pass(installation, clock, 5, a_day=1)
    assert states(installation)["alpha"] == "dead"
    assert notices(installation) == []


def test_network_of_our_own_that_fails_kills_no_feed_and_makes_one_line(
    installation: ScriptedInstallation, clock: FakeClock, server: Servers
) -> None:
    ingest(installation)
    for name in HOSTS:
        server.put(name, dropped=True)
    reports = []
    for _ in range(5):
        clock.forward(hours=22)
        reports.append(ingest(installation))
    assert all(report.offline for report in reports)
    assert states(installation) == dict.fromkeys(HOSTS, "ok")
    assert notices(installation) == []
    for name in ("alpha", "beta", "gamma"):
        server.put(name, body(name))
    clock.forward(hours=12)
    assert not ingest(installation).offline
    assert states(installation) == {**dict.fromkeys(HOSTS, "quiet"), "delta": "failing"}
    (notice,) = notices(installation)
    assert notice["subject"] == "Stancewatch: feeds can be reached again"
    # What was our fault does not count against the one that is still missing.
    days_pass(installation, clock, 2)
    assert states(installation)["delta"] == "failing"


def test_silent_feed_is_quiet_and_not_dead(
    installation: ScriptedInstallation, clock: FakeClock
) -> None:
    ingest(installation)
    days_pass(installation, clock, 4, a_day=1)
    assert set(states(installation).values()) == {"quiet"}
    (row,) = rows(installation, "FROM feed_health WHERE feed_id = 'alpha'")
    assert row["cause"] == "it answers, but its newest entry is of 2 April 2024"
    assert notices(installation) == []


def test_entries_a_day_stand_beside_what_is_usual(
    installation: ScriptedInstallation, clock: FakeClock, server: Servers
) -> None:
    server.put("alpha", body("alpha", *range(120)))  # four a day for a month
    ingest(installation)
    clock.forward(days=3)
    ingest(installation)
    (row,) = rows(installation, "FROM feed_health WHERE feed_id = 'alpha'")
    assert (row["entries_a_day"], row["usual_a_day"]) == (2.3, 4.0)


# --- moves --------------------------------------------------------------------------------------


def test_move_for_good_is_adopted_after_a_day_and_shown(
    installation: ScriptedInstallation,
    clock: FakeClock,
    server: Servers,
) -> None:
    there = server.put("there", body("alpha"))
    server.put("alpha", status=301, redirect=there)
    for _ in range(3):
        ingest(installation)
        clock.forward(hours=12)
    assert states(installation)["alpha"] == "moved"
    (row,) = rows(installation, "FROM feed_health WHERE feed_id = 'alpha'")
    assert row["cause"] == f"it has moved to {there}, where it is asked now"
    asked = server.asked("alpha")
    ingest(installation)
    assert server.asked("alpha") == asked
    # The new place fails for good: back to the configured one.
    server.put("there", status=404)
    server.put("alpha", body("alpha"))
    days_pass(installation, clock, 1)
    assert states(installation)["alpha"] == "ok"
    assert server.asked("alpha") > asked


def test_move_to_an_address_with_a_secret_is_not_stored(
    installation: ScriptedInstallation,
    clock: FakeClock,
    server: Servers,
) -> None:
    there = server.put("there?token=s3cret-t0ken", body("alpha"))
    server.put("alpha", status=301, redirect=there)
    for _ in range(4):
        ingest(installation)
        clock.forward(hours=12)
    assert states(installation)["alpha"] == "ok"
    assert b"s3cret-t0ken" not in installation.database.path.read_bytes()
