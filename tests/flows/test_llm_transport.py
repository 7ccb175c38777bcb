"""Replies that do not come: a real server that fails in every way they do."""

from __future__ import annotations

import gzip
import time
import tracemalloc
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from flows.llm_http import seconds_of
from monitors.errors import BackendError
from tests.builders import NOW
from tests.chat_server import Served, good, in_turn, query
from tests.receivers import free_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chat_server import ChatServer
    from tests.flows.conftest import LoadLlm


# --- replies that do not come ------------------------------------------------------------------


PAGE = b"<!doctype html><html><body>Please log in</body></html>"
LATER = {"Retry-After": "0"}


@pytest.mark.parametrize(
    "first",
    [
        Served(status=500),
        Served(PAGE, status=502),
        Served(status=429, headers=LATER),
        Served(status=503, headers=LATER),
        Served(dropped=True),
        Served(b'{"choices": [{"message"', headers={"Content-Length": "5000"}, sent_bytes=10),
        Served(b'{"choices": [{"message"'),
        Served(PAGE, headers={"Content-Type": "text/html"}),
        Served(b""),
        Served(b"null"),
        Served(b"[]"),
        Served(gzip.compress(b"{}")[:15], headers={"Content-Encoding": "gzip"}),
    ],
)
def test_what_may_be_better_soon_is_asked_again(
    chat_server: ChatServer, load_llm: LoadLlm, first: Served
) -> None:
    chat_server.reply = in_turn(first, good)
    assert load_llm().score([query()])[0].answer == "favor"
    assert len(chat_server.requests) == 2


@pytest.mark.parametrize(
    ("reply", "problem", "retryable"),
    [
        (Served(status=500), "failed (status 500)", True),
        (Served(status=429), "is asked too often (status 429)", True),
        (Served(PAGE), "something else than a JSON object", True),
        (Served(dropped=True), "closed the connection", True),
        (
            Served(b"{}", headers={"Content-Length": "99"}, sent_bytes=1),
            "broke its answer",
            True,
        ),
        (Served(status=401), "does not accept the API key", False),
        (Served(status=402), "wants to be paid", False),
        (Served(status=403), "does not allow this", False),
        (Served(status=404), "no such path or model", False),
        (Served(b" " * 1_100_000), "more than 1,000,000 bytes", False),
    ],
)
def test_what_does_not_get_better_ends_the_run(
    chat_server: ChatServer,
    load_llm: LoadLlm,
    reply: Served,
    problem: str,
    retryable: bool,
) -> None:
    chat_server.reply = in_turn(reply)
    with pytest.raises(BackendError) as raised:
        load_llm().score([query()])
    assert f"{chat_server.endpoint} " in str(raised.value)
    assert problem in str(raised.value)
    assert raised.value.retryable is retryable
    assert len(chat_server.requests) == (2 if retryable else 1)


def test_a_redirect_is_not_followed(chat_server: ChatServer, load_llm: LoadLlm) -> None:
    for status in (301, 302, 303, 307, 308):
        chat_server.reply = in_turn(Served(status=status, headers={"Location": "/elsewhere"}))
        with pytest.raises(BackendError, match=rf"redirects \(status {status}\)"):
            load_llm().score([query()])
    assert set(chat_server.paths) == {"/v1/chat/completions"}


def test_a_bomb_is_not_unpacked(chat_server: ChatServer, load_llm: LoadLlm) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 100_000
    chat_server.reply = in_turn(Served(bomb, headers={"Content-Encoding": "gzip"}))
    tracemalloc.start()
    with pytest.raises(BackendError, match="more than 1,000,000 bytes"):
        load_llm().score([query()])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000


@pytest.mark.parametrize("kind", ["text/plain", "text/html", "application/x-ndjson", ""])
def test_the_content_type_does_not_matter(
    chat_server: ChatServer, load_llm: LoadLlm, kind: str
) -> None:
    chat_server.reply = lambda asked: Served(good(asked).body, headers={"Content-Type": kind})
    assert load_llm().score([query()])[0].answer == "favor"


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("identity", bytes)])
def test_a_packed_answer_is_unpacked(
    chat_server: ChatServer, load_llm: LoadLlm, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    chat_server.reply = lambda asked: Served(
        pack(good(asked).body), headers={"Content-Encoding": encoding}
    )
    assert load_llm().score([query()])[0].answer == "favor"


def test_a_server_that_hangs_is_given_up(chat_server: ChatServer, load_llm: LoadLlm) -> None:
    chat_server.reply = in_turn(Served(delay_s=30))
    started = time.monotonic()
    with pytest.raises(BackendError, match="did not answer in time") as raised:
        load_llm(request_timeout_seconds=0.3).score([query()])
    assert raised.value.retryable
    assert time.monotonic() - started < 2


def test_nobody_there(load_llm: LoadLlm) -> None:
    with pytest.raises(BackendError, match="cannot be reached") as raised:
        load_llm(endpoint=f"http://127.0.0.1:{free_port()}/v1").score([query()])
    assert raised.value.retryable


def test_what_was_answered_before_a_failure_is_not_asked_again(
    chat_server: ChatServer, load_llm: LoadLlm
) -> None:
    asked = [query(f"{name} backs the deal.") for name in "ABC"]
    chat_server.reply = in_turn(good, good, Served(status=401))
    with pytest.raises(BackendError):
        load_llm().score(asked)
    chat_server.reply = good
    assert [score.answer for score in load_llm().score(asked)] == ["favor"] * 3
    assert len(chat_server.requests) == 4


# --- waiting -----------------------------------------------------------------------------------


def test_retry_after_is_waited_for(chat_server: ChatServer, load_llm: LoadLlm) -> None:
    chat_server.reply = in_turn(Served(status=429, headers={"Retry-After": "1"}), good)
    started = time.monotonic()
    assert load_llm().score([query()])[0].answer == "favor"
    assert time.monotonic() - started >= 1


def test_a_wait_beyond_the_deadline_is_respected_without_waiting(
    chat_server: ChatServer, load_llm: LoadLlm
) -> None:
    chat_server.reply = in_turn(Served(status=429, headers={"Retry-After": "3600"}))
    backend = load_llm()
    for problem in ("is asked too often", "left alone"):
        with pytest.raises(BackendError, match=problem) as raised:
            backend.score([query()])
        assert raised.value.retryable
    assert len(chat_server.requests) == 1


def test_requests_are_spaced(chat_server: ChatServer, load_llm: LoadLlm) -> None:
    backend = load_llm(requests_per_minute=300)
    started = time.monotonic()
    backend.score([query(f"{name} backs the deal.") for name in "ABCD"])
    assert time.monotonic() - started >= 3 * 0.2


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("999999999999", 86_400),
        (format_datetime(NOW + timedelta(seconds=90)), 90),
        (format_datetime(NOW - timedelta(days=9)), 0),
        ("-7", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_what_retry_after_asks_for(value: str | None, seconds: float | None) -> None:
    assert seconds_of(value, NOW) == seconds


def test_the_proxy_of_the_environment_is_used(
    chat_server: ChatServer, load_llm: LoadLlm, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = chat_server.endpoint.removesuffix("/v1")
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.setenv("no_proxy", "")
    backend = load_llm(endpoint="http://models.example/v1")
    assert backend.score([query()])[0].answer == "favor"
    assert chat_server.paths == ["http://models.example/v1/chat/completions"]
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    load_llm(model="direct").score([query()])
    assert chat_server.paths[1:] == ["/v1/chat/completions"]
