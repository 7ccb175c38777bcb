"""The state of a series as JSON-ready values, and back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args

from monitors.errors import MonitorError
from monitors.records import Label, Observation
from monitors.shifts.series import HeldShift, Reason, SeriesState

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1


def dump_state(state: SeriesState) -> dict[str, object]:
    """The state as dicts, lists, strings and numbers; `load_state` gives it back unchanged."""
    return {
        "format": FORMAT,
        "label": state.label,
        "changed_at": _dump_time(state.changed_at),
        "shifted_at": _dump_time(state.shifted_at),
        "count": state.count,
        "reason": state.reason,
        "held": None if state.held is None else _dump_held(state.held),
        "observations": [_dump_observation(item) for item in state.observations],
    }


def load_state(mapping: Mapping[str, Any]) -> SeriesState:
    """The state that `dump_state` made `mapping` of; an empty mapping is a series without stories.

    Raises:
        MonitorError: it is of another format, or something in it is missing or of another kind.
    """
    if not mapping:
        return SeriesState()
    if mapping.get("format") != FORMAT:
        raise MonitorError(f"a series state of format {mapping.get('format')!r} cannot be read")
    try:
        return SeriesState(
            observations=tuple(_load_observation(item) for item in mapping["observations"]),
            label=None if mapping["label"] is None else _one_of(Label, mapping["label"]),
            changed_at=_load_time(mapping["changed_at"]),
            shifted_at=_load_time(mapping["shifted_at"]),
            count=int(mapping["count"]),
            reason=_one_of(Reason, mapping["reason"]),
            held=_load_held(mapping.get("held")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MonitorError(f"a series state cannot be read: {error!r}") from error


def _dump_observation(item: Observation) -> dict[str, object]:
    return {
        "story_id": item.story_id,
        "label": item.label,
        "score": item.score,
        "confidence": item.confidence,
        "said_at": item.said_at.isoformat(),
        "seen_at": item.seen_at.isoformat(),
        "outlets": list(item.outlets),
    }


def _load_observation(item: Mapping[str, Any]) -> Observation:
    return Observation(
        story_id=str(item["story_id"]),
        label=_one_of(Label, item["label"]),
        score=float(item["score"]),
        confidence=float(item["confidence"]),
        said_at=datetime.fromisoformat(item["said_at"]),
        seen_at=datetime.fromisoformat(item["seen_at"]),
        outlets=tuple(item["outlets"]),
    )


def _dump_held(held: HeldShift) -> dict[str, object]:
    return {
        "reason": held.reason,
        "from_label": held.from_label,
        "to_label": held.to_label,
        "changed_at": held.changed_at.isoformat(),
        "stories": held.stories,
        "outlets": list(held.outlets),
    }


def _load_held(mapping: Mapping[str, Any] | None) -> HeldShift | None:
    if mapping is None:
        return None
    return HeldShift(
        reason=_one_of(Reason, mapping["reason"]),
        from_label=_one_of(Label, mapping["from_label"]),
        to_label=_one_of(Label, mapping["to_label"]),
        changed_at=datetime.fromisoformat(mapping["changed_at"]),
        stories=int(mapping["stories"]),
        outlets=tuple(mapping["outlets"]),
    )


def _dump_time(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _load_time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _one_of(words: Any, value: object) -> Any:
    if value not in get_args(words):
        raise ValueError(f"{value!r} is none of {', '.join(get_args(words))}")
    return value
