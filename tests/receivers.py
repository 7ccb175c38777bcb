"""Real receivers on loopback: an SMTP server and a webhook, which keep what they are sent."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from aiosmtpd.controller import Controller


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class MailServer:
    """An SMTP server; `received` holds the messages as sent, `url` is its Apprise URL."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        # The library asks the port it was given whether it answers, so 0 will not do.
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.received.append(envelope.content)
        return "250 OK"

    @property
    def url(self) -> str:
        port = self._controller.port
        return (
            f"mailto://127.0.0.1:{port}/?from=stancewatch@example.org"
            "&to=analyst@example.org&smtp=127.0.0.1&mode=insecure"
        )

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()


class WebhookServer:
    """An HTTP server; `received` holds the bodies posted to it, `url` is its Apprise URL.

    `answer` is what it says to each; Slack says "ok".
    """

    def __init__(self, answer: bytes = b"") -> None:
        self.received: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        received, headers = self.received, self.headers

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:
                    return  # its sender died over it: no server takes that for a message
                headers.append(dict(self.headers))
                received.append(body)
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Not on the terminal."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self._server.server_address[1]}/hook"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
