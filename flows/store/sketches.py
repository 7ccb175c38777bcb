"""Sketches of articles, in the database and in the memory of a flow that admits articles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flows.store.articles import LOOKED_UP
from flows.store.rows import blocks, insert
from monitors.stories import MOST_COPIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from monitors.band_index import HeldSketches
    from monitors.records import Article
    from monitors.stories import KnownCopy

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
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
        self._held: HeldSketches | None = None
        self._since = _EPOCH
        self._newest, self._newest_id = 0, ""

    def __len__(self) -> int:
        return 0 if self._held is None else len(self._held)

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
        held = self._catch_up(connection, min(at for at, _ in newcomers) - reach)
        if held is None:
            return []
        shared = held.nearest(
            [(_microseconds(at), bands) for at, bands in newcomers],
            reach=reach // timedelta(microseconds=1),
            most=MOST_COPIES,
        )
        copies = []
        for block in blocks(sorted(shared), LOOKED_UP):
            numbers = ", ".join(map(str, block))
            copies += connection.execute(
                "SELECT article_id, story_id, text, articles.published_at, number "  # noqa: S608
                f"FROM sketches JOIN articles USING (article_id) WHERE number IN ({numbers})"
            ).fetchall()
        copies.sort(key=lambda copy: (copy[3], copy[0]))
        return [(*copy[:4], tuple(shared[copy[4]])) for copy in copies]

    # --- keeping up with the database -------------------------------------------------------------

    def _catch_up(
        self, connection: duckdb.DuckDBPyConnection, since: datetime
    ) -> HeldSketches | None:
        """All sketches since then, of which only those are read that are not held yet."""
        known, newest = self._known_and_newest(connection)
        if known != (self._newest, self._newest_id) or not self._serves(since):
            self._since, self._newest, self._newest_id = since, 0, ""
            (first,) = _one(
                connection, "SELECT min(number) FROM sketches WHERE published_at >= ?", since
            )
            self._held = None if first is None else _nothing_held(first - 1)
            if first is None:
                return None
            self._newest = first - 1
            _, newest = self._known_and_newest(connection)
        assert self._held is not None
        while self._newest < newest[0]:
            until = min(self._newest + _BLOCK, newest[0])
            self._read(connection, self._held, until)
            self._newest = until
        self._newest_id = newest[1]
        return self._held

    def _known_and_newest(
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
        if self._held is None:
            return False
        outdated = self._held.count_before(_microseconds(since))
        return self._since <= since and outdated <= _MOST_OUTDATED * len(self._held)

    def _read(self, connection: duckdb.DuckDBPyConnection, held: HeldSketches, until: int) -> None:
        """The next ones up to that number."""
        those = "FROM sketches WHERE number > ? AND number <= ? AND published_at >= ?"
        bounds = [self._newest, until, self._since]
        dates = connection.execute(
            f"SELECT number, epoch_us(published_at) AS at {those}", bounds
        ).fetchnumpy()
        bands = connection.execute(
            f"SELECT number, unnest(bands) AS band {those}", bounds
        ).fetchnumpy()
        held.add(until, (dates["number"], dates["at"]), (bands["number"], bands["band"]))


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


def _nothing_held(before: int) -> HeldSketches:
    from monitors.band_index import HeldSketches  # noqa: PLC0415 - numpy only where there is news

    return HeldSketches(before)


def _one(connection: duckdb.DuckDBPyConnection, query: str, *parameters: object) -> Any:
    return connection.execute(query, list(parameters)).fetchone()


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)
