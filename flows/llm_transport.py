"""The way to a chat model: in turn, within the budget, and again where that can help.

wait for a turn -> reserve -> send -> settle; after a fault, wait and send again
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flows.llm_http import Fault, post
from monitors.errors import BackendError
from monitors.stance.chats import SUCCESS, Reply
from monitors.stance.llm_answers import read_usage
from monitors.stance.llm_prompts import estimated_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flows.llm_budget import Budget, Reservation

_BACK_OFF_S = 0.5
_LONGEST_BACK_OFF_S = 30.0
_USER_AGENT = "Stancewatch/0.1"


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """Where to ask and how patiently.

    `timeout_s` is for one request with its retries and the waits between them, not for its turn.
    """

    endpoint: str
    key: str = field(default="", repr=False)
    requests_per_minute: int = 60
    timeout_s: float = 60.0
    retries: int = 2


class HttpChat:
    """A chat completions endpoint over HTTP.

    Runs an event loop of its own, so use it where none is running.
    """

    def __init__(
        self,
        settings: ChatSettings,
        budget: Budget,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings, self._budget = settings, budget
        self._clock, self._sleep = clock, sleep
        self._next_turn = self._closed_until = clock()

    def post(self, request: Mapping[str, object]) -> Reply:
        """Send one request and wait for its reply; see `Chat`."""
        if self._clock() < self._closed_until:
            raise self._error("wants to be left alone for a while", retryable=True)
        payload = json.dumps(request, ensure_ascii=False).encode("utf-8", "replace")
        self._await_turn()
        deadline = self._clock() + self._settings.timeout_s
        attempt = 0
        while True:
            outcome = self._send(payload, estimated_tokens(request), deadline - self._clock())
            if isinstance(outcome, Reply):
                return outcome
            if not self._may_help(outcome, attempt, deadline):
                raise self._error(outcome.problem, retryable=outcome.retryable)
            attempt += 1
            self._await_turn()

    def _send(self, payload: bytes, tokens: tuple[int, int], timeout_s: float) -> Reply | Fault:
        """One attempt, paid for from the budget."""
        reservation = self._budget.reserve(*tokens)
        url = f"{self._settings.endpoint}/chat/completions"
        outcome = asyncio.run(post(url, self._headers(), payload, max(timeout_s, 0.001)))
        _settle(reservation, outcome)
        return outcome

    def _headers(self) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": _USER_AGENT,
        }
        if self._settings.key:
            headers["Authorization"] = f"Bearer {self._settings.key}"
        return headers

    def _await_turn(self) -> None:
        """Requests begin evenly spaced, so that no minute sees more of them than it may."""
        now = self._clock()
        if now < self._next_turn:
            self._sleep(self._next_turn - now)
        spacing = 60 / self._settings.requests_per_minute
        self._next_turn = max(now, self._next_turn) + spacing

    def _may_help(self, fault: Fault, attempt: int, deadline: float) -> bool:
        """Wait before another attempt; False where there is none, or none before the deadline."""
        if not fault.retryable:
            return False
        wait = min(_BACK_OFF_S * 2**attempt, _LONGEST_BACK_OFF_S)
        if fault.retry_after_s is not None:
            wait = fault.retry_after_s
        now = self._clock()
        wait = max(wait, self._next_turn - now)
        if now + wait >= deadline:
            if fault.retry_after_s is not None:
                self._closed_until = now + wait
            return False
        if attempt == self._settings.retries:
            return False
        self._sleep(wait)
        return True

    def _error(self, problem: str, *, retryable: bool) -> BackendError:
        return BackendError(f"{self._settings.endpoint} {problem}", retryable=retryable)


def _settle(reservation: Reservation, outcome: Reply | Fault) -> None:
    """What was not worked on costs nothing; what was, without saying so, all that was set aside."""
    rejected = isinstance(outcome, Reply) and outcome.status != SUCCESS
    if rejected or (isinstance(outcome, Fault) and not outcome.sent):
        reservation.settle(0, 0)
    usage = read_usage(outcome.body) if isinstance(outcome, Reply) and not rejected else None
    if usage is not None:
        reservation.settle(*usage)
