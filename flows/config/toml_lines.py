"""Where each key of a TOML file stands, which `tomllib` does not tell."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left

KeyPath = tuple[str | int, ...]

_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\r\n]+")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")


def locate_keys(text: str) -> dict[KeyPath, int]:
    """The line, from 1, of every key, array item and table of a TOML text.

    A path such as `("actor", 3, "office", 0, "from")` counts array items from 0. The text must be
    valid TOML: run `tomllib` on it first.
    """
    return _Scanner(text).scan()


def line_of(lines: dict[KeyPath, int], path: KeyPath) -> int | None:
    """The line of `path`, or of the nearest thing around it; None for the file as a whole."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return None


class _Scanner:
    """Walks over a valid TOML text once and notes where things start."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[KeyPath, int] = {}
        self.counts: dict[KeyPath, int] = {}  # tables so far in each array of tables
        self.breaks = [match.start() for match in re.finditer("\n", text)]

    def scan(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        self._skip_blank()
        while self.at < len(self.text):
            if self._peek("["):
                table = self._header()
            else:
                self._pair(table)
            self._skip_blank()
        return self.lines

    def _header(self) -> KeyPath:
        start = self.at
        double = self._peek("[[")
        self.at += 2 if double else 1
        *outer, last = self._key()
        path: KeyPath = ()
        for part in outer:
            self._note((*path, part), start)
            path = self._newest((*path, part))
        path = (*path, last)
        self._note(path, start)
        if double:
            self.counts[path] = self.counts.get(path, 0) + 1
        path = self._newest(path)
        self._note(path, start)
        self._skip_blank()
        self.at += 2 if double else 1
        return path

    def _newest(self, path: KeyPath) -> KeyPath:
        """The last table of `path` where that is an array of tables."""
        return (*path, self.counts[path] - 1) if path in self.counts else path

    def _pair(self, table: KeyPath) -> None:
        start = self.at
        path = table
        for part in self._key():
            path = (*path, part)
            self._note(path, start)
        self.at += 1  # the equals sign
        self._skip_blank()
        self._value(path)

    def _key(self) -> list[str]:
        parts = []
        while True:
            self._skip_blank()
            parts.append(self._key_part())
            self._skip_blank()
            if not self._peek("."):
                return parts
            self.at += 1

    def _key_part(self) -> str:
        bare = _BARE_KEY.match(self.text, self.at)
        if bare:
            self.at = bare.end()
            return bare.group()
        quoted = self._take(_STRING)
        return next(iter(tomllib.loads(f"{quoted} = 0")))  # it knows the escapes

    def _value(self, path: KeyPath) -> None:
        if self._peek("["):
            self._items(path)
        elif self._peek("{"):
            self._inline_table(path)
        elif self._peek('"') or self._peek("'"):
            self._take(_STRING)
        else:
            self._take(_BARE_VALUE)

    def _items(self, path: KeyPath) -> None:
        self.at += 1
        self._skip_blank()
        index = 0
        while not self._peek("]"):
            self._note((*path, index), self.at)
            self._value((*path, index))
            self._skip_comma()
            index += 1
        self.at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self.at += 1
        self._skip_blank()
        while not self._peek("}"):
            self._pair(path)
            self._skip_comma()
        self.at += 1

    def _skip_comma(self) -> None:
        self._skip_blank()
        if self._peek(","):
            self.at += 1
            self._skip_blank()

    def _skip_blank(self) -> None:
        self._take(_BLANK)

    def _peek(self, token: str) -> bool:
        return self.text.startswith(token, self.at)

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise ValueError(f"not valid TOML at character {self.at}")
        self.at = match.end()
        return match.group()

    def _note(self, path: KeyPath, at: int) -> None:
        self.lines.setdefault(path, bisect_left(self.breaks, at) + 1)
