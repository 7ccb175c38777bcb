"""feeds.toml and alerts.toml -> feeds to read and channels to alert."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from flows.config.checks import url_problem
from flows.config.tables import AlertsFile, FeedsFile
from flows.config.validation import check_unique, validate
from monitors.records import Feed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.config.documents import Document, Findings
    from flows.config.tables import ChannelTable, FeedTable
    from monitors.records import ShiftKind


@dataclass(frozen=True, slots=True)
class ChannelConfig:
    """Where alerts go: an Apprise `url` (a secret), and which topics and actors it wants.

    Empty `topics` or `actors` mean all. With `digest` it gets the daily digest as well, with
    `feed_notices` what becomes of feeds. `problem` says why a channel has no `url`.
    """

    channel_id: str
    url: str | None = field(repr=False)
    enabled: bool = True
    topics: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    problem: str | None = None
    digest: bool = False
    kinds: tuple[ShiftKind, ...] = ()
    feed_notices: bool = False


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """Least days between two alerts on one actor and topic, and which kinds of shifts go out."""

    cool_down_days: int = 30
    kinds: tuple[ShiftKind, ...] = ("reversal",)


# --- feeds -----------------------------------------------------------------------------------


def read_feeds(document: Document, findings: Findings) -> tuple[Feed, ...]:
    """The feeds in file order; a `path` or `folder` counts from where the file lies."""
    file = validate(document, FeedsFile, findings)
    if file is None:
        return ()
    if not file.feed:
        findings.warning(
            document, (), "lists no feed, so no news comes in", "Add a [[feed]] block."
        )
    check_unique([row.id for row in file.feed], "feed", document, findings)
    _check_places(file.feed, document, findings)
    return tuple(_feed(row, document.path.parent) for row in file.feed)


def _feed(row: FeedTable, folder: Path) -> Feed:
    place = row.path or row.folder
    path = str((folder / Path(place).expanduser()).resolve()) if place else None
    return Feed(
        row.id, row.title, row.outlet or row.title, row.url, path, bool(row.folder), row.full_text
    )


def _check_places(rows: Sequence[FeedTable], document: Document, findings: Findings) -> None:
    first: dict[str, int] = {}
    for index, row in enumerate(rows):
        key = "url" if row.url else "path" if row.path else "folder"
        place = row.url or row.path or row.folder or ""
        if first.setdefault(place, index) != index:
            findings.warning(
                document,
                ("feed", index, key),
                f'"{row.id}" is the same feed as "{rows[first[place]].id}"',
                "Remove one of the two.",
            )
        if not row.url and not (document.path.parent / Path(place).expanduser()).exists():
            findings.warning(
                document,
                ("feed", index, key),
                f"there is no such {'folder' if row.folder else 'file'}",
                f"A path starts from the folder of {document.shown}.",
            )


# --- channels --------------------------------------------------------------------------------


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
    return (
        channels,
        AlertPolicy(file.policy.cool_down_days, tuple(file.policy.kinds)),
        tuple(file.channel),
    )


def _channel(row: ChannelTable, environ: Mapping[str, str]) -> ChannelConfig:
    url, problem = row.url, None
    if row.url_env:
        url, problem = _url_from(row.url_env, environ)
    return ChannelConfig(
        row.id,
        url,
        row.enabled,
        tuple(row.topics),
        tuple(row.actors),
        problem,
        row.digest,
        tuple(row.kinds),
        row.feed_notices,
    )


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
