"""Feeds that are pushed: a real hub on loopback, our listener, and ingest, against one database."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from flows.ingest import IngestReport, ingest, ingest_on_schedule
from flows.store import transaction
from flows.store.feeds import register_feeds
from flows.store.rows import Row, select, update
from flows.store.subscriptions import live_until
from flows.websub.keys import load_key
from flows.websub.pushes import Pushes
from flows.websub.serving import listening
from flows.websub.subscribing import ask_hubs, plan_subscriptions
from monitors.errors import StoreError
from monitors.records import Feed
from tests.builders import ROOT, day, rss
from tests.fakes import FakeClock, ScriptedInstallation, scripted
from tests.hub_server import DAY_S, HubServer, Loop
from tests.receivers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flows.store import Database
    from tests.feed_server import FeedServer

# With these two, a feed is asked about once a day.
OLDER = {"title": "Older", "text": "What was known long ago.", "published_at": day(-26)}
OLD = {"title": "Old", "text": "What was known before.", "published_at": day(-20)}
NEW = {"title": "New", "text": "What has just been said.", "published_at": day(0)}


@dataclass
class Place:
    """An installation with one feed that has a hub, and its listener."""

    installation: ScriptedInstallation
    clock: FakeClock
    server: FeedServer
    hub: HubServer
    loop: Loop
    asked: list[float]

    def publish(self, *items: dict[str, Any], hub: str = "") -> None:
        topic = self.server.url("post")
        links = f'<{hub or self.hub.url}>; rel="hub", <{topic}>; rel="self"'
        self.server.put("post", rss(*items, OLDER), headers={"Link": links})

    def ingest(self, **later: float) -> IngestReport:
        """What a slot of `serve` does, so much later."""
        self.clock.forward(**later)
        return ingest_on_schedule(self.installation)

    def subscribe(self) -> None:
        self.publish(OLD)
        self.ingest()
        self.hub.wait_for_answers(1)

    def agree(self) -> None:
        """What `subscribe` comes to, without a feed being fetched for it."""
        database, now = self.installation.database, self.clock.now
        (feed,) = self.installation.config.feeds
        hub = {"hub_url": self.hub.url, "topic_url": feed.url, "last_fetched_at": now}
        with database.write() as connection, transaction(connection):
            register_feeds(connection, [(feed, feed.url or "")])
            update(connection, "feeds", "feed_id", [{"feed_id": feed.feed_id, **hub}])
            plan = plan_subscriptions(connection, self.installation, now)
        ask_hubs(self.installation, plan, now)
        self.hub.wait_for_answers(1)

    def rows(self, query: str = "FROM hub_subscriptions") -> list[Row]:
        with self.installation.database.read() as connection:
            return select(connection, query)

    def configure(self, **changes: Any) -> None:
        self.installation = replace(
            self.installation, config=replace(self.installation.config, **changes)
        )

    def push(self, body: bytes = b"<rss/>", **given: str) -> int:
        """The status that a push is answered with, a minute later."""
        self.clock.forward(minutes=1)
        return self.hub.push(body, **given)

    def wait_for_push(self) -> None:
        """Until the last push is kept, and a run asked for."""
        give_up_at = time.monotonic() + 20
        seen = len(self.asked)
        while self.rows()[0]["pushed_at"] != self.clock.now or len(self.asked) < max(seen, 1):
            assert time.monotonic() < give_up_at
            time.sleep(0.02)

    def wait_for_run(self, number: int = 1) -> None:
        give_up_at = time.monotonic() + 20
        while len(self.asked) < number:
            assert time.monotonic() < give_up_at
            time.sleep(0.01)


@pytest.fixture
def loop() -> Iterator[Loop]:
    with Loop() as running:
        yield running


@pytest.fixture
def hub(loop: Loop) -> Iterator[HubServer]:
    with HubServer(loop) as running:
        yield running


@pytest.fixture
def place(database: Database, server: FeedServer, hub: HubServer, loop: Loop) -> Iterator[Place]:
    clock = FakeClock()
    installation = scripted(database, clock)
    feed = Feed("post", "Post", "The Post", url=server.url("post"))
    made = Place(
        replace(installation, config=replace(installation.config, feeds=(feed,))),
        clock,
        server,
        hub,
        loop,
        [],
    )
    stack = AsyncExitStack()

    async def start() -> int:
        pushes = Pushes(
            database,
            lambda: made.asked.append(time.monotonic()),
            lambda _: None,
            gather_s=0.05,
            every_s=0.2,
        )
        running = listening(made.installation, pushes, ("127.0.0.1", 0))
        return await stack.enter_async_context(running)

    port = loop.do(start())
    settings = made.installation.config.settings
    callback = f"http://127.0.0.1:{port}/behind/a/proxy"
    websub = settings.websub.model_copy(update={"callback": callback})
    made.configure(settings=settings.model_copy(update={"websub": websub}))
    yield made
    loop.do(stack.aclose())


# --- subscribing ---------------------------------------------------------------------------------


def test_a_feed_with_a_hub_is_subscribed_and_a_push_has_it_asked(place: Place) -> None:
    place.subscribe()
    (form,) = place.hub.requests
    assert (form["hub.mode"], form["hub.topic"]) == ("subscribe", place.server.url("post"))
    assert form["hub.lease_seconds"] == str(7 * DAY_S)
    assert 32 <= len(form["hub.secret"]) < 200
    assert place.hub.verified == [(200, "a-challenge")]
    (row,) = place.rows()
    assert row["lease_ends_at"] == place.clock.now + timedelta(days=4)
    assert (row["asked_in_vain"], row["detail"]) == (0, None)
    # Nothing is due by the feed's own rhythm, and nothing is asked of the hub again.
    assert place.ingest(minutes=15).waiting == ("post",)
    place.publish(OLD, NEW)
    assert place.push() == 202
    place.wait_for_push()
    report = place.ingest(minutes=1)
    assert (report.waiting, report.new_articles) == ((), 1)
    assert place.ingest(minutes=15).waiting == ("post",)
    assert len(place.hub.requests) == 1


def test_what_is_pushed_is_never_read(place: Place) -> None:
    place.subscribe()
    assert place.push(rss(OLD, NEW)) == 202
    place.wait_for_push()
    assert place.ingest(minutes=1).new_articles == 0


def test_a_feed_that_is_slower_than_its_hub_is_asked_again_for_an_hour(place: Place) -> None:
    place.subscribe()
    place.push()
    place.wait_for_push()
    assert place.ingest(minutes=1).new_articles == 0
    place.publish(OLD, NEW)
    assert place.ingest(minutes=15).new_articles == 1
    place.push()
    place.wait_for_push()
    assert place.ingest(minutes=1).waiting == ()
    assert place.ingest(minutes=70).waiting == ("post",)


def test_a_lease_is_renewed_before_it_ends(place: Place) -> None:
    place.subscribe()
    place.ingest(days=2.9)
    assert len(place.hub.requests) == 1
    place.ingest(days=0.15)
    place.hub.wait_for_answers(2)
    assert place.hub.requests[1] == place.hub.requests[0]
    (row,) = place.rows()
    assert row["lease_ends_at"] == place.clock.now + timedelta(days=4)


def test_a_hub_that_redirects_is_followed_with_the_same_request(place: Place) -> None:
    place.publish(OLD, hub=place.hub.url.replace("/hub", "/moved"))
    place.ingest()
    place.hub.wait_for_answers(1)
    assert place.hub.requests[0]["hub.secret"]


@pytest.mark.parametrize(("status", "why"), [(403, "status 403"), (500, "status 500")])
def test_a_hub_that_refuses_is_asked_later_and_later(place: Place, status: int, why: str) -> None:
    place.hub.status = status
    place.publish(OLD)
    assert place.ingest().failed == ()
    assert place.rows()[0]["detail"] == f"the hub said no ({why})"
    for hours, requests in [(0.5, 1), (0.7, 2), (1.2, 2), (1.2, 3)]:
        assert place.ingest(hours=hours).failed == ()
        assert len(place.hub.requests) == requests
    place.hub.status = 202
    place.ingest(days=1)
    place.hub.wait_for_answers(1)
    assert place.rows()[0]["detail"] is None


def test_the_wait_that_a_hub_asks_for_is_kept_to(place: Place) -> None:
    place.hub.status, place.hub.headers = 429, {"Retry-After": "36000"}
    place.publish(OLD)
    place.ingest()
    place.ingest(hours=9)
    assert len(place.hub.requests) == 1
    place.ingest(hours=2)
    assert len(place.hub.requests) == 2


def test_a_hub_that_cannot_be_reached_harms_nothing(place: Place) -> None:
    place.publish(OLD, hub="http://127.0.0.1:9/hub")
    report = place.ingest()
    assert (report.failed, report.new_articles) == ((), 2)
    assert place.rows()[0]["detail"] == "the hub: refused: no connection"


def test_row_1_a_hub_on_a_private_address_is_refused(place: Place, loop: Loop) -> None:
    """Even where the user has opened that address: it was opened for feeds of his, not for this."""
    with HubServer(loop, "127.0.0.2") as other:
        place.publish(OLD, hub=other.url)
        assert place.ingest().failed == ()
        assert other.requests == []
    detail = place.rows()[0]["detail"]
    assert detail == "the hub: blocked: 127.0.0.2, a loopback address"


def test_a_hub_whose_address_may_hold_a_secret_is_not_used(place: Place) -> None:
    place.publish(OLD, hub=f"{place.hub.url}?token=s3cret")
    place.ingest()
    assert (place.hub.requests, place.rows()) == ([], [])
    assert place.rows("SELECT hub_url FROM feeds") == [{"hub_url": None}]


def test_a_hub_may_refuse_afterwards(place: Place) -> None:
    place.agree()
    assert place.hub.ask_back(mode="denied", reason="<script>") == (200, "")
    (row,) = place.rows()
    assert (row["lease_ends_at"], row["detail"]) == (None, "the hub refused it")
    place.ingest(hours=20)
    assert len(place.hub.requests) == 1


def test_off_unless_configured_and_by_hand(place: Place) -> None:
    place.publish(OLD)
    ingest(place.installation)
    assert place.hub.requests == []
    settings = place.installation.config.settings
    off = settings.websub.model_copy(update={"callback": ""})
    place.configure(settings=settings.model_copy(update={"websub": off}))
    place.ingest(days=1)
    assert (place.hub.requests, place.rows()) == ([], [])


def test_a_feed_that_is_no_longer_watched_is_ended_at_its_hub(place: Place) -> None:
    place.agree()
    subscribing = place.hub.requests[-1]
    place.configure(feeds=())
    place.ingest(minutes=15)
    place.hub.wait_for_answers(2)
    assert place.hub.requests[-1]["hub.mode"] == "unsubscribe"
    assert "hub.secret" not in place.hub.requests[-1]
    assert place.hub.verified[-1] == (200, "a-challenge")
    assert place.rows() == []
    # Whoever asks now is told that we know nothing of it.
    assert place.hub.ask_back(subscribing)[0] == 404


def test_an_ending_that_the_hub_does_not_confirm_is_given_up(place: Place) -> None:
    place.agree()
    place.hub.asks_back = False
    place.configure(feeds=())
    for _ in range(4):
        place.ingest(hours=9)
    assert [form["hub.mode"] for form in place.hub.requests[1:]] == ["unsubscribe"] * 3
    assert place.rows() == []


def test_another_public_address_is_another_subscription(place: Place) -> None:
    place.agree()
    settings = place.installation.config.settings
    moved = settings.websub.model_copy(update={"callback": settings.websub.callback + "/new"})
    place.configure(settings=settings.model_copy(update={"websub": moved}))
    place.ingest(minutes=15)
    place.hub.wait_for_answers(3)
    assert {form["hub.mode"] for form in place.hub.requests[1:]} == {"subscribe", "unsubscribe"}
    (ended,) = [form for form in place.hub.requests if form["hub.mode"] == "unsubscribe"]
    assert ended["hub.callback"] == place.hub.requests[0]["hub.callback"]
    (row,) = place.rows()
    assert row["lease_ends_at"] == place.clock.now + timedelta(days=4)


# --- what hubs, and strangers, are answered ------------------------------------------------------


def test_only_what_we_want_is_confirmed(place: Place) -> None:
    place.agree()
    assert place.hub.ask_back(topic="https://other.example/")[0] == 404
    assert place.hub.ask_back(mode="unsubscribe")[0] == 404
    assert place.hub.ask_back(mode="publish")[0] == 404
    assert place.hub.ask_back(challenge="")[0] == 404
    assert place.hub.ask_back(challenge="two words")[0] == 404
    assert place.hub.ask_back(challenge="x" * 1_001)[0] == 404


def test_a_challenge_is_echoed_as_plain_text(place: Place, loop: Loop) -> None:
    place.agree()

    async def ask() -> tuple[str, str, str]:
        query = {"hub.mode": "subscribe", "hub.topic": place.server.url("post")}
        query["hub.challenge"] = "<script>1</script>"
        async with (
            aiohttp.ClientSession() as session,
            session.get(place.hub.callback, params=query) as response,
        ):
            kind = response.content_type
            return kind, response.headers["X-Content-Type-Options"], await response.text()

    assert loop.do(ask()) == ("text/plain", "nosniff", "<script>1</script>")


@pytest.mark.parametrize("path", ["", "/", "/x", "/hs0123456789abcdef/" + "0" * 40, "/%00/%ff%fe"])
def test_an_unknown_path_is_not_found(place: Place, loop: Loop, path: str) -> None:
    place.agree()
    root = place.hub.callback.rpartition("/")[0].rpartition("/")[0]

    async def ask() -> list[int]:
        async with aiohttp.ClientSession() as session:
            query = {"hub.mode": "subscribe", "hub.challenge": "x"}
            async with session.get(root + path, params=query) as got:
                pass
            async with session.post(root + path, data=b"x") as posted:
                pass
            return [got.status, posted.status]

    assert loop.do(ask()) == [404, 404]


@pytest.mark.parametrize(
    "signature",
    ["", "sha256=" + "0" * 64, "md5=" + "0" * 40, "sha256", "sha256=\u00e9", "x" * 5_000],
)
def test_a_push_without_a_good_signature_counts_for_nothing(place: Place, signature: str) -> None:
    place.agree()
    assert place.push(X_Hub_Signature=signature) == 202
    time.sleep(0.3)
    assert (place.asked, place.rows()[0]["pushed_at"]) == ([], None)


def test_another_feeds_secret_is_no_good_signature(place: Place) -> None:
    place.agree()
    assert place.push(secret="another one") == 202
    time.sleep(0.3)
    assert place.asked == []


def test_a_huge_body_is_not_read_to_its_end(place: Place) -> None:
    place.agree()
    with suppress(aiohttp.ClientError):  # the connection was closed on what was still to come
        assert place.push(bytes(11_000_000)) == 413
    time.sleep(0.3)
    assert place.asked == []


def test_a_compressed_body_is_not_unpacked(place: Place) -> None:
    place.agree()
    assert place.push(b"no gzip at all", Content_Encoding="gzip") == 202
    place.wait_for_run()


def test_who_asks_too_often_has_to_wait_and_no_other(place: Place) -> None:
    place.agree()
    statuses = [place.push() for _ in range(62)]
    assert (statuses[0], statuses[-1]) == (202, 429)
    place.wait_for_run()
    time.sleep(0.5)
    assert len(place.asked) <= 10


# --- what follows a push -------------------------------------------------------------------------


def test_many_pushes_are_one_run_and_one_that_was_cancelled_is_asked_for_again(
    place: Place,
) -> None:
    place.subscribe()
    for _ in range(5):
        place.push()
    place.wait_for_run(2)  # the feed has not been asked in between
    assert place.asked[1] - place.asked[0] >= 0.2
    place.ingest(minutes=1)
    time.sleep(0.5)
    seen = len(place.asked)
    time.sleep(0.5)
    assert len(place.asked) == seen


def test_a_push_does_not_hurry_a_feed_that_fails(place: Place) -> None:
    place.subscribe()
    place.server.put("post", status=503, headers={"Retry-After": "36000"})
    assert place.ingest(days=2).failed == ("post",)
    place.push()
    time.sleep(0.5)
    assert place.asked == []
    assert place.ingest(minutes=15).waiting == ("post",)


def test_pushes_wait_while_the_database_is_held(place: Place) -> None:
    database = place.installation.database

    async def follow() -> list[str]:
        said: list[str] = []
        told = asyncio.Event()

        def say(line: str) -> None:
            said.append(line)
            told.set()

        pushes = Pushes(database, lambda: None, say, gather_s=0, every_s=0.05)
        save, failures = pushes._save, [StoreError("held"), StoreError("held")]

        def hold(taken: dict[str, Any]) -> set[str]:
            if failures:
                raise failures.pop()
            return save(taken)

        pushes._save = hold  # type: ignore[method-assign]
        pushes.add(str(place.rows()[0]["subscription_id"]), place.clock() + timedelta(minutes=1))
        following = asyncio.create_task(pushes.follow())
        await asyncio.wait_for(told.wait(), 20)
        following.cancel()
        return said

    place.agree()
    assert place.loop.do(follow())[0] == "websub: pushed post"


# --- secrets, and what is shown ------------------------------------------------------------------


def test_row_50_no_secret_is_logged_stored_or_shown(
    place: Place, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    place.subscribe()
    place.push()
    place.wait_for_run()
    place.ingest(minutes=1)
    form = place.hub.requests[0]
    path = form["hub.callback"].rpartition("/")[2]
    database = place.installation.database.path
    key = load_key(database).hex()
    stored = b"".join(file.read_bytes() for file in database.parent.glob(f"{database.name}*"))
    printed = "".join(capfd.readouterr())
    for secret in (form["hub.secret"], path, key):
        assert secret not in caplog.text
        assert secret not in printed
        assert secret.encode() not in stored


def test_the_key_is_the_owners_alone_and_stays(tmp_path: Path) -> None:
    database = tmp_path / "data" / "news.duckdb"
    key = load_key(database)
    path = tmp_path / "data" / "news.websub-key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (load_key(database), len(key)) == (key, 32)
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    path.write_text("half of it")
    with pytest.raises(StoreError, match="holds no key"):
        load_key(database)


def test_what_is_live_is_told(place: Place) -> None:
    place.agree()
    ends_at = place.clock.now + timedelta(days=4)
    with place.installation.database.read() as connection:
        assert live_until(connection, place.clock.now) == {"post": ends_at}
        assert live_until(connection, ends_at) == {}


@pytest.mark.slow
def test_the_process_listens_until_it_is_ended_and_hears_no_strangers(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "settings.toml").write_text(
        f'[websub]\ncallback = "https://us.example.org"\nlisten = "127.0.0.1:{port}"\n'
    )
    where = ["--config-dir", str(tmp_path), "--database", str(tmp_path / "s.duckdb")]
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.websub.serving", *where],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    give_up_at = time.monotonic() + 60
    answer = b""
    while not answer and time.monotonic() < give_up_at:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as connection:
            connection.sendall(b"GET\x00 /secret-path HTTP/1.1\r\n\r\n")
            answer = connection.recv(100)
        time.sleep(0.1)
    assert b" 400 " in answer
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30) == ("", None)
    assert process.returncode == 0
