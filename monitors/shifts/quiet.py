"""Whether a regular voice on a topic has fallen quiet, by the rhythm in which it was heard."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

# A voice is regular that was heard on so many days of the year before it was heard last.
REGULAR_DAYS = 10
_CHANCE = 0.001  # of staying away for so long by luck
_LONGER = 2  # times the longest pause that it made before


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The days on which a voice was heard, and those on which it could have been.

    `topic_days` are the days on which the outlets that carried the voice told of its topic. They
    are the clock: while these outlets are dead, or the topic is out of the news, it stands still.
    """

    heard: Sequence[date]
    topic_days: Sequence[date]


def chance_of_pause(rhythm: Rhythm) -> float | None:
    """The chance that a voice pauses for as long as this one has by now; None if that is usual.

    The share of the topic's days on which it is heard is not known but from its own days: with n
    of them among N, the chance to miss the next is (N - n + 1) / (N + 2), the one after that
    (N - n + 2) / (N + 3), and so on (a beta distribution, predicted step by step).
    """
    heard = sorted(set(rhythm.heard))
    if len(heard) < REGULAR_DAYS:
        return None
    clock = sorted({*rhythm.topic_days, *heard})
    ticks = {day: number for number, day in enumerate(clock)}
    pauses = [ticks[later] - ticks[day] for day, later in pairwise(heard)]
    missed = len(clock) - 1 - ticks[heard[-1]]
    days = ticks[heard[-1]] - ticks[heard[0]] + 1
    if missed <= _LONGER * max(pauses):
        return None
    chance = 1.0
    for step in range(missed):
        chance *= (days - len(heard) + 1 + step) / (days + 2 + step)
    return chance if chance < _CHANCE else None
