"""Timelines to the end: news in, and which message reaches which channel at what hour."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from flows.deliver import deliver
from flows.digest import digest
from flows.replay import replay
from flows.settings import ChannelConfig
from flows.store.rows import Row, select
from monitors.quiet_hours import QuietHours
from tests.builders import day
from tests.fakes import FakeClock, FakePost, ScriptedInstallation, scripted
from tests.scenarios.test_timelines import AGAINST, FAVOR, LONG, NEUTRAL, TO_AND_FRO, TURN, news

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.admit import Draft
    from flows.notify import Channel
    from flows.store import Database
    from monitors.records import Message

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
CHINA_TURNS = [
    *news("china tiktok favor", range(20)),
    *news("china tiktok against", range(20, 27)),
]
TAIWAN_TURNS = [
    *news("united-states taiwan favor", range(20)),
    *news("united-states taiwan against", range(20, 27)),
]


@dataclass
class TimedPost:
    """Notes when each message was sent."""

    clock: FakeClock
    post: FakePost = field(default_factory=FakePost)
    times: list[datetime] = field(default_factory=list)

    def __call__(self, channel: Channel, message: Message) -> None:
        self.post(channel, message)
        self.times.append(self.clock())

    @property
    def sent(self) -> list[tuple[str, Message]]:
        return self.post.sent


@dataclass
class Stage:
    """An installation with channels of the test's own, over a clock that the test moves."""

    installation: ScriptedInstallation
    clock: FakeClock
    post: TimedPost

    def play(self, *drafts: Sequence[Draft]) -> None:
        """All that news arrives and is decided on at its time; the clock stands at the end."""
        arrived = sorted((one for some in drafts for one in some), key=lambda d: d.first_seen_at)
        batches = [arrived[start : start + 40] for start in range(0, len(arrived), 40)]
        for _ in replay(self.installation, batches):
            pass

    def deliver(self) -> list[tuple[str, Message]]:
        """What is sent now."""
        before = len(self.post.sent)
        deliver(self.installation, self.post)
        return self.post.sent[before:]

    def rows(self, query: str) -> list[Row]:
        with self.installation.database.read() as connection:
            return select(connection, query)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(day(400))


@pytest.fixture
def stage(database: Database, clock: FakeClock) -> Stage:
    return Stage(scripted(database, clock), clock, TimedPost(clock))


def set_up(stage: Stage, *channels: ChannelConfig, zone: str = "UTC", **policy: Any) -> Stage:
    config = stage.installation.config
    changed = replace(
        config,
        channels=channels,
        policy=replace(config.policy, **policy),
        settings=config.settings.model_copy(update={"time_zone": zone}),
    )
    return replace(stage, installation=replace(stage.installation, config=changed))


def channel(name: str, **changes: Any) -> ChannelConfig:
    return ChannelConfig(name, f"json://127.0.0.1/{name}", **changes)


# --- routing -------------------------------------------------------------------------------------


def test_a_channel_hears_of_what_is_severe_enough(stage: Stage) -> None:
    channels = [channel(level, min_severity=level) for level in ("low", "medium", "high")]
    stage = set_up(stage, *channels, kinds=("reversal", "softening"))
    stage.play(LONG, news(NEUTRAL, range(20, 45)), CHINA_TURNS)
    sent = {(name, message.subject) for name, message in stage.deliver()}
    rows = stage.rows("SELECT actor_id, severity, severity_reasons FROM alerts ORDER BY actor_id")
    assert [(row["actor_id"], row["severity"]) for row in rows] == [
        ("china", "high"), ("united-states", "low")
    ]  # fmt: skip
    assert rows[0]["severity_reasons"] == ["changed sides", "a large change", "sure"]
    softer = "United States on TikTok: against -> neutral (softening)"
    turned = "China on TikTok: favor -> against"
    assert sent == {("low", softer), ("low", turned), ("medium", turned), ("high", turned)}


def test_who_heard_of_a_change_hears_that_it_is_taken_back(stage: Stage) -> None:
    stage = set_up(stage, channel("old"))
    stage.play(LONG, news(FAVOR, range(20, 60)))
    [(_, first)] = stage.deliver()
    # Since then it wants only what is severe; and a new channel wants to hear all.
    stage = set_up(stage, channel("old", topics=("taiwan",)), channel("new"))
    stage.play(news(AGAINST, range(60, 80)))
    sent = stage.deliver()
    assert [name for name, _ in sent] == ["new", "old"]
    for _, message in sent:
        assert "United States has returned to against on TikTok." in message.body
        assert f"alert {first.key}" in message.body
    assert stage.rows("SELECT recovers FROM alerts WHERE recovers IS NOT NULL") == [
        {"recovers": first.key}
    ]


