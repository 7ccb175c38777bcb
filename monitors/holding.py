"""What was held back, in words: why no alert went out, and what would let it go."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from monitors.hysteresis import AlertSettings

_NOT_ANY_MORE = "not any more: it is kept, and the next turn is told"
# By the reasons of detectors and the outcomes of shifts, up to the colon.
_WHY = {
    "by_chance": "luck could have made it, though it has most of the evidence that is needed",
    "few_outlets": "too few outlets tell of one of the sides",
    "old_side_thin": "too few stories or outlets tell of the old side",
    "old_side_mixed": "the old side was never one side",
    "small_change": "the two sides are too close",
    "slow": "the stories of the new side are too far apart",
    "outlet_mix": "other outlets came up; those that were there before did not change",
    "dead_feed": "most of the old side was told by outlets that have brought nothing since",
    "cool_down": "too soon after the last one",
    "version_changed": "stored articles are being read again",
    "muted": "a kind of shift that is not asked for",
    "silenced": "somebody asked for quiet",
    "repeated": "the last alert told of the same side",
    "flapping": "goes back and forth",
    "covered_by": "the same news was told of",
    "replayed": "found when history was run again",
}
_WAITS_FOR = {
    "by_chance": "more stories on the new side",
    "few_outlets": "a story of another outlet on that side",
    "old_side_thin": "more that is stored of the old side, as a backfill brings it",
    "old_side_mixed": "a longer time of one mind on the old side",
    "small_change": "stories that are further from the old side",
    "slow": "more stories on the new side within `window_days`",
    "outlet_mix": "the new side in outlets that told of the old one",
    "dead_feed": "the new side in outlets that told of the old one (see `stancewatch feeds list`)",
    "version_changed": "the end of that; every run goes on with it",
}


def told_why(reason: str) -> str:
    """Why it was held back."""
    name, _, about = reason.partition(":")
    return f"{_WHY[name]} ({about})" if about else _WHY[name]


def goes_out(reason: str, *, waits: bool, until: datetime | None) -> str:
    """What it waits for, or that it no longer does; `until` is when the series is quiet no more."""
    if waits and until is not None:
        return f"a story of {until:%Y-%m-%d} or later that still shows it"
    if waits:
        return _WAITS_FOR[reason]
    if reason == "muted":
        return f"{_NOT_ANY_MORE}; `kinds` in alerts.toml says which are"
    return f"{_NOT_ANY_MORE} from {until:%Y-%m-%d} on" if until is not None else _NOT_ANY_MORE


def told_again_at(
    reason: str, decided_at: datetime, alerted_at: Iterable[datetime], settings: AlertSettings
) -> datetime | None:
    """When a series that had these alerts is told of again; None where it has not to wait.

    `decided_at` is when its shift was kept back for `reason`.
    """
    earlier = sorted(at for at in alerted_at if at <= decided_at)
    if reason == "cool_down" and earlier:
        return earlier[-1] + settings.cool_down
    if reason.startswith("flapping") and len(earlier) >= settings.flap_alerts:
        return earlier[-settings.flap_alerts] + timedelta(days=settings.flap_days)
    return None
