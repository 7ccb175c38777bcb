"""What hosts allow robots to read, by their robots.txt (RFC 9309)."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from protego import Protego

from flows.http_feeds import get
from monitors.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import aiohttp

# The name that a robots.txt speaks to us by: the first word of the User-Agent.
PRODUCT = "Stancewatch"
KEEP_ROBOTS = timedelta(days=1)
# Beyond it a file need not be read (RFC 9309, 2.5).
_MOST = 512_000
_AGENT_LINE = re.compile(r"\s*user[- ]?agent(?:\s*:|\s)\s*(\*|[a-z_-]*)", re.IGNORECASE)
_ANYBODY, _SOMEBODY_ELSE = "*", "other"
_LONGEST_DELAY_S = 30.0
_CLIENT_FAULTS = range(400, 500)
_TOO_MANY = 429


class RobotsRules:
    """What one robots.txt says to us; an empty one allows everything.

    `delay_s` is the pause between two requests that the host asks for; half a minute at most.
    `sitemaps` are those that it names.
    """

    def __init__(self, body: str) -> None:
        self._rules = Protego.parse("\n".join(map(_addressed, body.splitlines())))
        self.sitemaps = tuple(self._rules.sitemaps)
        asked = self._rules.crawl_delay(PRODUCT) or 0.0
        self.delay_s = min(asked, _LONGEST_DELAY_S) if asked > 0 else 0.0

    def allows(self, url: str) -> bool:
        return bool(self._rules.can_fetch(url, PRODUCT))


def _addressed(line: str) -> str:
    """`line` with a name that a group is for as our own, anybody's or somebody else's.

    What reads the rules takes the start of a name for the name; the standard wants the whole of it,
    and knows no version after it.
    """
    match = _AGENT_LINE.match(line)
    if match is None:
        return line
    name = match[1]
    if name.lower() == PRODUCT.lower():
        name = PRODUCT
    return f"User-agent: {name if name in {PRODUCT, _ANYBODY} else _SOMEBODY_ELSE}"


class Robots:
    """The rules of hosts: those kept from earlier, the others asked for once."""

    def __init__(
        self, kept: Mapping[str, tuple[str, datetime]], *, now: datetime, timeout_s: float
    ) -> None:
        self._kept, self._now, self._timeout_s = kept, now, timeout_s
        self._rules: dict[str, RobotsRules | FetchError] = {}
        self._fetched: dict[str, str] = {}

    def take_fetched(self) -> dict[str, str]:
        """The files that came since the last call, by origin, to be kept."""
        fetched, self._fetched = self._fetched, {}
        return fetched

    def knows(self, url: str) -> bool:
        """Whether the host of `url` has been asked, or need not be."""
        origin = origin_of(url)
        return origin in self._rules or self._is_fresh(origin)

    async def rules_for(self, session: aiohttp.ClientSession, url: str) -> RobotsRules:
        """The rules of the host of `url`.

        Raises:
            FetchError: the host cannot say now (`robots_unreachable`): nothing may be read.
        """
        origin = origin_of(url)
        if origin not in self._rules:
            self._rules[origin] = await self._find(session, origin)
        rules = self._rules[origin]
        if isinstance(rules, FetchError):
            raise rules
        return rules

    async def _find(self, session: aiohttp.ClientSession, origin: str) -> RobotsRules | FetchError:
        body, fetched_at = self._kept.get(origin, ("", None))
        if self._is_fresh(origin):
            return RobotsRules(body)
        try:
            async with asyncio.timeout(self._timeout_s):
                found = await _ask(session, origin)
        except (FetchError, TimeoutError) as error:
            if fetched_at:  # an old file is better than none
                return RobotsRules(body)
            return _unreachable(error)
        self._fetched[origin] = found
        return RobotsRules(found)

    def _is_fresh(self, origin: str) -> bool:
        return origin in self._kept and self._now - self._kept[origin][1] < KEEP_ROBOTS


def origin_of(url: str) -> str:
    """Scheme, host and port of `url`: each has a robots.txt of its own."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()


async def _ask(session: aiohttp.ClientSession, origin: str) -> str:
    """The file, of a very long one the start; empty where the host has none (RFC 9309, 2.3.1).

    Raises:
        FetchError: the host does not answer, or not now.
    """
    place, headers = f"{origin}/robots.txt", {"Accept": "text/plain, */*"}
    try:
        answer = await get(session, place, headers, _MOST, cut=True)
    except FetchError as error:
        if error.reason == "redirect_loop":
            return ""
        raise
    if answer.body is None:
        if answer.status in _CLIENT_FAULTS and answer.status != _TOO_MANY:
            return ""
        raise FetchError("http_error", f"status {answer.status}", status=answer.status)
    if not answer.is_whole:  # what it forbids may stand in the rest
        raise FetchError("http_error", "the answer broke off")
    body = answer.body
    if len(body) >= _MOST:
        body = body.rpartition(b"\n")[0]
    return body.decode("utf-8-sig", "replace").replace("\x00", "")


def _unreachable(error: Exception) -> FetchError:
    """What is said of the host's pages: that it does not answer at all, where that is so."""
    reason = error.reason if isinstance(error, FetchError) else "timeout"
    if reason in {"dns", "refused", "tls", "blocked", "blocked_scheme"}:
        return FetchError(reason, "the host cannot be reached", retryable=False)
    return FetchError("robots_unreachable", "its robots.txt cannot be read", retryable=False)
