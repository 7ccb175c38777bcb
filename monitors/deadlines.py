"""How long a text may be read: a clock that is handed in is asked between the steps of reading.

What runs is never torn away, so the steps must be short: a sentence, a stretch of text, a batch of
questions. What a step calls has its own limits (a chat model its time-outs).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from monitors.errors import AnalysisTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from monitors.stance.queries import StanceBackend, StanceQuery, StanceScore

    Expired = Callable[[], bool]

Item = TypeVar("Item")
# A second's work for the default backend on one core.
_QUESTIONS_AT_ONCE = 32


def never() -> bool:
    """The deadline of those who can wait."""
    return False


def in_time(items: Iterable[Item], expired: Expired) -> Iterator[Item]:
    """The items one by one, for as long as there is time.

    Raises:
        AnalysisTimeoutError: the time was over before the next one, or after the last.
    """
    for item in items:
        check(expired)
        yield item
    check(expired)


def score_in_time(
    backend: StanceBackend, queries: Sequence[StanceQuery], expired: Expired
) -> list[StanceScore]:
    """What `backend` answers, asked a few questions at a time.

    Raises:
        AnalysisTimeoutError: the time was over before the last answer.
    """
    starts = range(0, len(queries), _QUESTIONS_AT_ONCE)
    parts = (queries[start : start + _QUESTIONS_AT_ONCE] for start in starts)
    return [score for part in in_time(parts, expired) for score in backend.score(part)]


def check(expired: Expired) -> None:
    """Go on while there is time.

    Raises:
        AnalysisTimeoutError: there is none left.
    """
    if expired():
        raise AnalysisTimeoutError
