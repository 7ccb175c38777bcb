"""Timelines: news in, alerts out. Each tells one rule by which alerts are made or held back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from flows.redetect import redetect
from flows.replay import replay
from flows.store.handling import add_silence
from flows.store.rows import select
from flows.wiring import no_progress
from monitors.records import Silence
from tests.builders import day, draft
from tests.fakes import FakeClock, ScriptedInstallation, scripted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flows.admit import Draft
    from flows.store import Database
    from monitors.records import Alert

OUTLETS = ("Courier", "Ledger", "Tribune")
Days = range | tuple[float, ...]


def news(
    script: str, days: Days, outlets: Sequence[str] = OUTLETS, *, seen: float | None = None
) -> list[Draft]:
    """A story of its own for each day, carried in turn by `outlets`, with this stance in it."""
    return [
        _story(script, at, outlets[number % len(outlets)], seen) for number, at in enumerate(days)
    ]


def _story(script: str, at: float, outlet: str, seen: float | None) -> Draft:
    words = " ".join(f"word{at}x{script[1:9]}x{index}" for index in range(60))
    text = f"Report of day {at}: [{script}] {words}"
    first_seen_at = day(at if seen is None else seen)
    return draft(text, published_at=day(at), outlet=outlet, first_seen_at=first_seen_at)


def copies(script: str, at: float, count: int) -> list[Draft]:
    """One wire report as `count` outlets carry it."""
    one = _story(script, at, "Wire", None)
    return [
        replace(one, url=f"https://outlet{number}.example/a", outlet=f"Outlet {number}")
        for number in range(count)
    ]


US, THEM = "united-states tiktok", "china tiktok"
AGAINST, FAVOR, NEUTRAL = f"{US} against", f"{US} favor", f"{US} neutral"
LONG = news(AGAINST, range(20))
TURN = news(FAVOR, range(20, 27))
REVERSAL = ("united-states", "tiktok", "against", "favor")
BACK = ("united-states", "tiktok", "favor", "against")
TO_AND_FRO = list(
    chain.from_iterable(
        news(AGAINST if block % 2 else FAVOR, range(20 + 40 * block, 60 + 40 * block))
        for block in range(4)
    )
)


@dataclass(frozen=True)
class Timeline:
    """What arrives, the alerts that it makes, and what becomes of the shifts that are found."""

    news: Iterable[Draft]
    alerts: tuple[tuple[str, str, str, str], ...] = ()
    outcomes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ("reversal",)


ALERTED = {"alerts": (REVERSAL,), "outcomes": ("alerted",)}
TIMELINES = {
    "a turn makes one alert": Timeline([*LONG, *TURN], **ALERTED),
    "and no second one, however long it lasts": Timeline(
        [*LONG, *news(FAVOR, range(20, 90))], **ALERTED
    ),
    "a calm year makes none": Timeline(news(AGAINST, range(0, 360, 5))),
    "nor do two minds from the start": Timeline(
        chain.from_iterable(news(FAVOR if n % 2 else AGAINST, (n,)) for n in range(60))
    ),
    "one story is no turn": Timeline([*LONG, *TURN[:1]]),
    "nor are three after three: cold start": Timeline(
        [*news(AGAINST, range(3)), *news(FAVOR, range(3, 6))]
    ),
    # Row 31 of the faults: one story, 200 articles, one observation.
    "a wire report in 200 outlets is one story": Timeline([*LONG, *copies(FAVOR, 21, 200)]),
    "ten stories of one day are one day": Timeline(
        [*LONG, *news(FAVOR, tuple(21 + hour / 24 for hour in range(10)))]
    ),
    "one outlet alone turns nobody": Timeline([*LONG, *news(FAVOR, range(20, 40), ("Courier",))]),
    "new outlets with another view are no turn": Timeline(
        sorted(
            [
                *LONG,
                *news(AGAINST, range(20, 60, 3)),
                *news(FAVOR, tuple(n + 0.5 for n in range(20, 60)), ("Star", "Herald")),
            ],
            key=lambda one: one.first_seen_at,
        )
    ),
    "after a feed has died the others must have turned themselves": Timeline(
        [
            *news(AGAINST, range(20), ("Courier", "Ledger")),
            *news(FAVOR, range(20, 40), ("Star", "Herald")),
        ]
    ),
    "news that is a month old never fires": Timeline([*LONG, *news(FAVOR, range(20, 40), seen=70)]),
    "nor do fresh stories after it": Timeline(
        [*LONG, *news(FAVOR, range(20, 40), seen=70), *news(FAVOR, (71, 72, 73))]
    ),
    "a day out of order is not late": Timeline(
        [*LONG, *news(FAVOR, (20, 22, 21, 24, 23, 26, 25))], **ALERTED
    ),
    "what others claim is not the actor's own": Timeline(
        [*LONG, *news("united-states tiktok favor says china", range(20, 40))]
    ),
    "what the past is said to have been is not now": Timeline(
        [*LONG, *news("united-states tiktok favor on 2019-05-01", range(20, 40))]
    ),
    "another actor's turn is not this one's": Timeline(
        [*LONG, *news(f"{THEM} favor", range(20, 40))]
    ),
    "another topic's is not either": Timeline(
        [*LONG, *news("united-states taiwan favor", range(20, 40))]
    ),
    "who speaks for an office turns it": Timeline(
        [
            *news("joe-biden tiktok against", range(20)),
            *news("joe-biden tiktok favor", range(20, 27)),
        ],
        alerts=(REVERSAL,),
        outcomes=("alerted", "covered_by:united-states"),
    ),
    "who has left it does not": Timeline(
        [*LONG, *news("barack-obama tiktok favor", range(20, 40))]
    ),
    "silence after words is no turn to neutral": Timeline([*LONG, *news(AGAINST, (200, 230, 260))]),
    "going neutral is kept and muted": Timeline(
        [*LONG, *news(NEUTRAL, range(20, 45))], outcomes=("muted",)
    ),
    "or goes out where that is wanted": Timeline(
        [*LONG, *news(NEUTRAL, range(20, 45))],
        alerts=(("united-states", "tiktok", "against", "neutral"),),
        outcomes=("alerted",),
        kinds=("reversal", "softening"),
    ),
    "a turn by way of neutral is a turn": Timeline(
        [*LONG, *news(NEUTRAL, range(20, 45)), *news(FAVOR, range(80, 110))],
        alerts=(REVERSAL,),
        outcomes=("muted", "alerted"),
    ),
    "flapping makes no storm": Timeline(
        [
            *LONG,
            *chain.from_iterable(
                news(FAVOR if block % 2 else AGAINST, range(20 + 2 * block, 22 + 2 * block))
                for block in range(30)
            ),
        ],
        outcomes=("muted",),
    ),
    "a turn back within the cool-down waits for its end": Timeline(
        [*LONG, *TURN, *news(AGAINST, range(27, 75))],
        alerts=(REVERSAL, BACK),
        outcomes=("alerted", "alerted"),
    ),
    "a recovery is told like a turn": Timeline(
        [*LONG, *news(FAVOR, range(20, 60)), *news(AGAINST, range(60, 80))],
        alerts=(REVERSAL, BACK),
        outcomes=("alerted", "alerted"),
    ),
    "three turns in half a year are told, further ones are flapping": Timeline(
        [*LONG, *TO_AND_FRO],
        alerts=(REVERSAL, BACK, REVERSAL),
        outcomes=("alerted", "alerted", "alerted", "flapping:3 alerts in 180 days"),
    ),
}


@pytest.fixture
def installation(database: Database) -> ScriptedInstallation:
    return scripted(database, FakeClock(day(400)))


def play(installation: ScriptedInstallation, timeline: Timeline) -> list[Alert]:
    policy = replace(installation.config.policy, kinds=timeline.kinds)
    changed = replace(installation, config=replace(installation.config, policy=policy))
    arrived = sorted(timeline.news, key=lambda one: one.first_seen_at)
    batches = [arrived[start : start + 40] for start in range(0, len(arrived), 40)]
    return [alert for replayed in replay(changed, batches) for alert in replayed.alerts]


def outcomes(installation: ScriptedInstallation) -> tuple[object, ...]:
    query = "SELECT outcome FROM shifts ORDER BY decided_at, outcome"
    with installation.database.read() as connection:
        return tuple(row["outcome"] for row in select(connection, query))


@pytest.mark.parametrize("name", TIMELINES)
def test_timeline(installation: ScriptedInstallation, name: str) -> None:
    """Rows 31 and 46 among them: wire copies, flapping, cold start, old news."""
    timeline = TIMELINES[name]
    alerts = play(installation, timeline)
    told = [(one.actor_id, one.topic_id, one.from_label, one.to_label) for one in alerts]
    assert tuple(told) == timeline.alerts
    assert outcomes(installation) == timeline.outcomes


def test_the_alert_back_keeps_to_the_cool_down(installation: ScriptedInstallation) -> None:
    name = "a turn back within the cool-down waits for its end"
    first, second = play(installation, TIMELINES[name])
    assert second.decided_at - first.decided_at >= timedelta(days=30)


def test_a_silence_keeps_it_quiet_and_the_shift_stays(installation: ScriptedInstallation) -> None:
    with installation.database.write() as connection:
        add_silence(connection, Silence("si", None, "tiktok", day(0), day(60)))
    assert play(installation, Timeline([*LONG, *TURN])) == []
    assert outcomes(installation) == ("silenced",)


def held(installation: ScriptedInstallation) -> list[tuple[object, ...]]:
    """What almost fired: the reason, the sides, and the outlets that it is about."""
    query = "SELECT reason, from_label, to_label, outlets FROM held_shifts ORDER BY ALL"
    with installation.database.read() as connection:
        return [tuple(row.values()) for row in select(connection, query)]


@pytest.mark.parametrize(
    ("name", "others", "reason", "outlets"),
    [
        (
            "after a feed has died the others must have turned themselves",
            (),
            "dead_feed",
            ["Courier", "Ledger"],
        ),
        (
            "after a feed has died the others must have turned themselves",
            ("Courier", "Ledger"),
            "outlet_mix",
            ["Herald", "Star"],
        ),
        ("new outlets with another view are no turn", (), "outlet_mix", ["Herald", "Star"]),
        ("one outlet alone turns nobody", (), "dead_feed", ["Ledger", "Tribune"]),
        ("one outlet alone turns nobody", ("Ledger", "Tribune"), "few_outlets", ["Courier"]),
    ],
)
def test_what_almost_fired_is_kept_with_its_reason(
    installation: ScriptedInstallation,
    name: str,
    others: tuple[str, ...],
    reason: str,
    outlets: list[str],
) -> None:
    """`others` are outlets that live on, with news of another topic."""
    elsewhere = news("china taiwan against", range(20, 40), others) if others else []
    play(installation, Timeline([*TIMELINES[name].news, *elsewhere]))
    assert held(installation) == [(reason, "against", "favor", outlets)]


def credited(stories: Iterable[Draft], *agencies: str) -> list[Draft]:
    """The stories, each with a dateline of one of these agencies, in turn."""
    return [
        replace(one, text=f"GENEVA ({agencies[number % len(agencies)]}) - {one.text}")
        for number, one in enumerate(stories)
    ]


@pytest.mark.parametrize(
    ("stories", "reason", "outlets"),
    [
        # Three newsrooms print one agency.
        ([*LONG, *credited(news(FAVOR, range(20, 40)), "Reuters")], "few_outlets", ["Reuters"]),
        # Those that printed two agencies bring reports of their own.
        (
            [*credited(LONG, "AP", "Reuters"), *news(FAVOR, range(20, 40))],
            "outlet_mix",
            ["Courier", "Ledger", "Tribune"],
        ),
        # Those that printed them have died.
        (
            [*credited(LONG, "AP", "Reuters"), *news(FAVOR, range(20, 40), ("Star", "Herald"))],
            "dead_feed",
            ["AP", "Reuters"],
        ),
    ],
)
def test_an_agency_is_one_outlet_whoever_prints_it(
    installation: ScriptedInstallation, stories: list[Draft], reason: str, outlets: list[str]
) -> None:
    play(installation, Timeline(stories))
    assert held(installation) == [(reason, "against", "favor", outlets)]
    with installation.database.read() as connection:
        found = redetect(installation, connection, no_progress)
    (state,) = found.states.values()
    assert state.held is not None
    assert (state.held.reason, list(state.held.outlets)) == (reason, outlets)


def test_two_agencies_in_the_same_outlets_turn_an_actor(installation: ScriptedInstallation) -> None:
    stories = credited([*LONG, *news(FAVOR, range(20, 40))], "AP", "Reuters")
    assert len(play(installation, Timeline(stories))) == 1


def test_a_turn_within_the_cool_down_is_held_back_and_says_so(
    installation: ScriptedInstallation,
) -> None:
    play(installation, Timeline([*LONG, *TURN, *news(AGAINST, range(27, 45))]))
    assert [row[:3] for row in held(installation)] == [("cool_down", "favor", "against")]


def test_a_steady_series_holds_nothing_back(installation: ScriptedInstallation) -> None:
    play(installation, TIMELINES["and no second one, however long it lasts"])
    assert held(installation) == []


def test_an_edit_corrects_history_and_does_not_fire(installation: ScriptedInstallation) -> None:
    """Row 26 of the faults: a new version, history corrected, no second alert."""
    play(installation, Timeline(LONG))
    edits = [
        replace(one, text=one.text.replace("against", "favor"), first_seen_at=day(21))
        for one in LONG[-8:]
    ]
    assert play(installation, Timeline(edits)) == []
    assert outcomes(installation) == ()


def test_a_wire_flood_is_one_observation_of_200_articles(
    installation: ScriptedInstallation,
) -> None:
    """Row 31 of the faults."""
    play(installation, Timeline(copies(FAVOR, 0, 200)))
    query = "SELECT stances, len(outlets) AS outlets FROM observations"
    with installation.database.read() as connection:
        assert select(connection, query) == [{"stances": 200, "outlets": 200}]
        assert select(connection, "SELECT count(*) AS n FROM stories") == [{"n": 1}]


def test_an_edit_after_the_alert_makes_no_second_one(installation: ScriptedInstallation) -> None:
    """Row 26 of the faults: the evidence of an alert is edited away and back again."""
    assert len(play(installation, Timeline([*LONG, *TURN]))) == 1
    for seen, word in ((28, "against"), (29, "favor")):
        edits = [
            replace(one, text=one.text.replace("favor", word) + f" {seen}", first_seen_at=day(seen))
            for one in TURN
        ]
        assert play(installation, Timeline(edits)) == []
    assert play(installation, Timeline(news(FAVOR, range(30, 60)))) == []


def test_another_detector_takes_over_without_a_word(installation: ScriptedInstallation) -> None:
    def with_detector(name: str) -> ScriptedInstallation:
        settings = installation.config.settings
        shifts = settings.shifts.model_copy(update={"detector": name})
        changed = settings.model_copy(update={"shifts": shifts})
        return replace(installation, config=replace(installation.config, settings=changed))

    assert play(with_detector("window"), Timeline([*LONG, *TURN[:2]])) == []
    # What the window kept is not read; what is stored is, and the turn goes on from there.
    assert len(play(with_detector("sequential"), Timeline(TURN[2:]))) == 1
    with installation.database.read() as connection:
        rows = select(connection, "SELECT DISTINCT detector, observations FROM series")
    assert rows == [{"detector": "sequential", "observations": 27}]
