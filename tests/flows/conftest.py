"""A chat completions server, and the backend `llm` set up to ask it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

from flows.config.options import Settings
from flows.llm_wiring import backend_options
from monitors.stance import load_backend
from monitors.stance.llm import Llm
from tests.chat_server import KEY, ChatServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class LoadLlm(Protocol):
    """Loads the backend afresh, with these changes of [llm]."""

    def __call__(self, **changes: Any) -> Llm: ...


@pytest.fixture
def chat_server() -> Iterator[ChatServer]:
    with ChatServer() as running:
        yield running


@pytest.fixture
def load_llm(chat_server: ChatServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LoadLlm:
    monkeypatch.setattr("flows.llm_transport._BACK_OFF_S", 0.01)
    table = {
        "endpoint": chat_server.endpoint,
        "model": "tiny",
        "api_key_env": "TEST_KEY",
        "folder": str(tmp_path / "llm"),
        "requests_per_minute": 10_000,
        "request_timeout_seconds": 5.0,
        "request_retries": 1,
    }

    def load(**changes: Any) -> Llm:
        tables = {"analysis": {"backend": "llm"}, "llm": table | changes}
        options = backend_options(Settings.model_validate(tables), {"TEST_KEY": KEY})
        backend = load_backend("llm", options)
        assert isinstance(backend, Llm)
        return backend

    return load
