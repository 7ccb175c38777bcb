"""Pauses by the clock of the news, dead feeds, and series that catch up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from monitors.shifts import DetectorSettings, catch_up, load_detector, rebuild
from monitors.shifts.explaining import movers, undone_by
from monitors.shifts.feeding import dead_outlets
from monitors.shifts.quiet import REGULAR_DAYS, Rhythm, chance_of_pause
from tests.series import START, run, story, timeline

DETECTOR = load_detector("sequential", DetectorSettings())


def days(*numbers: int) -> list[date]:
    return [date(2024, 1, 1) + timedelta(days=number) for number in numbers]


HEARD = days(*range(0, 40, 2))


@pytest.mark.parametrize(
    ("rhythm", "quiet"),
    [
        (Rhythm(HEARD, days(*range(80))), True),
        (Rhythm(HEARD, days(*range(44))), False),
        (Rhythm(HEARD, days(*range(40))), False),
        (Rhythm(HEARD[: REGULAR_DAYS - 1], days(*range(80))), False),
        (Rhythm(days(*range(10), 60), days(*range(140))), False),
    ],
    ids=[
        "long gone",
        "a short pause",
        "no news since",
        "hardly ever heard",
        "paused as long before",
    ],
)
def test_a_pause_is_measured_by_the_news_since(rhythm: Rhythm, *, quiet: bool) -> None:
    assert (chance_of_pause(rhythm) is not None) == quiet


def test_the_chance_of_a_pause_is_that_of_missing_each_day_in_turn() -> None:
    chance = chance_of_pause(Rhythm(days(*range(10)), days(*range(15))))
    assert chance == pytest.approx(1 / 12 * 2 / 13 * 3 / 14 * 4 / 15 * 5 / 16)


def test_a_feed_is_dead_that_brings_nothing_at_all_and_mattered() -> None:
    before, since = timeline("aaaa", gap=1), START + timedelta(days=5)
    early, late = since - timedelta(days=1), since + timedelta(days=1)
    both = {"Daily": early, "Herald": early}
    assert dead_outlets(before, since, both) == ("Daily", "Herald")
    assert dead_outlets(before, since, both | {"Herald": late}) == ()
    assert dead_outlets(before, since, {}) == ()
    others = [story("against", 4 + n, outlets=("Star",)) for n in range(5)]
    assert dead_outlets([*before, *others], since, both) == ()


def test_only_what_waited_is_news() -> None:
    stories = timeline("a" * 20 + "f" * 8)
    turned = story("favor", 100).seen_at
    assert catch_up(DETECTOR, stories, None) == (rebuild(DETECTOR, stories), [])
    state, [shift] = catch_up(DETECTOR, stories, turned)
    assert (shift.kind, shift.changed_at) == ("reversal", story("favor", 100).said_at)
    assert state == run(DETECTOR, stories)[0]
    assert catch_up(DETECTOR, stories, stories[-1].seen_at)[1] == []


def test_a_shift_is_undone_by_the_fewest_stories_that_moved_it() -> None:
    stories = timeline("a" * 20 + "ffff")
    moved = movers(stories[:20], stories[20:])
    assert moved == stories[20:]
    assert undone_by(DETECTOR, stories, moved, "favor") == moved[:1]
    assert undone_by(DETECTOR, stories, moved, "against") is None
    more = timeline("a" * 20 + "f" * 7)
    undone = undone_by(DETECTOR, more, movers(more[:20], more[20:]), "favor")
    assert undone is not None
    assert len(undone) == 4
