"""How a feed fares, in one word that a person can act on, and which changes of it are news."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from monitors.polling import usual_gap

if TYPE_CHECKING:
    from collections.abc import Sequence

FeedStateName = Literal["new", "ok", "quiet", "failing", "dead", "gone", "moved"]

# A feed that fails for so long and so often does not come back by itself.
DEAD_AFTER, DEAD_FAILURES = timedelta(days=3), 4
_QUIET_AFTER, _USUAL_GAPS = timedelta(days=3), 10
# Fewer servers than these can fail together without our network being to blame.
_SERVERS = 3
ENDED: frozenset[str] = frozenset({"dead", "gone"})
_WELL: frozenset[str] = frozenset({"ok", "quiet", "moved"})


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """What a feed's state is read from; see the table `feeds`."""

    status: str
    failures: int
    failing_since_at: datetime | None = None
    disabled_at: datetime | None = None
    adopted_url: str | None = None
    entries_per_day: float | None = None
    newest_entry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FeedChange:
    """A feed that died, is gone or came back, and what is lost or won by it."""

    feed_id: str
    title: str
    state: FeedStateName
    cause: str
    since_at: datetime | None
    articles: int
    stances: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """A feed that was asked over the network: its server, how it fared before, what came."""

    host: str
    was_well: bool
    succeeded: bool
    answered: bool


def decide_state(facts: FeedFacts, now: datetime) -> FeedStateName:
    """The feed's state now."""
    if facts.disabled_at is not None:
        return "gone"
    if facts.failures:
        since = facts.failing_since_at
        lasting = since is not None and now - since >= DEAD_AFTER
        return "dead" if lasting and facts.failures >= DEAD_FAILURES else "failing"
    if facts.status == "new":
        return "new"
    if facts.adopted_url is not None:
        return "moved"
    return "quiet" if _is_silent(facts, now) else "ok"


def _is_silent(facts: FeedFacts, now: datetime) -> bool:
    """Whether nothing came for three days, and for ten times what usually lies between two."""
    gap = usual_gap(facts.entries_per_day)
    if facts.newest_entry_at is None or gap is None:
        return False
    return now - facts.newest_entry_at > max(_QUIET_AFTER, _USUAL_GAPS * gap)


def is_news(before: str, after: str, articles: int) -> bool:
    """Whether people are told: of a feed gone, of one dead that brought something, of their return.

    A feed that never brought anything is missed by nobody, but one that is gone is asked no more.
    """
    if after == "gone":
        return before != "gone"
    if after == "dead":
        return before != "dead" and articles > 0
    return after in _WELL and (before == "gone" or (before == "dead" and articles > 0))


def own_network_fails(attempts: Sequence[Attempt], *, failed_before: bool) -> bool:
    """Whether the fault is with us: servers that were well before all fall silent at once."""
    if any(attempt.succeeded or attempt.answered for attempt in attempts):
        return False
    if failed_before:
        return True
    return len({attempt.host for attempt in attempts if attempt.was_well}) >= _SERVERS
