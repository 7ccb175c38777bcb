"""Shifts and the alerts sent before -> which shifts go out, and why the others do not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, Protocol

from monitors.hysteresis import (
    AlertSettings,
    RecentAlert,
    SeriesShift,
    flap_remark,
    held_by_own,
    is_within,
    recent_alert,
    recovered_alert,
)
from monitors.records import Alert
from monitors.severity import rate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from monitors.records import Label, Silence

__all__ = [
    "AlertChange",
    "AlertSettings",
    "Decision",
    "RecentAlert",
    "SeriesShift",
    "compare_alerts",
    "decide_alerts",
    "recent_alert",
]

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
class Decision:
    """What becomes of a shift: `alerted`, with the alert, or why not.

    `outcome` is `alerted`, `muted` (a kind that nobody wants), `silenced` (somebody asked for
    quiet), `repeated` (the last alert on this actor and topic told of the same side), `cool_down`
    (it had one not long ago), `flapping:<so many> alerts in <so many> days` (it goes back and
    forth) or `covered_by:<actor_id>` (that actor's alert tells the same news).
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

    An actor gets one alert per topic within the cool-down, and no more when it keeps going back and
    forth. Where a person and an institution that he or she speaks for turn to the same side over
    the same stories, there is one alert: the institution's if both are decided here, else that
    which went out first. A return to the side that an alert told of leaving goes out whatever its
    kind, and refers to that alert.
    """
    sent = list(recent)
    decisions: dict[int, Decision] = {}
    # Institutions speak for nobody and so come first: theirs is the alert that covers.
    order = sorted(range(len(shifts)), key=lambda index: len(shifts[index].speaks_for))
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
    mine = [
        alert
        for alert in sent
        if (alert.actor_id, alert.topic_id) == (shift.actor.actor_id, shift.topic.topic_id)
    ]
    recovered = recovered_alert(shift, mine, settings)
    reason = held_by_own(shift, mine, settings, recovers=recovered is not None)
    if reason is not None:
        return Decision(shift, reason)
    for alert in sent:
        if is_within(shift, alert, settings.cool_down_days) and _tells_the_same(shift, alert):
            return Decision(shift, f"covered_by:{alert.actor_id}")
    recovers = recovered.alert_id if recovered is not None else None
    remark = flap_remark(shift, mine, settings)
    return Decision(shift, "alerted", _alert(shift, recovers, remark))


def _tells_the_same(shift: SeriesShift, alert: RecentAlert) -> bool:
    if alert.topic_id != shift.topic.topic_id:
        return False
    speaks = alert.actor_id in shift.speaks_for or shift.actor.actor_id in alert.speaks_for
    return speaks and alert.to_label == shift.shift.after.label and _shares_stories(shift, alert)


def _shares_stories(shift: SeriesShift, alert: RecentAlert) -> bool:
    mine, theirs = set(shift.shift.after.story_ids), set(alert.story_ids)
    smaller = min(len(mine), len(theirs))
    return smaller > 0 and len(mine & theirs) >= SHARED * smaller


def _alert(series: SeriesShift, recovers: str | None, remark: str) -> Alert:
    shift = series.shift
    rating = rate(shift)
    return Alert(
        alert_id=series.alert_id,
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
        severity=rating.severity,
        severity_reasons=rating.reasons,
        recovers=recovers,
        remark=remark,
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
