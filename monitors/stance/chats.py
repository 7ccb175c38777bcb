"""How the backend `llm` reaches the world: through what it is handed, and in no other way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

SUCCESS = 200


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer to a request: 200 with a JSON object, or a 4xx that blames the request."""

    status: int
    body: bytes


class Chat(Protocol):
    """A chat completions endpoint, with limits and retries of its own."""

    def post(self, request: Mapping[str, object]) -> Reply:
        """Send one request and wait for its reply.

        Raises:
            BudgetError: nothing was sent, because nothing more may be spent.
            BackendError: no usable reply came, or none will come with these settings.
        """
        ...


class Answers(Protocol):
    """A store of earlier answers by key; what is lost from it is asked again."""

    def get(self, key: str) -> str | None: ...

    def put(self, key: str, answer: str) -> None: ...


class NoAnswers:
    """Keeps nothing."""

    def get(self, key: str) -> str | None:  # noqa: ARG002 - the protocol's
        return None

    def put(self, key: str, answer: str) -> None:
        """Forgotten at once."""
