"""What the backends that are off by default are told when they are loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitors.stance.chats import Answers, Chat


def _nobody(line: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class EntailmentOptions:
    """Which model decides, and how.

    `model` is a folder or a name in the Hugging Face hub; a name is looked for on this machine
    only, unless `download`. `batch_size` counts pairs of texts: a query makes three.
    """

    model: str = ""
    batch_size: int = 16
    device: Literal["cpu", "cuda"] = "cpu"
    download: bool = False


@dataclass(frozen=True, slots=True)
class LlmOptions:
    """Which model is asked, and how; where it is asked is the business of the chat.

    `answer_tokens` bounds the answer to each query; a model that thinks aloud needs thousands. With
    `abstain_when_spent`, queries beyond the budget are answered with `none`; else scoring
    ends with a `BudgetError`.
    """

    model: str = ""
    queries_per_request: int = 1
    answer_tokens: int = 300
    seed: int = 1
    abstain_when_spent: bool = False


@dataclass(frozen=True, slots=True)
class BackendOptions:
    """The options of every backend.

    `chat` and `answers` are the way to the model of `llm`; `tell` hears, in one line each, what a
    user should know of a backend at work.
    """

    entailment: EntailmentOptions = EntailmentOptions()
    llm: LlmOptions = LlmOptions()
    chat: Chat | None = None
    answers: Answers | None = None
    tell: Callable[[str], None] = _nobody
