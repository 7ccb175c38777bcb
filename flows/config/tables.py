"""The tables of topics/*.toml, actors.toml, feeds.toml and alerts.toml, as a user writes them."""

from datetime import date
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from flows.config.checks import (
    ChannelUrl,
    FeedUrl,
    Line,
    Phrase,
    Prose,
    QuietSpan,
    Slug,
    Variable,
    refusal,
)
from monitors.records import FullText, Severity, ShiftKind


class Table(BaseModel):
    """A TOML table: unknown keys are errors, and `"3"` is not 3."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def _not_empty(phrases: list[str]) -> list[str]:
    if not phrases:
        raise refusal("is empty", "List at least one, in double quotes.")
    return phrases


Phrases = Annotated[list[Phrase], AfterValidator(_not_empty)]


GroupBy = Literal["", "topic", "actor"]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class ExampleTable(Table):
    text: Prose = Field(examples=["China said it opposes …"])
    actor: Slug = Field(examples=["china"])
    label: Literal["favor", "against", "neutral", "none"] = Field(examples=["against"])
    published: date | None = None


class TopicFile(Table):
    id: Slug = Field(examples=["taiwan"])
    title: Line = Field(examples=["Taiwan's self-rule"])
    phrases: Phrases = Field(examples=[["Taiwan", "Taipei"]])
    near: list[Phrase] = []
    near_words: int | None = Field(default=None, ge=1, le=1_000)
    context: list[Phrase] = []
    excluded: list[Phrase] = Field(default=[], alias="not")
    favor: Prose = Field(examples=["backs …"])
    against: Prose = Field(examples=["opposes …"])
    example: list[ExampleTable] = []


class OfficeTable(Table):
    of: Slug = Field(examples=["united-states"])
    starts_on: date | None = Field(default=None, alias="from")
    ends_on: date | None = Field(default=None, alias="until")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.starts_on and self.ends_on and self.starts_on >= self.ends_on:
            raise refusal(
                f"ends on {self.ends_on}, which is not after its start, {self.starts_on}",
                "`until` is the first day on which the office is no longer held.",
            )
        return self


class ActorTable(Table):
    id: Slug = Field(examples=["joe-biden"])
    name: Line = Field(examples=["Joe Biden"])
    kind: Literal["person", "state", "organisation", "company"] = Field(examples=["person"])
    aliases: Phrases = Field(examples=[["Joe Biden", "Biden"]])
    office: list[OfficeTable] = []


class ActorsFile(Table):
    actor: list[ActorTable] = []


class FeedTable(Table):
    id: Slug = Field(examples=["bbc-world"])
    title: Line = Field(examples=["BBC News: World"])
    outlet: Line | None = None
    url: FeedUrl | None = None
    path: Prose | None = None
    folder: Prose | None = None
    full_text: FullText = "auto"

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        places = [key for key in ("url", "path", "folder") if getattr(self, key)]
        if len(places) > 1:
            named = " and ".join(f"`{key}`" for key in places)
            both = "both " if len(places) == 2 else ""  # noqa: PLR2004 - as the word says
            raise refusal(f"has {both}{named}", "Keep the one that the feed is read from.")
        if not places:
            raise refusal(
                "has neither `url`, `path` nor `folder`",
                'Add url = "https://…" for a feed on the web, path = "…" for a feed in a file, '
                'folder = "…" for a folder of articles.',
            )
        return self


class FeedsFile(Table):
    feed: list[FeedTable] = []


class PackFile(Table):
    title: Line = Field(examples=["Asia and the Pacific"])
    about: Line = Field(examples=["English-language newsrooms from Tokyo to Sydney."])
    feed: list[FeedTable] = []


class ChannelTable(Table):
    id: Slug = Field(examples=["console"])
    url: ChannelUrl | None = None
    url_env: Variable | None = None
    enabled: bool = True
    feed_notices: bool = False
    topics: list[Slug] = []
    actors: list[Slug] = []
    kinds: list[ShiftKind] = []
    min_severity: Severity = "low"
    at_once: bool = True
    group_by: GroupBy | None = None
    quiet: QuietSpan = ""
    quiet_days: list[Day] = []
    digest: Literal["", "daily", "weekly"] = ""
    digest_empty: bool = False
    format: Literal["", "text", "html", "markdown", "slack"] = ""

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if self.url and self.url_env:
            raise refusal(
                "has both `url` and `url_env`",
                "Keep `url_env` where the URL holds a password or token, else `url`.",
            )
        if not self.url and not self.url_env:
            raise refusal(
                "has neither `url` nor `url_env`",
                "Add url_env and the name of the environment variable that holds the URL.",
            )
        return self

    @model_validator(mode="after")
    def _some_day_is_loud(self) -> Self:
        if len(set(self.quiet_days)) == len(get_args(Day)):
            raise refusal("is quiet on every day", "Write enabled = false to switch it off.")
        if not self.at_once and not self.digest:
            raise refusal("gets nothing", 'Add digest = "daily", or write enabled = false.')
        return self


class PolicyTable(Table):
    cool_down_days: int = Field(default=30, ge=0, le=3650)
    kinds: list[ShiftKind] = ["reversal"]
    recovery_days: int = Field(default=90, ge=0, le=3650)
    flap_alerts: int = Field(default=3, ge=1, le=100)
    flap_days: int = Field(default=180, ge=0, le=3650)
    group_by: GroupBy = ""


class AlertsFile(Table):
    channel: list[ChannelTable] = []
    policy: PolicyTable = PolicyTable()
