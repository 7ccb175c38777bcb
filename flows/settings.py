"""The configuration of an installation: found, read, checked, and handed on as one `Config`.

    topics/*.toml, actors.toml, feeds.toml, alerts.toml, settings.toml -> Config

A folder given by the user stands before the default one, file by file: what it lacks is taken from
there. `actors.toml` and `topics/` replace their defaults whole.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

from flows.config.actors import read_actors
from flows.config.backends import check_backend
from flows.config.channels import AlertPolicy, ChannelConfig, check_filters, read_alerts
from flows.config.display import mask_channel_url, mask_url, show_config
from flows.config.documents import (
    ConfigProblem,
    Document,
    Findings,
    read_document,
)
from flows.config.examples import ExampleFailure, example_failures
from flows.config.folders import (
    FILES,
    TEMPLATES,
    TOPICS,
    default_directory,
    find_sources,
    topic_files,
)
from flows.config.options import Settings, database_path
from flows.config.sources import read_feeds
from flows.config.topics import check_examples, read_topics
from flows.config.validation import validate
from flows.config.watchlists import build_watchlist
from monitors.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from monitors.records import Feed, Watchlist

    # The ids that a file may refer to, by key; None where the list of them is not whole.
    Known = Mapping[str, set[str] | None]

__all__ = [
    "AlertPolicy",
    "ChannelConfig",
    "Config",
    "ConfigProblem",
    "ExampleFailure",
    "Settings",
    "check_config",
    "default_directory",
    "example_failures",
    "load_config",
    "mask_channel_url",
    "mask_url",
    "show_config",
]

DATABASE_VARIABLE = "STANCEWATCH_DATABASE"


@dataclass(frozen=True, slots=True)
class Config:
    """All that a user decides, checked.

    `sources` maps each file name (and `topics`, `templates`) to where it was read from; `templates`
    are the user's own words for messages, by form; `warnings` are what looks wrong but can be
    worked with.
    """

    watchlist: Watchlist
    feeds: tuple[Feed, ...]
    channels: tuple[ChannelConfig, ...]
    policy: AlertPolicy
    settings: Settings
    sources: Mapping[str, Path]
    warnings: tuple[ConfigProblem, ...] = ()
    templates: Mapping[str, str] = field(default_factory=dict)


def load_config(directory: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration in `directory`, what it lacks taken from the default one.

    Raises:
        ConfigError: the first thing that is wrong; `check_config` lists all.
    """
    findings = Findings()
    config = _read_config(directory, environ, findings)
    errors = [problem for problem in findings.problems if problem.severity == "error"]
    if errors:
        raise _first_error(errors)
    assert config is not None
    return config


def check_config(
    directory: Path | None = None, environ: Mapping[str, str] = os.environ
) -> list[ConfigProblem]:
    """All that is or looks wrong with the configuration, errors first; empty where nothing is."""
    findings = Findings()
    _read_config(directory, environ, findings)
    return sorted(findings.problems, key=lambda problem: problem.severity != "error")


def _first_error(errors: list[ConfigProblem]) -> ConfigError:
    first, more = errors[0], len(errors) - 1
    rest = f" ({more} more: run `stancewatch config check`)" if more else ""
    return ConfigError(first.path, first.line, first.problem, first.mend + rest)


def _read_config(
    directory: Path | None, environ: Mapping[str, str], findings: Findings
) -> Config | None:
    """The configuration, or None where an error among the findings stands in its way."""
    try:
        sources = find_sources(directory, findings)
    except ConfigError as error:
        findings.failed(error)
        return None
    documents = {name: _document(sources[name], findings) for name in FILES}
    settings = _settings(documents["settings.toml"], environ, findings)
    watchlist, known = _watchlist(sources[TOPICS], documents["actors.toml"], findings)
    feeds_file = documents["feeds.toml"]
    feeds = read_feeds(feeds_file, findings) if feeds_file else ()
    channels, policy = _alerts(documents["alerts.toml"], environ, known, findings)
    templates = _templates(sources[TEMPLATES], findings) if TEMPLATES in sources else {}
    if settings is None or any(problem.severity == "error" for problem in findings.problems):
        return None
    warnings = tuple(findings.problems)
    return Config(watchlist, feeds, channels, policy, settings, sources, warnings, templates)


def _document(path: Path, findings: Findings) -> Document | None:
    try:
        return read_document(path)
    except ConfigError as error:
        findings.failed(error)
        return None


def _settings(
    document: Document | None, environ: Mapping[str, str], findings: Findings
) -> Settings | None:
    settings = validate(document, Settings, findings) if document else None
    if settings is not None and document is not None:
        check_backend(settings, document, environ, findings)
    database = environ.get(DATABASE_VARIABLE)
    if settings is None or not database:
        return settings
    try:
        return settings.model_copy(update={"database": database_path(database)})
    except PydanticCustomError as error:
        mend = "Set it to a file name, or unset it."
        findings.failed(ConfigError(DATABASE_VARIABLE, None, error.message(), mend))
        return None


def _watchlist(
    folder: Path, actors_file: Document | None, findings: Findings
) -> tuple[Watchlist, Known]:
    """The watchlist of what could be read, and the ids that others may refer to."""
    documents = [_document(path, findings) for path in _topic_files(folder, findings)]
    topics = read_topics([document for document in documents if document], findings)
    actors = read_actors(actors_file, findings) if actors_file else None
    topic_ids = {topic.topic_id for topic, _ in topics}
    actor_ids = {actor.actor_id for actor in actors or ()}
    if actors is not None:
        check_examples(topics, actor_ids, findings)
    all_topics = bool(documents) and len(topics) == len(documents)
    known = {
        "topics": topic_ids if all_topics else None,
        "actors": actor_ids if actors is not None else None,
    }
    return build_watchlist([topic for topic, _ in topics], actors or ()), known


def _topic_files(folder: Path, findings: Findings) -> list[Path]:
    try:
        return topic_files(folder)
    except ConfigError as error:
        findings.failed(error)
        return []


def _templates(folder: Path, findings: Findings) -> Mapping[str, str]:
    # Without templates of one's own, feeds are polled without Jinja.
    from flows.config.templates import read_templates  # noqa: PLC0415

    return read_templates(folder, findings)


def _alerts(
    document: Document | None, environ: Mapping[str, str], known: Known, findings: Findings
) -> tuple[tuple[ChannelConfig, ...], AlertPolicy]:
    if document is None:
        return (), AlertPolicy()
    channels, policy, rows = read_alerts(document, environ, findings)
    check_filters(rows, document, known, findings)
    return channels, policy
