"""A front page that changes, polled on the product's schedule over real HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from benchmarks.stream import Snapshot, play
from tests.builders import NOW

if TYPE_CHECKING:
    from flows.store import Database

HEADLINES = tuple(f"\u200bStory {number} of the day breaks - The Paper" for number in range(12))


def snapshots(*shown: tuple[int, ...]) -> list[Snapshot]:
    """A page that changes about every forty minutes, at uneven times."""
    return [
        Snapshot(
            NOW + timedelta(minutes=40 * place + 7 * (place % 3)),
            tuple(HEADLINES[number] for number in numbers),
        )
        for place, numbers in enumerate(shown)
    ]


def test_every_headline_that_two_polls_saw_is_there_once(database: Database) -> None:
    # Some go and come back, some stay, once the page is empty.
    shown = snapshots((0, 1, 2), (2, 3), (), (0, 4, 5), (6,), (5, 7, 8), (9, 1), (10, 11))
    played = play(shown, database)
    assert sum(times > 1 for times in played.sights.values()) >= len(HEADLINES) / 2
    assert played.missing == played.doubled == []


def test_what_changed_between_two_polls_was_never_seen(database: Database) -> None:
    first = snapshots((0,))[0]
    missed = Snapshot(NOW + timedelta(minutes=16), (HEADLINES[1],))
    after = Snapshot(NOW + timedelta(minutes=29), (HEADLINES[2],))
    played = play([first, missed, after], database)
    assert HEADLINES[1].lstrip("\u200b") not in played.sights
    assert played.missing == played.doubled == []
