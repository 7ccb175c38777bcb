"""How often one actor alerts on one topic: cool-down, going back and forth, and returning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from monitors.identity import stable_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitors.records import Actor, Label, Shift, ShiftKind, Topic

CHANGES: frozenset[ShiftKind] = frozenset({"reversal", "hardening", "softening"})


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """How often an actor and topic may alert, and which kinds of shifts go out.

    At most one alert within `cool_down_days` and `flap_alerts` within `flap_days`. A return to the
    earlier side within `recovery_days` of an alert is told as a recovery.
    """

    cool_down_days: int = 30
    kinds: tuple[ShiftKind, ...] = ("reversal",)
    recovery_days: int = 90
    flap_alerts: int = 3
    flap_days: int = 180

    @property
    def cool_down(self) -> timedelta:
        return timedelta(days=self.cool_down_days)

    @property
    def memory(self) -> timedelta:
        """How far back earlier alerts matter."""
        return timedelta(days=max(self.cool_down_days, self.recovery_days, self.flap_days))


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

    @property
    def alert_id(self) -> str:
        """The id of the alert that this shift makes, if it makes one."""
        return stable_id("al", self.shift_id)

    @property
    def speaks_for(self) -> tuple[str, ...]:
        """The ids of the institutions that the actor spoke for when the side changed."""
        return self.actor.speaks_for(self.shift.changed_at.date())


@dataclass(frozen=True, slots=True)
class RecentAlert:
    """An alert that went out: whose, on what, from and to which side, resting on which stories.

    `speaks_for` are the ids of the institutions that the actor spoke for when the side changed.
    """

    actor_id: str
    topic_id: str
    to_label: Label
    story_ids: tuple[str, ...]
    decided_at: datetime
    speaks_for: tuple[str, ...] = ()
    from_label: Label | None = None
    alert_id: str = ""
    kind: ShiftKind = "reversal"

    @property
    def is_change(self) -> bool:
        """Whether it told of leaving a side; first stances and silences have only one."""
        return self.kind in CHANGES


def recent_alert(shift: SeriesShift) -> RecentAlert:
    """An alert on this shift as later decisions remember it."""
    return RecentAlert(
        actor_id=shift.actor.actor_id,
        topic_id=shift.topic.topic_id,
        to_label=shift.shift.after.label,
        story_ids=shift.shift.after.story_ids,
        decided_at=shift.decided_at,
        speaks_for=shift.speaks_for,
        from_label=shift.shift.before.label,
        alert_id=shift.alert_id,
        kind=shift.shift.kind,
    )


def held_by_own(
    shift: SeriesShift, mine: Sequence[RecentAlert], settings: AlertSettings, *, recovers: bool
) -> str | None:
    """Why the earlier alerts of its own series, or its kind, hold a shift back."""
    if shift.shift.kind not in settings.kinds and not recovers:
        return "muted"
    if _is_repeated(shift, mine):
        return "repeated"
    if any(_cools(alert, shift, settings.cool_down_days) for alert in mine):
        return "cool_down"
    turns = len(_turns(shift, mine, settings))
    if turns >= settings.flap_alerts:
        return f"flapping:{turns} alerts in {settings.flap_days} days"
    return None


def _cools(alert: RecentAlert, shift: SeriesShift, days: int) -> bool:
    """Whether it is too soon after this alert; who breaks a silence by a turn does not wait."""
    breaks_silence = alert.kind == "silence" and shift.shift.kind != "silence"
    return is_within(shift, alert, days) and not breaks_silence


def _turns(
    shift: SeriesShift, mine: Sequence[RecentAlert], settings: AlertSettings
) -> list[RecentAlert]:
    """The alerts of late by which a series goes back and forth; a silence goes nowhere."""
    if shift.shift.kind == "silence":
        return []
    return [
        alert
        for alert in mine
        if alert.kind != "silence" and is_within(shift, alert, settings.flap_days)
    ]


def recovered_alert(
    shift: SeriesShift, mine: Sequence[RecentAlert], settings: AlertSettings
) -> RecentAlert | None:
    """The last change of the series that was told, where it left the side that this returns to."""
    if shift.shift.kind not in CHANGES:
        return None
    changes = (alert for alert in mine if alert.is_change)
    last = max(changes, key=lambda alert: alert.decided_at, default=None)
    if last is None or last.from_label == last.to_label:
        return None
    returns = last.from_label == shift.shift.after.label
    return last if returns and is_within(shift, last, settings.recovery_days) else None


def is_within(shift: SeriesShift, alert: RecentAlert, days: int) -> bool:
    return abs(shift.decided_at - alert.decided_at) < timedelta(days=days)


def _is_repeated(shift: SeriesShift, mine: Sequence[RecentAlert]) -> bool:
    """Whether it is a turn to the side that people heard of last: a series that was built anew.

    A first stance is one no longer after any alert on the series.
    """
    if shift.shift.kind not in {"reversal", "first_stance"}:
        return False
    last = max(mine, key=lambda alert: alert.decided_at, default=None)
    if last is None:
        return False
    return shift.shift.kind == "first_stance" or last.to_label == shift.shift.after.label


def flap_remark(shift: SeriesShift, mine: Sequence[RecentAlert], settings: AlertSettings) -> str:
    """What to tell people where this is the last alert before the series counts as flapping."""
    turns = [alert.decided_at for alert in _turns(shift, mine, settings)]
    if not turns or len(turns) + 1 < settings.flap_alerts:
        return ""
    quiet_until = min(turns) + timedelta(days=settings.flap_days)
    return (
        f"It goes back and forth: {len(turns) + 1} alerts in {settings.flap_days} days. "
        f"Further turns are kept and not told before {quiet_until.day} {quiet_until:%B %Y}."
    )
