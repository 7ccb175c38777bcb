"""Text -> the token ids that the encoder reads; the same for training and for use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitors.charsets import whole_characters

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

    from monitors.records import Span

CLS, SEP = 101, 102
WINDOW = 254
STRIDE = 170


@dataclass(frozen=True, slots=True)
class Pieces:
    """Token ids, and for each the segment (0: what is read, 1: what is asked about it)."""

    ids: list[int]
    segments: list[int]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of an article: token ids with [CLS] and [SEP], and where each token stands.

    `places` are spans of the article in code points, without those of [CLS] and [SEP]; `first` is
    the number of the stretch's first token in the article.
    """

    ids: list[int]
    places: list[Span]
    first: int


def windows(tokenizer: Tokenizer, text: str) -> list[Window]:
    """The overlapping stretches that `text` is read in."""
    encoded = _encoded(tokenizer, text)
    ids, places = encoded.ids, encoded.offsets
    found = []
    for first in range(0, max(1, len(ids)), STRIDE):
        part = ids[first : first + WINDOW]
        found.append(Window([CLS, *part, SEP], places[first : first + WINDOW], first))
        if first + WINDOW >= len(ids):
            break
    return found


def word_pieces(tokenizer: Tokenizer, text: str) -> list[int]:
    """The ids of `text` and nothing around them."""
    ids: list[int] = _encoded(tokenizer, text).ids
    return ids


def _encoded(tokenizer: Tokenizer, text: str) -> Encoding:
    # The tokenizer refuses half characters.
    return tokenizer.encode(whole_characters(text), add_special_tokens=False)
