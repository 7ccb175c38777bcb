"""Topics and actors together: what is watched, and its version."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from monitors.records import Watchlist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitors.records import Actor, Topic

_VERSION_LENGTH = 12


def build_watchlist(topics: Sequence[Topic], actors: Sequence[Actor]) -> Watchlist:
    """The watchlist with its version, a hash of all that decides what is read from a text.

    Examples of a topic decide nothing: they are its tests.
    """
    watched = [asdict(replace(topic, examples=())) for topic in topics]
    content = [watched, [asdict(actor) for actor in actors]]
    text = json.dumps(content, default=str, ensure_ascii=False, sort_keys=True)
    version = hashlib.sha256(text.encode()).hexdigest()[:_VERSION_LENGTH]
    return Watchlist(tuple(topics), tuple(actors), version)
