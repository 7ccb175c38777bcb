"""A real HTTP server on loopback that serves feeds and misbehaves as told."""

from __future__ import annotations

import gzip
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one path answers.

    Attributes:
        body: what is sent; with `gzip`, compressed so many times over.
        etag: sent, and honoured: a request that has it gets a 304. Likewise `last_modified`.
        delay_s: silence before anything is sent.
        trickle_s: pause before each ten bytes of the body.
        redirect: the Location; `status` is 302 then unless it says otherwise.
        headers: further headers; None takes one away.
        sent_bytes: the connection is cut after so many bytes of the body.
        dropped: the connection is cut without an answer.
        failures: so many requests are answered with a 500 before the rest holds.
    """

    body: bytes = b""
    status: int = 200
    etag: str | None = None
    last_modified: str | None = None
    content_type: str | None = "application/rss+xml; charset=utf-8"
    delay_s: float = 0.0
    trickle_s: float = 0.0
    redirect: str | None = None
    gzip: int = 0
    headers: Mapping[str, str | None] = field(default_factory=dict)
    sent_bytes: int | None = None
    dropped: bool = False
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came in; the names of its headers are in lower case."""

    name: str
    headers: Mapping[str, str]
    at: float


class FeedServer:
    """Serves what `put` gave it; `requests` tells who asked for what, in order.

    Use it as a context manager. An unknown name is answered with a 404. It listens on `address`,
    which is one of loopback.
    """

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.requests: list[Request] = []
        self.busiest = 0
        self._behaviours: dict[str, Behaviour] = {}
        self._failed: dict[str, int] = {}
        self._busy = 0
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._server = _Server((address, 0), _Handler)
        self._server.feeds = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def host(self) -> str:
        address, port, *_ = self._server.server_address
        return f"{address!s}:{port}"

    def url(self, name: str, user: str = "") -> str:
        return f"http://{user}{'@' if user else ''}{self.host}/{name}"

    def put(self, name: str, body: bytes | str = b"", **behaviour: Any) -> str:
        """Answer for `name` like this from now on; its URL comes back."""
        encoded = body.encode() if isinstance(body, str) else body
        self._behaviours[name] = Behaviour(body=encoded, **behaviour)
        self._failed[name] = 0
        return self.url(name)

    def requests_for(self, name: str) -> list[Request]:
        return [request for request in self.requests if request.name == name]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the server's own end."""
        self._stopping.wait(seconds)

    def begin(self, name: str, headers: Mapping[str, str]) -> Behaviour | None:
        with self._lock:
            self.requests.append(Request(name, headers, time.monotonic()))
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
            behaviour = self._behaviours.get(name)
            if behaviour and self._failed[name] < behaviour.failures:
                self._failed[name] += 1
                return Behaviour(status=500)
            return behaviour

    def end(self) -> None:
        with self._lock:
            self._busy -= 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    feeds: FeedServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        feeds = self.server.feeds
        headers = {name.lower(): value for name, value in self.headers.items()}
        behaviour = feeds.begin(self.path.lstrip("/"), headers)
        try:
            if behaviour is None:
                self._send(Behaviour(status=404), headers)
            else:
                feeds.pause(behaviour.delay_s)
                self._send(behaviour, headers)
        finally:
            feeds.end()

    def _send(self, behaviour: Behaviour, asked: Mapping[str, str]) -> None:
        if behaviour.dropped:
            self.close_connection = True
            return
        unchanged = _is_unchanged(behaviour, asked)
        body = b"" if unchanged else behaviour.body
        for _ in range(behaviour.gzip):
            body = gzip.compress(body)
        status = 302 if behaviour.redirect and behaviour.status == 200 else behaviour.status
        self.send_response(304 if unchanged else status)
        for name, value in _headers(behaviour, body).items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            self._send_body(behaviour, body)

    def _send_body(self, behaviour: Behaviour, body: bytes) -> None:
        if behaviour.sent_bytes is not None:
            body = body[: behaviour.sent_bytes]
            self.close_connection = True
        step = 10 if behaviour.trickle_s else max(len(body), 1)
        for start in range(0, len(body), step):
            self.server.feeds.pause(behaviour.trickle_s)
            self.wfile.write(body[start : start + step])
            self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Tests read `requests` instead."""


def _is_unchanged(behaviour: Behaviour, asked: Mapping[str, str]) -> bool:
    if behaviour.etag:
        return asked.get("if-none-match") == behaviour.etag
    same = asked.get("if-modified-since") == behaviour.last_modified
    return bool(behaviour.last_modified) and same


def _headers(behaviour: Behaviour, body: bytes) -> dict[str, str]:
    known = {
        "Content-Type": behaviour.content_type,
        "Content-Length": str(len(body)),
        "Content-Encoding": ", ".join(["gzip"] * behaviour.gzip) or None,
        "ETag": behaviour.etag,
        "Last-Modified": behaviour.last_modified,
        "Location": behaviour.redirect,
        **behaviour.headers,
    }
    return {name: value for name, value in known.items() if value is not None}
