"""Shifts and the alerts sent before -> which shifts go out, and why the others do not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, Protocol

from monitors.identity import stable_id
from monitors.records import Alert

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from monitors.records import Actor, Label, Shift, ShiftKind, Silence, Topic

_SAME_TURN, _SAME_TIME = timedelta(days=90), timedelta(days=1)
SHARED = 0.5  # share of the smaller side's stories that makes two shifts one piece of news


class AlertKey(Protocol):
    """What tells alerts of different runs apart."""

    @property
    def actor_id(self) -> str: ...
    @property
    def topic_id(self) -> str: ...
    @property
    def from_label(self) -> Label: ...
    @property
    def to_label(self) -> Label: ...
    @property
    def decided_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """Least days between two alerts on one actor and topic, and which kinds of shifts go out."""

    cool_down_days: int = 30
    kinds: tuple[ShiftKind, ...] = ("reversal",)

    @property
    def cool_down(self) -> timedelta:
        return timedelta(days=self.cool_down_days)


@dataclass(frozen=True, slots=True)
class SeriesShift:
    """A shift with the actor and topic of its series, and when it was decided."""

    actor: Actor
    topic: Topic
    shift: Shift
    decided_at: datetime

    @property
    def shift_id(self) -> str:
        """Derived from the series, the sides, and the stories and the start of the new one."""
        shift = self.shift
        series = (self.actor.actor_id, self.topic.topic_id)
        sides = (shift.before.label, shift.after.label)
        start = shift.changed_at.isoformat()
        return stable_id("sh", *series, *sides, start, *shift.after.story_ids)


@dataclass(frozen=True, slots=True)
class RecentAlert:
    """An alert that went out: whose, on what, to which side, resting on which stories.

    `speaks_for` are the ids of the institutions that the actor spoke for when the side changed.
    """

    actor_id: str
    topic_id: str
    to_label: Label
    story_ids: tuple[str, ...]
    decided_at: datetime
    speaks_for: tuple[str, ...] = ()
    kind: ShiftKind = "reversal"


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a shift: `alerted`, with the alert, or why not.

    `outcome` is `alerted`, `muted` (a kind that nobody wants), `silenced` (somebody asked for
    quiet), `repeated` (the last alert on this actor and topic told of the same side), `cool_down`
    (it had one not long ago) or `covered_by:<actor_id>` (that actor's alert tells the same news).
    The alert has no quotes yet: whoever holds the texts adds them.
    """

    shift: SeriesShift
    outcome: str
    alert: Alert | None = None


def decide_alerts(
    shifts: Sequence[SeriesShift],
    recent: Iterable[RecentAlert],
    settings: AlertSettings,
    silences: Sequence[Silence] = (),
) -> list[Decision]:
    """One decision per shift, in the order given.

    Two rules. An actor gets one alert per topic within the cool-down. And where a person and an
    institution that he or she speaks for turn to the same side over the same stories, there is one
    alert: the institution's if both are decided here, else that which went out first.
    """
    sent = list(recent)
    decisions: dict[int, Decision] = {}
    # Institutions speak for nobody and so come first: theirs is the alert that covers.
    order = sorted(range(len(shifts)), key=lambda index: len(_speaks_for(shifts[index])))
    for index in order:
        if _is_silenced(shifts[index], silences):
            decisions[index] = Decision(shifts[index], "silenced")
        else:
            decisions[index] = _decide(shifts[index], sent, settings)
        if decisions[index].alert is not None:
            sent.append(recent_alert(shifts[index]))
    return [decisions[index] for index in range(len(shifts))]


def _is_silenced(shift: SeriesShift, silences: Sequence[Silence]) -> bool:
    series = (shift.actor.actor_id, shift.topic.topic_id)
    return any(silence.covers(*series, shift.decided_at) for silence in silences)


def _decide(shift: SeriesShift, sent: Sequence[RecentAlert], settings: AlertSettings) -> Decision:
    if shift.shift.kind not in settings.kinds:
        return Decision(shift, "muted")
    if _is_repeated(shift, sent):
        return Decision(shift, "repeated")
    near = [
        alert
        for alert in sent
        if alert.topic_id == shift.topic.topic_id
        and abs(shift.decided_at - alert.decided_at) < settings.cool_down
    ]
    if any(_cools(alert, shift) for alert in near):
        return Decision(shift, "cool_down")
    for alert in near:
        if _tells_the_same(shift, alert):
            return Decision(shift, f"covered_by:{alert.actor_id}")
    return Decision(shift, "alerted", _alert(shift))


