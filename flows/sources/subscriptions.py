"""Blocks of feeds added to the user's feeds.toml, which otherwise stays as it is."""

from __future__ import annotations

import json
import re
import tempfile
import tomllib
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from flows.config.checks import MAX_ID, MAX_LINE
from flows.config.documents import shown_path
from flows.config.tables import FeedsFile, FeedTable
from monitors.canonical_urls import canonical_url
from monitors.errors import ConfigError
from monitors.pages import clean_line
from monitors.records import Feed
from monitors.sites import own_site_of, site_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FEEDS_FILE = "feeds.toml"
_NEW_FILE = """\
# The feeds that are polled; docs/configuration.md tells what a block may hold.
# `stancewatch feeds check` says whether they can be read.
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A feed that might be followed; what is empty is made from its title and address."""

    url: str
    title: str = ""
    outlet: str = ""
    feed_id: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A candidate that is not added, and why."""

    candidate: Candidate
    reason: str


def plan_feeds(
    candidates: Sequence[Candidate], existing: Sequence[Feed]
) -> tuple[list[Feed], list[Refused]]:
    """The candidates as feeds with ids of their own, and those that are not to be added.

    An address that is followed already, or comes twice, is refused; http and https are one. Feeds
    of one site get one outlet, so that they count as one newsroom.
    """
    followed = {_place(feed.url): feed.feed_id for feed in existing if feed.url}
    taken = {feed.feed_id for feed in existing}
    outlets = {own_site_of(feed.url): feed.outlet for feed in existing if feed.url}
    outlets.pop("", None)
    sites = Counter(filter(None, (own_site_of(candidate.url) for candidate in candidates)))
    planned: list[Feed] = []
    refused: list[Refused] = []
    for candidate in candidates:
        place = _place(candidate.url)
        if place in followed:
            refused.append(Refused(candidate, f'followed already as "{followed[place]}"'))
            continue
        site = own_site_of(candidate.url)
        outlet = outlets.get(site) or candidate.outlet or (site if sites[site] > 1 else "")
        feed = _feed(candidate, outlet, taken)
        problem = _problem(feed)
        if problem:
            refused.append(Refused(candidate, problem))
            continue
        planned.append(feed)
        taken.add(feed.feed_id)
        followed[place] = feed.feed_id
    return planned, refused


def user_file(directory: Path | None) -> Path:
    """The feeds.toml that may be written: the one of the user's own folder.

    Raises:
        ConfigError: no folder was named; the configuration that ships is not changed.
    """
    if directory is None:
        mend = (
            "Make a folder of your own (mkdir mine) and name it: --config mine. What it lacks is "
            "taken from the default configuration, here as in every other command."
        )
        raise ConfigError(FEEDS_FILE, None, "the one that ships is not changed", mend)
    return directory / FEEDS_FILE


def add_feeds(path: Path, feeds: Sequence[Feed], in_force: Sequence[Feed]) -> None:
    """Append a block per feed; all that stands in the file stays, comments included.

    Where there is no file yet, it starts with the feeds `in_force`: a file of one's own replaces
    the default one, and adding a feed should take none away.

    Raises:
        ConfigError: the file cannot be read, written or added to.
    """
    shown = shown_path(path)
    try:
        raw = path.read_bytes() if path.exists() else None
        before = "" if raw is None else raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(shown, None, f"cannot be read: {error}", "Mend it first.") from error
    if raw is None:
        kept = [feed for feed in in_force if feed.url]
        before, feeds = _NEW_FILE, [*kept, *feeds]
    newline = "\r\n" if "\r\n" in before else "\n"
    blocks = "".join(f"\n{block_of(feed)}" for feed in feeds)
    text = before if before.endswith("\n") or not before else before + newline
    text += blocks.replace("\n", newline)
    _check(text, shown)
    _write(path, text, shown)


def block_of(feed: Feed) -> str:
    """A feed as feeds.toml has it."""
    lines = [f"id = {_quoted(feed.feed_id)}", f"title = {_quoted(feed.title)}"]
    if feed.outlet != feed.title:
        lines.append(f"outlet = {_quoted(feed.outlet)}")
    lines.append(f"url = {_quoted(feed.url or '')}")
    return "\n".join(["[[feed]]", *lines, ""])


def _feed(candidate: Candidate, outlet: str, taken: set[str]) -> Feed:
    site = site_of(candidate.url)
    title = clean_line(candidate.title)[:MAX_LINE] or site or candidate.url[:MAX_LINE]
    wanted = candidate.feed_id or _slug(candidate.title) or _slug(site) or "feed"
    return Feed(
        feed_id=_free(wanted, taken),
        title=title,
        outlet=clean_line(outlet)[:MAX_LINE] or title,
        url=candidate.url,
    )


def _slug(text: str) -> str:
    """An id out of a title; empty where it has too few Latin letters to tell it by."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = "-".join(re.findall(r"[a-z0-9]+", plain))[: MAX_ID - 4].strip("-")
    return slug if re.search(r"[a-z].*[a-z].*[a-z]", slug) else ""


def _free(wanted: str, taken: Iterable[str]) -> str:
    ids, number, free = {*taken}, 2, wanted
    while free in ids:
        free, number = f"{wanted}-{number}", number + 1
    return free


def _place(url: str | None) -> str:
    return canonical_url(url or "").partition("://")[2] or (url or "")


def _problem(feed: Feed) -> str | None:
    values = {"id": feed.feed_id, "title": feed.title, "outlet": feed.outlet, "url": feed.url}
    try:
        FeedTable.model_validate(values)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        return f"`{fault['loc'][-1]}` {fault.get('ctx', {}).get('problem') or fault['msg']}"
    return None


def _check(text: str, shown: str) -> None:
    try:
        FeedsFile.model_validate(tomllib.loads(text.replace("\r\n", "\n")))
    except ValueError as error:
        mend = "Run `stancewatch config check` and mend what it names; nothing was written."
        raise ConfigError(shown, None, "cannot be added to as it is", mend) from error


def _write(path: Path, text: str, shown: str) -> None:
    """Replace the file as a whole, so that it is never half written; a link stays a link."""
    target = path.resolve()
    try:
        mode = target.stat().st_mode if target.exists() else 0o644
        with tempfile.NamedTemporaryFile(
            "wb", dir=target.parent, prefix=".feeds-", delete=False
        ) as file:
            file.write(text.encode())
        Path(file.name).chmod(mode)
        Path(file.name).replace(target)
    except OSError as error:
        mend = "Check the folder and its permissions."
        raise ConfigError(shown, None, f"cannot be written: {error.strerror}", mend) from error


def _quoted(text: str) -> str:
    # JSON's strings are TOML's, but for the one character that only TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
