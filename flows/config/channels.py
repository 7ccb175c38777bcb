"""alerts.toml -> channels to alert, and the policy by which alerts go out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from typing import TYPE_CHECKING

from flows.config.checks import url_problem
from flows.config.tables import AlertsFile
from flows.config.validation import check_unique, validate
from monitors.alerts import AlertSettings
from monitors.quiet_hours import QuietHours
from monitors.severity import at_least

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.config.documents import Document, Findings
    from flows.config.tables import ChannelTable, GroupBy, PolicyTable
    from monitors.periods import Rhythm
    from monitors.records import Alert, Form, Severity, ShiftKind

# What services read; the others get plain text.
_FORMS: dict[str, Form] = {
    "mailto": "html",
    "mailtos": "html",
    "slack": "slack",
    "discord": "markdown",
    "mmost": "markdown",
    "mmosts": "markdown",
    "rocket": "markdown",
    "rockets": "markdown",
}


@dataclass(frozen=True, slots=True)
class ChannelConfig:
    """Where alerts go: an Apprise `url` (a secret), what it wants to hear of, when and how.

    Empty `topics`, `actors` or `kinds` mean all. `problem` says why a channel has no `url`. Without
    `at_once` it gets only digests; with `feed_notices` it is told what becomes of feeds. `group_by`
    is None where the policy decides.
    """

    channel_id: str
    url: str | None = field(repr=False)
    enabled: bool = True
    topics: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    problem: str | None = None
    digest: Rhythm | None = None
    kinds: tuple[ShiftKind, ...] = ()
    min_severity: Severity = "low"
    at_once: bool = True
    digest_empty: bool = False
    group_by: GroupBy | None = None
    quiet: QuietHours | None = None
    format: Form | None = None
    feed_notices: bool = False

    @property
    def form(self) -> Form:
        """The form that it reads: the one that was asked for, or that of its service."""
        scheme = (self.url or "").partition("://")[0].lower()
        return self.format or _FORMS.get(scheme, "text")

    def watches(self, topic_id: str, actor_id: str) -> bool:
        """Whether it wants to hear of that actor and topic at all."""
        return (not self.topics or topic_id in self.topics) and (
            not self.actors or actor_id in self.actors
        )

    def wants(self, alert: Alert) -> bool:
        """Whether an alert goes there at once."""
        return (
            self.at_once
            and self.watches(alert.topic_id, alert.actor_id)
            and (not self.kinds or alert.kind in self.kinds)
            and at_least(alert.severity, self.min_severity)
        )


@dataclass(frozen=True, slots=True)
class AlertPolicy(AlertSettings):
    """How often an actor and topic may alert, which kinds go out, and what goes out together."""

    group_by: GroupBy = ""


def read_alerts(
    document: Document, environ: Mapping[str, str], findings: Findings
) -> tuple[tuple[ChannelConfig, ...], AlertPolicy, tuple[ChannelTable, ...]]:
    """The channels, their URLs filled in from `environ`; the policy; the rows as written."""
    file = validate(document, AlertsFile, findings)
    if file is None:
        return (), AlertPolicy(), ()
    if not file.channel:
        findings.warning(
            document, (), "lists no channel, so alerts reach nobody", "Add a [[channel]] block."
        )
    check_unique([row.id for row in file.channel], "channel", document, findings)
    channels = tuple(_channel(row, environ) for row in file.channel)
    for index, channel in enumerate(channels):
        if channel.problem and channel.enabled:
            findings.warning(
                document,
                ("channel", index, "url_env"),
                f'the channel "{channel.channel_id}" cannot send: {channel.problem}',
                "Set it before starting Stancewatch, or write enabled = false.",
            )
    return channels, _policy(file.policy), tuple(file.channel)


def _policy(row: PolicyTable) -> AlertPolicy:
    return AlertPolicy(**row.model_dump(exclude={"kinds"}), kinds=tuple(row.kinds))


def _channel(row: ChannelTable, environ: Mapping[str, str]) -> ChannelConfig:
    url, problem = row.url, None
    if row.url_env:
        url, problem = _url_from(row.url_env, environ)
    plain = row.model_dump(
        include={"enabled", "min_severity", "at_once", "digest_empty", "feed_notices"}
    )
    return ChannelConfig(
        row.id,
        url,
        problem=problem,
        topics=tuple(row.topics),
        actors=tuple(row.actors),
        kinds=tuple(row.kinds),
        group_by=row.group_by,
        quiet=_quiet_hours(row),
        digest=row.digest or None,
        format=row.format or None,
        **plain,
    )


def _quiet_hours(row: ChannelTable) -> QuietHours | None:
    if not row.quiet and not row.quiet_days:
        return None
    starts, _, ends = (row.quiet or "00:00-00:00").partition("-")
    return QuietHours(time.fromisoformat(starts), time.fromisoformat(ends), tuple(row.quiet_days))


def _url_from(variable: str, environ: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The URL, or why there is none; the reason never holds the value."""
    value = environ.get(variable, "").strip()
    if not value:
        return None, f"the environment variable {variable} is not set"
    problem = url_problem(value)
    if problem:
        return None, f"the URL in the environment variable {variable} {problem}"
    return value, None


def check_filters(
    rows: Sequence[ChannelTable],
    document: Document,
    known: Mapping[str, set[str] | None],
    findings: Findings,
) -> None:
    """The `topics` and `actors` of a channel must exist; None means that they are not known."""
    for index, row in enumerate(rows):
        for key, wanted in (("topics", row.topics), ("actors", row.actors)):
            ids = known[key]
            for place, wanted_id in enumerate(wanted):
                if ids is not None and wanted_id not in ids:
                    findings.error(
                        document,
                        ("channel", index, key, place),
                        f'there is no {key[:-1]} "{wanted_id}"',
                        "Correct the id or remove it from the list.",
                    )
