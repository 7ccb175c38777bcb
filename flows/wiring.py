"""Where everything is put together: configuration, database, clock, models."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from flows.settings import Config, load_config
from flows.store import Database
from monitors.shifts import load_detector
from monitors.topics import Screen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from monitors.language import Analyser
    from monitors.shifts import Detector
    from monitors.stance import StanceBackend

    Clock = Callable[[], datetime]

# A small installation, or a new one, takes no more risk with a day than one with so many a year.
LEAST_DAYS = 100


class Progress(Protocol):
    """Told how far a stage has come: its name, how much is done, of how much."""

    def __call__(self, stage: str, done: int, total: int, /) -> None: ...


def no_progress(stage: str, done: int, total: int, /) -> None:
    """Progress that nobody watches."""


def utc_now() -> datetime:
    """The clock on the wall."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Installation:
    """One configuration over one database, with the clock it lives by.

    Models are loaded when they are first needed and then kept.
    """

    config: Config
    database: Database
    clock: Clock = utc_now

    @cached_property
    def analyser(self) -> Analyser:
        return load_analyser(self.config)

    @cached_property
    def screen(self) -> Screen:
        """The quick look that `analyser` takes, without the models."""
        return Screen(self.config.watchlist.topics)

    def detector(
        self, days_per_year: float, outlets_seen: Mapping[str, datetime] | None = None
    ) -> Detector:
        """The detector of the settings, for so many days with stories a year in all series.

        `outlets_seen` says when each outlet last brought an article, on whatever topic.
        A shift that the policy would drop as too soon after an alert waits in the detector instead.
        """
        shifts = self.config.settings.shifts
        settings = shifts.detector_settings(max(LEAST_DAYS, days_per_year))
        cool_down = max(settings.cool_down_days, self.config.policy.cool_down_days)
        settings = replace(settings, cool_down_days=cool_down)
        return load_detector(shifts.detector, settings, outlets_seen)

    def over(self, database: Database) -> Installation:
        """The same installation over another database, with the models that are loaded."""
        other = replace(self, database=database)
        if "analyser" in vars(self):
            vars(other)["analyser"] = self.analyser
        return other

    def compared_since(self) -> datetime:
        """Older articles than this are not compared, and so not read again either."""
        return self.clock() - timedelta(days=self.config.settings.shifts.history_days)


def load_analyser(config: Config) -> Analyser:
    """The reader of texts for this configuration's topics, actors and stance backend."""
    # spaCy takes a second to import; commands that read no text do without.
    from monitors.language import Analyser  # noqa: PLC0415

    backend = load_stance_backend(config)
    min_confidence = backend.confidence_for(config.settings.analysis.min_precision)
    return Analyser(config.watchlist, backend, min_confidence=min_confidence)


def load_stance_backend(config: Config) -> StanceBackend:
    """The stance backend that the configuration names, with its options.

    Raises:
        BackendError: it cannot be loaded.
    """
    from flows.llm_wiring import backend_options  # noqa: PLC0415
    from monitors.stance import load_backend  # noqa: PLC0415

    options = backend_options(config.settings, os.environ)
    return load_backend(config.settings.analysis.backend, options)


def wire(config_dir: Path | None = None, database: Path | None = None) -> Installation:
    """The installation that a command works on.

    `database` wins over the environment variable STANCEWATCH_DATABASE, which wins over the
    setting.

    Raises:
        ConfigError: the configuration cannot be used.
    """
    config = load_config(config_dir, os.environ)
    settings = config.settings
    path = database or Path(settings.database)
    return Installation(config, Database(path, settings.store.lock_timeout_seconds))
