"""What every stance backend is asked, and what it answers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitors.records import Span

Answer = Literal["favor", "against", "neutral", "none"]
ANSWERS: tuple[Answer, ...] = ("favor", "against", "neutral", "none")


@dataclass(frozen=True, slots=True)
class StanceQuery:
    """Does `text` report a stance of the holder toward the target, by these definitions?

    `holder` and `target` are spans of `text` in code points; `holder=None` asks how the text itself
    presents the target. `favor` and `against` say what counts as each side, and `title` what the
    target is an instance of ("Raising the minimum wage", where the text has "the minimum wage").
    `before` is the sentence before, for context.
    """

    text: str
    holder: Span | None
    target: Span
    favor: str
    against: str
    before: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class StanceScore:
    """Probabilities of the four answers; they sum to 1.

    Raises:
        ValueError: a probability is outside [0, 1] or they do not sum to 1.
    """

    favor: float
    against: float
    neutral: float
    none: float

    def __post_init__(self) -> None:
        values = (self.favor, self.against, self.neutral, self.none)
        if not all(0 <= value <= 1 for value in values) or not math.isclose(
            sum(values), 1, abs_tol=1e-4
        ):
            raise ValueError(f"not probabilities that sum to 1: {values}")

    @property
    def answer(self) -> Answer:
        return max(ANSWERS, key=lambda answer: getattr(self, answer))

    @property
    def score(self) -> float:
        """From -1 (against) to 1 (favor)."""
        return self.favor - self.against


class StanceBackend(Protocol):
    """Anything that judges stance queries; stateless as far as a caller can tell."""

    @property
    def name(self) -> str:
        """The name that is kept with each stance, with the model's version where it has one."""
        ...

    def score(self, queries: Sequence[StanceQuery]) -> list[StanceScore]:
        """One score per query, in the same order."""
        ...

    def confidence_for(self, precision: float) -> float:
        """The least confidence of answers that together are right as often as `precision`.

        By measurement where the backend has one; the precision itself where it has none, which is
        on the careful side for a backend whose confidences are true.
        """
        ...
