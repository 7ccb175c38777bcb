"""Text -> tokens: words and single punctuation marks, with their places in the text.

Every mark is a token of its own ("U.S.-China" is six), so that a phrase of the configuration and a
text are cut the same way whatever stands around them. One regular expression does it in linear
time; spaCy's own rules would rejoin what the matchers have to part (`monitors.tokenizer` has these
instead). Nothing of spaCy here: the screen over raw text does without it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitors.records import Span

_TOKEN = re.compile(r"\w+|[^\w\s]")
_PARAGRAPH_BREAK = re.compile(r"\n\s*\n\s*|[\u2029\f]\s*")
# One code point for one, so that offsets stay those of the text.
_TYPOGRAPHIC = (
    *((mark, "'") for mark in "\u2018\u2019\u02bc"),
    *((mark, "-") for mark in "\u2010\u2011\u2043"),
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text: parallel lists of forms, casefolded forms and code-point offsets."""

    text: str
    forms: list[str]
    folded: list[str]
    starts: list[int]
    ends: list[int]

    def __len__(self) -> int:
        return len(self.forms)

    def span(self, first: int, last: int) -> Span:
        """The characters from token `first` up to token `last`, excluded."""
        return self.starts[first], self.ends[last - 1]


def flatten(text: str) -> str:
    """The text with plain apostrophes and hyphens; same length, same offsets."""
    for mark, plain in _TYPOGRAPHIC:
        if mark in text:
            text = text.replace(mark, plain)
    return text


def split_tokens(text: str) -> Tokens:
    """Cut `text` into tokens; white space is left out."""
    plain = flatten(text)
    matches = list(_TOKEN.finditer(plain))
    forms = [match.group() for match in matches]
    return Tokens(
        text=text,
        forms=forms,
        folded=[form.casefold() for form in forms],
        starts=[match.start() for match in matches],
        ends=[match.end() for match in matches],
    )


def find_paragraphs(text: str) -> list[Span]:
    """The paragraphs of `text`: what stands between blank lines, without outer white space."""
    edges = [0]
    for match in _PARAGRAPH_BREAK.finditer(text):
        edges += match.span()
    edges.append(len(text))
    return list(_trimmed(text, zip(edges[::2], edges[1::2], strict=True)))


def _trimmed(text: str, spans: Iterator[Span]) -> Iterator[Span]:
    for start, end in spans:
        piece = text[start:end]
        body = piece.strip()
        if body:
            lead = len(piece) - len(piece.lstrip())
            yield start + lead, start + lead + len(body)
