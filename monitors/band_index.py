"""Which articles have a band of a sketch, in memory and in logarithmic time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What is added is merged into what came before it, as long as that is not much larger.
_MOST_MERGED = 1 << 19
_MOST_SPANNED = 1 << 16


class BandIndex:
    """Bands of numbered articles, six bytes for each, in a few sorted runs.

    A band goes by its upper 32 bits: with forty bands of each of 100,000 articles, one newcomer in
    25 finds an article that shares none with it.
    """

    def __init__(self) -> None:
        self._runs: list[_Run] = []

    def add(self, numbers: NDArray[np.integer], bands: NDArray[np.uint64]) -> None:
        """Add each of `bands` for the article with that of `numbers`.

        Those of a call are less than 65,536 apart.
        """
        if not len(numbers):
            return
        self._runs.append(_sorted_run(numbers, (bands >> np.uint64(32)).astype(np.uint32)))
        while len(self._runs) > 1 and self._runs[-2].may_take(self._runs[-1]):
            newer, older = self._runs.pop(), self._runs.pop()
            tags = np.concatenate((older.tags, newer.tags))
            self._runs.append(_sorted_run(np.concatenate((older.numbers(), newer.numbers())), tags))

    def find(self, bands: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """All pairs of a place in `bands` and the number of an article that has that band."""
        places, numbers = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        tags = (bands >> np.uint64(32)).astype(np.uint32)
        order = np.argsort(tags)
        for run in self._runs:
            first = np.searchsorted(run.tags, tags[order])
            count = np.searchsorted(run.tags, tags[order], side="right") - first
            within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
            places.append(np.repeat(order, count))
            numbers.append(run.numbers(np.repeat(first, count) + within))
        return np.concatenate(places), np.concatenate(numbers)


@dataclass(frozen=True, slots=True)
class _Run:
    """Upper halves of bands in order, and whose each is, counted from the number `first`."""

    first: int
    last: int
    tags: NDArray[np.uint32]
    owners: NDArray[np.uint16]

    def numbers(self, at: NDArray[np.int64] | slice = slice(None)) -> NDArray[np.int64]:
        return self.first + self.owners[at].astype(np.int64)

    def may_take(self, newer: _Run) -> bool:
        together = len(self.tags) + len(newer.tags)
        spanned = max(self.last, newer.last) - min(self.first, newer.first)
        return (
            len(self.tags) <= 2 * len(newer.tags)
            and together <= _MOST_MERGED
            and spanned < _MOST_SPANNED
        )


def _sorted_run(numbers: NDArray[np.integer], tags: NDArray[np.uint32]) -> _Run:
    first = int(numbers.min())
    packed = (tags.astype(np.uint64) << np.uint64(16)) | (numbers - first).astype(np.uint64)
    packed.sort()
    return _Run(
        first,
        int(numbers.max()),
        (packed >> np.uint64(16)).astype(np.uint32),
        packed.astype(np.uint16),
    )
