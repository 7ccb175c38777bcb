"""Fetching feeds: over HTTP, politely and within bounds, or from a file.

Whatever happens to a feed becomes its `FetchResult`; one feed never stops another.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import aiohttp

from flows.guard import AddressGuard
from flows.http_feeds import Answer, get, is_header_value
from flows.resolver import PatientResolver
from monitors.errors import FetchError
from monitors.freshness import fresh_seconds, retry_at

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from aiohttp.abc import AbstractResolver

    from monitors.records import Feed

USER_AGENT = "Stancewatch/0.1 (feed reader)"
_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
_BACK_OFF_S = 0.5
_MAX_HEADER = 32_768
_IDLE_S = 5.0
_SERVER_FAULT, _UNAVAILABLE = 500, 503
_MEANINGS = {304: "unchanged", 404: "not_found", 410: "gone", 429: "rate_limited"}


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """Bounds of a fetch.

    `timeout_s` is for all of one feed: its hops, retries and the last byte. `max_bytes` counts what
    was sent and what it decodes to. `concurrency` and `per_host` are feeds asked at a time.
    `allow_hosts` are open although they are not public, see `monitors.allow_list`.
    """

    timeout_s: float = 20.0
    max_bytes: int = 10_000_000
    concurrency: int = 32
    per_host: int = 1
    retries: int = 1
    user_agent: str = USER_AGENT
    allow_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """A feed to fetch, and what its server said of the body we have."""

    feed: Feed
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What became of a request.

    `status` is "fetched", "unchanged" or why it failed: timeout, dns, refused, tls, too_large,
    gone, not_found, http_error, rate_limited, redirect_loop, blocked, blocked_scheme or, of a file,
    unreadable.

    `body` is there if and only if `status` is "fetched"; for a folder it is the list of its files.
    `detail` says the same as `status` in words, and is empty where there is nothing to add. `url`
    is where the body came from in the end, without user name and password; empty for a file. Not to
    be asked before `retry_after`. `max_age_s` is for how long the server calls its answer fresh, at
    most a day. `moved_to` is where redirects led that are all meant to last (301, 308), without
    user name and password. `links` are the `Link` headers that came with the body.
    """

    feed_id: str
    status: str
    detail: str = ""
    body: bytes | None = None
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    http_status: int | None = None
    url: str = ""
    seconds: float = 0.0
    retry_after: datetime | None = None
    max_age_s: float | None = None
    moved_to: str | None = None
    links: tuple[str, ...] = ()


class Room(Protocol):
    """Lets a feed be asked when there is room for what may come of it."""

    async def enter(self) -> None: ...


def fetch_feeds(
    requests: Sequence[FetchRequest],
    settings: FetchSettings,
    *,
    now: datetime,
    progress: Callable[[FetchResult], None],
    room: Room | None = None,
) -> list[FetchResult]:
    """Fetch all of `requests`; the results come in their order, `progress` hears of each at once.

    With `room`, a feed is asked when there is room for it, and the results come back without their
    bodies: only `progress` gets those, so that they need not all be held at once.

    Runs an event loop of its own, so call it where none is running.
    """
    return asyncio.run(_fetch_all(requests, settings, now, progress, room))


async def _fetch_all(
    requests: Sequence[FetchRequest],
    settings: FetchSettings,
    now: datetime,
    progress: Callable[[FetchResult], None],
    room: Room | None,
) -> list[FetchResult]:
    everyone = asyncio.Semaphore(settings.concurrency)
    hosts: dict[str | None, asyncio.Semaphore] = defaultdict(
        partial(asyncio.Semaphore, settings.per_host)
    )

    waiting = Counter(_host(request.feed) for request in requests)

    async def fetch_in_turn(request: FetchRequest) -> FetchResult:
        host = _host(request.feed)
        # First the host's turn: who waits for it keeps nobody else waiting. The deadline counts
        # from here, so that a slow feed does not use up its neighbours' time.
        async with hosts[host], everyone:
            if room:
                await room.enter()
            waiting[host] -= 1
            # Idle connections to thousands of hosts would be more files than a process may open.
            headers = _conditions(request) | ({} if waiting[host] else {"Connection": "close"})
            result = await _fetch(session, request.feed, headers, settings, now)
        progress(result)
        return replace(result, body=None) if room else result

    async with open_session(settings) as session:
        return list(await asyncio.gather(*map(fetch_in_turn, requests)))


def open_session(
    settings: FetchSettings, resolver: AbstractResolver | None = None
) -> aiohttp.ClientSession:
    """A session for `flows.http_feeds.get`, which dials public addresses and `allow_hosts` only.

    To be opened and closed (`async with`) where an event loop runs.
    """
    guard = AddressGuard(settings.allow_hosts)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            resolver=resolver or PatientResolver(),
            limit=0,
            keepalive_timeout=_IDLE_S,
            socket_factory=guard.open_socket,
        ),
        middlewares=[guard],
        timeout=aiohttp.ClientTimeout(total=None),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={
            "User-Agent": settings.user_agent,
            "Accept": _ACCEPT,
            "Accept-Encoding": "gzip, deflate",
        },
        auto_decompress=False,
        max_line_size=_MAX_HEADER,
        max_field_size=_MAX_HEADER,
    )


