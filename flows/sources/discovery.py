"""The feeds behind an address that somebody typed: the feed itself, or those of a site."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flows.fetch import open_session
from flows.http_feeds import get, without_user
from monitors.errors import FeedError, FetchError
from monitors.feed_links import common_places, feed_links
from monitors.feeds import parse_feed
from monitors.listed_addresses import listed_address_problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    import aiohttp

    from flows.fetch import FetchSettings
    from flows.http_feeds import Answer
    from monitors.records import FeedDocument

MAX_REQUESTS, ENOUGH = 8, 3


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that answered: where, and what is in it now."""

    url: str
    document: FeedDocument


@dataclass(frozen=True, slots=True)
class Discovery:
    """The feeds found, the likeliest first, and what became of each request that brought none."""

    feeds: tuple[FoundFeed, ...]
    in_vain: tuple[tuple[str, str], ...]


def discover(
    url: str, settings: FetchSettings, *, now: datetime, allowed: Collection[str] = ()
) -> Discovery:
    """Ask for `url` and, where it is a page, for the feeds that it names or that sites mostly have.

    At most eight requests, one after the other. What a page names is not followed into a private
    network, unless to a host that is `allowed` or the one that was typed.
    """
    if "://" not in url:
        url = f"https://{url}"
    search = _Search(settings, now, {*allowed, urlsplit(url).hostname or ""})
    return asyncio.run(search.run(url))


class _Search:
    """One search: what was asked for, what was found."""

    def __init__(self, settings: FetchSettings, now: datetime, allowed: Collection[str]) -> None:
        self._settings, self._now, self._allowed = settings, now, allowed
        self._asked: set[str] = set()
        self._feeds: list[FoundFeed] = []
        self._in_vain: list[tuple[str, str]] = []

    async def run(self, url: str) -> Discovery:
        async with open_session(self._settings) as session:
            answer = await self._ask(session, url)
            if answer is not None and not self._take(url, answer):
                named = feed_links(answer.body or b"", answer.header("Content-Type"), answer.url)
                await self._try(session, named, ENOUGH)
                if not self._feeds:
                    await self._try(session, common_places(answer.url), 1)
        return Discovery(tuple(self._feeds), tuple(self._in_vain))

    async def _try(self, session: aiohttp.ClientSession, urls: list[str], enough: int) -> None:
        for url in self._wanted(urls):
            answer = await self._ask(session, url)
            if answer is not None:
                self._take(url, answer)
            if len(self._feeds) >= enough:
                return

    def _wanted(self, urls: list[str]) -> Iterator[str]:
        for url in urls:
            if len(self._asked) >= MAX_REQUESTS or url in self._asked:
                continue
            problem = listed_address_problem(url, self._allowed)
            if problem:
                self._in_vain.append((without_user(url), problem))
            else:
                yield url

    async def _ask(self, session: aiohttp.ClientSession, url: str) -> Answer | None:
        self._asked.add(url)
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                answer = await get(session, url, {}, self._settings.max_bytes)
        except TimeoutError:
            self._in_vain.append((without_user(url), "timeout: no answer in time"))
        except FetchError as error:
            self._in_vain.append((without_user(url), str(error)))
        else:
            if answer.body is not None:
                return answer
            self._in_vain.append((without_user(url), f"status {answer.status}"))
        return None

    def _take(self, url: str, answer: Answer) -> bool:
        """Keep what is a feed; whether it was one."""
        content_type = answer.header("Content-Type")
        try:
            document = parse_feed(
                answer.body or b"", content_type=content_type, url=answer.url, now=self._now
            )
        except FeedError as error:
            self._in_vain.append((without_user(url), str(error)))
            return False
        if all(found.document.entries != document.entries for found in self._feeds):
            self._feeds.append(FoundFeed(url, document))
        return True
