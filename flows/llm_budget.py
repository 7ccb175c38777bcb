"""What asking a paid model may cost: so much a run, so much a day, and then a hard stop.

What a request may cost at most is written down before it is sent, and put right by its reply. So
a crash counts too much rather than too little, and other processes of the day are counted in.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from monitors.errors import BackendError, BudgetError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Prices per million tokens, and what may be spent in the currency of the prices.

    A run is a process: a command, or one run of a flow. A day is one of UTC.
    """

    input_price: float = 0.0
    output_price: float = 0.0
    cost_per_run: float = 1.0
    cost_per_day: float = 5.0
    tokens_per_run: int = 1_000_000

    def cost(self, prompt_tokens: int, answer_tokens: int) -> float:
        spent = prompt_tokens * self.input_price + answer_tokens * self.output_price
        return spent / _MILLION


class Budget:
    """Counts what is spent; the day's account is a file in `folder`."""

    def __init__(self, limits: Limits, folder: Path, clock: Callable[[], datetime]) -> None:
        self._limits, self._folder, self._clock = limits, folder, clock
        self._day, self._read_to, self._spent_today = "", 0, 0.0
        self.tokens, self.cost = 0, 0.0

    def reserve(self, prompt_tokens: int, answer_tokens: int) -> Reservation:
        """Set aside what a request may take.

        Raises:
            BudgetError: that would go beyond a limit.
            BackendError: the day's account cannot be read or written.
        """
        cost, tokens = (
            self._limits.cost(prompt_tokens, answer_tokens),
            prompt_tokens + answer_tokens,
        )
        spent = self._limit_reached(cost, tokens)
        if spent:
            raise BudgetError(f"{spent}; what is left is not asked (see [llm] in settings.toml)")
        self._book(tokens, cost)
        return Reservation(self, tokens, cost)

    def settle(self, reservation: Reservation, prompt_tokens: int, answer_tokens: int) -> None:
        """Put a reservation right: so much was really taken."""
        cost = self._limits.cost(prompt_tokens, answer_tokens)
        self._book(prompt_tokens + answer_tokens - reservation.tokens, cost - reservation.cost)

    def _limit_reached(self, cost: float, tokens: int) -> str:
        limits = self._limits
        if self.tokens + tokens > limits.tokens_per_run:
            return f"the {limits.tokens_per_run:,} tokens that a run may take are used up"
        if self.cost + cost > limits.cost_per_run:
            return f"the {limits.cost_per_run:g} that a run may cost are spent"
        if cost and self._today() + cost > limits.cost_per_day:
            return f"the {limits.cost_per_day:g} that a day may cost are spent"
        return ""

    def _book(self, tokens: int, cost: float) -> None:
        self.tokens += tokens
        self.cost += cost
        if not cost:  # what costs nothing needs no account
            return
        path = self._account()
        # It begins a line of its own, whatever a crash has left unfinished.
        line = "\n" + json.dumps({"tokens": tokens, "cost": cost}) + "\n"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # One short write at the end of the file: lines of other processes stay whole.
            with path.open("ab", buffering=0) as file:
                file.write(line.encode())
        except OSError as error:
            raise _no_account(path, error) from None

    def _account(self) -> Path:
        """Today's file."""
        day = self._clock().astimezone(UTC).date().isoformat()
        if day != self._day:
            self._day, self._read_to, self._spent_today = day, 0, 0.0
        return self._folder / f"spent-{day}.jsonl"

    def _today(self) -> float:
        """What today has cost in all processes; only the lines that are new are read."""
        path = self._account()
        try:
            with path.open("rb") as file:
                file.seek(self._read_to)
                new = file.read()
        except FileNotFoundError:
            return 0.0
        except OSError as error:
            raise _no_account(path, error) from None
        whole = new[: new.rfind(b"\n") + 1]
        self._read_to += len(whole)
        self._spent_today += sum(map(_cost_of, whole.splitlines()))
        return self._spent_today


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was set aside for one request."""

    budget: Budget
    tokens: int
    cost: float

    def settle(self, prompt_tokens: int, answer_tokens: int) -> None:
        self.budget.settle(self, prompt_tokens, answer_tokens)


def _cost_of(line: bytes) -> float:
    """The cost in a line; a damaged line counts nothing."""
    try:
        cost = float(json.loads(line)["cost"])
    except (ValueError, KeyError, TypeError):
        return 0.0
    return cost if math.isfinite(cost) else 0.0


def _no_account(path: Path, error: OSError) -> BackendError:
    return BackendError(f"the account {path} cannot be kept: {error.strerror}", retryable=True)