def test_the_last_alert_before_it_counts_as_flapping_says_so(stage: Stage) -> None:
    stage = set_up(stage, channel("chat"))
    stage.play(LONG, TO_AND_FRO)
    remarks = ["goes back and forth" in message.body for _, message in stage.deliver()]
    assert sorted(remarks) == [False, False, True]


# --- grouping ------------------------------------------------------------------------------------


def test_alerts_on_one_topic_go_out_as_one_message(stage: Stage) -> None:
    stage = set_up(stage, channel("grouped", group_by="topic"), channel("single"), group_by="")
    stage.play(LONG, TURN, CHINA_TURNS, TAIWAN_TURNS)
    sent = stage.deliver()
    assert len([name for name, _ in sent if name == "single"]) == 3
    assert sorted(m.subject for name, m in sent if name == "grouped") == [
        "2 alerts: TikTok", "United States on Taiwan's self-rule: favor -> against"
    ]  # fmt: skip
    [group] = [m for n, m in sent if n == "grouped" and m.subject.startswith("2 alerts")]
    rows = stage.rows(
        "SELECT alert_id, message_id, state FROM deliveries WHERE channel = 'grouped' "
        "AND group_key = 'topic:tiktok'"
    )
    assert {row["message_id"] for row in rows} == {group.key}
    assert [row["state"] for row in rows] == ["delivered"] * 2
    assert all(str(row["alert_id"]) in group.body for row in rows)
    assert "changed sides on TikTok: from against" in group.body


def test_or_of_one_actor_where_the_policy_says_so(stage: Stage) -> None:
    stage = set_up(stage, channel("chat"), group_by="actor")
    stage.play(LONG, TURN, CHINA_TURNS, TAIWAN_TURNS)
    subjects = sorted(message.subject for _, message in stage.deliver())
    assert subjects == ["2 alerts: United States", "China on TikTok: favor -> against"]


def test_a_group_that_was_not_taken_is_sent_again_as_it_was(stage: Stage) -> None:
    stage = set_up(stage, channel("chat", group_by="topic"))
    stage.play(LONG, TURN)
    stage.play(CHINA_TURNS[:26])
    stage.post.post.down = {"chat"}
    assert stage.deliver() == []
    [settled] = stage.rows("SELECT DISTINCT message_id FROM deliveries")
    stage.play(news("xi-jinping tiktok favor", range(28, 48)))
    stage.play(news("xi-jinping tiktok against", range(48, 60)))
    stage.post.post.down = set()
    stage.clock.forward(minutes=2)
    keys = [message.key for _, message in stage.deliver()]
    assert settled["message_id"] in keys
    assert stage.rows("SELECT attempt, state FROM attempts WHERE state = 'pending'") == [
        {"attempt": 1, "state": "pending"}
    ]


# --- quiet hours ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("evening", "hours"),
    [
        (datetime(2025, 1, 22, 23, tzinfo=BERLIN), 8),
        (datetime(2025, 3, 29, 23, tzinfo=BERLIN), 7),  # the clock goes forward that night
        (datetime(2025, 10, 25, 23, tzinfo=BERLIN), 9),  # and back
    ],
)
def test_an_alert_of_the_night_arrives_in_the_morning(
    stage: Stage, evening: datetime, hours: int
) -> None:
    night = QuietHours(time(22), time(7))
    stage = set_up(stage, channel("mail", quiet=night), channel("log"), zone="Europe/Berlin")
    stage.clock.now = evening.astimezone(UTC)
    stage.play(LONG, TURN)
    for _ in range(hours + 2):
        stage.deliver()
        stage.clock.forward(hours=1)
    arrived = {name: at for (name, _), at in zip(stage.post.sent, stage.post.times, strict=True)}
    assert arrived["log"] == evening.astimezone(UTC)
    assert arrived["mail"] - evening.astimezone(UTC) == timedelta(hours=hours)
    assert len(stage.post.sent) == 2


def test_what_came_during_the_night_comes_in_one_message(stage: Stage) -> None:
    night = QuietHours(time(22), time(7))
    stage = set_up(stage, channel("mail", quiet=night, group_by="topic"))
    stage.clock.now = datetime(2025, 1, 22, 23, tzinfo=UTC)
    stage.play(LONG, TURN)
    stage.deliver()
    stage.clock.forward(hours=3)
    stage.play(CHINA_TURNS)
    assert deliver(stage.installation, stage.post).held == 2
    stage.clock.forward(hours=5)
    [(_, message)] = stage.deliver()
    assert message.subject == "2 alerts: TikTok"


# --- digests -------------------------------------------------------------------------------------


