"""Article pages that are to be read, were read, or could not be; and the robots.txt of hosts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.store.rows import KEYS, Row, as_json, insert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    import duckdb

    from monitors.records import DateSource

_WANTED = (
    "link, feed_id, outlet, title, text, source_hash, source_updated_at, published_at, "
    "date_source, first_seen_at"
)


@dataclass(frozen=True, slots=True)
class WantedPage:
    """An entry whose page is to be read, with all that the feed says of it."""

    link: str
    feed_id: str
    outlet: str
    title: str
    text: str
    source_hash: str
    source_updated_at: datetime | None
    published_at: datetime
    date_source: DateSource
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class KnownPage:
    """What is remembered of an entry's page; `url` is what its article is kept under."""

    feed_id: str
    source_hash: str
    source_updated_at: datetime | None
    state: str
    url: str | None
    asked_at: datetime | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class SettledPage:
    """What became of a page: read, or a `problem`."""

    link: str
    url: str
    problem: str | None = None


def known_pages(
    connection: duckdb.DuckDBPyConnection, links: Iterable[str]
) -> dict[str, KnownPage]:
    """What is remembered of the pages behind `links`, by link."""
    rows = connection.execute(
        "SELECT link, feed_id, source_hash, source_updated_at, state, url, asked_at, read_at "  # noqa: S608
        f"FROM pages WHERE link IN {KEYS}",
        [as_json(links)],
    ).fetchall()
    return {row[0]: KnownPage(*row[1:]) for row in rows}


def want_pages(connection: duckdb.DuckDBPyConnection, pages: Sequence[WantedPage]) -> None:
    """Have these read; one that was read before is read again, and still known by its URL."""
    before = known_pages(connection, [page.link for page in pages])
    connection.execute(f"DELETE FROM pages WHERE link IN {KEYS}", [as_json(before)])  # noqa: S608
    insert(connection, "pages", [_row(page, before.get(page.link)) for page in pages])


def waiting_pages(connection: duckdb.DuckDBPyConnection) -> list[WantedPage]:
    """All that are to be read, those that wait longest first."""
    rows = connection.execute(
        f"SELECT {_WANTED} FROM pages WHERE state = 'waiting' "  # noqa: S608 - our own names
        "ORDER BY first_seen_at, published_at DESC, link"
    ).fetchall()
    return [WantedPage(*row) for row in rows]


def settle_pages(
    connection: duckdb.DuckDBPyConnection, pages: Sequence[SettledPage], asked_at: datetime
) -> None:
    """Keep what became of pages that were waiting."""
    for page in pages:
        connection.execute(
            "UPDATE pages SET state = ?, problem = ?, url = ?, asked_at = ?, "
            "read_at = coalesce(?, read_at) WHERE link = ?",
            [
                "summary" if page.problem else "page",
                page.problem,
                page.url,
                asked_at,
                None if page.problem else asked_at,
                page.link,
            ],
        )


def forget_pages(connection: duckdb.DuckDBPyConnection, *, before: datetime) -> int:
    """Drop what was asked for before then and has come to an end; answers how many."""
    condition = "state <> 'waiting' AND asked_at < ?"
    row = connection.execute(f"SELECT count(*) FROM pages WHERE {condition}", [before]).fetchone()  # noqa: S608
    connection.execute(f"DELETE FROM pages WHERE {condition}", [before])  # noqa: S608
    return int(row[0]) if row else 0


def page_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many pages were read, wait, or could not be used, these by reason."""
    rows = connection.execute(
        "SELECT coalesce(problem, state) AS outcome, count(*) AS pages FROM pages "
        "GROUP BY outcome ORDER BY pages DESC, outcome"
    ).fetchall()
    return {("read" if outcome == "page" else outcome): count for outcome, count in rows}


# --- robots.txt ------------------------------------------------------------------------------


def kept_robots(
    connection: duckdb.DuckDBPyConnection, origins: Iterable[str]
) -> dict[str, tuple[str, datetime]]:
    """The files that are kept, with when they were fetched, by origin."""
    rows = connection.execute(
        f"SELECT origin, body, fetched_at FROM robots WHERE origin IN {KEYS}",  # noqa: S608
        [as_json(origins)],
    ).fetchall()
    return {origin: (body, fetched_at) for origin, body, fetched_at in rows}


def save_robots(
    connection: duckdb.DuckDBPyConnection, files: Mapping[str, str], fetched_at: datetime
) -> None:
    """Keep these files in place of older ones."""
    connection.execute(f"DELETE FROM robots WHERE origin IN {KEYS}", [as_json(files)])  # noqa: S608
    rows: list[Row] = [{"origin": origin, "body": body} for origin, body in files.items()]
    insert(connection, "robots", [{**row, "fetched_at": fetched_at} for row in rows])


def _row(page: WantedPage, before: KnownPage | None) -> Row:
    row: Row = {name: getattr(page, name) for name in _WANTED.split(", ")}
    row |= {"state": "waiting", "url": before.url if before else None}
    row |= {"asked_at": before.asked_at if before else None}
    return row | {"read_at": before.read_at if before else None}
