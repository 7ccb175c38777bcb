"""What the readers of the feed formats hand to `monitors.feeds`: their findings, uncleaned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

MAX_ENTRIES = 1_000
MAX_HUBS = 10
MAX_FIELD = 500_000


@dataclass(frozen=True, slots=True)
class RawText:
    """A string of a feed and whether it is markup; plain text is taken as it stands."""

    value: str
    is_html: bool = True


@dataclass(frozen=True, slots=True)
class RawDate:
    """A date as written, and as the format's own reader understood it, if it did."""

    written: str
    parsed: datetime | None = None


@dataclass(frozen=True, slots=True)
class RawEntry:
    """One entry as the feed has it: links may be relative, texts may be markup."""

    guid: str
    link: str
    title: RawText
    summary: RawText
    contents: tuple[RawText, ...]
    published: RawDate | None
    updated: RawDate | None

    @property
    def has_anything(self) -> bool:
        texts = (self.title, self.summary, *self.contents)
        words = (self.guid, self.link, *(text.value for text in texts))
        return bool(self.published or self.updated or any(map(str.strip, words)))


@dataclass(frozen=True, slots=True)
class RawFeed:
    """A feed as a format's reader found it; `itself` is the address that it gives for itself."""

    format: str
    title: RawText
    link: str
    language: str
    entries: tuple[RawEntry, ...]
    problems: tuple[str, ...]
    hubs: tuple[str, ...] = ()
    itself: str = ""
