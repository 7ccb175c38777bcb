"""What every detector holds of time: which stories are late, and when it is too soon to shift."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitors.records import Observation
    from monitors.shifts.series import DetectorSettings, SeriesState

DISORDER = timedelta(days=2)  # outlets and time zones differ; that much is not late


def is_late(observation: Observation, settings: DetectorSettings) -> bool:
    """Whether it was said so long before it was first seen that it is history."""
    return observation.seen_at - observation.said_at > timedelta(days=settings.late_days)


def is_overtaken(state: SeriesState, observation: Observation) -> bool:
    """Whether the series has gone on since it was said."""
    if not state.observations:
        return False
    return state.observations[-1].said_at - observation.said_at > DISORDER


def is_cooling(state: SeriesState, settings: DetectorSettings) -> bool:
    """Whether the last shift is too near for another one."""
    if state.shifted_at is None:
        return False
    since = state.observations[-1].said_at - state.shifted_at
    return since < timedelta(days=settings.cool_down_days)
