"""One POST to a chat completions endpoint, within bounds. What goes wrong comes as a `Fault`.

A fault has only words of our own: those of a server, or of a library that holds the request, could
repeat the key.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from flows.resolver import PatientResolver
from monitors.stance.chats import SUCCESS, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_BYTES = 1_000_000
_LONGEST_WAIT_S = 86_400.0
_SUCCESSFUL, _REDIRECTED, _BROKEN = 2, 3, 5  # the first digit
_GZIP, _ZLIB = 31, 15
# The server blames the request itself: another form of it may do.
_BLAMED = frozenset({400, 413, 422})
_LATER = frozenset({408, 409, 425, 429})
_MEANINGS = {
    401: "does not accept the API key",
    402: "wants to be paid first",
    403: "does not allow this with the API key",
    404: "has no such path or model",
    429: "is asked too often",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why no reply came; `retry_after_s` is how long the server wants to be left alone.

    `sent` tells whether the server may have worked on the request, and so may want to be paid.
    """

    problem: str
    retryable: bool
    sent: bool
    retry_after_s: float | None = None


# The first line that fits counts. The last two columns: whether asking again can help, and whether
# the server may have worked on the request.
_FAULTS: tuple[tuple[type[Exception], str, bool, bool], ...] = (
    (TimeoutError, "did not answer in time", True, True),
    (aiohttp.ClientSSLError, "has a certificate that was not accepted", False, False),
    (aiohttp.ClientConnectorDNSError, "has a host name without an address", True, False),
    (aiohttp.ClientConnectorError, "cannot be reached", True, False),
    (aiohttp.ClientPayloadError, "broke its answer off", True, True),
    (zlib.error, "packed its answer badly", True, True),
)
_NO_ANSWER = "closed the connection without a proper answer"


async def post(
    url: str, headers: Mapping[str, str], payload: bytes, timeout_s: float
) -> Reply | Fault:
    """Send `payload`; redirects are not followed, because they would take the key along."""
    try:
        async with asyncio.timeout(timeout_s), _session() as session:
            asked = session.post(
                url, data=payload, headers=headers, allow_redirects=False, proxy=_proxy_for(url)
            )
            async with asked as response:
                if response.status // 100 == _SUCCESSFUL or response.status in _BLAMED:
                    return await _read(response)
                return _refusal(response)
    except (aiohttp.ClientError, OSError, ValueError, zlib.error) as error:
        return _fault(error)


def _fault(error: Exception) -> Fault:
    for kind, problem, retryable, sent in _FAULTS:
        if isinstance(error, kind):
            return Fault(problem, retryable, sent)
    return Fault(_NO_ANSWER, retryable=True, sent=True)


def _proxy_for(url: str) -> str | None:
    """The proxy that the environment names; aiohttp would take passwords from ~/.netrc as well."""
    parts = urlsplit(url)
    if parts.hostname is None or proxy_bypass(parts.hostname):
        return None
    return getproxies().get(parts.scheme)


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=PatientResolver()),
        timeout=aiohttp.ClientTimeout(total=None),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
    )


def _refusal(response: aiohttp.ClientResponse) -> Fault:
    """What a status means that brings no answer."""
    status = response.status
    if status // 100 == _REDIRECTED:
        problem = f"redirects (status {status}): set `endpoint` to where"
        return Fault(problem, retryable=False, sent=False)
    if status in _LATER or status // 100 == _BROKEN:
        wait = seconds_of(response.headers.get("Retry-After"), datetime.now(UTC))
        return Fault(_words(status), retryable=True, sent=False, retry_after_s=wait)
    return Fault(_words(status), retryable=False, sent=False)


async def _read(response: aiohttp.ClientResponse) -> Reply | Fault:
    body = await _body(response)
    if body is None:
        problem = f"answered with more than {_MOST_BYTES:,} bytes"
        return Fault(problem, retryable=False, sent=True)
    if response.status in _BLAMED:
        return Reply(response.status, body)
    if not _is_object(body):
        return Fault("answered with something else than a JSON object", retryable=True, sent=True)
    return Reply(SUCCESS, body)


def _words(status: int) -> str:
    return f"{_MEANINGS.get(status, 'failed')} (status {status})"


async def _body(response: aiohttp.ClientResponse) -> bytes | None:
    """The decoded body; None where it is too large, packed or not."""
    received = bytearray()
    async for chunk in response.content.iter_any():
        received += chunk
        if len(received) > _MOST_BYTES:
            return None
    return _decoded(bytes(received), response.headers.get("Content-Encoding", ""))


def _decoded(body: bytes, encoding: str) -> bytes | None:
    """`body` unpacked, up to the limit; servers pack what they were asked not to."""
    window = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}.get(encoding.strip().lower())
    if window is None:  # not packed, or in a way that will not read as JSON
        return body
    unpacker = zlib.decompressobj(window)
    unpacked = unpacker.decompress(body, _MOST_BYTES + 1)
    if len(unpacked) > _MOST_BYTES:
        return None
    if not unpacker.eof:
        raise zlib.error("it ends too early")
    return unpacked


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False


def seconds_of(retry_after: str | None, now: datetime) -> float | None:
    """The wait that a Retry-After asks for, in seconds or as a date; at most a day."""
    text = (retry_after or "").strip()
    if text.isdecimal():
        return min(float(text[:9]), _LONGEST_WAIT_S)
    try:
        asked = parsedate_to_datetime(text)
        wait = (asked.replace(tzinfo=asked.tzinfo or UTC) - now).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(max(wait, 0.0), _LONGEST_WAIT_S)
