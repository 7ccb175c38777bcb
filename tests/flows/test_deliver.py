from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from flows.deliver import ATTEMPTS, deliver
from flows.maintain import KEEP_ATTEMPTS, maintain
from flows.settings import ChannelConfig
from flows.store.outbox import claim_due, put_in_outbox
from flows.store.rows import Row, select
from monitors.records import Message
from tests.fakes import FakeClock, FakePost, ScriptedInstallation, scripted
from tests.receivers import free_port

if TYPE_CHECKING:
    from flows.store import Database

MESSAGE = Message("A subject", "A body")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def installation(database: Database, clock: FakeClock) -> ScriptedInstallation:
    made = scripted(database, clock)
    channels = tuple(ChannelConfig(name, f"json://127.0.0.1/{name}") for name in ("chat", "mail"))
    return replace(made, config=replace(made.config, channels=channels))


def post_one(installation: ScriptedInstallation, *channels: str) -> None:
    with installation.database.write() as connection:
        put_in_outbox(connection, "al1", MESSAGE, channels, created_at=installation.clock())


def deliveries(installation: ScriptedInstallation) -> list[Row]:
    with installation.database.read() as connection:
        return select(connection, "FROM deliveries ORDER BY channel")


def test_dead_channel_does_not_hold_another(installation: ScriptedInstallation) -> None:
    """Row 45."""
    post_one(installation, "chat", "mail")
    post = FakePost(down={"chat"})
    report = deliver(installation, post)
    assert (report.delivered, report.waiting) == (1, 1)
    assert report.errors == ("chat: no answer",)
    assert [row["state"] for row in deliveries(installation)] == ["pending", "delivered"]


def test_retry_waits_and_then_succeeds(
    installation: ScriptedInstallation, clock: FakeClock
) -> None:
    post_one(installation, "chat")
    post = FakePost(down={"chat"})
    deliver(installation, post)
    post.down.clear()
    assert deliver(installation, post).delivered == 0
    clock.forward(minutes=2)
    assert deliver(installation, post).delivered == 1
    (row,) = deliveries(installation)
    assert (row["attempts"], row["error"]) == (2, None)


def test_gives_up_after_many_attempts(installation: ScriptedInstallation, clock: FakeClock) -> None:
    post_one(installation, "chat")
    post = FakePost(down={"chat"})
    for _ in range(ATTEMPTS + 3):
        deliver(installation, post)
        clock.forward(hours=7)
    (row,) = deliveries(installation)
    assert (row["state"], row["attempts"]) == ("failed", ATTEMPTS)


def test_wrong_address_is_given_up_at_once(installation: ScriptedInstallation) -> None:
    post_one(installation, "chat")
    assert deliver(installation, FakePost(wrong={"chat"})).failed == 1


def test_channel_that_left_the_configuration_is_given_up(
    installation: ScriptedInstallation,
) -> None:
    post_one(installation, "pager")
    report = deliver(installation, FakePost())
    assert (report.failed, report.errors) == (1, ("pager: is no longer in alerts.toml",))


def test_channel_without_its_secret_waits_for_it(installation: ScriptedInstallation) -> None:
    channels = (ChannelConfig("chat", None, problem="CHAT_URL is not set"),)
    muted = replace(installation, config=replace(installation.config, channels=channels))
    post_one(muted, "chat")
    report = deliver(muted, FakePost())
    assert (report.waiting, report.errors) == (1, ("chat: CHAT_URL is not set",))


def test_claim_of_a_dead_process_falls_due_again(
    installation: ScriptedInstallation, clock: FakeClock
) -> None:
    """Row 44."""
    post_one(installation, "chat")
    with installation.database.write() as connection:
        assert len(claim_due(connection, clock())) == 1
    post = FakePost()
    assert deliver(installation, post).delivered == 0
    clock.forward(minutes=6)
    assert deliver(installation, post).delivered == 1


def test_same_message_is_put_in_the_outbox_once(installation: ScriptedInstallation) -> None:
    post_one(installation, "chat")
    post_one(installation, "chat")
    assert len(deliveries(installation)) == 1


def test_hanging_channel_is_tried_once_for_all_its_messages(
    installation: ScriptedInstallation, clock: FakeClock
) -> None:
    for number in range(3):
        with installation.database.write() as connection:
            put_in_outbox(connection, f"al{number}", MESSAGE, ["chat"], created_at=clock())
    post = FakePost(down={"chat"})
    assert deliver(installation, post).waiting == 3
    assert sorted(row["attempts"] for row in deliveries(installation)) == [0, 0, 1]
    post.down.clear()
    clock.forward(minutes=2)
    assert deliver(installation, post).delivered == 3


def test_every_attempt_is_recorded(installation: ScriptedInstallation, clock: FakeClock) -> None:
    post_one(installation, "chat")
    post = FakePost(down={"chat"})
    deliver(installation, post)
    post.down.clear()
    clock.forward(minutes=2)
    deliver(installation, post)
    with installation.database.read() as connection:
        rows = select(
            connection,
            "SELECT attempt, state, error, message_id FROM attempts ORDER BY attempt",
        )
    [message_id] = {row.pop("message_id") for row in rows}
    assert message_id == deliveries(installation)[0]["message_id"]
    assert rows == [
        {"attempt": 1, "state": "pending", "error": "chat: no answer"},
        {"attempt": 2, "state": "delivered", "error": None},
    ]


def test_no_secret_of_a_channel_comes_into_the_database(installation: ScriptedInstallation) -> None:
    """Row 50."""
    secret = "s3cr3t-t0ken"
    url = f"json://user:{secret}@127.0.0.1:{free_port()}/{secret}?+X-Token={secret}"
    channels = (ChannelConfig("chat", url),)
    made = replace(installation, config=replace(installation.config, channels=channels))
    post_one(made, "chat")
    report = deliver(made)
    assert report.waiting == 1
    assert secret not in str(report)
    with made.database.read() as connection:
        tables = select(connection, "SELECT table_name FROM duckdb_tables()")
        dump = [select(connection, f"FROM {row['table_name']}") for row in tables]
    assert "chat: " in str(dump)
    assert secret not in str(dump)


def test_old_attempts_are_dropped_once_nothing_is_to_be_sent_again(
    installation: ScriptedInstallation, clock: FakeClock
) -> None:
    post_one(installation, "chat", "mail")
    deliver(installation, FakePost(down={"chat"}))

    def kept(after: timedelta) -> list[object]:
        clock.forward(seconds=after.total_seconds())
        report = maintain(installation)
        with installation.database.read() as connection:
            rows = select(connection, "SELECT channel FROM attempts ORDER BY channel")
        return [report.attempts, *(row["channel"] for row in rows)]

    assert kept(KEEP_ATTEMPTS) == [0, "chat", "mail"]
    assert kept(timedelta(days=1)) == [1, "chat"]  # it still waits
    deliver(installation, FakePost())
    assert kept(timedelta(days=1)) == [1, "chat"]  # the attempt of yesterday
    assert kept(KEEP_ATTEMPTS) == [1]
