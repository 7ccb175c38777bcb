"""A real chat completions server on loopback that answers well, or as wrongly as it is told."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from monitors.stance import StanceQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Replies = Callable[["Asked"], "Served"]

KEY = "sk-t0psecret-0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came in; the names of its headers are in lower case."""

    body: dict[str, Any]
    headers: Mapping[str, str]

    @property
    def questions(self) -> list[dict[str, Any]]:
        data = self.body["messages"][1]["content"]
        questions: list[dict[str, Any]] = json.loads(
            data.removeprefix("<data>\n").removesuffix("\n</data>")
        )
        return questions


@dataclass(frozen=True, slots=True)
class Served:
    """What is sent: the body may be cut after `sent_bytes`, or all of it `dropped` or delayed."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    sent_bytes: int | None = None
    dropped: bool = False
    delay_s: float = 0.0


def completion(content: object, *, usage: object = None, **choice: Any) -> Served:
    """A proper chat completion with that content."""
    if usage is None:
        usage = {"prompt_tokens": 500, "completion_tokens": 50}
    message = {"role": "assistant", "content": content, **choice.pop("message", {})}
    body = {
        "object": "chat.completion",
        "choices": [{"index": 0, "finish_reason": "stop", **choice, "message": message}],
        "usage": usage,
    }
    return Served(json.dumps(body).encode())


def answers(*items: dict[str, Any]) -> Served:
    return completion(json.dumps({"answers": list(items)}))


def plain(sentence: str) -> str:
    """A sentence without the marks of the question."""
    return sentence.translate(dict.fromkeys(map(ord, "⟦⟧⟪⟫")))


def good_answer(question: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What a model that reads little, but honestly, makes of a question."""
    sentence = plain(question["sentence"])
    sides = {"oppose": "against", "back": "favor"}
    label = next((side for word, side in sides.items() if word in sentence), "none")
    answer = {
        "id": question["id"],
        "label": label,
        "confidence": 0.9,
        "evidence": "" if label == "none" else sentence[-200:],
    }
    return answer | changes


def good(asked: Asked) -> Served:
    return answers(*map(good_answer, asked.questions))


def changed(**changes: Any) -> Replies:
    """Good answers but for these changes."""
    return lambda asked: answers(*[good_answer(each, **changes) for each in asked.questions])


def in_turn(*replies: Served | Replies) -> Replies:
    """Each of the replies once, the last one for ever."""
    left = list(replies)

    def reply(asked: Asked) -> Served:
        served = left.pop(0) if len(left) > 1 else left[0]
        return served if isinstance(served, Served) else served(asked)

    return reply


def query(sentence: str = "France backs the deal.", before: str = "") -> StanceQuery:
    """A question about the sentence's first word and its deal."""
    holder, target = sentence.split(maxsplit=1)[0], sentence.index("deal")
    spans = (0, len(holder)), (target, target + 4)
    return StanceQuery(sentence, *spans, "backs the deal", "opposes the deal", before)


class ChatServer:
    """Answers as `reply` says; `requests` holds what came in. Use it as a context manager."""

    def __init__(self, reply: Replies = good) -> None:
        self.reply = reply
        self.requests: list[Asked] = []
        self.paths: list[str] = []
        self._stopping = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.chat = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the server's own end."""
        self._stopping.wait(seconds)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    chat: ChatServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        chat = self.server.chat
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = Asked(body, {name.lower(): value for name, value in self.headers.items()})
        chat.requests.append(asked)
        chat.paths.append(self.path)
        served = chat.reply(asked)
        chat.pause(served.delay_s)
        if served.dropped:
            self.close_connection = True
            return
        self._send(served)

    def do_GET(self) -> None:
        self.server.chat.paths.append(self.path)
        self._send(Served(b"{}"))

    def _send(self, served: Served) -> None:
        self.send_response(served.status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(served.body))}
        for name, value in (headers | dict(served.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(served.body[: served.sent_bytes])
        if served.sent_bytes is not None:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Tests read `requests` instead."""
