"""When a feed is asked next: by its own rhythm while it answers, later and later while it fails.

Polls fall on slots, one every `least`. A feed is asked about eight times in its usual gap between
two entries, at most a day apart; a silent one about 48 times in its silence, so that one that wakes
up is noticed soon by its own measure. Where entries come so fast that the feed could drop some
unseen, that bounds the wait, and so it does how long the server says that its answer is fresh.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

FailureKind = Literal["soft", "temporary", "hard", "gone"]

DAY = timedelta(days=1)
LONGEST = DAY
# So many that a feed which rests at night is asked in every slot of its busy hours.
_POLLS_PER_GAP, _POLLS_PER_SILENCE = 8, 48
_LONGEST_GAP = timedelta(days=3_650)
# A feed long silent is not held to the pace of its last burst.
_WINDOWS_PER_SILENCE = 8
# What is usual is read from so many days before the newest entry.
_HORIZON = timedelta(days=14)
# Entries that all bear the same time were dated by a program, not by an editor.
_SHORTEST_SPAN = timedelta(hours=1)
_SHORTEST_SILENCE = timedelta(minutes=1)
_NEW_WEIGHT = 0.3
# Up to this share of a wait is taken off or put on, so that feeds do not fall due all at once.
_SPREAD = 0.1
# A slot may start this much early: its run's clock, not the last one's, decides whether it is due.
_LONGEST_SLACK = timedelta(minutes=5)
_FRESHNESS_SLACK = timedelta(minutes=1)
_MANY_UNCHANGED, _SOME_UNCHANGED = 20, 3
_SIGHTINGS, _SIGHTED_FOR = 3, DAY

_HARD = frozenset(
    {
        "not_found",
        "tls",
        "not_a_feed",
        "blocked",
        "blocked_scheme",
        "redirect_loop",
        "too_large",
        "too_complex",
    }
)
_REFUSALS = range(400, 500)
# First wait and longest one. Without any answer the fault may be our own network.
_WAITS: dict[FailureKind, tuple[timedelta, timedelta]] = {
    "soft": (timedelta(minutes=5), timedelta(hours=12)),
    "temporary": (timedelta(minutes=15), timedelta(hours=12)),
    "hard": (timedelta(hours=1), DAY),
}
_LONGEST_WITHOUT_ANSWER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a feed publishes, by its own entries.

    `entries_per_day` is what is usual for it, None until that is known; `newest_at` is when its
    newest entry came. Within `window_s` seconds came the newer half of the entries that it carries.
    """

    entries_per_day: float | None = None
    newest_at: datetime | None = None
    window_s: float | None = None


