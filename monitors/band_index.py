"""Which articles have a band of a sketch, in memory and in logarithmic time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_NOT_HELD = np.iinfo(np.int64).max  # the date of a number that is not held

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


class HeldSketches:
    """Numbered sketches with their dates, in microseconds; the numbers begin after `first`."""

    def __init__(self, first: int) -> None:
        self._index, self._first = BandIndex(), first
        self._dates = np.empty(0, np.int64)  # by number

    def __len__(self) -> int:
        return len(self._dates)

    def add(
        self,
        until: int,
        dates: tuple[NDArray[np.int64], NDArray[np.int64]],
        bands: tuple[NDArray[np.int64], NDArray[np.uint64]],
    ) -> None:
        """The next ones up to the number `until`: numbers and dates, numbers and bands."""
        waiting = self._first + 1 + len(self._dates)
        self._dates = np.append(self._dates, np.full(until + 1 - waiting, _NOT_HELD))
        self._dates[dates[0] - self._first - 1] = dates[1]
        self._index.add(*bands)

    def count_before(self, date: int) -> int:
        return int(np.count_nonzero(self._dates < date))

    def nearest(
        self, newcomers: Sequence[tuple[int, tuple[int, ...]]], *, reach: int, most: int
    ) -> dict[int, set[int]]:
        """By their numbers, the sketches nearest to a newcomer, each with the bands it shares.

        Newcomers are their dates and bands; at most `most` for each of them, no farther in time
        than `reach`, those first that share most bands with it.
        """
        bands = np.array([band for _, bands in newcomers for band in bands], np.uint64)
        whose = np.repeat(np.arange(len(newcomers)), [len(bands) for _, bands in newcomers])
        dates = np.array([at for at, _ in newcomers])
        places, numbers = self._index.find(bands)
        near = np.abs(dates[whose[places]] - self._dates[numbers - self._first - 1]) <= reach
        places, numbers = places[near], numbers[near]
        pairs, pair_of, count = np.unique(
            whose[places] << 32 | numbers, return_inverse=True, return_counts=True
        )
        newcomer = pairs >> 32
        order = np.lexsort((pairs, -count, newcomer))
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order)) - np.searchsorted(newcomer, newcomer)
        kept = rank[pair_of] < most
        shared: dict[int, set[int]] = defaultdict(set)
        for place, number in zip(places[kept].tolist(), numbers[kept].tolist(), strict=True):
            shared[number].add(int(bands[place]))
        return shared


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