def live(stage: Stage, start: datetime, days: int) -> list[Message]:
    """A story arrives every hour, and the digest runs every morning at seven by the wall."""
    mornings = [(start + timedelta(days=n)).replace(hour=7).astimezone(UTC) for n in range(days)]
    hours = int((mornings[-1] - start.astimezone(UTC)) / timedelta(hours=1))
    first = (start.astimezone(UTC) - day(0)) / timedelta(days=1)
    stage.play(news(AGAINST, tuple(first + hour / 24 for hour in range(hours))))
    for morning in mornings:
        stage.clock.now = morning
        digest(stage.installation)
    return [message for _, message in stage.deliver()]


@pytest.mark.parametrize(
    ("zone", "start", "shortest", "longest"),
    [
        (BERLIN, datetime(2025, 3, 28, tzinfo=BERLIN), 23, 24),
        (BERLIN, datetime(2025, 10, 24, tzinfo=BERLIN), 24, 25),
        (NEW_YORK, datetime(2025, 3, 7, tzinfo=NEW_YORK), 23, 24),
        (NEW_YORK, datetime(2025, 10, 31, tzinfo=NEW_YORK), 24, 25),
    ],
)
def test_digests_tell_of_every_story_once_when_the_clock_changes(
    stage: Stage, zone: ZoneInfo, start: datetime, shortest: int, longest: int
) -> None:
    """Row 43."""
    stage = set_up(stage, channel("mail", digest="daily", at_once=False), zone=str(zone))
    digests = live(stage, start, 5)
    periods = stage.rows("SELECT since_at, until_at FROM digests ORDER BY since_at")
    assert all(one["until_at"] == other["since_at"] for one, other in pairwise(periods))
    told = [int(message.body.partition(": ")[2].partition(" new")[0]) for message in digests]
    within = stage.rows(
        "SELECT count(*) AS stories FROM articles, "
        "(SELECT min(since_at) AS first, max(until_at) AS last FROM digests) "
        "WHERE first_seen_at >= first AND first_seen_at < last"
    )
    assert [{"stories": sum(told)}] == within
    assert {min(told), max(told)} == {shortest, longest}
    assert sum(hours != 24 for hours in told) == 1


@pytest.mark.parametrize(
    ("zone", "change", "hours"),
    [
        ("Europe/Berlin", datetime(2025, 3, 30, tzinfo=BERLIN), 167),
        ("America/New_York", datetime(2025, 11, 2, tzinfo=NEW_YORK), 169),
    ],
)
def test_a_weekly_digest_tells_of_a_week_in_which_the_clock_changes(
    stage: Stage, zone: str, change: datetime, hours: int
) -> None:
    stage = set_up(stage, channel("mail", digest="weekly", at_once=False), zone=zone)
    monday = (change + timedelta(days=1)).replace(hour=7)
    first = monday.astimezone(UTC) - timedelta(hours=7 + hours)
    hours_told = (*range(0, hours, 24), hours - 1)
    at = ((first + timedelta(hours=hour) - day(0)) / timedelta(days=1) for hour in hours_told)
    stage.play(news(AGAINST, tuple(at)))
    for number in range(-1, 7):
        stage.clock.now = (monday + timedelta(days=number)).astimezone(UTC)
        digest(stage.installation)
    [(_, message)] = stage.deliver()
    monday_before = (change - timedelta(days=6)).date()
    assert message.subject.startswith(
        f"Stancewatch, {monday_before.day} {monday_before:%B %Y} to {change.day} {change:%B %Y}"
    )
    assert ": 8 new articles, 8 stances" in message.body


def test_there_is_no_digest_without_news_unless_it_is_asked_for(stage: Stage) -> None:
    stage = set_up(
        stage, channel("mail", digest="daily"), channel("log", digest="daily", digest_empty=True)
    )
    for _ in range(3):
        digest(stage.installation)
        stage.clock.forward(days=1)
    assert [name for name, _ in stage.deliver()] == ["log"] * 3
    [told] = stage.rows("SELECT count(*) AS periods FROM digests WHERE channel = 'mail'")
    assert told == {"periods": 3}


def test_a_digest_tells_what_its_channel_watches_even_if_it_came_not_at_once(stage: Stage) -> None:
    stage = set_up(
        stage,
        channel("mail", digest="daily", kinds=("hardening",), topics=("tiktok",)),
    )
    stage.clock.now = day(22)
    stage.play(LONG, TURN, TAIWAN_TURNS)
    decided = stage.rows("SELECT topic_id, decided_at FROM alerts ORDER BY topic_id")
    assert [row["topic_id"] for row in decided] == ["taiwan", "tiktok"]
    assert stage.deliver() == []
    for number in range(24, 30):
        stage.clock.now = day(number)
        digest(stage.installation)
    bodies = [message.body for _, message in stage.deliver()]
    assert sum("against -> favor (alert" in body for body in bodies) == 1
    assert not any("Taiwan" in body for body in bodies)
