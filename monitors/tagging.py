"""What the encoder sees in an article, brought from its word pieces to the article's tokens."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from monitors.encoder.model import Encoder, Tags
    from monitors.records import Span
    from monitors.tokens import Tokens

    Floats = NDArray[np.float32]

SOURCE, CUE, CONTENT = 0, 1, 2  # their places among the parts


class Bounds(NamedTuple):
    """A run needs one token above `core`, takes in those above `edge`, and bridges `gap` others."""

    core: float
    edge: float
    gap: int


class Run(NamedTuple):
    """Tokens `[first, last)` that belong together, and the sum of their probabilities."""

    first: int
    last: int
    mass: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of an article that was tagged: tokens `[first, last)`."""

    first: int
    last: int
    _tags: Tags
    _token_of: NDArray[np.int64]  # for each word piece its token, counted from `first`

    @classmethod
    def read(cls, encoder: Encoder, tokens: Tokens, span: Span) -> Stretch:
        start, end = span
        first, last = bisect_left(tokens.starts, start), bisect_left(tokens.starts, end)
        tags = encoder.tags(tokens.text[start:end])
        places = np.array([place for place, _ in tags.places], np.int64) + start
        token_of = np.searchsorted(np.array(tokens.starts[first:last]), places, "right") - 1
        return cls(first, last, tags, np.maximum(token_of, 0))

    def parts(self) -> Floats:
        """(tokens, 3): the chance that a token belongs to some source, cue or content."""
        return self._by_token(self._tags.parts, 0)

    def linked(self, cue: Run) -> Floats:
        """(tokens, 2): the chances of being the source and the content of `cue`."""
        mine = (self._token_of >= cue.first - self.first) & (self._token_of < cue.last - self.first)
        pieces = np.flatnonzero(mine)
        start, chances = self._tags.linked(int(pieces[0]), int(pieces[-1]) + 1)
        return self._by_token(chances, start)

    def _by_token(self, chances: Floats, start: int) -> Floats:
        """The mean over the pieces of each token; `chances` begin with piece `start`."""
        token_of = self._token_of[start : start + len(chances)]
        size = self.last - self.first
        sums = np.zeros((size, chances.shape[1]), np.float32)
        np.add.at(sums, token_of, chances)
        counts = np.bincount(token_of, minlength=size)
        return (sums / np.maximum(counts, 1)[:, None]).astype(np.float32)


def find_runs(chances: Floats, first: int, bounds: Bounds) -> list[Run]:
    """The tokens that belong together; `first` is the number of the first one that is given."""
    likely = np.flatnonzero(chances > bounds.edge)
    runs = []
    for group in np.split(likely, np.flatnonzero(np.diff(likely) > bounds.gap + 1) + 1):
        if len(group) and chances[group].max() > bounds.core:
            start, end = int(group[0]), int(group[-1]) + 1
            runs.append(Run(first + start, first + end, float(chances[start:end].sum())))
    return runs
