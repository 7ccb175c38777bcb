"""What is found by a band is what was added with it, however it was merged."""

from __future__ import annotations

import numpy as np
import pytest

from monitors.band_index import BandIndex


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (500, 20, 3), (3, 20, 500), (7_000, 7_000)])
def test_all_that_was_added_is_found_and_nothing_else(sizes: tuple[int, ...]) -> None:
    dice, index = np.random.default_rng(1), BandIndex()
    added = set()
    number = 7
    for size in sizes:
        numbers = np.repeat(np.arange(number, number + size), 40)
        bands = dice.integers(0, 50, len(numbers)).astype(np.uint64) << np.uint64(32)
        index.add(numbers, bands)
        added |= set(zip(bands.tolist(), numbers.tolist(), strict=True))
        number += size
    asked = np.array([5, 49, 51, 5], np.uint64) << np.uint64(32)
    places, numbers = index.find(asked)
    found = {(int(asked[p]), int(n)) for p, n in zip(places, numbers, strict=True)}
    assert found == {pair for pair in added if pair[0] in asked.tolist()}
    assert {0, 3} <= set(places.tolist())


def test_numbers_far_apart_stay_apart() -> None:
    index, band = BandIndex(), np.array([1 << 40], np.uint64)
    for number in (1, 70_000, 140_000):
        index.add(np.array([number]), band)
    _, numbers = index.find(band)
    assert sorted(numbers.tolist()) == [1, 70_000, 140_000]


def test_empty_index_finds_nothing() -> None:
    index = BandIndex()
    index.add(np.empty(0, np.int64), np.empty(0, np.uint64))
    places, numbers = index.find(np.array([1], np.uint64))
    assert (len(places), len(numbers)) == (0, 0)