def observe_entries(
    before: Rhythm, dates: Sequence[datetime], *, entries: int, arrived: int, now: datetime
) -> Rhythm:
    """The rhythm after a document of so many `entries`, `arrived` of which were new.

    `dates` are those that the feed itself gives. Without them the arrivals must do, which tell
    less: the first document says nothing of how long its entries took to come.
    """
    if not entries:
        return before
    times = sorted((min(date, now) for date in dates), reverse=True)
    if 2 * len(times) >= entries and times[0] - times[-1] >= _SHORTEST_SPAN:
        window = times[0] - times[len(times) // 2]
        return Rhythm(_usual(times), times[0], window.total_seconds())
    if not arrived:
        return before if before.newest_at else Rhythm(None, now)
    per_day = before.entries_per_day
    if before.newest_at:
        silence = max(now - before.newest_at, _SHORTEST_SILENCE)
        seen = arrived / (silence / DAY)
        per_day = seen if per_day is None else per_day + _NEW_WEIGHT * (seen - per_day)
    window_s = entries / 2 / per_day * DAY.total_seconds() if per_day else None
    return Rhythm(per_day, now, window_s)


def _usual(times: Sequence[datetime]) -> float:
    """Entries a day, over the last days that the feed published in."""
    since = times[0] - _HORIZON
    if times[-1] > since:
        return (len(times) - 1) / ((times[0] - times[-1]) / DAY)
    return sum(time > since for time in times) / (_HORIZON / DAY)


def poll_interval(
    rhythm: Rhythm, *, least: timedelta, now: datetime, max_age_s: float | None = None
) -> timedelta:
    """How long the feed can wait, between `least` and a day."""
    silence = max(now - rhythm.newest_at, timedelta()) if rhythm.newest_at else timedelta()
    gap = usual_gap(rhythm.entries_per_day) or timedelta()
    wanted = max(gap / _POLLS_PER_GAP, silence / _POLLS_PER_SILENCE, _freshness(max_age_s))
    limit = LONGEST
    if rhythm.window_s is not None:
        window = timedelta(seconds=min(rhythm.window_s, LONGEST.total_seconds()))
        limit = min(limit, max(window, silence / _WINDOWS_PER_SILENCE))
    return max(least, min(wanted, limit))


def usual_gap(entries_per_day: float | None) -> timedelta | None:
    """What usually lies between two entries."""
    if not entries_per_day:
        return None
    return timedelta(days=min(1 / entries_per_day, _LONGEST_GAP / DAY))


def next_poll(
    feed_id: str,
    rhythm: Rhythm,
    *,
    least: timedelta,
    now: datetime,
    max_age_s: float | None = None,
) -> datetime:
    """From when on a feed that answered is asked again: a little before the slot that is meant."""
    interval = poll_interval(rhythm, least=least, now=now, max_age_s=max_age_s)
    slots = max(1, math.floor(interval / least + 0.5))
    slots -= math.floor(slots * _SPREAD * share_of(feed_id))
    slack = min(least / 4, _LONGEST_SLACK)
    fresh = min(_freshness(max_age_s), interval)
    return now + max(slots * least - slack, fresh - min(fresh / 10, _FRESHNESS_SLACK))


def _freshness(max_age_s: float | None) -> timedelta:
    """How long an answer is fresh; more than a day is a mistake in a news feed, and ignored."""
    if max_age_s is None or not 0 < max_age_s <= LONGEST.total_seconds():
        return timedelta()
    return timedelta(seconds=max_age_s)


def failure_kind(status: str, http_status: int | None = None) -> FailureKind:
    """Whether a failure may pass soon, is asked for by the server, needs a person, or is final."""
    if status == "gone":
        return "gone"
    if status == "rate_limited":
        return "temporary"
    if status in _HARD or (http_status in _REFUSALS and status == "http_error"):
        return "hard"
    return "soft"


def next_try(
    feed_id: str,
    kind: FailureKind,
    *,
    failures: int,
    answered: bool,
    now: datetime,
    retry_after: datetime | None = None,
) -> datetime | None:
    """From when on a feed that failed is asked again, None for never.

    `failures` came before this one in a row. Never before `retry_after`, which counts for a day at
    most.
    """
    if kind == "gone":
        return None
    if retry_after is not None:
        return min(max(retry_after, now), now + LONGEST)
    first, longest = _WAITS[kind]
    if not answered and kind == "soft":
        longest = _LONGEST_WITHOUT_ANSWER
    waits: int = 2 ** min(failures, 10)
    return now + min(first * waits, longest) * (1 + _SPREAD * share_of(feed_id))


def share_of(feed_id: str) -> float:
    """A number from 0 to 1 that is the feed's own, and always the same."""
    return int.from_bytes(sha256(feed_id.encode()).digest()[:4]) / 2**32


def wants_whole(unchanged: int, last_body_at: datetime | None, now: datetime) -> bool:
    """Whether to ask without conditions, as a server may say "unchanged" for ever by mistake.

    After twenty such answers in a row, or three when the last body is a day old: a busy feed is
    caught within hours, and a quiet one costs a body every few days.
    """
    is_old = last_body_at is not None and now - last_body_at >= DAY
    return unchanged >= _MANY_UNCHANGED or (unchanged >= _SOME_UNCHANGED and is_old)


@dataclass(frozen=True, slots=True)
class Move:
    """Where a feed's server says that it has moved for good, and what we made of it.

    `to` was seen in `seen` answers in a row since `since_at`; `adopted` is asked instead of the
    configured address.
    """

    to: str | None = None
    seen: int = 0
    since_at: datetime | None = None
    adopted: str | None = None


def sight_move(before: Move, moved_to: str | None, now: datetime) -> Move:
    """The move after an answer: adopted once three answers over a day led to the same place."""
    if moved_to is None or moved_to == before.adopted:
        return Move(adopted=before.adopted)
    if moved_to != before.to or before.since_at is None:
        return Move(moved_to, 1, now, before.adopted)
    seen = replace(before, seen=before.seen + 1)
    if seen.seen >= _SIGHTINGS and now - before.since_at >= _SIGHTED_FOR:
        return Move(adopted=moved_to)
    return seen
