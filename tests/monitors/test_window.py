"""The window detector: each reason it gives, and what it says of a shift."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from monitors.shifts import DetectorSettings
from monitors.shifts.chance import chance_of_run, dissent_rate
from monitors.shifts.window import MEMORY, WindowDetector
from tests.series import run, story, timeline

SETTINGS = DetectorSettings()
WINDOW = WindowDetector(SETTINGS)


@pytest.mark.parametrize(
    ("letters", "reason"),
    [
        ("a", "cold_start"),
        ("nnn", "cold_start"),
        ("afaf", "cold_start"),
        ("aaa", "established"),
        ("aaaa", "steady"),
        ("aaan", "neutral"),
        ("aaaf", "few_stories"),
        ("aaafff", "shifted"),
        ("aaanfff", "shifted"),
        ("aaaaa f       f       f", "slow"),
        ("aaafaafaafaafff", "by_chance"),
        ("aaaafaaaffaaafafafaaafff", "old_side_mixed"),
        ("aaafffaaa", "cool_down"),
        ("aaaffffffffaaa", "shifted"),
    ],
)
def test_each_step_leaves_its_reason(letters: str, reason: str) -> None:
    state, _ = run(WINDOW, timeline(letters))
    assert state.reason == reason


def test_one_outlet_is_not_enough_on_the_new_side() -> None:
    new = [story("favor", 50 + day, outlets=("Daily",)) for day in range(6)]
    state, shifts = run(WINDOW, [*timeline("aaaaaa"), *new])
    assert (state.reason, shifts) == ("few_outlets", [])
    state, shifts = run(WINDOW, [story("favor", 57, outlets=("Post",))], state)
    assert len(shifts) == 1


def test_one_outlet_is_not_enough_to_establish_a_side() -> None:
    old = [replace(item, outlets=("Daily",)) for item in timeline("aaaaaa")]
    state, _ = run(WINDOW, old)
    assert (state.label, state.reason) == (None, "cold_start")


def test_an_old_side_out_of_reach_is_no_comparison() -> None:
    state, shifts = run(WINDOW, [*timeline("aaa"), *timeline("fff", first_day=800)])
    assert (state.reason, shifts) == ("old_side_thin", [])


def test_faint_scores_are_a_small_change() -> None:
    old = [replace(item, score=-0.2) for item in timeline("aaaaaa")]
    new = [replace(item, score=0.2) for item in timeline("fff", first_day=40)]
    state, _ = run(WINDOW, [*old, *new])
    assert state.reason == "small_change"


def test_scores_that_belie_their_labels_do_not_fire() -> None:
    old = [replace(item, score=0.9) for item in timeline("aaaaaa")]
    new = [replace(item, score=-0.9) for item in timeline("fff", first_day=40)]
    assert run(WINDOW, [*old, *new])[1] == []


def test_a_move_to_neutral_is_not_announced() -> None:
    state, shifts = run(WINDOW, timeline("aaaaaaaa" + "n" * 20))
    assert (state.label, state.reason, shifts) == ("against", "neutral", [])


def test_a_shift_names_both_sides_and_the_stories_that_make_them() -> None:
    _, [(last, shift)] = run(WINDOW, timeline("aaafaaaaaanffff"))
    assert last.story_id == "s65"
    assert shift.changed_at == story("favor", 55).said_at
    assert shift.after.story_ids == ("s55", "s60", "s65")
    assert shift.before.story_ids == ("s0", "s5", "s10", "s20", "s25", "s30", "s35", "s40", "s45")
    assert shift.before.outlets == shift.after.outlets == ("Daily", "Herald")
    assert shift.after.score == pytest.approx(0.8)
    assert shift.before.score == pytest.approx((9 * -0.8 + 0.8) / 11)


def test_surer_readings_make_a_surer_shift() -> None:
    def confidence(of_each: float) -> float:
        new = [replace(s, confidence=of_each) for s in timeline("fff", first_day=60)]
        [(_, shift)] = run(WINDOW, [*timeline("aaaaaaaaaa"), *new])[1]
        return shift.confidence

    sure = [confidence(value) for value in (0.5, 0.7, 0.9)]
    assert sure == sorted(sure)
    assert sure[0] == pytest.approx(1 - 0.5**3)


def test_stories_from_before_a_shift_do_not_count_for_the_way_back() -> None:
    # The story against, on day 45, is part of the run that shifts; it must not help the next one.
    state, shifts = run(WINDOW, timeline("aaaaaaaafafff"))
    assert len(shifts) == 1
    state, shifts = run(WINDOW, [story("against", 100), story("against", 101)], state)
    assert (state.reason, shifts) == ("few_stories", [])


def test_a_held_back_shift_comes_when_the_cool_down_ends() -> None:
    stories = [*timeline("aaaaaaaa"), *timeline("fffff", first_day=40, gap=1)]
    stories += timeline("a" * 40, first_day=50, gap=1)
    (first, _), (second, shift) = run(WINDOW, stories)[1]
    waited = (second.said_at - first.said_at).days
    assert waited == SETTINGS.cool_down_days
    assert shift.changed_at == story("against", 50).said_at


def test_a_late_story_waits_for_the_next_fresh_one() -> None:
    stories = [*timeline("aaaaaaaa"), story("favor", 40), story("favor", 41)]
    state, shifts = run(WINDOW, [*stories, story("favor", 42, seen_after=8)])
    assert (state.reason, shifts) == ("late", [])
    _, [(last, shift)] = run(WINDOW, [story("favor", 50)], state)
    assert last.story_id == "s50"
    assert shift.after.story_ids == ("s40", "s41", "s42", "s50")


def test_a_change_that_late_stories_alone_show_is_taken_as_history() -> None:
    late = [story("favor", 60 + day, seen_after=90) for day in range(3)]
    state, shifts = run(WINDOW, [*timeline("aaaaaaaa"), *late])
    assert (state.label, state.reason, shifts) == ("favor", "backfilled", [])


def test_stories_a_day_out_of_order_are_not_late() -> None:
    stories = [*timeline("aaaaaaaa"), story("favor", 50), story("favor", 52), story("favor", 51)]
    assert len(run(WINDOW, stories)[1]) == 1


def test_a_corrected_story_takes_the_place_of_the_old_one() -> None:
    stories = [*timeline("aaaaaaaa"), *timeline("ffa", first_day=50)]
    state, shifts = run(WINDOW, stories)
    assert shifts == []
    state, shifts = run(WINDOW, [story("favor", 60)], state)
    assert state.count == 11
    assert len(shifts) == 1
    assert run(WINDOW, [story("favor", 60, outlets=("Post", "Star"))], state)[1] == []


def test_a_side_without_a_story_left_in_memory_is_forgotten() -> None:
    old = timeline("aaa")
    one_outlet = [story("favor", 50 + day, outlets=("Daily",)) for day in range(MEMORY)]
    state, shifts = run(WINDOW, [*old, *one_outlet])
    assert (len(state.observations), state.label, shifts) == (MEMORY, None, [])


def test_observations_stay_in_order_and_within_memory() -> None:
    stories = [story("favor", (37 * number) % 211) for number in range(211)]
    state, _ = run(WINDOW, stories)
    assert len(state.observations) == MEMORY
    assert all(a.said_at < b.said_at for a, b in pairwise(state.observations))


def test_the_chance_of_a_run() -> None:
    assert chance_of_run([0.5, 0.5, 0.5], 3) == pytest.approx(0.125)
    assert chance_of_run([0.5, 0.5, 0.5], 2) == pytest.approx(0.5)
    assert chance_of_run([0.1, 0.2], 1) == pytest.approx(1 - 0.9 * 0.8)
    assert chance_of_run([0.3], 0) == pytest.approx(1)
    assert dissent_rate(0, 3) == pytest.approx(0.2)
