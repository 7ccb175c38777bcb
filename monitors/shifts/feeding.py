"""Whether the outlets that told of one side still bring anything: no data is not no change."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from monitors.records import Observation

# The share of the old side's stories that must have been told by outlets now dead.
_MOSTLY = 0.5


def dead_outlets(
    before: Sequence[Observation], since: datetime, outlets_seen: Mapping[str, datetime]
) -> tuple[str, ...]:
    """The outlets of the old side that brought nothing since then, where it mostly rests on them.

    `outlets_seen` says when each outlet last brought an article, on whatever topic, and when the
    outlets that print an agency did; what is not in it is taken to be alive.
    """
    names = {name for story in before for name in story.outlets}
    dead = {name for name in names if name in outlets_seen and outlets_seen[name] < since}
    lost = sum(dead.issuperset(story.outlets) for story in before)
    return tuple(sorted(dead)) if dead and lost >= _MOSTLY * len(before) else ()
