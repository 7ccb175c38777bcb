"""Fetching feeds: over HTTP, politely and within bounds, or from a file.

Whatever happens to a feed becomes its `FetchResult`; one feed never stops another.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from flows.http_feeds import Answer, get, is_header_value
from flows.resolver import PatientResolver
from monitors.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from monitors.records import Feed

USER_AGENT = "Stancewatch/0.1 (feed reader)"
_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
_BACK_OFF_S = 0.5
_LONGEST_WAIT = timedelta(days=1)
_MAX_HEADER = 32_768
_SERVER_FAULT, _UNAVAILABLE = 500, 503
_MEANINGS = {304: "unchanged", 404: "not_found", 410: "gone", 429: "rate_limited"}


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """Bounds of a fetch.

    `timeout_s` is for all of one feed: its hops, retries and the last byte. `max_bytes` counts what
    was sent and what it decodes to. `concurrency` and `per_host` are feeds asked at a time.
    """

    timeout_s: float = 20.0
    max_bytes: int = 10_000_000
    concurrency: int = 8
    per_host: int = 1
    retries: int = 1
    user_agent: str = USER_AGENT


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
    gone, not_found, http_error, rate_limited, redirect_loop, blocked_scheme or, of a file,
    unreadable.

    `body` is there if and only if `status` is "fetched". `detail` says the same as `status` in
    words, and is empty where there is nothing to add. `url` is where the body came from in the end,
    without user name and password; empty for a file. Not to be asked before `retry_after`.
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


def fetch_feeds(
    requests: Sequence[FetchRequest],
    settings: FetchSettings,
    *,
    now: datetime,
    progress: Callable[[FetchResult], None],
) -> list[FetchResult]:
    """Fetch all of `requests`; the results come in their order, `progress` hears of each at once.

    Runs an event loop of its own, so call it where none is running.
    """
    return asyncio.run(_fetch_all(requests, settings, now, progress))


async def _fetch_all(
    requests: Sequence[FetchRequest],
    settings: FetchSettings,
    now: datetime,
    progress: Callable[[FetchResult], None],
) -> list[FetchResult]:
    everyone = asyncio.Semaphore(settings.concurrency)
    hosts: dict[str | None, asyncio.Semaphore] = defaultdict(
        partial(asyncio.Semaphore, settings.per_host)
    )

    async def fetch_in_turn(request: FetchRequest) -> FetchResult:
        # First the host's turn: who waits for it keeps nobody else waiting. The deadline counts
        # from here, so that a slow feed does not use up its neighbours' time.
        async with hosts[_host(request.feed)], everyone:
            result = await _fetch(session, request, settings, now)
        progress(result)
        return result

    async with open_session(settings) as session:
        return list(await asyncio.gather(*map(fetch_in_turn, requests)))


def open_session(settings: FetchSettings) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=PatientResolver(), limit=0),
        timeout=aiohttp.ClientTimeout(total=None),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={
            "User-Agent": settings.user_agent,
            "Accept": _ACCEPT,
            "Accept-Encoding": "gzip, deflate",
        },
        auto_decompress=False,
        trust_env=True,
        max_line_size=_MAX_HEADER,
        max_field_size=_MAX_HEADER,
    )


async def _fetch(
    session: aiohttp.ClientSession, request: FetchRequest, settings: FetchSettings, now: datetime
) -> FetchResult:
    started = monotonic()
    result = await _attempt(session, request, settings, now)
    return replace(result, seconds=round(monotonic() - started, 3))


async def _attempt(
    session: aiohttp.ClientSession, request: FetchRequest, settings: FetchSettings, now: datetime
) -> FetchResult:
    feed = request.feed
    try:
        if feed.url is None:
            return _read_file(feed, settings.max_bytes)
        async with asyncio.timeout(settings.timeout_s):
            answer = await _ask(session, feed.url, _conditions(request), settings)
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
        return replace(result, retry_after=_retry_after(answer.header("Retry-After"), now))
    if result.status != "fetched":
        detail = f"status {answer.status}" if result.status == "http_error" else ""
        return replace(result, detail=detail)
    result = replace(result, body=answer.body, content_type=answer.header("Content-Type"))
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


def _retry_after(value: str | None, now: datetime) -> datetime | None:
    """The time that a Retry-After names, in seconds or as a date; at most a day ahead."""
    if not value:
        return None
    try:
        if value.strip().isdecimal():
            asked = now + timedelta(seconds=min(int(value[:9]), _LONGEST_WAIT.total_seconds()))
        else:
            asked = parsedate_to_datetime(value)
            asked = asked.replace(tzinfo=asked.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return min(max(asked, now), now + _LONGEST_WAIT)


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
