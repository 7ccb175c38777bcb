"""Lists of feeds to start from, which ship with the product."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from flows.config.documents import Findings, read_document
from flows.config.folders import default_directory
from flows.config.tables import PackFile
from flows.config.validation import check_unique, validate
from flows.sources.subscriptions import Candidate
from monitors.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Pack:
    """A list of feeds with a name; `about` says in a line what it is for."""

    name: str
    title: str
    about: str
    feeds: tuple[Candidate, ...]


def read_packs(folder: Path | None = None) -> list[Pack]:
    """Every pack, by name.

    Raises:
        ConfigError: a file is not as it should be.
    """
    folder = folder or default_directory() / "packs"
    return [_read(path) for path in sorted(folder.glob("*.toml"))]


def pack_named(name: str) -> Pack:
    """The pack of that name.

    Raises:
        ConfigError: there is none; the nearest is named.
    """
    packs = {pack.name: pack for pack in read_packs()}
    if name in packs:
        return packs[name]
    near = get_close_matches(name, packs, n=1)
    mend = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(packs)}."
    raise ConfigError("packs", None, f"there is no pack {name!r}", mend)


def _read(path: Path) -> Pack:
    findings, document = Findings(), read_document(path)
    file = validate(document, PackFile, findings)
    if file is not None:
        check_unique([row.id for row in file.feed], "feed", document, findings)
    if file is None or findings.problems:
        raise findings.problems[0].as_error()
    feeds = [
        Candidate(row.url or "", row.title, row.outlet or row.title, row.id) for row in file.feed
    ]
    return Pack(path.stem, file.title, file.about, tuple(feeds))
