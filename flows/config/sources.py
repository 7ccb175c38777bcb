"""feeds.toml -> feeds to read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flows.config.tables import FeedsFile
from flows.config.validation import check_unique, validate
from monitors.records import Feed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.config.documents import Document, Findings
    from flows.config.tables import FeedTable


def read_feeds(document: Document, findings: Findings) -> tuple[Feed, ...]:
    """The feeds in file order; a `path` or `folder` counts from where the file lies."""
    file = validate(document, FeedsFile, findings)
    if file is None:
        return ()
    if not file.feed:
        findings.warning(
            document, (), "lists no feed, so no news comes in", "Add a [[feed]] block."
        )
    check_unique([row.id for row in file.feed], "feed", document, findings)
    _check_places(file.feed, document, findings)
    return tuple(_feed(row, document.path.parent) for row in file.feed)


def _feed(row: FeedTable, folder: Path) -> Feed:
    place = row.path or row.folder
    path = str((folder / Path(place).expanduser()).resolve()) if place else None
    return Feed(
        row.id, row.title, row.outlet or row.title, row.url, path, bool(row.folder), row.full_text
    )


def _check_places(rows: Sequence[FeedTable], document: Document, findings: Findings) -> None:
    first: dict[str, int] = {}
    for index, row in enumerate(rows):
        key = "url" if row.url else "path" if row.path else "folder"
        place = row.url or row.path or row.folder or ""
        if first.setdefault(place, index) != index:
            findings.warning(
                document,
                ("feed", index, key),
                f'"{row.id}" is the same feed as "{rows[first[place]].id}"',
                "Remove one of the two.",
            )
        if not row.url and not (document.path.parent / Path(place).expanduser()).exists():
            findings.warning(
                document,
                ("feed", index, key),
                f"there is no such {'folder' if row.folder else 'file'}",
                f"A path starts from the folder of {document.shown}.",
            )
