"""The options of settings.toml, their bounds and their defaults."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from flows.config.backends import EntailmentTable, LlmTable
from flows.config.checks import Clock, refusal
from flows.config.tables import Table
from flows.config.websub import WebsubOptions
from monitors.allow_list import parse_opening
from monitors.shifts.detectors import DETECTORS
from monitors.shifts.series import DetectorSettings
from monitors.stance import BACKENDS

if TYPE_CHECKING:
    from flows.fetch import FetchSettings

_DETECTOR = DetectorSettings()
_QUESTIONS = 10


def _time_zone(name: str) -> str:
    try:
        load_zone(name)
    except (ValueError, KeyError, OSError):
        raise refusal(
            "is not a known time zone", 'Write a name such as "Europe/Berlin", or "UTC".'
        ) from None
    return name


def load_zone(name: str) -> tzinfo:
    """The zone of that name; UTC is known even where the machine has no zone files."""
    return UTC if name == "UTC" else ZoneInfo(name)


def _printable(text: str) -> str:
    if not (text.isascii() and text.isprintable()) or len(text) > 200:  # noqa: PLR2004 - a header
        raise refusal(
            "cannot stand in a request's header",
            "Write a plain e-mail address or URL of at most 200 characters.",
        )
    return text


def _opening(text: str) -> str:
    try:
        parse_opening(text)
    except ValueError:
        raise refusal(
            "is no host and no range of addresses",
            'Write such as "intranet.example", "intranet.example:80", "10.1.2.3" or "10.1.0.0/16".',
        ) from None
    return text


def database_path(value: object) -> Path:
    """The database's file; `~` stands for the home folder.

    Raises:
        PydanticCustomError: the value names no file.
    """
    text = str(value) if isinstance(value, str | Path) else ""
    if not text.strip() or not text.isprintable():
        raise refusal("is not a file name", 'Write one such as "data/stancewatch.duckdb".')
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise refusal("starts with a home folder that is not known", "Write it in full.") from None


def _one_of(what: str, known: Mapping[str, object]) -> AfterValidator:
    def check(name: str) -> str:
        if name not in known:
            raise refusal(f"names no {what}", f"There are: {', '.join(sorted(known))}.")
        return name

    return AfterValidator(check)


class FetchOptions(Table):
    """How feeds are asked for; a time-out covers the whole of one feed."""

    timeout_seconds: float = Field(default=20, gt=0, le=600)
    max_bytes: int = Field(default=10_000_000, ge=1_000, le=1_000_000_000)
    concurrency: int = Field(default=32, ge=1, le=100)
    retries: int = Field(default=1, ge=0, le=10)
    user_agent_contact: Annotated[str, AfterValidator(_printable)] = ""
    allow_hosts: list[Annotated[str, AfterValidator(_opening)]] = Field(default=[])

    def fetch_settings(self) -> "FetchSettings":
        # aiohttp takes a while to import; commands that fetch nothing do without.
        from flows.fetch import FetchSettings  # noqa: PLC0415

        settings = FetchSettings(
            timeout_s=self.timeout_seconds,
            max_bytes=self.max_bytes,
            concurrency=self.concurrency,
            retries=self.retries,
            allow_hosts=tuple(self.allow_hosts),
        )
        if not self.user_agent_contact:
            return settings
        agent = f"{settings.user_agent} (+{self.user_agent_contact})"
        return replace(settings, user_agent=agent)


class PageOptions(Table):
    """How article pages are read; `per_run` 0 reads none.

    A page's time-out covers all of its fetching; its text must be found within
    `extract_seconds`.
    """

    per_run: int = Field(default=200, ge=0, le=10_000)
    per_feed: int = Field(default=20, ge=1, le=1_000)
    delay_seconds: float = Field(default=1, ge=0, le=60)
    timeout_seconds: float = Field(default=15, gt=0, le=600)
    max_bytes: int = Field(default=5_000_000, ge=1_000, le=100_000_000)
    extract_seconds: float = Field(default=20, gt=0, le=600)

    def fetch_settings(self, feeds: "FetchSettings") -> "FetchSettings":
        """Those of the feeds with the bounds of pages; what fails is not asked for again."""
        return replace(
            feeds, timeout_s=self.timeout_seconds, max_bytes=self.max_bytes, per_host=1, retries=0
        )


class AnalysisOptions(Table):
    """How articles are read; `min_precision` of the stances that are kept should be right.

    An article that takes longer than `timeout_seconds` is kept and skipped. After a change of
    topics, actors or models a run reads stored articles again for `reread_minutes` at most.
    """

    backend: Annotated[str, _one_of("stance backend", BACKENDS)] = "default"
    min_precision: float = Field(default=0.725, ge=0.5, le=0.99)
    timeout_seconds: float = Field(default=20, gt=0, le=3_600)
    reread_minutes: float = Field(default=20, ge=0, le=1_440)


class ShiftOptions(Table):
    """How much evidence a shift needs: `DetectorSettings`, with the name of the detector."""

    detector: Annotated[str, _one_of("shift detector", DETECTORS)] = "sequential"
    min_stories: int = Field(default=_DETECTOR.min_stories, ge=2, le=1_000)
    min_outlets: int = Field(default=_DETECTOR.min_outlets, ge=1, le=1_000)
    min_change: float = Field(default=_DETECTOR.min_change, gt=0, le=2)
    min_agreement: float = Field(default=_DETECTOR.min_agreement, gt=0.5, le=1)
    window_days: int = Field(default=_DETECTOR.window_days, ge=1, le=3_650)
    history_days: int = Field(default=_DETECTOR.history_days, ge=1, le=36_500)
    late_days: int = Field(default=_DETECTOR.late_days, ge=0, le=3_650)
    cool_down_days: int = Field(default=_DETECTOR.cool_down_days, ge=0, le=3_650)
    max_chance: float = Field(default=_DETECTOR.max_chance, gt=0, le=1)
    false_alarms_per_year: float = Field(default=_DETECTOR.false_alarms_per_year, gt=0, le=1_000)

    def detector_settings(self, days_per_year: float) -> DetectorSettings:
        """The settings for an installation with so many days with stories a year."""
        given = self.model_dump(exclude={"detector"})
        return DetectorSettings(**given, days_per_year=days_per_year)


class ScheduleOptions(Table):
    """When `serve` runs what: minutes between runs, and times of day in `time_zone`."""

    ingest_every_minutes: float = Field(default=15, gt=0, le=1_440)
    deliver_every_minutes: float = Field(default=5, gt=0, le=1_440)
    digest_at: Clock = "07:00"
    maintain_at: Clock = "03:00"


class StoreOptions(Table):
    """How long to wait for a database that another process holds."""

    lock_timeout_seconds: float = Field(default=60, ge=0, le=3_600)


class Settings(Table):
    """All of settings.toml; `database` is relative to the working folder."""

    database: Annotated[Path, BeforeValidator(database_path)] = Path("data/stancewatch.duckdb")
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    fetch: FetchOptions = FetchOptions()
    pages: PageOptions = PageOptions()
    analysis: AnalysisOptions = AnalysisOptions()
    entailment: EntailmentTable = EntailmentTable()
    llm: LlmTable = LlmTable()
    shifts: ShiftOptions = ShiftOptions()
    schedule: ScheduleOptions = ScheduleOptions()
    store: StoreOptions = StoreOptions()
    websub: WebsubOptions = WebsubOptions()

    @property
    def analysis_seconds(self) -> float:
        """How long the reading of one article may take.

        A chat model is asked some ten questions about an article, each with a time-out of its own:
        an article must not be given up because the model is slow.
        """
        least = _QUESTIONS * self.llm.request_timeout_seconds
        chatting = self.analysis.backend == "llm"
        return max(self.analysis.timeout_seconds, least if chatting else 0)

    @property
    def zone(self) -> tzinfo:
        return load_zone(self.time_zone)
