"""Servers that misbehave as told: of feeds and pages, and of chat completions.

No proxy of the machine that the tests run on comes between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

from flows.config.options import Settings
from flows.llm_wiring import backend_options
from monitors.stance import load_backend
from monitors.stance.llm import Llm
from tests.chat_server import KEY, ChatServer
from tests.feed_server import FeedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class LoadLlm(Protocol):
    """Loads the backend afresh, with these changes of [llm]."""

    def __call__(self, **changes: Any) -> Llm: ...


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


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
