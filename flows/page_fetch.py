"""Article pages fetched politely: what robots.txt allows, one at a time per host, with pauses.

Like a feed, a page never stops another: whatever happens to it becomes its `PageAnswer`.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flows.fetch import open_session
from flows.http_feeds import get
from monitors.errors import FetchError
from monitors.extraction import MAX_PAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aiohttp

    from flows.fetch import FetchSettings
    from flows.http_feeds import Answer
    from flows.robots import Robots, RobotsRules

_HEADERS = {"Accept": "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"}
_HTML = ("text/html", "application/xhtml+xml")
_MEANINGS = {
    401: "login", 402: "paywall", 403: "forbidden", 404: "not_found", 410: "gone",
    429: "rate_limited", 451: "forbidden",
}  # fmt: skip
_UNAVAILABLE = 503
_SILENCE = frozenset({"dns", "refused", "tls", "timeout", "rate_limited", "robots_unreachable"})


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """What came for a link: a `body`, or a `problem` in one word. `url` is where it came from."""

    link: str
    problem: str | None = None
    body: bytes | None = None
    content_type: str | None = None
    url: str = ""


class PageFetcher:
    """Fetches batches of pages and remembers between them what it owes each host.

    `silent` are the hosts that do not answer, or ask to be left alone, with the reason: nothing
    more is asked of them.
    """

    def __init__(self, settings: FetchSettings, robots: Robots, delay_s: float) -> None:
        self._settings, self._robots, self._delay_s = settings, robots, delay_s
        self._next_at: dict[str, float] = {}
        self.silent: dict[str, str] = {}

    def fetch(self, links: Sequence[str]) -> list[PageAnswer]:
        """An answer to each of `links`, in their order; runs an event loop of its own."""
        return asyncio.run(self._fetch_all(links))

    async def _fetch_all(self, links: Sequence[str]) -> list[PageAnswer]:
        everyone = asyncio.Semaphore(self._settings.concurrency)
        hosts: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

        async def fetch_in_turn(link: str) -> PageAnswer:
            host = host_of(link)
            async with hosts[host]:
                if host in self.silent:
                    return PageAnswer(link, self.silent[host])
                answer = await self._fetch(session, link, everyone)
            if answer.problem in _SILENCE:
                self.silent[host] = answer.problem
            return answer

        async with open_session(self._settings) as session:
            return list(await asyncio.gather(*map(fetch_in_turn, links)))

    async def _fetch(
        self, session: aiohttp.ClientSession, link: str, everyone: asyncio.Semaphore
    ) -> PageAnswer:
        try:
            rules = await self._robots.rules_for(session, link)
            if not rules.allows(link):
                return PageAnswer(link, "robots")
            await asyncio.sleep(max(self._next_at.get(host_of(link), 0) - monotonic(), 0))
            return judge_page(link, await self._ask(session, link, rules, everyone))
        except TimeoutError:
            return PageAnswer(link, "timeout")
        except FetchError as error:
            return PageAnswer(link, error.reason)
        except Exception:  # noqa: BLE001 - one page never stops another
            return PageAnswer(link, "http_error")

    async def _ask(
        self,
        session: aiohttp.ClientSession,
        link: str,
        rules: RobotsRules,
        everyone: asyncio.Semaphore,
    ) -> Answer:
        try:
            async with everyone, asyncio.timeout(self._settings.timeout_s):
                return await get(session, link, _HEADERS, self._settings.max_bytes)
        finally:
            self._next_at[host_of(link)] = monotonic() + max(self._delay_s, rules.delay_s)


def host_of(link: str) -> str:
    """Whom a link asks: polite is to be polite to a machine, whatever its ports."""
    try:
        return urlsplit(link).hostname or ""
    except ValueError:
        return ""


def judge_page(link: str, answer: Answer) -> PageAnswer:
    """What a server's answer is good for as a page."""
    if answer.body is None:
        limited = answer.status == _UNAVAILABLE and answer.header("Retry-After")
        problem = _MEANINGS.get(answer.status, "rate_limited" if limited else "http_error")
        return PageAnswer(link, problem)
    content_type = answer.header("Content-Type")
    if content_type and content_type.split(";")[0].strip().lower() not in _HTML:
        return PageAnswer(link, "not_html")
    page = PageAnswer(link, None, answer.body[:MAX_PAGE], content_type, answer.url)
    # Half an article looks like a whole one.
    return page if answer.is_whole else replace(page, problem="broken_off", body=None)
