"""What was held back, told in words: why, since when, and what would let it go."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from flows.held import held_back
from flows.replay import replay
from flows.store.rows import select
from tests.builders import day
from tests.fakes import FakeClock, ScriptedInstallation, scripted
from tests.flows.test_alerting import TOLD, run
from tests.flows.test_watch import AGAINST, FAVOR, story

if TYPE_CHECKING:
    from flows.admit import Draft
    from flows.store import Database
    from monitors.records import Alert

NEUTRAL = "[united-states tiktok neutral]"
BACK_SOON = [story(n, AGAINST) for n in range(26, 46)]
BACK_LATER = [story(n, AGAINST) for n in range(46, 70)]
ONE_OUTLET = [
    *(story(n, AGAINST) for n in range(20)),
    *(story(n, FAVOR, outlet="Courier") for n in range(20, 40)),
]


@pytest.fixture
def installation(database: Database) -> ScriptedInstallation:
    return scripted(database, FakeClock(day(100)))


def play(installation: ScriptedInstallation, *batches: list[Draft]) -> list[Alert]:
    return [alert for day_ in replay(installation, batches) for alert in day_.alerts]


def held(installation: ScriptedInstallation, **of: Any) -> list[dict[str, Any]]:
    with installation.database.read() as connection:
        return held_back(installation, connection, 20, **of)


def test_a_turn_that_waits_for_the_end_of_the_cool_down_says_until_when(
    installation: ScriptedInstallation,
) -> None:
    [alert] = play(installation, TOLD, BACK_SOON)
    [row] = held(installation)
    assert (row["reason"], row["waits"], row["to_label"]) == ("cool_down", True, "against")
    until = f"{alert.decided_at + timedelta(days=30):%Y-%m-%d}"
    for words in (("list", "--held"), ("show", alert.alert_id)):
        shown = run(installation, "alerts", *words)
        assert "United States on TikTok: favor -> against" in shown
        assert f"Waits for  a story of {until} or later that still shows it" in shown
    assert "Held back  1 cool_down" in run(installation, "status")


def test_once_it_is_over_the_turn_is_told_and_nothing_waits(
    installation: ScriptedInstallation,
) -> None:
    first, second = play(installation, TOLD, BACK_SOON, BACK_LATER)
    assert held(installation) == []
    assert run(installation, "alerts", "list", "--held") == "Nothing is held back.\n"
    assert "Held back" not in run(installation, "status")
    undone = f"by alert {second.alert_id}"
    assert undone in run(installation, "alerts", "show", first.alert_id)
    assert undone not in run(installation, "alerts", "show", second.alert_id)


def test_few_outlets_are_told_with_what_they_wait_for(installation: ScriptedInstallation) -> None:
    # The others bring news of another topic: their feeds are alive.
    others = [story(n, "[china taiwan against]") for n in range(20, 40)]
    arrived = sorted([*ONE_OUTLET, *others], key=lambda one: one.first_seen_at)
    assert play(installation, arrived) == []
    [row] = held(installation)
    assert row["reason"] == "few_outlets"
    [told] = map(json.loads, run(installation, "alerts", "list", "--held", "--json").splitlines())
    assert (told["why"], told["goes_out"]) == (row["why"], row["goes_out"])
    assert datetime.fromisoformat(told["changed_at"]).date() == day(20).date()


def test_what_was_muted_is_kept_and_says_that_it_goes_out_no_more(
    installation: ScriptedInstallation,
) -> None:
    play(installation, [*TOLD[:20], *(story(n, NEUTRAL) for n in range(20, 45))])
    [row] = held(installation)
    assert (row["reason"], row["waits"]) == ("muted", False)
    assert "`kinds` in alerts.toml" in row["goes_out"]
    assert "Held back" not in run(installation, "status")


def test_a_series_that_goes_back_and_forth_says_when_it_is_told_again(
    installation: ScriptedInstallation,
) -> None:
    policy = replace(installation.config.policy, flap_alerts=1)
    flapping = replace(installation, config=replace(installation.config, policy=policy))
    [alert] = play(flapping, TOLD, BACK_SOON, BACK_LATER)
    [row] = held(flapping)
    assert row["why"] == "goes back and forth (1 alerts in 180 days)"
    assert row["until"] == alert.decided_at + timedelta(days=180)
    assert f"{row['until']:%Y-%m-%d}" in row["goes_out"]


def test_only_one_series_since_an_alert(installation: ScriptedInstallation) -> None:
    play(installation, ONE_OUTLET)
    assert len(held(installation, key=("united-states", "tiktok"))) == 1
    assert held(installation, key=("china", "tiktok")) == []
    assert held(installation, since=day(60)) == []


def test_series_that_are_read_again_are_told_without_sides(
    installation: ScriptedInstallation,
) -> None:
    play(installation, TOLD[:3])
    with installation.database.write() as connection:
        connection.execute("UPDATE series SET held_since = ?", [day(5)])
    shown = run(installation, "alerts", "list", "--held")
    assert "United States on TikTok\nHeld back  stored articles are being read again" in shown
    with installation.database.read() as connection:
        assert len(select(connection, "FROM held_shifts")) == 1
