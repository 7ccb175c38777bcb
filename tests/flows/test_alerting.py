"""What people do with alerts: show, judge and silence them, and try a channel."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.replay import replay
from flows.store.handling import add_silence, silences_in_force
from flows.store.rows import select
from flows.wiring import utc_now
from monitors.records import Silence
from tests.builders import day
from tests.fakes import FakeClock, ScriptedInstallation, scripted
from tests.flows.test_watch import AGAINST, FAVOR, story

if TYPE_CHECKING:
    from flows.store import Database

TOLD = [*(story(n, AGAINST) for n in range(20)), *(story(n, FAVOR) for n in range(20, 26))]


@pytest.fixture
def installation(database: Database) -> ScriptedInstallation:
    return scripted(database, FakeClock(day(26)))


@pytest.fixture
def alert_id(installation: ScriptedInstallation) -> str:
    [replayed] = replay(installation, [TOLD])
    [alert] = replayed.alerts
    return alert.alert_id


def run(installation: ScriptedInstallation, *words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, [*words, "--database", str(installation.database.path)])
    assert result.exit_code == code, result.output
    return result.output


def outcomes(installation: ScriptedInstallation) -> list[object]:
    with installation.database.read() as connection:
        return [row["outcome"] for row in select(connection, "FROM shifts ORDER BY decided_at")]


def test_an_alert_is_shown_with_all_that_it_rests_on(
    installation: ScriptedInstallation, alert_id: str
) -> None:
    told = json.loads(run(installation, "alerts", "show", alert_id[:8], "--json"))
    assert (told["alert_id"], told["kind"], told["verdict"]) == (alert_id, "reversal", None)
    sides = [row["side"] for row in told["evidence"]]
    assert sides == ["before"] * 20 + ["after"] * sides.count("after")
    assert sides.count("after") >= 3
    assert "changed sides" in run(installation, "alerts", "show", alert_id)
    assert alert_id in run(installation, "alerts") == run(installation, "alerts", "list")


def test_verdicts_become_the_precision_of_topic_and_channel(
    installation: ScriptedInstallation, alert_id: str
) -> None:
    with installation.database.write() as connection:
        connection.execute("UPDATE deliveries SET state = 'delivered'")
    for verdict, precision in (("wrong", 0.0), ("known", 1.0)):
        run(installation, "alerts", "ack", alert_id, verdict, "--note", "as we said")
        rows = json.loads(run(installation, "status", "--json"))["precision"]
        assert [(row["topic_id"], row["channel"]) for row in rows] == [
            ("tiktok", None),
            (None, "console"),
            (None, None),
        ]
        assert {row["precision"] for row in rows} == {precision}
        assert {row[verdict] for row in rows} == {1}
    assert "Verdict    known (as we said)" in run(installation, "alerts")


@pytest.mark.usefixtures("alert_id")
def test_an_unknown_alert_or_verdict_is_refused(installation: ScriptedInstallation) -> None:
    assert "none of useful" in run(installation, "alerts", "ack", "al", "great", code=2)
    result = CliRunner().invoke(
        app, ["alerts", "show", "nothing", "--database", str(installation.database.path)]
    )
    assert "no alert 'nothing'" in str(result.exception)


@pytest.mark.parametrize(
    ("actor_id", "topic_id", "since", "silent"),
    [
        (None, None, 20, True),
        ("united-states", "tiktok", 20, True),
        ("united-states", "taiwan", 20, False),
        ("china", None, 20, False),
        (None, "tiktok", 27, False),
        (None, "tiktok", 0, False),
    ],
)
def test_a_silence_holds_back_what_it_names_until_it_ends(
    installation: ScriptedInstallation,
    actor_id: str | None,
    topic_id: str | None,
    since: float,
    *,
    silent: bool,
) -> None:
    silence = Silence("si", actor_id, topic_id, day(since), day(since) + timedelta(days=10))
    with installation.database.write() as connection:
        add_silence(connection, silence)
    [replayed] = replay(installation, [TOLD])
    assert len(replayed.alerts) == (not silent)
    assert outcomes(installation) == ["silenced" if silent else "alerted"]


def test_silences_are_made_listed_and_ended_by_command(installation: ScriptedInstallation) -> None:
    run(installation, "alerts", "silence", "--topic", "tiktok", "--days", "3", "--comment", "trial")
    with installation.database.read() as connection:
        [silence] = silences_in_force(connection, utc_now())
    assert (silence.actor_id, silence.topic_id, silence.comment) == (None, "tiktok", "trial")
    assert abs(silence.ends_at - utc_now() - timedelta(days=3)) < timedelta(minutes=5)
    assert "trial" in run(installation, "alerts", "silence")
    run(installation, "alerts", "silence", "--end", silence.silence_id)
    assert "Nothing is silenced" in run(installation, "alerts", "silence")
    assert "tiktak" in run(installation, "alerts", "silence", "--topic", "tiktak", code=2)


@pytest.mark.parametrize(
    "words",
    [
        ("silence", "--until", "tomorrow", "--all"),
        ("silence", "--until", "2020-01-01", "--all"),
        ("silence", "--all", "--topic", "tiktok"),
        ("silence", "--comment", "of what?"),
        ("--json", "list"),
        ("test",),
    ],
)
def test_a_slip_is_a_usage_error(
    installation: ScriptedInstallation, words: tuple[str, ...]
) -> None:
    with installation.database.write():
        pass
    run(installation, "alerts", *words, code=2)
    with installation.database.read() as connection:
        assert silences_in_force(connection, utc_now()) == []


def test_until_a_day_is_to_its_end(installation: ScriptedInstallation) -> None:
    today = utc_now().date()
    run(installation, "alerts", "silence", "--all", "--until", today.isoformat())
    with installation.database.read() as connection:
        [silence] = silences_in_force(connection, utc_now())
    assert silence.ends_at.date() == today


@pytest.mark.parametrize("kinds", [("reversal",), ("softening",)])
def test_kinds_that_nobody_wants_are_kept_and_muted(
    installation: ScriptedInstallation, kinds: tuple[str, ...]
) -> None:
    config = replace(installation.config, policy=replace(installation.config.policy, kinds=kinds))
    neutral = [story(n, "[united-states tiktok neutral]") for n in range(20, 40)]
    [replayed] = replay(
        replace(installation, config=config), [[*(story(n, AGAINST) for n in range(20)), *neutral]]
    )
    wanted = "softening" in kinds
    assert [alert.kind for alert in replayed.alerts] == ["softening"] * wanted
    assert outcomes(installation) == ["alerted" if wanted else "muted"]


def test_a_channel_is_tried_with_a_real_message(
    installation: ScriptedInstallation, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        app(["alerts", "test", "console", "--database", str(installation.database.path)])
    told = capsys.readouterr().out
    assert "Stancewatch: a test" in told
    assert told.endswith("console: took the message\n")
    assert sys.exc_info() == (None, None, None)
