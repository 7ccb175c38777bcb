"""Feeds as they arrive: fetched side by side, read in some threads, handed on one by one.

    fetch_feeds (a thread with an event loop) -> read (some threads) -> whoever iterates

Not more than `ROOM` bodies and what was read from them are held at a time: a feed is only asked
when there is room for it.
"""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

from flows.fetch import fetch_feeds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from flows.fetch import FetchRequest, FetchResult, FetchSettings

ROOM = 100
_MOST_READERS = 4
_LOOK_EVERY_S = 0.02

Read = TypeVar("Read")


class Arrivals(Generic[Read]):
    """Iterate over it to get each feed once read, in the order that they come.

    Whoever keeps something of what came says so by `release`, once for each.
    """

    def __init__(self, read: Callable[[FetchResult], Read]) -> None:
        self._read = read
        self._places = threading.Semaphore(ROOM)
        self._turn = asyncio.Lock()
        self._closed = False
        self._arrived: SimpleQueue[Future[Read] | BaseException] = SimpleQueue()
        self._readers = ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_READERS))

    def release(self) -> None:
        """Give a place back."""
        self._places.release()

    async def enter(self) -> None:
        """Wait for a place, as `flows.fetch.Room`."""
        async with self._turn:  # One looks at a time, or fifty would look fifty times a second.
            while not self._places.acquire(blocking=False):
                if self._closed:
                    raise asyncio.CancelledError
                await asyncio.sleep(_LOOK_EVERY_S)

    def take(self, result: FetchResult) -> None:
        """Have a result read."""
        if not self._closed:
            self._readers.submit(self._read, result).add_done_callback(self._arrived.put)

    def fail(self, error: BaseException) -> None:
        """Raise `error` where the arrivals are iterated over."""
        self._arrived.put(error)

    def next(self) -> Read:
        arrived = self._arrived.get()
        if isinstance(arrived, BaseException):
            raise arrived
        return arrived.result()

    def close(self) -> None:
        self._closed = True
        self._readers.shutdown(wait=False, cancel_futures=True)


@contextmanager
def arriving(
    requests: Sequence[FetchRequest],
    settings: FetchSettings,
    read: Callable[[FetchResult], Read],
    *,
    now: datetime,
) -> Iterator[tuple[Arrivals[Read], Iterator[Read]]]:
    """The arrivals of `requests`, and an iterator over what `read` makes of each.

    Who leaves early, by Ctrl-C for one, does not wait for the answers under way.
    """
    arrivals = Arrivals(read)

    def fetch() -> None:
        try:
            fetch_feeds(requests, settings, now=now, progress=arrivals.take, room=arrivals)
        except BaseException as error:  # noqa: BLE001 - raised again where it can be seen
            arrivals.fail(error)

    # A daemon: a slow server must not keep the process from ending.
    threading.Thread(target=fetch, daemon=True).start()
    try:
        yield arrivals, (arrivals.next() for _ in requests)
    finally:
        arrivals.close()
