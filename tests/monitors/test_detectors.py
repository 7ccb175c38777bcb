"""What every shift detector promises, whichever it is."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from monitors.errors import MonitorError
from monitors.shifts import (
    DETECTORS,
    DetectorSettings,
    SeriesState,
    dump_state,
    load_detector,
    load_state,
    rebuild,
)
from tests.series import START, noisy, run, story, timeline

if TYPE_CHECKING:
    from monitors.shifts import Detector

STREAMS = 200


@pytest.fixture(params=sorted(DETECTORS))
def detector(request: pytest.FixtureRequest) -> Detector:
    return load_detector(request.param, DetectorSettings())


def test_it_goes_by_the_name_it_is_loaded_under(detector: Detector) -> None:
    assert DETECTORS[detector.name](DetectorSettings()).name == detector.name


def test_an_unknown_detector_is_refused_by_name() -> None:
    with pytest.raises(MonitorError, match=r"'oracle'.*window"):
        load_detector("oracle", DetectorSettings())


def test_a_clear_reversal_makes_one_shift(detector: Detector) -> None:
    _, shifts = run(detector, timeline("aaaaaaaa ffffffff"))
    assert [(shift.before.label, shift.after.label) for _, shift in shifts] == [
        ("against", "favor")
    ]
    _, shift = shifts[0]
    assert shift.changed_at == story("favor", 45).said_at
    assert 0 < shift.confidence <= 1
    assert shift.detector == detector.name


def test_the_same_stories_give_the_same_state_and_shifts(detector: Detector) -> None:
    stories = noisy(random.Random(3), "against", 40, noise=0.2)
    assert run(detector, stories) == run(detector, stories)


def test_a_state_survives_json_after_every_step(detector: Detector) -> None:
    stories = timeline("aaaanaaaaaaa fffffffff aaaaaaaaaaaa")
    state, shifts = SeriesState(), []
    for observation in stories:
        state, shift = detector.step(state, observation)
        shifts += [(observation, shift)] if shift else []
        copy = load_state(json.loads(json.dumps(dump_state(state))))
        assert copy == state
        state = copy
    assert (state, shifts) == run(detector, stories)
    assert shifts


@pytest.mark.parametrize("day", [0.0, 60.0])
@pytest.mark.parametrize("history", ["", "aaaaaaaaaaaa"])
def test_one_article_never_fires(detector: Detector, history: str, day: float) -> None:
    state, _ = run(detector, timeline(history))
    outlets = tuple(f"Outlet {number}" for number in range(200))
    sensation = story("favor", day, outlets=outlets, confidence=1.0, score=1.0)
    assert run(detector, [sensation], state)[1] == []


def test_copies_of_a_story_count_once(detector: Detector) -> None:
    copies = [
        story("favor", 60 + hour / 24, story_id="wire", outlets=("Daily", f"Outlet {hour}"))
        for hour in range(40)
    ]
    state, shifts = run(detector, [*timeline("aaaaaaaaaa"), *copies])
    assert shifts == []
    assert state.count == 11
    assert [item.outlets for item in state.observations][-1] == ("Daily", "Outlet 39")


def test_old_news_never_fires_as_new(detector: Detector) -> None:
    backfill = [story("favor", 60 + day, seen_after=400) for day in range(12)]
    assert run(detector, [*timeline("aaaaaaaaaa"), *backfill])[1] == []


def test_stories_that_others_have_overtaken_do_not_fire(detector: Detector) -> None:
    state, _ = run(detector, [*timeline("aaaaaaaaaa"), story("against", 90)])
    earlier = [story("favor", 60 + day) for day in range(12)]
    assert run(detector, earlier, state)[1] == []


def test_a_backfilled_change_is_not_announced_by_the_next_story(detector: Detector) -> None:
    backfill = [story("favor", 60 + day, seen_after=400) for day in range(12)]
    state, _ = run(detector, [*timeline("aaaaaaaaaa"), *backfill])
    assert run(detector, [story("favor", 75), story("favor", 78)], state)[1] == []


def test_flapping_makes_no_storm(detector: Detector) -> None:
    one_by_one = run(detector, timeline("aaaaaa" + "fa" * 60))[1]
    in_threes = run(detector, timeline("aaaaaa" + "fffaaa" * 20, gap=2))[1]
    assert len(one_by_one) == 0
    assert len(in_threes) <= 1


def test_the_first_stories_only_establish_a_side(detector: Detector) -> None:
    for letters in ("a", "af", "aff", "nnnf", "fff", "aafff"):
        assert run(detector, timeline(letters))[1] == [], letters


def test_going_back_takes_full_evidence_again(detector: Detector) -> None:
    state, shifts = run(detector, timeline("aaaaaaaa ffffffff"))
    assert len(shifts) == 1
    state, shifts = run(detector, [story("against", 100), story("against", 101)], state)
    assert shifts == []
    _, shifts = run(detector, timeline("aaaaaaaa", first_day=105), state)
    assert [shift.after.label for _, shift in shifts] == ["against"]


def test_the_state_does_not_grow_with_history(detector: Detector) -> None:
    stories = noisy(random.Random(5), "favor", 1000, noise=0.1)
    state, _ = run(detector, stories[:500])
    half = len(json.dumps(dump_state(state)))
    state, _ = run(detector, stories[500:], state)
    assert state.count == 1000
    assert len(json.dumps(dump_state(state))) < 1.1 * half


def test_a_rebuilt_state_goes_on_like_the_stepped_one(detector: Detector) -> None:
    stories = timeline("a" * 20 + " ffffff")
    stepped, shifts = run(detector, stories)
    assert shifts
    random.Random(1).shuffle(stories)
    rebuilt = rebuild(detector, stories)
    assert rebuilt == stepped
    assert run(detector, timeline("ff", first_day=140), rebuilt)[1] == []


def test_a_rebuild_takes_the_last_word_on_a_story(detector: Detector) -> None:
    stories = timeline("aaaaaaaa")
    corrected = story("favor", 35)
    assert rebuild(detector, [*stories, corrected]) == rebuild(detector, [*stories[:-1], corrected])


def test_steady_holders_seldom_cause_a_false_alarm(detector: Detector) -> None:
    rng, alarms, years = random.Random(7), 0, 0.0
    for _ in range(STREAMS):
        stories = noisy(rng, "against", 60, noise=0.05)
        alarms += len(run(detector, stories)[1])
        years += (stories[-1].said_at - START).days / 365
    assert alarms / years < 0.02, f"{alarms} false alarms in {years:.0f} series-years"


def test_clear_reversals_are_found_soon(detector: Detector) -> None:
    rng, delays = random.Random(11), []
    for _ in range(STREAMS):
        before = noisy(rng, "against", 20, noise=0.05)
        turned = (before[-1].said_at - START).total_seconds() / 86400
        after = noisy(rng, "favor", 20, noise=0.05, first_day=turned)
        state, _ = run(detector, before)
        found = [after.index(last) + 1 for last, _ in run(detector, after, state)[1]]
        delays.append(found[0] if found else len(after) + 1)
    assert sorted(delays)[STREAMS // 2] <= 10
    assert sum(delay <= 18 for delay in delays) >= 0.9 * STREAMS


@pytest.mark.parametrize(
    "change",
    [
        {"format": 99},
        {"label": "undecided"},
        {"reason": "because"},
        {"observations": [{"story_id": "s1"}]},
        {"changed_at": "yesterday"},
    ],
)
def test_a_state_that_cannot_be_read_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(MonitorError, match="cannot be read"):
        load_state(dump_state(SeriesState()) | change)


def test_a_series_without_a_state_starts_empty() -> None:
    assert load_state({}) == SeriesState()
