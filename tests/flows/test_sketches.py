"""Sketches held in memory find what reading them all anew finds, whatever happened in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flows.admit import admit
from flows.store import Database, transaction
from flows.store.database import _migrations
from flows.store.sketches import KnownSketches, forget_sketches
from tests.builders import day, draft

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import duckdb

    from flows.admit import Draft

    Stories = list[tuple[str, str]]


@pytest.fixture
def connection(database: Database) -> Iterator[duckdb.DuckDBPyConnection]:
    with database.write() as connection:
        yield connection


def report(number: int, at: float = 0.0, *, copy: str = "") -> Draft:
    """A report of its own words, or a copy of it with a line more."""
    text = " ".join(f"report{number}word{index}" for index in range(90))
    return draft(f"{text} {copy}", outlet=copy or "Wire", published_at=day(at))


def take_in(
    connection: duckdb.DuckDBPyConnection, known: KnownSketches | None, *drafts: Draft
) -> list[str]:
    """The stories of new articles."""
    with transaction(connection):
        return [article.story_id for article in admit(connection, drafts, known)]


def stories(path: Path, batches: Sequence[Sequence[Draft]], known: KnownSketches | None) -> Stories:
    with Database(path).write() as connection:
        for batch in batches:
            take_in(connection, known, *batch)
        query = "SELECT article_id, story_id FROM articles ORDER BY ALL"
        return connection.execute(query).fetchall()


def test_batch_after_batch_gives_the_stories_that_whole_readings_give(tmp_path: Path) -> None:
    """Days forward and back, copies in the batch, in the window and outside of it."""
    days = (0, 1, 13, 15, 2, 40, 41, 12, 90, 91)
    batches = [
        [
            *(report(20 * step + number, at) for number in range(8)),
            *(
                report(7 * number % (20 * step + 6), at + 0.1, copy=f"Post{step}")
                for number in range(6)
            ),
        ]
        for step, at in enumerate(days)
    ]
    whole = stories(tmp_path / "whole.duckdb", batches, None)
    assert stories(tmp_path / "held.duckdb", batches, KnownSketches()) == whole
    assert len({story for _, story in whole}) < len(whole) - 10


def test_another_writer_is_noticed(connection: duckdb.DuckDBPyConnection) -> None:
    known = KnownSketches()
    take_in(connection, known, report(1))
    (story,) = take_in(connection, None, report(2))
    assert take_in(connection, known, report(2, copy="Courier")) == [story]


def test_what_was_rolled_back_is_not_held(connection: duckdb.DuckDBPyConnection) -> None:
    known = KnownSketches()
    take_in(connection, known, report(1))
    connection.execute("BEGIN TRANSACTION")
    admit(connection, [report(2), report(3)], known)
    admit(connection, [report(4)], known)  # has read those
    connection.execute("ROLLBACK")
    stories = take_in(connection, None, report(7), report(8))  # has their numbers
    copies = [report(number, copy="Courier") for number in (7, 8, 2)]
    *found, lone = take_in(connection, known, *copies)
    assert found == stories
    assert lone not in stories


def test_forgotten_sketches_do_not_confuse_the_next_ones(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    known = KnownSketches()
    take_in(connection, known, report(1), report(2))
    with transaction(connection):
        assert forget_sketches(connection, before=day(1)) == 2
    (story,) = take_in(connection, None, report(3, 20))
    assert take_in(connection, known, report(3, 20, copy="Courier")) == [story]


def test_what_is_older_than_the_window_is_let_go(connection: duckdb.DuckDBPyConnection) -> None:
    known = KnownSketches()
    for at in range(0, 200, 10):
        take_in(connection, known, report(2 * at, at), report(2 * at + 1, at))
    assert len(known) <= 12


def test_bands_of_an_earlier_schema_become_sketches(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations = _migrations()
    earlier = [name.endswith("_sketches.sql") for name, _ in migrations].index(True)
    with monkeypatch.context() as patch:
        patch.setattr("flows.store.database._migrations", lambda: migrations[:earlier])
        with database.write() as connection:
            rows = [(3, "a2", day(1)), (1, "a1", day(0)), (2, "a1", day(0))]
            connection.executemany("INSERT INTO story_bands VALUES (?, ?, ?)", rows)
    with database.write() as connection:
        query = "SELECT number, article_id, list_sort(bands) FROM sketches ORDER BY number"
        found = connection.execute(query).fetchall()
    assert found == [(1, "a1", [1, 2]), (2, "a2", [3])]
