"""First stances and silences: muted unless somebody asks for them, and never by lack of data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from flows.maintain import maintain
from flows.replay import replay
from flows.store.rows import Row, select
from tests.builders import day
from tests.fakes import FakeClock, ScriptedInstallation, scripted
from tests.scenarios.test_timelines import OUTLETS, news

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.admit import Draft
    from flows.store import Database
    from monitors.records import ShiftKind

US, CHINA = "[united-states tiktok", "[china tiktok"
WATCHED = news("china tiktok against", range(0, 90, 3))
FIRST = news("united-states tiktok favor", (90, 92, 94))


@pytest.fixture
def installation(database: Database) -> ScriptedInstallation:
    return scripted(database, FakeClock(day(0)))


def wanting(installation: ScriptedInstallation, *kinds: ShiftKind) -> ScriptedInstallation:
    policy = replace(installation.config.policy, kinds=kinds)
    return replace(installation, config=replace(installation.config, policy=policy))


def play(installation: ScriptedInstallation, drafts: Sequence[Draft]) -> list[str]:
    """What goes out while the drafts arrive, each at its own time."""
    arrived = sorted(drafts, key=lambda one: one.first_seen_at)
    alerts = [alert for batch in replay(installation, [arrived]) for alert in batch.alerts]
    installation.clock.now = arrived[-1].first_seen_at  # type: ignore[attr-defined]
    return [f"{one.actor_id} {one.kind} {one.to_label}" for one in alerts]


def rows(installation: ScriptedInstallation, query: str) -> list[Row]:
    with installation.database.read() as connection:
        return select(connection, query)


def test_a_first_stance_is_told_once_where_it_is_wanted(installation: ScriptedInstallation) -> None:
    later = news("united-states tiktok favor", range(96, 130, 2))
    told = play(wanting(installation, "first_stance"), [*WATCHED, *FIRST, *later])
    assert told == ["united-states first_stance favor"]
    [alert] = rows(installation, "FROM alerts")
    assert str(alert["subject"]).endswith("favor (first stance)")
    assert "for the first time on" in str(alert["body"])
    assert "Before" not in str(alert["body"])


def test_it_is_muted_unless_asked_for(installation: ScriptedInstallation) -> None:
    assert play(installation, [*WATCHED, *FIRST]) == []
    assert rows(installation, "SELECT kind, outcome FROM shifts") == [
        {"kind": "first_stance", "outcome": "muted"}
    ]


@pytest.mark.parametrize(
    "before",
    [
        [],
        news("china tiktok against", range(60, 90)),
        news("china taiwan against", range(0, 90, 3)),
        news("china tiktok against", (0, 1, 2, 88, 89)),
    ],
    ids=["new installation", "new topic", "another topic", "feeds dead since"],
)
def test_a_cold_start_has_no_first_stances(
    installation: ScriptedInstallation, before: list[Draft]
) -> None:
    assert play(wanting(installation, "first_stance"), [*before, *FIRST]) == []
    assert rows(installation, "FROM shifts") == []


@pytest.mark.parametrize(
    "first",
    [
        FIRST[:2],
        news("united-states tiktok favor", (90, 92, 94), OUTLETS[:1]),
        news("united-states tiktok favor", (90, 92, 94), seen=120),
        news("united-states tiktok neutral", range(90, 100)),
        [*FIRST[:2], *news("united-states tiktok against", (93, 95, 97))],
    ],
    ids=["two stories", "one outlet", "old news", "no side", "two sides"],
)
def test_a_first_stance_must_be_believed(
    installation: ScriptedInstallation, first: list[Draft]
) -> None:
    assert play(wanting(installation, "first_stance"), [*WATCHED, *first]) == []


# --- silence ---------------------------------------------------------------------------------

HEARD = news("united-states tiktok favor", range(0, 100, 4))
TOPIC = news("china tiktok against", tuple(n + 0.5 for n in range(160)))


def at(installation: ScriptedInstallation, number: float) -> int:
    """How many alerts tell of silences found on that day."""
    installation.clock.now = day(number)  # type: ignore[attr-defined]
    return maintain(installation).silences


def test_a_regular_voice_that_falls_quiet_is_told_once(installation: ScriptedInstallation) -> None:
    wanted = wanting(installation, "silence")
    play(wanted, [*HEARD, *TOPIC])
    assert [at(wanted, number) for number in (110, 160, 161, 200)] == [0, 1, 0, 0]
    [shift] = rows(installation, "FROM shifts WHERE kind = 'silence'")
    assert (shift["changed_at"], shift["to_label"]) == (day(96), "favor")
    [alert] = rows(installation, "FROM alerts WHERE kind = 'silence'")
    assert "has fallen quiet on" in str(alert["body"])
    assert "After" not in str(alert["body"])


def test_who_turns_after_a_silence_is_heard_at_once(installation: ScriptedInstallation) -> None:
    wanted = wanting(installation, "reversal", "silence")
    play(wanted, [*HEARD, *TOPIC])
    assert at(wanted, 160) == 1
    assert play(wanted, news("united-states tiktok against", range(161, 175))) == [
        "united-states reversal against"
    ]


def test_a_silence_is_muted_unless_asked_for(installation: ScriptedInstallation) -> None:
    play(installation, [*HEARD, *TOPIC])
    assert at(installation, 160) == 0
    assert rows(installation, "SELECT outcome FROM shifts WHERE kind = 'silence'") == [
        {"outcome": "muted"}
    ]


@pytest.mark.parametrize(
    "topic",
    [
        news("china tiktok against", tuple(n + 0.5 for n in range(100))),
        news("china taiwan against", tuple(n + 0.5 for n in range(160))),
        [
            *news("china tiktok against", tuple(n + 0.5 for n in range(100))),
            *news("china tiktok against", tuple(n + 0.5 for n in range(100, 160)), ("Star",)),
        ],
    ],
    ids=["the topic is out of the news", "another topic", "its outlets are dead"],
)
def test_no_data_is_no_silence(installation: ScriptedInstallation, topic: list[Draft]) -> None:
    wanted = wanting(installation, "silence")
    play(wanted, [*HEARD, *topic])
    assert at(wanted, 160) == 0
    assert rows(installation, "FROM shifts WHERE kind = 'silence'") == []


def test_who_is_heard_now_and_then_is_not_quiet(installation: ScriptedInstallation) -> None:
    wanted = wanting(installation, "silence")
    seldom = news("united-states tiktok favor", (0, 1, 2, 30, 31, 60, 61, 62, 90, 91, 92))
    play(wanted, [*seldom, *TOPIC])
    assert at(wanted, 140) == 0