def _cools(alert: RecentAlert, shift: SeriesShift) -> bool:
    """Whether it is too soon after this alert; who breaks a silence by a turn does not wait."""
    return alert.actor_id == shift.actor.actor_id and (
        alert.kind != "silence" or shift.shift.kind == "silence"
    )


def _is_repeated(shift: SeriesShift, sent: Sequence[RecentAlert]) -> bool:
    """Whether it is a turn to the side that people heard of last: a series that was built anew.

    A first stance is one no longer after any alert on the series.
    """
    if shift.shift.kind not in {"reversal", "first_stance"}:
        return False
    mine = [
        alert
        for alert in sent
        if (alert.actor_id, alert.topic_id) == (shift.actor.actor_id, shift.topic.topic_id)
    ]
    last = max(mine, key=lambda alert: alert.decided_at, default=None)
    if last is None:
        return False
    return shift.shift.kind == "first_stance" or last.to_label == shift.shift.after.label


def _tells_the_same(shift: SeriesShift, alert: RecentAlert) -> bool:
    speaks = alert.actor_id in _speaks_for(shift) or shift.actor.actor_id in alert.speaks_for
    return speaks and alert.to_label == shift.shift.after.label and _shares_stories(shift, alert)


def _shares_stories(shift: SeriesShift, alert: RecentAlert) -> bool:
    mine, theirs = set(shift.shift.after.story_ids), set(alert.story_ids)
    smaller = min(len(mine), len(theirs))
    return smaller > 0 and len(mine & theirs) >= SHARED * smaller


def _speaks_for(shift: SeriesShift) -> tuple[str, ...]:
    return shift.actor.speaks_for(shift.shift.changed_at.date())


def recent_alert(shift: SeriesShift) -> RecentAlert:
    """An alert on this shift as later decisions remember it."""
    return RecentAlert(
        actor_id=shift.actor.actor_id,
        topic_id=shift.topic.topic_id,
        to_label=shift.shift.after.label,
        story_ids=shift.shift.after.story_ids,
        decided_at=shift.decided_at,
        speaks_for=_speaks_for(shift),
        kind=shift.shift.kind,
    )


def _alert(series: SeriesShift) -> Alert:
    shift = series.shift
    return Alert(
        alert_id=stable_id("al", series.shift_id),
        shift_id=series.shift_id,
        actor_id=series.actor.actor_id,
        actor_name=series.actor.name,
        topic_id=series.topic.topic_id,
        topic_title=series.topic.title,
        from_label=shift.before.label,
        to_label=shift.after.label,
        changed_at=shift.changed_at,
        decided_at=series.decided_at,
        stories=len(shift.after.story_ids),
        outlets=len(shift.after.outlets),
        confidence=shift.confidence,
        kind=shift.kind,
        earliest_at=shift.earliest_at,
        latest_at=shift.latest_at,
        before=(),
        after=(),
    )


@dataclass(frozen=True, slots=True)
class AlertChange:
    """What a changed configuration does to an alert: it is `added`, `gone` or `moved`."""

    change: Literal["added", "gone", "moved"]
    actor_id: str
    topic_id: str
    from_label: Label
    to_label: Label
    was_at: datetime | None
    is_at: datetime | None


def compare_alerts(old: Iterable[AlertKey], new: Iterable[AlertKey]) -> list[AlertChange]:
    """What is different between two runs over the same news, by date.

    Two alerts are the same if actor, topic and sides are, and if they are decided within 90 days of
    each other; then they are `moved`, unless it is the same day.
    """
    left = sorted(old, key=lambda one: one.decided_at)
    changes = []
    for one in sorted(new, key=lambda one: one.decided_at):
        twin = next((other for other in left if _is_same(one, other)), None)
        if twin is None:
            changes.append(AlertChange("added", *_what(one), None, one.decided_at))
            continue
        left.remove(twin)
        if abs(twin.decided_at - one.decided_at) >= _SAME_TIME:
            changes.append(AlertChange("moved", *_what(one), twin.decided_at, one.decided_at))
    changes += [AlertChange("gone", *_what(one), one.decided_at, None) for one in left]
    return sorted(changes, key=lambda one: (one.was_at or one.is_at, one.actor_id, one.topic_id))


def _is_same(one: AlertKey, other: AlertKey) -> bool:
    return _what(one) == _what(other) and abs(one.decided_at - other.decided_at) <= _SAME_TURN


def _what(one: AlertKey) -> tuple[str, str, Label, Label]:
    return one.actor_id, one.topic_id, one.from_label, one.to_label
