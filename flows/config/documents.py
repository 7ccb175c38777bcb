"""A configuration file as it was read, and what is found wrong in it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from flows.config.toml_lines import KeyPath, line_of, locate_keys
from monitors.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One thing that is wrong (`error`) or looks wrong (`warning`) in the configuration."""

    severity: Literal["error", "warning"]
    path: str
    line: int | None
    problem: str
    mend: str

    def as_error(self) -> ConfigError:
        return ConfigError(self.path, self.line, self.problem, self.mend)

    def __str__(self) -> str:
        return str(self.as_error())


@dataclass(frozen=True, slots=True)
class Document:
    """A TOML file: what it says, and where; `shown` is its path as the user knows it."""

    path: Path
    shown: str
    data: Mapping[str, object]
    lines: dict[KeyPath, int]

    def line(self, *path: str | int) -> int | None:
        return line_of(self.lines, path)

    def place(self, *path: str | int) -> str:
        """`file:line`, to point at from elsewhere."""
        line = self.line(*path)
        return self.shown if line is None else f"{self.shown}:{line}"


@dataclass(slots=True)
class Findings:
    """What has been found so far, so that a user sees all of it at once."""

    problems: list[ConfigProblem] = field(default_factory=list)

    def error(self, document: Document, path: KeyPath, problem: str, mend: str) -> None:
        self._add("error", document, path, problem, mend)

    def warning(self, document: Document, path: KeyPath, problem: str, mend: str) -> None:
        self._add("warning", document, path, problem, mend)

    def failed(self, error: ConfigError) -> None:
        """Takes in the error of a file that could not be read at all."""
        self.problems.append(
            ConfigProblem("error", error.path, error.line, error.problem, error.mend)
        )

    def _add(
        self,
        severity: Literal["error", "warning"],
        document: Document,
        path: KeyPath,
        problem: str,
        mend: str,
    ) -> None:
        self.problems.append(
            ConfigProblem(severity, document.shown, document.line(*path), problem, mend)
        )


def shown_path(path: Path) -> str:
    """The path relative to the working folder where it lies inside it, else as it is."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def read_document(path: Path) -> Document:
    """The TOML file at `path`.

    Raises:
        ConfigError: it cannot be opened, is not UTF-8, or is not TOML.
    """
    shown = shown_path(path)
    text = read_text(path, shown)
    try:
        data = tomllib.loads(text)
        lines = locate_keys(text)
    except RecursionError:
        raise ConfigError(shown, None, "brackets are nested too deep", "Flatten it.") from None
    except ValueError as error:
        problem, line = _syntax_problem(str(error), text)
        mend = (
            "Text goes in double quotes, lists in [ ], and each block starts with its [[header]]."
        )
        raise ConfigError(shown, line, f"not valid TOML: {problem}", mend) from None
    return Document(path, shown, data, lines)


def read_text(path: Path, shown: str) -> str:
    """The text of a file, whatever its editor makes of line ends.

    Raises:
        ConfigError: it cannot be opened or is not UTF-8.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        problem = f"cannot be read: {error.strerror or type(error).__name__}"
        raise ConfigError(shown, None, problem, "Check the file and its permissions.") from None
    try:
        # TOML wants UTF-8 without a byte-order mark and plain line ends; editors write others.
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(shown, line, "not UTF-8 text", "Save the file as UTF-8.") from None


def _syntax_problem(message: str, text: str) -> tuple[str, int | None]:
    """The decoder's words and line, apart."""
    place = _TOML_PLACE.search(message)
    if place is None:
        return message, None
    line = int(place[1]) if place[1] else text.rstrip().count("\n") + 1
    words = message[: place.start()]
    return words[:1].lower() + words[1:], line
