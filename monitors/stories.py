"""Which story an article belongs to: the one it is a copy of, or its own."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from monitors.copies import is_copy
from monitors.identity import story_id_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

# An article that may have copies: its id, its story, its text, its date and its bands.
KnownCopy = tuple[str, str, str, "datetime | None", tuple[int, ...]]

WINDOW_DAYS = 14


class StoryIndex:
    """Articles by the bands of their sketches, to find which of them a new one copies.

    Copies come within `WINDOW_DAYS` of each other; an article without a date may copy any.
    """

    def __init__(self, known: Iterable[KnownCopy] = ()) -> None:
        self._by_band: dict[int, list[KnownCopy]] = defaultdict(list)
        for copy in known:
            self._add(copy)

    def assign(
        self, article_id: str, text: str, bands: tuple[int, ...], published_at: datetime | None
    ) -> str:
        """The story of the oldest article that this one copies, else a story of its own."""
        seen: set[str] = set()
        for band in bands:
            for other in self._by_band.get(band, ()):
                if other[0] in seen or not _near(published_at, other[3]):
                    continue
                seen.add(other[0])
                if is_copy(text, other[2]):
                    return self._join(article_id, other[1], text, published_at, bands)
        return self._join(article_id, story_id_of(article_id), text, published_at, bands)

    def _join(
        self,
        article_id: str,
        story_id: str,
        text: str,
        published_at: datetime | None,
        bands: tuple[int, ...],
    ) -> str:
        self._add((article_id, story_id, text, published_at, bands))
        return story_id

    def _add(self, copy: KnownCopy) -> None:
        for band in copy[4]:
            self._by_band[band].append(copy)


def _near(a: datetime | None, b: datetime | None) -> bool:
    return a is None or b is None or abs(a - b) <= timedelta(days=WINDOW_DAYS)
