"""step(state, observation) -> (state, shift or nothing): one file per detector."""

from monitors.shifts.detectors import DETECTORS, load_detector
from monitors.shifts.serial import dump_state, load_state
from monitors.shifts.series import (
    Detector,
    DetectorSettings,
    HeldShift,
    Reason,
    SeriesState,
    catch_up,
    rebuild,
)

__all__ = [
    "DETECTORS",
    "Detector",
    "DetectorSettings",
    "HeldShift",
    "Reason",
    "SeriesState",
    "catch_up",
    "dump_state",
    "load_detector",
    "load_state",
    "rebuild",
]
