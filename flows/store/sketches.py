"""Sketches of articles, in the database and in the memory of a flow that admits articles."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from flows.store.articles import LOOKED_UP
from flows.store.rows import blocks, insert
from monitors.band_index import BandIndex
from monitors.stories import MOST_COPIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from monitors.records import Article
    from monitors.stories import KnownCopy

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_HELD = np.iinfo(np.int64).max  # the date of a number that is not held
_BLOCK = 16_384
# When so large a part of what is held is older than the window, it is read anew without that.
_MOST_OUTDATED = 2 / 3


class KnownSketches:
    """The sketches that newcomers are held against, read once and from then on as they come.

    In DuckDB one look at a band reads those of all articles, and an index over them is written
    anew each time the file is closed. Held in memory are 24 MB for 100,000 articles. Whatever
    happened to the database in between, a transaction that was rolled back or another writer, is
    noticed by the number and the article of the newest sketch that was read.
    """

    def __init__(self) -> None:
        self._forget(_EPOCH)

    def __len__(self) -> int:
        return len(self._dates)

    def possible_copies(
        self,
        connection: duckdb.DuckDBPyConnection,
        newcomers: Sequence[tuple[datetime, tuple[int, ...]]],
        *,
        days: int,
    ) -> list[KnownCopy]:
        """Articles that newcomers (their dates and bands) may be copies of, oldest first.

        They are of the `days` before or after a newcomer. Of each newcomer's only those that share
        most bands with it, so that a blurb that a thousand articles begin with costs no more than
        others.
        """
        if not newcomers:
            return []
        reach = timedelta(days=days)
        self._catch_up(connection, min(at for at, _ in newcomers) - reach)
        shared = self._shared(newcomers, reach)
        copies = []
        for block in blocks(sorted(shared), LOOKED_UP):
            numbers = ", ".join(map(str, block))
            copies += connection.execute(
                "SELECT article_id, story_id, text, articles.published_at, number "  # noqa: S608
                f"FROM sketches JOIN articles USING (article_id) WHERE number IN ({numbers})"
            ).fetchall()
        copies.sort(key=lambda copy: (copy[3], copy[0]))
        return [(*copy[:4], tuple(shared[copy[4]])) for copy in copies]

    def _shared(
        self, newcomers: Sequence[tuple[datetime, tuple[int, ...]]], reach: timedelta
    ) -> dict[int, set[int]]:
        """By their numbers, the articles nearest to a newcomer, each with the bands it shares."""
        bands = np.array([band for _, bands in newcomers for band in bands], np.uint64)
        whose = np.repeat(np.arange(len(newcomers)), [len(bands) for _, bands in newcomers])
        dates = np.array([_microseconds(at) for at, _ in newcomers])
        places, numbers = self._index.find(bands)
        apart = np.abs(dates[whose[places]] - self._dates[numbers - self._first])
        near = apart <= reach // timedelta(microseconds=1)
        places, numbers = places[near], numbers[near]
        pairs, pair_of, count = np.unique(
            whose[places] << 32 | numbers, return_inverse=True, return_counts=True
        )
        newcomer = pairs >> 32
        order = np.lexsort((pairs, -count, newcomer))
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order)) - np.searchsorted(newcomer, newcomer)
        kept = rank[pair_of] < MOST_COPIES
        shared: dict[int, set[int]] = defaultdict(set)
        for place, number in zip(places[kept].tolist(), numbers[kept].tolist(), strict=True):
            shared[number].add(int(bands[place]))
        return shared

    # --- keeping up with the database -------------------------------------------------------------

    def _forget(self, since: datetime) -> None:
        self._index = BandIndex()
        self._since = since
        self._newest, self._newest_id = 0, ""
        self._first = 0
        self._dates = np.empty(0, np.int64)  # by number, from `_first` on

    def _catch_up(self, connection: duckdb.DuckDBPyConnection, since: datetime) -> None:
        """Hold all sketches since then, reading only what is not held yet."""
        held, newest = self._held_and_newest(connection)
        if held != (self._newest, self._newest_id) or not self._serves(since):
            self._forget(since)
            (first,) = _one(
                connection, "SELECT min(number) FROM sketches WHERE published_at >= ?", since
            )
            if first is None:
                return
            self._first, self._newest = first, first - 1
            _, newest = self._held_and_newest(connection)
        while self._newest < newest[0]:
            until = min(self._newest + _BLOCK, newest[0])
            self._read(connection, until)
            self._newest = until
        self._newest_id = newest[1]

    def _held_and_newest(
        self, connection: duckdb.DuckDBPyConnection
    ) -> tuple[tuple[int, str], tuple[int, str]]:
        """Number and article of the newest that is held, if it is still there, and of all."""
        row = _one(
            connection,
            "SELECT min(number), arg_min(article_id, number), "
            "max(number), arg_max(article_id, number) FROM sketches WHERE number >= ?",
            self._newest,
        )
        return row[:2], row[2:]

    def _serves(self, since: datetime) -> bool:
        """Whether what is held goes back so far, and not much farther."""
        outdated = np.count_nonzero(self._dates < _microseconds(since))
        return self._since <= since and int(outdated) <= _MOST_OUTDATED * len(self._dates)

    def _read(self, connection: duckdb.DuckDBPyConnection, until: int) -> None:
        """The next ones up to that number."""
        those = "FROM sketches WHERE number > ? AND number <= ? AND published_at >= ?"
        bounds = [self._newest, until, self._since]
        dates = connection.execute(
            f"SELECT number, epoch_us(published_at) AS at {those}", bounds
        ).fetchnumpy()
        self._dates = np.append(self._dates, np.full(until - self._newest, _NOT_HELD))
        self._dates[dates["number"] - self._first] = dates["at"]
        bands = connection.execute(
            f"SELECT number, unnest(bands) AS band {those}", bounds
        ).fetchnumpy()
        self._index.add(bands["number"], bands["band"])


def save_sketches(
    connection: duckdb.DuckDBPyConnection, sketched: Sequence[tuple[Article, tuple[int, ...]]]
) -> None:
    """Keep the bands of each of the articles."""
    (last,) = _one(connection, "SELECT coalesce(max(number), 0) FROM sketches")
    rows = [
        {
            "number": number,
            "article_id": article.article_id,
            "published_at": article.published_at,
            "bands": bands,
        }
        for number, (article, bands) in enumerate(sketched, start=last + 1)
    ]
    insert(connection, "sketches", rows)


def forget_sketches(connection: duckdb.DuckDBPyConnection, *, before: datetime) -> int:
    """Drop the sketches of articles too old to get copies; answers how many."""
    (count,) = _one(connection, "SELECT count(*) FROM sketches WHERE published_at < ?", before)
    connection.execute("DELETE FROM sketches WHERE published_at < ?", [before])
    return int(count)


def _one(connection: duckdb.DuckDBPyConnection, query: str, *parameters: object) -> Any:
    return connection.execute(query, list(parameters)).fetchone()


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)
