"""Examples -> padded batches, in the order that they are learnt in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from torch import Tensor

    from training.examples import Encoded, Tagged

_POOL = 2000


def by_length(
    items: Sequence[Encoded | Tagged], tokens: int, dice: random.Random
) -> list[list[int]]:
    """Batches of places in `items`: alike in length, about `tokens` with their padding."""
    places = list(range(len(items)))
    dice.shuffle(places)
    batches = []
    for start in range(0, len(places), _POOL):
        pool = sorted(places[start : start + _POOL], key=lambda place: len(items[place].ids))
        batch: list[int] = []
        for place in pool:
            if batch and len(items[place].ids) * (len(batch) + 1) > tokens:
                batches.append(batch)
                batch = []
            batch.append(place)
        batches.append(batch)
    dice.shuffle(batches)
    return batches


def padded(rows: Sequence[Sequence[int]]) -> Tensor:
    """(rows, longest) of int64, zeros where a row is shorter."""
    longest = max(len(row) for row in rows)
    out = torch.zeros(len(rows), longest, dtype=torch.long)
    for number, row in enumerate(rows):
        out[number, : len(row)] = torch.as_tensor(row)
    return out


def inputs(items: Sequence[Encoded | Tagged]) -> tuple[Tensor, Tensor, Tensor]:
    """Ids, mask and segments of a batch."""
    ids = padded([one.ids for one in items])
    mask = padded([[1] * len(one.ids) for one in items])
    segments = padded([getattr(one, "segments", [0] * len(one.ids)) for one in items])
    return ids, mask, segments


def part_labels(items: Sequence[Tagged]) -> Tensor:
    """(batch, longest, 3), -1 where there is padding, [CLS] or [SEP]."""
    longest = max(len(one.ids) for one in items)
    out = np.full((len(items), longest, 3), -1, np.float32)
    for number, one in enumerate(items):
        out[number, 1 : len(one.ids) - 1] = one.parts.T[1:-1]
    return torch.from_numpy(out)
