"""Which story an article belongs to: the one it is a copy of, or its own."""

from __future__ import annotations

from collections import Counter, defaultdict
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
# So many at most are compared with a new one: a blurb that a thousand articles begin with costs no
# more than others, and a copy shares more bands with its report than such a blurb has.
MOST_COPIES = 32


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
        """The story of the article that shares most bands among those that this one copies.

        Where it copies none, a story of its own.
        """
        story_id = next(
            (other[1] for other in self._likely(bands, published_at) if is_copy(text, other[2])),
            story_id_of(article_id),
        )
        self._add((article_id, story_id, text, published_at, bands))
        return story_id

    def _likely(self, bands: tuple[int, ...], published_at: datetime | None) -> list[KnownCopy]:
        """Those that share most bands, the oldest first among equals."""
        found = [
            copy
            for band in bands
            for copy in self._by_band.get(band, ())
            if _near(published_at, copy[3])
        ]
        if not found:
            return []
        shared = Counter(copy[0] for copy in found)
        by_id = {copy[0]: copy for copy in found}
        return [by_id[article_id] for article_id, _ in shared.most_common(MOST_COPIES)]

    def _add(self, copy: KnownCopy) -> None:
        for band in copy[4]:
            self._by_band[band].append(copy)


def _near(a: datetime | None, b: datetime | None) -> bool:
    return a is None or b is None or abs(a - b) <= timedelta(days=WINDOW_DAYS)
