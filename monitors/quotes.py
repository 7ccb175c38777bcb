"""Text -> what stands between quotation marks.

Pairs are sought within a paragraph. A mark that nobody closes holds to the end of its paragraph and
no further; where the next paragraph opens with a mark again, the two are one quotation
(`continues`). Single marks count only where they cannot be apostrophes.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from monitors.tokens import find_paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from monitors.records import Span

# Two single marks in a row are how some newsrooms write a double one.
_CLOSERS = {
    '"': ('"',),
    "''": ("''", '"'),
    "``": ("''", '"'),
    "\u2018\u2018": ("\u2019\u2019",),
    "\u201c": ("\u201d", "\u201c"),
    "\u201e": ("\u201c", "\u201d"),
    "\u00ab": ("\u00bb",),
}
_DOUBLE = re.compile("''|[\"\u201c\u201d\u201e\u00ab\u00bb]|``|\u2018\u2018|\u2019\u2019")
# An opening single mark before a word, and a closing one that is no apostrophe: after a stop, or
# before a space where the word does not end in "s" (the dogs' bone).
_SINGLE = re.compile(
    "(?<![\\w.'\u2019])['\u2018](?=[\\w$\u2026])([^'\u2018\u2019\"\u201c\u201d]|(?<=\\w)['\u2019](?=\\w))"
    "{1,600}?(?:(?<=[.,!?])['\u2019](?!\\w)|(?<=[^\\Ws])['\u2019](?!\\w))"
)
_MARKS = "\"'`\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019"
_SPEECH_WORDS = 4


class Quote(NamedTuple):
    """A quotation with its marks; `continues` the one of the paragraph before."""

    start: int
    end: int
    closed: bool
    continues: bool


def find_quotes(text: str) -> list[Quote]:
    """The quotations of `text` in order; never overlapping, never across a blank line."""
    found: list[Quote] = []
    running = False
    for start, end in find_paragraphs(text):
        inside = list(_in_paragraph(text, start, end))
        for span, closed in inside:
            found.append(Quote(*span, closed, running and span[0] == start))
        running = bool(inside) and not inside[-1][1]
    return found


def _in_paragraph(text: str, start: int, end: int) -> Iterator[tuple[Span, bool]]:
    opened: int | None = None
    closers: tuple[str, ...] = ()
    doubles: list[tuple[Span, bool]] = []
    for match in _DOUBLE.finditer(text, start, end):
        mark = match.group()
        if opened is not None and mark in closers:
            doubles.append(((opened, match.end()), True))
            opened = None
        elif opened is None and mark in _CLOSERS and _may_open(text, match, end):
            opened, closers = match.start(), _CLOSERS[mark]
    if opened is not None:
        doubles.append(((opened, end), False))
    yield from doubles or _singles(text, start, end)


def _may_open(text: str, match: re.Match[str], end: int) -> bool:
    """A straight mark opens before a word; after a digit it stands for inches."""
    if match.group() not in {'"', "''"}:
        return True
    after, before = match.end(), match.start() - 1
    return after < end and not text[after].isspace() and not text[max(0, before)].isdigit()


def _singles(text: str, start: int, end: int) -> Iterator[tuple[Span, bool]]:
    for match in _SINGLE.finditer(text, start, end):
        yield match.span(), True


def is_speech(text: str, quote: Quote) -> bool:
    """Whether the quotation is said, rather than a word or two held at arm's length."""
    inside = text[quote.start : quote.end].strip(_MARKS)
    return (
        len(inside.split()) >= _SPEECH_WORDS
        or inside[-1:] in {",", ".", "!", "?"}
        or not quote.closed
    )


class Speech:
    """The quotations of a text that are speech, found by place."""

    def __init__(self, quotes: Sequence[Quote]) -> None:
        self.quotes = quotes
        self.starts = [quote.start for quote in quotes]

    def near(self, start: int, end: int) -> Sequence[Quote]:
        """Those that may overlap `[start, end)`."""
        first = max(0, bisect_right(self.starts, start) - 1)
        return self.quotes[first : bisect_right(self.starts, end)]

    def numbers(self, start: int, end: int) -> range:
        """The numbers of those that begin in `[start, end)`."""
        return range(bisect_left(self.starts, start), bisect_left(self.starts, end))
