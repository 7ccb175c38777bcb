"""Asking a server for many pages in a way that it does not mind: slowly, and as robots.txt says."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from flows.fetch import open_session
from flows.http_feeds import get
from flows.robots import Robots
from monitors.errors import FetchError
from monitors.freshness import retry_at

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from types import TracebackType

    import aiohttp

    from flows.fetch import FetchSettings
    from flows.http_feeds import Answer
    from flows.robots import RobotsRules

_LONGEST_WAIT_S, _DEFAULT_WAIT_S = 300.0, 30.0
_PATIENCE = 3
_ASKS_FOR_REST = frozenset({429, 503})


class PoliteClient:
    """Asks one thing at a time, and each host no sooner than `delay_s` after the last time.

    A host whose robots.txt wants a longer pause gets it. Use it as a context manager.
    """

    def __init__(
        self,
        settings: FetchSettings,
        delay_s: float,
        clock: Callable[[], datetime],
        *,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings, self._delay_s = settings, delay_s
        self._clock, self._pause = clock, pause
        self._runner = asyncio.Runner()
        self._robots = Robots({}, now=clock(), timeout_s=settings.timeout_s)
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
            FetchError: `robots` where it does not, `robots_unreachable` where nobody knows,
                `rate_limited` where the server keeps asking for rest, or asks for a long one;
                otherwise as for a feed.
        """
        rules = self._rules(url)
        if not rules.allows(url):
            raise FetchError("robots", "robots.txt asks not to", retryable=False)
        return self._patiently(url, rules)

    def sitemaps_of(self, url: str) -> tuple[str, ...]:
        """The sitemaps that the robots.txt of a site names.

        Raises:
            FetchError: it cannot be read now.
        """
        return self._rules(url).sitemaps

    def _patiently(self, url: str, rules: RobotsRules) -> Answer:
        delay_s = max(rules.delay_s, self._delay_s)
        for tries in range(_PATIENCE):
            self._wait(url, delay_s)
            answer = self._get(url)
            if answer.status not in _ASKS_FOR_REST:
                return answer
            rest = self._rest(answer)
            if rest > _LONGEST_WAIT_S:
                break
            if tries < _PATIENCE - 1:
                self._pause(rest)
        raise FetchError("rate_limited", "the server asks to be left alone", status=answer.status)

    def _rest(self, answer: Answer) -> float:
        now = self._clock()
        again_at = retry_at(answer.header("Retry-After"), now)
        return _DEFAULT_WAIT_S if again_at is None else (again_at - now).total_seconds()

    def _rules(self, url: str) -> RobotsRules:
        if not self._robots.knows(url):
            self._wait(url, self._delay_s)
        return self._runner.run(self._robots.rules_for(self._session, url))

    def _wait(self, url: str, delay_s: float) -> None:
        host = urlsplit(url).hostname or ""
        since = time.monotonic() - self._asked_at.get(host, float("-inf"))
        if since < delay_s:
            self._pause(delay_s - since)
        self._asked_at[host] = time.monotonic()

    def _get(self, url: str) -> Answer:
        return self._runner.run(self._ask(url))

    async def _ask(self, url: str) -> Answer:
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                return await get(self._session, url, {}, self._settings.max_bytes)
        except TimeoutError as error:
            detail = f"not done within {self._settings.timeout_s:g} seconds"
            raise FetchError("timeout", detail) from error

    async def _open(self) -> aiohttp.ClientSession:
        return open_session(self._settings)