async def _fetch(
    session: aiohttp.ClientSession,
    feed: Feed,
    headers: dict[str, str],
    settings: FetchSettings,
    now: datetime,
) -> FetchResult:
    started = monotonic()
    result = await _attempt(session, feed, headers, settings, now)
    return replace(result, seconds=round(monotonic() - started, 3))


async def _attempt(
    session: aiohttp.ClientSession,
    feed: Feed,
    headers: dict[str, str],
    settings: FetchSettings,
    now: datetime,
) -> FetchResult:
    try:
        if feed.url is None:
            if feed.is_folder:
                # Much is imported for folders that other feeds do not need.
                from flows.sources.folders import list_folder  # noqa: PLC0415

                return FetchResult(feed.feed_id, "fetched", body=list_folder(feed))
            return _read_file(feed, settings.max_bytes)
        async with asyncio.timeout(settings.timeout_s):
            answer = await _ask(session, feed.url, headers, settings)
        return _judge(feed.feed_id, answer, now)
    except TimeoutError:
        detail = f"not done within {settings.timeout_s:g} seconds"
        return FetchResult(feed.feed_id, "timeout", detail)
    except FetchError as error:
        return FetchResult(feed.feed_id, error.reason, error.detail, http_status=error.status)
    except Exception as error:  # noqa: BLE001 - one feed never stops another
        return FetchResult(feed.feed_id, "http_error", f"failed ({type(error).__name__})")


async def _ask(
    session: aiohttp.ClientSession, url: str, headers: dict[str, str], settings: FetchSettings
) -> Answer:
    for attempt in range(settings.retries):
        try:
            answer = await get(session, url, headers, settings.max_bytes)
        except FetchError as error:
            if not error.retryable:
                raise
        else:
            if not _may_be_better_soon(answer):
                return answer
        await asyncio.sleep(_BACK_OFF_S * 2**attempt)
    return await get(session, url, headers, settings.max_bytes)


def _may_be_better_soon(answer: Answer) -> bool:
    if answer.status == _UNAVAILABLE and answer.header("Retry-After"):
        return False
    return answer.status >= _SERVER_FAULT or not answer.is_whole


def _conditions(request: FetchRequest) -> dict[str, str]:
    kept = {"If-None-Match": request.etag, "If-Modified-Since": request.last_modified}
    return {name: value for name, value in kept.items() if value and is_header_value(value)}


def _judge(feed_id: str, answer: Answer, now: datetime) -> FetchResult:
    """What an answer means for the feed."""
    result = FetchResult(
        feed_id,
        _status(answer),
        http_status=answer.status,
        url=answer.url,
        etag=answer.header("ETag"),
        last_modified=answer.header("Last-Modified"),
    )
    if result.status == "rate_limited":
        return replace(result, retry_after=retry_at(answer.header("Retry-After"), now))
    if result.status in {"fetched", "unchanged"}:
        fresh = fresh_seconds(answer.header, now)
        result = replace(result, max_age_s=fresh, moved_to=answer.moved_to)
    if result.status != "fetched":
        detail = f"status {answer.status}" if result.status == "http_error" else ""
        return replace(result, detail=detail)
    result = replace(result, body=answer.body, content_type=answer.header("Content-Type"))
    result = replace(result, links=answer.header_lines("Link"))
    if answer.is_whole:
        return result
    # Without its validators, so that the whole of it is asked for next time.
    return replace(result, etag=None, last_modified=None, detail="the answer broke off")


def _status(answer: Answer) -> str:
    if answer.body is not None:
        return "fetched"
    if answer.status == _UNAVAILABLE and answer.header("Retry-After"):
        return "rate_limited"
    return _MEANINGS.get(answer.status, "http_error")


def _read_file(feed: Feed, max_bytes: int) -> FetchResult:
    path = Path(feed.path or "")
    try:
        if not path.is_file():
            # A pipe or a device could keep us waiting for ever.
            detail = "not a file" if path.exists() else "no such file"
            return FetchResult(feed.feed_id, "unreadable", detail)
        with path.open("rb") as file:
            body = file.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        detail = getattr(error, "strerror", None) or "not a proper file name"
        return FetchResult(feed.feed_id, "unreadable", detail)
    if len(body) > max_bytes:
        return FetchResult(feed.feed_id, "too_large", f"more than {max_bytes:,} bytes")
    return FetchResult(feed.feed_id, "fetched", body=body)


def _host(feed: Feed) -> str | None:
    try:
        return urlsplit(feed.url or "").hostname
    except ValueError:
        return None
