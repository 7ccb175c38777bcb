"""Feeds of many sizes and speeds on loopback, a tenth of them broken, from one asyncio process.

    python -m benchmarks.load_server FEEDS

Prints its port once it listens; ends when its standard input does. Feed N is at
`http://{host_of(N)}:PORT/N`. Everything about a feed follows from its number, so that two runs
serve the same bytes, save for the day that the dates are counted back from.
"""

from __future__ import annotations

import asyncio
import random
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256

# Readers are polite to a host; so many hosts there are, each an address of loopback.
HOSTS = 250
_BROKEN_OF_TEN = 3
# What becomes of every tenth feed, in turn.
FAULTS = ("error", "silence", "page", "error", "cut", "page", "error", "silence", "page", "cut")
_SILENCE_S = 60.0
_SIZES = (3, 10, 10, 25, 25, 25, 50, 100)
# Seconds before the answer, most of the time short.
_SPEEDS = (0.001, 0.001, 0.005, 0.005, 0.02, 0.05, 0.1, 0.4)
_WORDS = 8_000
_PAGE = b"<!doctype html><html><body><h1>Sign in</h1><form>...</form></body></html>" * 20


@dataclass(frozen=True, slots=True)
class Served:
    """How one feed answers."""

    body: bytes
    etag: bytes
    delay_s: float
    fault: str | None


def fault_of(number: int) -> str | None:
    """What is wrong with a feed; nothing with nine in ten."""
    if number % 10 != _BROKEN_OF_TEN:
        return None
    return FAULTS[number // 10 % len(FAULTS)]


def host_of(number: int) -> str:
    return f"127.0.1.{number % HOSTS + 1}"


def make_feed(number: int, words: list[str], now: datetime) -> Served:
    dice = random.Random(number)  # noqa: S311 - bytes to serve, no secret
    items = []
    published_at = now
    for item in range(dice.choice(_SIZES)):
        published_at -= timedelta(minutes=dice.choice((5, 30, 60, 240)))
        title = " ".join(dice.choices(words, k=9)).capitalize()
        length = dice.choice((30, 60, 120, 400))
        text = " ".join(dice.choices(words, k=length))
        link = f"http://news{number}.example/{item}"
        items.append(
            f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{format_datetime(published_at)}</pubDate>"
            f"<description>&lt;p&gt;{text}.&lt;/p&gt;</description></item>"
        )
    body = (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        f"<title>Feed {number}</title><link>http://news{number}.example/</link>"
        f"<description>A feed</description>{''.join(items)}</channel></rss>"
    ).encode()
    etag = b'"' + sha256(body).hexdigest()[:16].encode() + b'"'
    return Served(body, etag, dice.choice(_SPEEDS), fault_of(number))


async def answer(
    served: list[Served], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer the requests of one connection."""
    dropped = (OSError, asyncio.IncompleteReadError, asyncio.CancelledError)
    with suppress(*dropped, ValueError, IndexError):
        while request := await reader.readuntil(b"\r\n\r\n"):
            feed = served[int(request.split(b" ", 2)[1].strip(b"/"))]
            await asyncio.sleep(feed.delay_s)
            if not await _send(feed, request, writer):
                break
    writer.close()


async def _send(feed: Served, request: bytes, writer: asyncio.StreamWriter) -> bool:
    """Send an answer; whether the connection can be used on."""
    if feed.fault == "silence":
        await asyncio.sleep(_SILENCE_S)
        return False
    if feed.fault == "error":
        writer.write(_head(b"500 Internal Server Error", b"text/plain", 0))
    elif feed.fault == "page":
        writer.write(_head(b"200 OK", b"text/html", len(_PAGE)) + _PAGE)
    elif feed.fault == "cut":
        writer.write(_head(b"200 OK", b"application/rss+xml", len(feed.body)))
        writer.write(feed.body[: len(feed.body) // 2])
    elif feed.etag in request:
        writer.write(b"HTTP/1.1 304 Not Modified\r\nETag: " + feed.etag + b"\r\n\r\n")
    else:
        etag = b"ETag: " + feed.etag + b"\r\n"
        writer.write(_head(b"200 OK", b"application/rss+xml", len(feed.body), etag) + feed.body)
    await writer.drain()
    return feed.fault != "cut"


def _head(status: bytes, kind: bytes, length: int, more: bytes = b"") -> bytes:
    return (
        b"HTTP/1.1 " + status + b"\r\nContent-Type: " + kind + b"\r\n" + more
        + b"Content-Length: " + str(length).encode() + b"\r\n\r\n"
    )  # fmt: skip


async def serve(count: int) -> None:
    """Serve until standard input ends."""
    dice = random.Random(0)  # noqa: S311 - words to serve
    letters = "abcdefghijklmnoprstuvwyz"
    words = ["".join(dice.choices(letters, k=dice.randint(2, 10))) for _ in range(_WORDS)]
    now = datetime.now(UTC)
    served = [make_feed(number, words, now) for number in range(count)]
    with socket.socket() as probe:
        probe.bind((host_of(0), 0))
        port = probe.getsockname()[1]
    hosts = sorted({host_of(number) for number in range(count)})
    server = await asyncio.start_server(
        lambda reader, writer: answer(served, reader, writer), hosts, port, backlog=500
    )
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
