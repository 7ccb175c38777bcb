"""Which shifts go out: cool-down, and one alert for a person and the office behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from monitors.alerts import (
    AlertSettings,
    RecentAlert,
    SeriesShift,
    compare_alerts,
    decide_alerts,
    recent_alert,
)
from monitors.records import Actor, Office, Shift, Side, Topic

if TYPE_CHECKING:
    from monitors.alerts import Decision
    from monitors.records import Alert, Label, ShiftKind

SETTINGS = AlertSettings()
NOON = datetime(2025, 1, 22, 12, tzinfo=UTC)
STATE = Actor("united-states", "United States", "state", ("Washington",))
PRESIDENT = Actor(
    "donald-trump",
    "Donald Trump",
    "person",
    ("Trump",),
    (Office("united-states", date(2025, 1, 20)),),
)
TIKTOK = Topic("tiktok", "TikTok", ("TikTok",), "lets it run", "wants it banned or sold")
TAIWAN = Topic("taiwan", "Taiwan", ("Taiwan",), "backs self-rule", "claims it")


def shifted(
    actor: Actor,
    stories: str,
    *,
    topic: Topic = TIKTOK,
    to: Label = "favor",
    decided_at: datetime = NOON,
) -> SeriesShift:
    """A shift whose new side rests on the stories named by single letters."""
    other: Label = "against" if to == "favor" else "favor"
    before = Side(other, -0.7, ("x", "y", "z"), ("Daily", "Post"))
    after = Side(to, 0.8, tuple(stories), ("Daily", "Herald", "Post"))
    changed_at = datetime(2025, 1, 20, 17, tzinfo=UTC)
    return SeriesShift(actor, topic, Shift(before, after, changed_at, 0.93, "window"), decided_at)


def as_recent(shift: SeriesShift, *, days_ago: float) -> RecentAlert:
    return RecentAlert(
        actor_id=shift.actor.actor_id,
        topic_id=shift.topic.topic_id,
        to_label=shift.shift.after.label,
        story_ids=shift.shift.after.story_ids,
        decided_at=NOON - timedelta(days=days_ago),
        speaks_for=shift.actor.speaks_for(shift.shift.changed_at.date()),
    )


def outcomes(shifts: list[SeriesShift], recent: list[RecentAlert] | None = None) -> list[str]:
    return [decision.outcome for decision in decide_alerts(shifts, recent or [], SETTINGS)]


def test_an_alert_says_what_its_shift_says() -> None:
    shift = shifted(STATE, "abcd")
    [decision] = decide_alerts([shift], [], SETTINGS)
    assert decision.outcome == "alerted"
    assert decision.shift == shift
    alert = decision.alert
    assert alert is not None
    assert (alert.actor_id, alert.actor_name) == ("united-states", "United States")
    assert (alert.topic_id, alert.topic_title) == ("tiktok", "TikTok")
    assert (alert.from_label, alert.to_label) == ("against", "favor")
    assert (alert.stories, alert.outlets, alert.confidence) == (4, 3, 0.93)
    assert (alert.changed_at, alert.decided_at) == (shift.shift.changed_at, NOON)
    assert alert.shift_id == shift.shift_id


def test_ids_come_from_the_content_alone() -> None:
    first = shifted(STATE, "abcd")
    again = shifted(STATE, "abcd", decided_at=NOON + timedelta(hours=1))
    assert first.shift_id == again.shift_id
    others = [
        shifted(STATE, "abce"),
        shifted(PRESIDENT, "abcd"),
        shifted(STATE, "abcd", to="against"),
    ]
    assert len({first.shift_id, *(other.shift_id for other in others)}) == 4


@pytest.mark.parametrize("order", [1, -1])
def test_a_person_and_the_office_make_one_alert_the_institutions(order: int) -> None:
    shifts = [shifted(PRESIDENT, "abc"), shifted(STATE, "abcd")][::order]
    assert outcomes(shifts) == ["covered_by:united-states", "alerted"][::order]


def test_a_person_who_follows_the_alerted_institution_is_covered() -> None:
    recent = [as_recent(shifted(STATE, "abcd"), days_ago=2)]
    assert outcomes([shifted(PRESIDENT, "cde")], recent) == ["covered_by:united-states"]


def test_an_institution_that_follows_the_alerted_person_is_covered() -> None:
    recent = [as_recent(shifted(PRESIDENT, "abc"), days_ago=2)]
    assert outcomes([shifted(STATE, "abcd")], recent) == ["covered_by:donald-trump"]


@pytest.mark.parametrize(
    "person",
    [
        shifted(PRESIDENT, "aef"),  # a third of the stories
        shifted(PRESIDENT, "abc", topic=TAIWAN),
        shifted(PRESIDENT, "abc", to="against"),
        shifted(replace(PRESIDENT, offices=()), "abc"),
        shifted(
            replace(PRESIDENT, offices=(Office("united-states", None, date(2025, 1, 20)),)), "abc"
        ),
    ],
    ids=["other stories", "other topic", "other side", "no office", "out of office"],
)
def test_what_is_not_the_same_news_goes_out_too(person: SeriesShift) -> None:
    assert outcomes([person, shifted(STATE, "abcd")]) == ["alerted", "alerted"]


def test_two_people_of_one_office_both_go_out() -> None:
    minister = replace(PRESIDENT, actor_id="marco-rubio", name="Marco Rubio")
    assert outcomes([shifted(PRESIDENT, "abc"), shifted(minister, "abc")]) == ["alerted"] * 2


def test_offices_that_point_at_each_other_still_give_one_alert() -> None:
    one = replace(PRESIDENT, actor_id="one", offices=(Office("two"),))
    two = replace(PRESIDENT, actor_id="two", offices=(Office("one"),))
    assert outcomes([shifted(one, "abc"), shifted(two, "abc")]) == ["alerted", "covered_by:one"]


@pytest.mark.parametrize(
    ("days_ago", "outcome"), [(0.0, "cool_down"), (29.9, "cool_down"), (30.0, "alerted")]
)
def test_one_alert_per_actor_and_topic_within_the_cool_down(days_ago: float, outcome: str) -> None:
    recent = [as_recent(shifted(STATE, "abcd", to="against"), days_ago=days_ago)]
    assert outcomes([shifted(STATE, "efgh")], recent) == [outcome]


def test_the_cool_down_holds_within_a_batch_and_only_for_its_topic() -> None:
    shifts = [
        shifted(STATE, "abcd"),
        shifted(STATE, "efgh", to="against", decided_at=NOON + timedelta(hours=1)),
        shifted(STATE, "ijkl", topic=TAIWAN),
    ]
    assert outcomes(shifts) == ["alerted", "cool_down", "alerted"]


def test_the_cool_down_is_a_setting() -> None:
    recent = [as_recent(shifted(STATE, "abcd", to="against"), days_ago=8)]
    shifts = [shifted(STATE, "efgh")]
    [decision] = decide_alerts(shifts, recent, AlertSettings(cool_down_days=7))
    assert decision.outcome == "alerted"


def test_what_is_held_back_has_no_alert() -> None:
    decisions = decide_alerts([shifted(PRESIDENT, "abc"), shifted(STATE, "abcd")], [], SETTINGS)
    assert [decision.alert is None for decision in decisions] == [True, False]


@pytest.mark.parametrize(("heard", "outcome"), [("favor", "repeated"), ("against", "alerted")])
def test_the_side_that_was_heard_of_last_is_not_told_again(heard: Label, outcome: str) -> None:
    # So after a series was built anew, by another detector or for another number of false alarms.
    recent = [
        as_recent(shifted(STATE, "uvw", to="against"), days_ago=900),
        as_recent(shifted(STATE, "rst", to=heard), days_ago=400),
    ]
    assert outcomes([shifted(STATE, "abcd")], recent) == [outcome]
    assert outcomes([shifted(STATE, "abcd", topic=TAIWAN)], recent) == ["alerted"]


def test_kinds_that_nobody_asked_for_are_muted() -> None:
    turned = shifted(STATE, "abcd")
    soft = replace(turned, shift=replace(turned.shift, kind="softening"))
    assert outcomes([soft]) == ["muted"]
    both = AlertSettings(kinds=("reversal", "softening"))
    assert [decision.outcome for decision in decide_alerts([soft], [], both)] == ["alerted"]


# --- going back and forth, and returning -------------------------------------------------------


def of_kind(shift: SeriesShift, kind: ShiftKind) -> SeriesShift:
    return replace(shift, shift=replace(shift.shift, kind=kind))


ALL = AlertSettings(kinds=("reversal", "first_stance", "silence"))


def decided(shift: SeriesShift, *recent: RecentAlert) -> Decision:
    [decision] = decide_alerts([shift], recent, ALL)
    return decision


def test_a_silence_cools_down_silences_only() -> None:
    silence = replace(told("against", 5), kind="silence")
    turn = shifted(STATE, "abcd")
    assert decided(turn, silence).outcome == "alerted"
    assert decided(of_kind(turn, "silence"), silence).outcome == "cool_down"
    assert decided(of_kind(turn, "silence"), told("favor", 5)).outcome == "cool_down"


def test_a_first_stance_is_one_no_longer_after_any_alert() -> None:
    first = of_kind(shifted(STATE, "abcd"), "first_stance")
    assert decided(first).outcome == "alerted"
    assert decided(first, told("against", 400)).outcome == "repeated"
    assert decided(first, replace(told("against", 400), kind="silence")).outcome == "repeated"


def test_a_silence_is_no_turn_back_nor_forth() -> None:
    turns = [told("favor", 170), told("against", 100), told("favor", 40)]
    quiet = of_kind(shifted(STATE, "", to="against"), "silence")
    assert decided(quiet, *turns).outcome == "alerted"
    pauses = [told("against", 170), *(replace(told("against", n), kind="silence") for n in (90, 9))]
    back = decided(shifted(STATE, "abcd"), *pauses)
    assert (back.outcome, back.alert and back.alert.remark) == ("alerted", "")


def test_a_return_after_a_silence_takes_back_what_was_told_before_it() -> None:
    turn, silence = told("against", 60), replace(told("against", 20), kind="silence")
    back = decided(shifted(STATE, "abcd"), turn, silence).alert
    assert back is not None
    assert back.recovers == turn.alert_id


@pytest.mark.parametrize("kind", ["first_stance", "silence"])
def test_neither_first_stances_nor_silences_take_back_or_are_taken_back(kind: ShiftKind) -> None:
    this = shifted(STATE, "abcd")
    assert decide_alerts([of_kind(this, kind)], [told("against", 40)], SETTINGS)[0].alert is None
    one = decided(this, replace(told("against", 40), kind=kind)).alert
    assert one is not None
    assert one.recovers is None


def told(to: Label, days_ago: float, *, stories: str = "uvw", topic: Topic = TIKTOK) -> RecentAlert:
    shift = shifted(STATE, stories, to=to, topic=topic, decided_at=NOON - timedelta(days=days_ago))
    return recent_alert(shift)


@pytest.mark.parametrize(
    ("days_ago", "to", "recovers"),
    [(31, "against", True), (89.9, "against", True), (90, "against", False)],
)
def test_a_return_to_the_side_an_alert_told_of_leaving_takes_it_back(
    days_ago: float, to: Label, *, recovers: bool
) -> None:
    earlier = told(to, days_ago)
    [decision] = decide_alerts([shifted(STATE, "abcd")], [earlier], SETTINGS)
    assert decision.alert is not None
    assert decision.alert.recovers == (earlier.alert_id if recovers else None)


def test_only_the_last_alert_of_the_series_can_be_taken_back() -> None:
    others = [told("against", 40, topic=TAIWAN), told("against", 80), told("favor", 40)]
    [decision] = decide_alerts([shifted(STATE, "abcd", to="against")], others, SETTINGS)
    assert decision.alert is not None
    assert decision.alert.recovers == others[2].alert_id


def test_what_takes_an_alert_back_goes_out_whatever_its_kind() -> None:
    back = shifted(STATE, "abcd")
    back = replace(back, shift=replace(back.shift, kind="hardening"))
    assert outcomes([back], [told("against", 40)]) == ["alerted"]
    assert outcomes([back], [told("against", 100)]) == ["muted"]


@pytest.mark.parametrize(
    ("days_ago", "outcome"),
    [
        ((170, 100, 40), "flapping:3 alerts in 180 days"),
        ((180, 100, 40), "alerted"),
        ((100, 40), "alerted"),
    ],
)
def test_a_series_that_goes_back_and_forth_is_held(
    days_ago: tuple[float, ...], outcome: str
) -> None:
    recent = [
        told("favor" if (len(days_ago) - number) % 2 == 0 else "against", days)
        for number, days in enumerate(days_ago)
    ]
    assert outcomes([shifted(STATE, "abcd")], recent) == [outcome]
    assert outcomes([shifted(STATE, "abcd", topic=TAIWAN)], recent) == ["alerted"]


def test_the_last_alert_before_that_says_so() -> None:
    recent = [told("favor", 100), told("against", 40)]
    [decision] = decide_alerts([shifted(STATE, "abcd")], recent, SETTINGS)
    assert decision.alert is not None
    assert decision.alert.remark == (
        "It goes back and forth: 3 alerts in 180 days. "
        "Further turns are kept and not told before 12 April 2025."
    )
    [first] = decide_alerts([shifted(STATE, "abcd")], recent[1:], SETTINGS)
    assert first.alert is not None
    assert first.alert.remark == ""


def test_an_alert_carries_its_severity() -> None:
    [decision] = decide_alerts([shifted(STATE, "abcd")], [], SETTINGS)
    assert decision.alert is not None
    assert (decision.alert.severity, decision.alert.severity_reasons) == (
        "medium", ("changed sides", "a large change")
    )  # fmt: skip


def test_two_runs_are_compared_alert_by_alert() -> None:
    def alert(days: float, *, to: Label = "favor", topic: Topic = TIKTOK) -> Alert:
        shift = shifted(STATE, "abcd", to=to, topic=topic, decided_at=NOON + timedelta(days=days))
        [decision] = decide_alerts([shift], [], SETTINGS)
        assert decision.alert is not None
        return decision.alert

    old = [alert(0), alert(200, to="against"), alert(5, topic=TAIWAN)]
    new = [alert(0.1), alert(210, to="against"), alert(300)]
    changes = compare_alerts(old, new)
    assert [(one.change, one.topic_id, one.to_label) for one in changes] == [
        ("gone", "taiwan", "favor"),
        ("moved", "tiktok", "against"),
        ("added", "tiktok", "favor"),
    ]
    assert (changes[1].was_at, changes[1].is_at) == (old[1].decided_at, new[1].decided_at)
    assert compare_alerts(old, old) == []
