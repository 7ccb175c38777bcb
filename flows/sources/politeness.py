"""Asking a server for many pages in a way that it does not mind: slowly, and as robots.txt says."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from protego import Protego

from flows.fetch import open_session
from flows.http_feeds import get
from monitors.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    import aiohttp

    from flows.fetch import FetchSettings
    from flows.http_feeds import Answer

_LONGEST_DELAY_S, _LONGEST_WAIT_S, _DEFAULT_WAIT_S = 30.0, 300.0, 30.0
_PATIENCE = 3
_MAX_ROBOTS = 500_000
_NO_ROBOTS = range(400, 500)
_ASKS_FOR_REST = frozenset({429, 503})
_SUCCESS = range(200, 300)


class PoliteClient:
    """Asks one thing at a time, and each host no sooner than `delay_s` after the last time.

    A host whose robots.txt wants a longer pause gets it. Use it as a context manager.
    """

    def __init__(
        self,
        settings: FetchSettings,
        delay_s: float,
        *,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings, self._delay_s, self._pause = settings, delay_s, pause
        self._runner = asyncio.Runner()
        self._robots: dict[str, Protego | None] = {}
        self._asked_at: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._runner.__enter__()
        self._session = self._runner.run(self._open())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._runner.run(self._session.close())
        self._runner.__exit__(kind, error, traceback)

    def read(self, url: str) -> Answer:
        """What the server answers in the end, if robots.txt lets us ask.

        Raises:
            FetchError: `robots` where it does not, `rate_limited` where the server keeps asking for
                rest; otherwise as for a feed.
        """
        robots = self._rules(url)
        if robots is None:
            raise FetchError("robots", "robots.txt cannot be read", retryable=True)
        if not robots.can_fetch(url, self._settings.user_agent):
            raise FetchError("robots", "robots.txt asks not to", retryable=False)
        return self._patiently(url, robots)

    def sitemaps_of(self, url: str) -> list[str]:
        """The sitemaps that the robots.txt of a site names."""
        robots = self._rules(url)
        return list(robots.sitemaps) if robots is not None else []

    def _patiently(self, url: str, robots: Protego) -> Answer:
        wanted = robots.crawl_delay(self._settings.user_agent) or 0.0
        for _ in range(_PATIENCE):
            self._wait(url, min(max(float(wanted), self._delay_s), _LONGEST_DELAY_S))
            answer = self._get(url)
            if answer.status not in _ASKS_FOR_REST:
                return answer
            self._pause(_rest(answer))
        raise FetchError("rate_limited", "the server asks to be left alone", status=answer.status)

    def _rules(self, url: str) -> Protego | None:
        """The host's robots.txt; everything is allowed without one, nothing while it fails."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            self._robots[origin] = self._ask_for_rules(f"{origin}/robots.txt")
        return self._robots[origin]

    def _ask_for_rules(self, url: str) -> Protego | None:
        self._wait(url, self._delay_s)
        try:
            answer = self._get(url, _MAX_ROBOTS)
        except FetchError:
            return None
        if answer.status in _NO_ROBOTS:
            return Protego.parse("")
        if answer.status not in _SUCCESS:
            return None
        return Protego.parse((answer.body or b"").decode("utf-8", "replace"))

    def _wait(self, url: str, delay_s: float) -> None:
        host = urlsplit(url).hostname or ""
        since = time.monotonic() - self._asked_at.get(host, float("-inf"))
        if since < delay_s:
            self._pause(delay_s - since)
        self._asked_at[host] = time.monotonic()

    def _get(self, url: str, max_bytes: int | None = None) -> Answer:
        return self._runner.run(self._ask(url, max_bytes or self._settings.max_bytes))

    async def _ask(self, url: str, max_bytes: int) -> Answer:
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                return await get(self._session, url, {}, max_bytes)
        except TimeoutError as error:
            detail = f"not done within {self._settings.timeout_s:g} seconds"
            raise FetchError("timeout", detail) from error

    async def _open(self) -> aiohttp.ClientSession:
        return open_session(self._settings)


def _rest(answer: Answer) -> float:
    written = (answer.header("Retry-After") or "").strip()
    seconds = float(written[:9]) if written.isdecimal() else _DEFAULT_WAIT_S
    return min(seconds, _LONGEST_WAIT_S)
