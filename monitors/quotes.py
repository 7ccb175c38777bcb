"""Text -> what stands between quotation marks.

Pairs are sought within a paragraph. A mark that nobody closes holds to the end of its paragraph and
no further; where the next paragraph opens with a mark again, the two are one quotation
(`continues`). Single marks count only where they cannot be apostrophes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from monitors.tokens import find_paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from monitors.records import Span

_OPENERS = "\u201c\u201e\u00ab\u2018"
_CLOSERS = {'"': '"', "\u201c": "\u201d", "\u201e": "\u201c\u201d", "\u00ab": "\u00bb"}
_DOUBLE = re.compile('["\u201c\u201d\u201e\u00ab\u00bb]')
# An opening single mark before a word, and a closing one that is no apostrophe: after a stop, or
# before a space where the word does not end in "s" (the dogs' bone).
_SINGLE = re.compile(
    "(?<![\\w.'\u2019])['\u2018](?=[\\w$\u2026])([^'\u2018\u2019\"\u201c\u201d]|(?<=\\w)['\u2019](?=\\w))"
    "{1,600}?(?:(?<=[.,!?])['\u2019](?!\\w)|(?<=[^\\Ws])['\u2019](?!\\w))"
)
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
    closers = ""
    doubles: list[tuple[Span, bool]] = []
    for match in _DOUBLE.finditer(text, start, end):
        mark, place = match.group(), match.start()
        if opened is None:
            if mark in _CLOSERS and (mark != '"' or _may_open(text, place, end)):
                opened, closers = place, _CLOSERS[mark]
        elif mark in closers or (mark == "\u201c" and closers == "\u201c\u201d"):
            doubles.append(((opened, place + 1), True))
            opened = None
    if opened is not None:
        doubles.append(((opened, end), False))
    yield from doubles or _singles(text, start, end)


def _may_open(text: str, place: int, end: int) -> bool:
    """A straight mark opens before a word; after a digit it stands for inches."""
    return (
        place + 1 < end and not text[place + 1].isspace() and not text[max(0, place - 1)].isdigit()
    )


def _singles(text: str, start: int, end: int) -> Iterator[tuple[Span, bool]]:
    for match in _SINGLE.finditer(text, start, end):
        yield match.span(), True


def is_speech(text: str, quote: Quote) -> bool:
    """Whether the quotation is said, rather than a word or two held at arm's length."""
    inside = text[quote.start + 1 : quote.end - quote.closed]
    return (
        len(inside.split()) >= _SPEECH_WORDS
        or inside[-1:] in {",", ".", "!", "?"}
        or not quote.closed
    )


def enclosing(quotes: Sequence[Quote], place: int) -> Quote | None:
    """The quotation in which the character at `place` stands."""
    return next((quote for quote in quotes if quote.start <= place < quote.end), None)
