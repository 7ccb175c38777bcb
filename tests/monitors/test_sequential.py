"""The sequential detector: fair bets, each reason it gives, and what a setting costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from monitors.shifts import DetectorSettings
from monitors.shifts.betting import independence, log_evidence
from monitors.shifts.sequential import MEMORY, MOST, SequentialDetector
from tests.series import run, story, timeline

SETTINGS = DetectorSettings()
SEQUENTIAL = SequentialDetector(SETTINGS)
LONG = "a" * 20


@pytest.mark.parametrize("mean", [-0.9, -0.3, 0.0, 0.5])
@pytest.mark.parametrize("place", [5, 20])
def test_nothing_is_won_where_the_mean_stays(mean: float, place: int) -> None:
    # The expected capital of a fair bet is 1 at most; a heavy tail makes its estimate jumpy.
    dice = np.random.default_rng(4)
    drawn = np.where(dice.random((1000, 30)) < (1 + mean) / 2, 1.0, -1.0)
    places = np.array([place])
    capitals = np.exp([log_evidence(scores, places)[0] for scores in drawn])
    assert capitals.mean() <= 1 + 3 * capitals.std() / np.sqrt(len(capitals))


def test_evidence_grows_with_the_change_and_with_the_stories() -> None:
    def evidence(before: int, after: int, change: float) -> float:
        scores = np.array([-change / 2] * before + [change / 2] * after)
        return float(log_evidence(scores, np.array([before]))[0])

    assert evidence(20, 5, 0.5) < evidence(20, 5, 1) < evidence(20, 5, 2)
    assert evidence(20, 3, 2) < evidence(20, 5, 2) < evidence(60, 5, 2)
    assert evidence(20, 20, 0) < 0


def test_a_fall_of_the_mean_is_no_rise() -> None:
    scores = np.array([1.0] * 20 + [-1.0] * 20)
    assert log_evidence(scores, np.array([20]))[0] < 0 < log_evidence(-scores, np.array([20]))[0]


def test_neighbours_that_resemble_each_other_count_for_less() -> None:
    dice = np.random.default_rng(1)
    alone = dice.choice([-1.0, 1.0], 60)
    assert independence(np.repeat(alone[:20], 3), 30) < 0.5 < independence(alone, 30) <= 1


@pytest.mark.parametrize(
    ("letters", "reason"),
    [
        ("a", "cold_start"),
        ("aaa", "established"),
        ("nnn", "established"),
        ("aaaa", "steady"),
        (LONG + "f", "by_chance"),
        (LONG + "fff", "by_chance"),
        (LONG + "ffff", "shifted"),
        (LONG + "fffffff", "steady"),
        ("afaffaafafaaffafaffafafaafaffaaf", "steady"),
    ],
)
def test_each_step_leaves_its_reason(letters: str, reason: str) -> None:
    state, _ = run(SEQUENTIAL, timeline(letters))
    assert state.reason == reason


def test_stories_of_one_day_are_one_observation() -> None:
    storm = [story("favor", 110 + hour / 24, outlets=(f"O{hour}", "Daily")) for hour in range(10)]
    state, shifts = run(SEQUENTIAL, [*timeline(LONG), *storm])
    assert (state.reason, shifts) == ("by_chance", [])


def test_one_outlet_is_not_enough_on_the_new_side() -> None:
    new = [story("favor", 110 + 3 * day, outlets=("Daily",)) for day in range(8)]
    state, shifts = run(SEQUENTIAL, [*timeline(LONG), *new])
    assert (state.reason, shifts) == ("few_outlets", [])


def test_new_outlets_of_another_mind_are_no_change() -> None:
    # The outlets that were there before say what they said; others come up beside them.
    new = [
        story("favor", 110 + day, outlets=("Star", "Post"))
        if day % 4
        else story("against", 110 + day)
        for day in range(24)
    ]
    state, shifts = run(SEQUENTIAL, [*timeline(LONG), *new])
    assert (state.reason, shifts) == ("outlet_mix", [])


def test_a_change_is_believed_sooner_where_more_false_alarms_are_allowed() -> None:
    def stories_needed(allowed: float) -> int:
        detector = SequentialDetector(replace(SETTINGS, false_alarms_per_year=allowed))
        [(last, _)] = run(detector, timeline(LONG + "f" * 20))[1]
        return round((last.said_at - story("favor", 5 * len(LONG)).said_at).days / 5) + 1

    needed = [stories_needed(allowed) for allowed in (10, 1, 0.1, 0.01)]
    assert needed == sorted(needed)
    assert needed[0] < needed[-1]


def test_the_kind_is_told_by_the_side_that_was_taken_last() -> None:
    # From against to neutral, and on to favor: the first is a softening, the second the reversal.
    state, [(_, softening)] = run(SEQUENTIAL, timeline(LONG + "n" * 12))
    assert (softening.kind, softening.after.label, state.label) == (
        "softening",
        "neutral",
        "against",
    )
    _, [(_, reversal)] = run(SEQUENTIAL, timeline("f" * 30, first_day=300), state)
    assert (reversal.kind, reversal.after.label) == ("reversal", "favor")


def test_the_side_of_the_first_three_stories_does_not_name_the_change() -> None:
    _, [(_, shift)] = run(SEQUENTIAL, timeline("fff" + "anaafan" * 8 + "a" * 60))
    assert (shift.before.label, shift.after.label, shift.kind) == (
        "against",
        "against",
        "hardening",
    )


def test_a_softening_into_both_sides_rests_on_all_its_stories() -> None:
    _, [(_, shift)] = run(SEQUENTIAL, timeline("f" * 30 + "fa" * 30))
    assert (shift.after.label, shift.kind) == ("neutral", "softening")
    assert len(shift.after.story_ids) >= 6
    assert shift.confidence > 0.8


def test_a_softening_that_goes_on_to_the_other_side_is_a_reversal_after_all() -> None:
    state, [(_, softening)] = run(SEQUENTIAL, timeline("f" * 30 + "naf" * 12))
    assert (softening.kind, state.label) == ("softening", "favor")
    state, shifts = run(SEQUENTIAL, timeline("aan" * 14, first_day=400), state)
    assert [(shift.kind, shift.before.label, shift.after.label) for _, shift in shifts] == [
        ("reversal", "favor", "against")
    ]
    assert state.label == "against"
    assert run(SEQUENTIAL, timeline("aan" * 10, first_day=700), state)[1] == []


def test_a_loose_setting_makes_no_negative_confidence() -> None:
    loose = SequentialDetector(replace(SETTINGS, days_per_year=1, false_alarms_per_year=1000))
    _, shifts = run(loose, timeline("aaaffnaafffaanfffaaa" * 3))
    assert all(0 <= shift.confidence <= 1 for _, shift in shifts)


def test_more_agreement_is_a_hardening() -> None:
    _, [(_, shift)] = run(SEQUENTIAL, timeline("aanafn" * 6 + "a" * 40))
    assert (shift.kind, shift.before.label, shift.after.label) == (
        "hardening",
        "against",
        "against",
    )


def test_a_shift_names_both_sides_and_the_stories_that_make_them() -> None:
    _, [(_, shift)] = run(SEQUENTIAL, timeline(LONG + "ffffff"))
    assert shift.changed_at == story("favor", 100).said_at
    assert shift.before.story_ids == tuple(f"s{5 * number}" for number in range(20))
    assert shift.after.story_ids[0] == "s100"
    assert (shift.before.score, shift.after.score) == (pytest.approx(-0.8), pytest.approx(0.8))
    assert 0.9 < shift.confidence < 1
    assert shift.earliest_at is not None
    assert shift.latest_at is not None
    assert story("against", 80).said_at < shift.earliest_at <= shift.changed_at
    assert shift.changed_at <= shift.latest_at <= story("favor", 105).said_at


def test_a_change_that_came_bit_by_bit_is_dated_with_an_interval() -> None:
    _, [(_, shift)] = run(SEQUENTIAL, timeline(LONG + "fafaffafff" + "f" * 10))
    assert shift.earliest_at is not None
    assert shift.latest_at is not None
    assert shift.earliest_at <= shift.changed_at <= shift.latest_at
    assert shift.earliest_at < shift.latest_at


def test_misread_stories_make_a_less_sure_shift() -> None:
    unsure = [replace(one, confidence=0.5) for one in timeline("ffffff", first_day=100)]
    _, [(_, shift)] = run(SEQUENTIAL, [*timeline(LONG), *unsure])
    assert shift.confidence == pytest.approx(1 - 0.5 ** len(shift.after.story_ids))


def test_no_more_stories_are_kept_than_are_compared() -> None:
    state, _ = run(SEQUENTIAL, timeline("a" * (MOST - 1)))
    assert len(state.observations) == MOST - 1
    state, _ = run(SEQUENTIAL, [story("against", 2000)], state)
    assert (len(state.observations), state.count, state.label) == (MEMORY, MOST, "against")
