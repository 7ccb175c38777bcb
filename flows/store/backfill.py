"""Which pages a backfill need not ask for: those that it has, and those that gave nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.store.articles import current_versions
from flows.store.rows import Row, insert

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb


def known_pages(connection: duckdb.DuckDBPyConnection, urls: Iterable[str]) -> set[str]:
    """Those of `urls` that are articles already, or were asked for in vain."""
    wanted = list(urls)
    rows = connection.execute(
        "SELECT page_url FROM backfill_pages WHERE page_url IN (SELECT unnest(?::VARCHAR[]))",
        [wanted],
    ).fetchall()
    return {*current_versions(connection, wanted), *(row[0] for row in rows)}


def save_vain_pages(connection: duckdb.DuckDBPyConnection, rows: Sequence[Row]) -> None:
    """Remember pages that gave no article: page_url, status, detail, asked_at."""
    insert(connection, "backfill_pages", rows, unless_known=True)
