"""What it costs to ask many feeds: processor time, wall-clock time and memory, on loopback.

    python -m benchmarks.fetching --feeds 2000 --hosts 2000 --delay 0.2 --concurrency 32

The server is a process of its own that does next to nothing, so that the figures are those of the
fetcher. `--hosts` are addresses of 127.0.0.0/8: each costs a connection. `--files` is the most that
may be open at a time; 1,024 is what systems usually allow.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import time
from collections import Counter
from datetime import UTC, datetime

from flows.fetch import FetchRequest, FetchResult, FetchSettings, fetch_feeds
from monitors.records import Feed

_BODY = b"<rss version='2.0'><channel><title>x</title></channel></rss>".ljust(40_000)
_HEAD = b'HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: "1"\r\nContent-Length: '
_FULL = _HEAD + b"%d\r\n\r\n%s" % (len(_BODY), _BODY)
_UNCHANGED = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
_LONGEST_S = 300


class _Server(asyncio.Protocol):
    delay_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            asyncio.get_running_loop().call_later(self.delay_s, self._answer, head)

    def _answer(self, head: bytes) -> None:
        self._transport.write(_UNCHANGED if b"If-None-Match" in head else _FULL)
        if b"Connection: close" in head:
            self._transport.close()


def _serve(told: multiprocessing.Queue[int], delay_s: float) -> None:
    async def run() -> None:
        _Server.delay_s = delay_s
        loop = asyncio.get_running_loop()
        server = await loop.create_server(_Server, "0.0.0.0", 0, backlog=1_000)  # noqa: S104
        told.put(server.sockets[0].getsockname()[1])
        await asyncio.sleep(_LONGEST_S)

    asyncio.run(run())


def _ask(
    port: int, options: argparse.Namespace, etag: str | None
) -> tuple[list[FetchResult], float, float]:
    """The results, the processor time and the wall-clock time."""
    requests = []
    for number in range(options.feeds):
        host = number % options.hosts
        url = f"http://127.0.{host // 250}.{host % 250 + 1}:{port}/{number}"
        requests.append(FetchRequest(Feed(str(number), "", "", url=url), etag))
    settings = FetchSettings(concurrency=options.concurrency, allow_hosts=("127.0.0.0/8",))
    cpu, wall = time.process_time(), time.perf_counter()
    now = datetime.now(UTC)
    results = fetch_feeds(requests, settings, now=now, progress=lambda _: None)
    return results, time.process_time() - cpu, time.perf_counter() - wall


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--hosts", type=int, default=500)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--concurrency", type=int, default=FetchSettings().concurrency)
    parser.add_argument("--files", type=int, default=1_024)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    told: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=_serve, args=(told, options.delay), daemon=True)
    server.start()
    port = told.get()
    resource.setrlimit(resource.RLIMIT_NOFILE, (options.files, options.files))
    for name, etag in (("unchanged", '"1"'), ("full", None)):
        rounds = [_ask(port, options, etag) for _ in range(options.repeats)]
        cpu, wall = (min(times) for times in list(zip(*rounds, strict=True))[1:])
        statuses = dict(Counter(result.status for result in rounds[-1][0]))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
        print(
            f"{name:9} {1_000 * cpu / options.feeds:.2f} ms of CPU a feed, {wall:.2f} s in all, "
            f"peak {peak:.0f} MB, {statuses}"
        )
    server.kill()


if __name__ == "__main__":
    main()
