"""templates/*.j2 -> the user's own words for messages, each tried on alerts made up for that."""

from __future__ import annotations

import traceback
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jinja2 import TemplateError

from flows.config.documents import ConfigProblem, read_text, shown_path
from monitors.errors import ConfigError
from monitors.facts import facts_of
from monitors.records import Alert, Evidence
from monitors.templates import NAMES, render, template_fault

if TYPE_CHECKING:
    from pathlib import Path

    from flows.config.documents import Findings

_KNOWN = ", ".join(f"{name}.j2" for name in NAMES)
_MEND = "docs/configuration.md tells what a template may say."
_NOON = datetime(2025, 1, 22, 12, tzinfo=UTC)
_QUOTE = Evidence("It must be sold.", "Daily Courier", "A title", "https://news.example/a", _NOON)
_SAMPLE = Alert(
    alert_id="al0123456789abcdef",
    shift_id="sh0123456789abcdef",
    actor_id="united-states",
    actor_name="United States",
    topic_id="tiktok",
    topic_title="TikTok",
    from_label="against",
    to_label="favor",
    changed_at=_NOON,
    decided_at=_NOON,
    stories=5,
    outlets=4,
    confidence=0.93,
    before=(_QUOTE, _QUOTE),
    after=(_QUOTE,),
)
_SAMPLES = (
    _SAMPLE,
    replace(_SAMPLE, before=(), after=(), recovers="al1111111111111111", remark="A remark."),
)


def read_templates(folder: Path, findings: Findings) -> dict[str, str]:
    """The templates of a folder by name, those that can be used."""
    templates: dict[str, str] = {}
    for path in sorted(folder.glob("[!.]*.j2")):
        if path.stem not in NAMES:
            findings.problems.append(
                ConfigProblem(
                    "warning", shown_path(path), None, "is not read", f"There are: {_KNOWN}."
                )
            )
            continue
        try:
            source = read_text(path, shown_path(path))
            _try_out(path, source)
        except ConfigError as error:
            findings.failed(error)
        else:
            templates[path.stem] = source
    return templates


def _try_out(path: Path, source: str) -> None:
    fault = template_fault(path.stem, source)
    if fault is not None:
        raise ConfigError(shown_path(path), fault.line, fault.problem, _MEND)
    for sample in _SAMPLES:
        try:
            render(path.stem, source, facts_of(sample))
        except (TemplateError, TypeError, ValueError) as error:
            problem = str(error) or type(error).__name__
            raise ConfigError(shown_path(path), _line(error), problem, _MEND) from None


def _line(error: Exception) -> int | None:
    """The line of the template at which it failed: Jinja writes it into the traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((one.lineno for one in reversed(frames) if one.filename == "<template>"), None)
