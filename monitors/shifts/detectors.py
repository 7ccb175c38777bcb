"""The shift detectors that can be chosen by name, one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitors.errors import MonitorError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from monitors.shifts.series import Detector, DetectorSettings

    Seen = Mapping[str, datetime] | None

# Each is imported when asked for: who only polls feeds does without numpy.


def _sequential(settings: DetectorSettings, outlets_seen: Seen = None) -> Detector:
    from monitors.shifts.sequential import SequentialDetector  # noqa: PLC0415

    return SequentialDetector(settings, outlets_seen)


def _window(settings: DetectorSettings, outlets_seen: Seen = None) -> Detector:
    from monitors.shifts.window import WindowDetector  # noqa: PLC0415

    return WindowDetector(settings, outlets_seen)


DETECTORS: dict[str, Callable[..., Detector]] = {"sequential": _sequential, "window": _window}


def load_detector(
    name: str, settings: DetectorSettings, outlets_seen: Mapping[str, datetime] | None = None
) -> Detector:
    """The detector called `name`, set up; told when each outlet last brought anything.

    Raises:
        MonitorError: there is no detector of that name.
    """
    try:
        return DETECTORS[name](settings, outlets_seen)
    except KeyError:
        known = ", ".join(sorted(DETECTORS))
        raise MonitorError(f"no shift detector is called {name!r}; there are: {known}") from None
