"""One GET or POST over HTTP, within bounds: hops, schemes, size. Faults come as `FetchError`."""

from __future__ import annotations

import errno
import re
import ssl
import zlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urljoin, urlsplit, urlunsplit

import aiohttp
from yarl import URL

from flows.bodies import Body
from flows.proxies import proxy_for
from monitors.addresses import has_unfit_characters, url_problem
from monitors.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

_SUCCESS = 2  # the first digit
MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# These want the same request again, body and all.
_REPEATS = frozenset({307, 308})
_HEADER_VALUE = re.compile(r"[\x20-\x7e\x80-\xff]{1,1000}")
_PERMANENT = frozenset({301, 308})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said in the end; `body` is decoded, and None unless the status is a success.

    `is_whole` is False where the connection broke off within the body. `url` is where the redirects
    led, and `moved_to` the same if all of them are meant to last, without user name and password.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    is_whole: bool = True
    moved_to: str | None = None

    def header_lines(self, name: str) -> tuple[str, ...]:
        """All the values of a header that may come more than once."""
        return tuple(value for key, value in self.headers.items() if key.lower() == name.lower())

    def header(self, name: str) -> str | None:
        """A header's value if it is fit to be kept and sent back."""
        value = self.headers.get(name)
        return value if value is not None and is_header_value(value) else None


async def post_form(session: aiohttp.ClientSession, url: str, fields: Mapping[str, str]) -> Answer:
    """Send a form to `url`, and again to where a redirect wants the same sent; no body is read.

    Raises:
        FetchError: nothing came, or a hop led where nobody may go.
    """
    try:
        async with _arrival(session, "POST", url, _REPEATS, data=fields) as (response, last, _):
            return Answer(response.status, without_user(last), response.headers)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        _raise_as_fetch_error(error)


async def get(
    session: aiohttp.ClientSession,
    url: str,
    headers: Mapping[str, str],
    max_bytes: int,
    *,
    cut: bool = False,
) -> Answer:
    """Ask for `url`, following at most five redirects, http and https only at every hop.

    The session must not decompress, or the size of a body would not be known before it is there;
    `flows.fetch.open_session` makes one that also dials public addresses only. Who asks a host for
    the last time adds `Connection: close` to `headers`, lest idle connections add up. With `cut`,
    of a longer body the first `max_bytes` are answered.

    Raises:
        FetchError: nothing came, or more than `max_bytes` (of what was sent or of what it decodes
            to), or a hop led where nobody may go.
    """
    try:
        async with _arrival(session, "GET", url, _REDIRECTS, headers=headers) as arrival:
            response, last, hops = arrival
            answer = await _answer(response, without_user(last), max_bytes, cut=cut)
            return replace(answer, moved_to=answer.url) if hops and all(hops) else answer
    except (aiohttp.ClientError, OSError, ValueError, zlib.error) as error:
        _raise_as_fetch_error(error)


@asynccontextmanager
async def _arrival(
    session: aiohttp.ClientSession, method: str, url: str, redirects: frozenset[int], **sent: Any
) -> AsyncIterator[tuple[aiohttp.ClientResponse, str, list[bool]]]:
    """The response that the `redirects` lead to, its URL, and of each hop whether it is for good.

    Raises:
        FetchError: a hop leads where nobody may go, or there are too many.
    """
    hops: list[bool] = []
    while len(hops) <= MAX_REDIRECTS:
        place = _web_address(url)
        async with session.request(
            method, place, allow_redirects=False, proxy=proxy_for(place), **sent
        ) as response:
            location = response.headers.get("Location")
            if response.status not in redirects or not location:
                yield response, url, hops
                return
            target = _target(url, location)
            hops.append(_lasts(response.status, url, target))
        url = target
    raise FetchError("redirect_loop", f"more than {MAX_REDIRECTS} redirects", retryable=False)


def is_header_value(value: str) -> bool:
    """Whether `value` can stand in a header; a line break in it would start another header."""
    return _HEADER_VALUE.fullmatch(value) is not None


def without_user(url: str) -> str:
    """`url` without user name and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _target(url: str, location: str) -> str:
    """Where a redirect leads. Blanks in it are common and harmless, save in the host's name."""
    location = location.strip(" ").replace(" ", "%20")
    # Joining would silently drop line breaks and tabs.
    if has_unfit_characters(location):
        detail = "redirects to an address with a backslash or a control character in it"
        raise FetchError("blocked", detail, retryable=False)
    return urljoin(url, location)


def _lasts(status: int, url: str, target: str) -> bool:
    """Whether a redirect is for good. One that gives up encryption is followed, not adopted."""
    weaker = url.startswith("https:") and not target.startswith("https:")
    return status in _PERMANENT and not weaker


def _web_address(url: str) -> URL:
    scheme = urlsplit(url).scheme
    if scheme not in {"http", "https"}:
        raise FetchError("blocked_scheme", f"not fetched over {scheme!r}", retryable=False)
    problem = url_problem(url)
    if problem is not None:
        raise FetchError("blocked", f"its address {problem}", retryable=False)
    parsed = URL(url)
    # The one is what was checked, the other what will be dialled.
    if ":" not in (parsed.host or "") and parsed.host != urlsplit(url).hostname:
        detail = "its address names its host in a way that programs read differently"
        raise FetchError("blocked", detail, retryable=False)
    return parsed


async def _answer(
    response: aiohttp.ClientResponse, url: str, max_bytes: int, *, cut: bool
) -> Answer:
    if response.status // 100 != _SUCCESS:
        return Answer(response.status, url, response.headers)
    body = Body(response.headers.get("Content-Encoding", ""), max_bytes)
    try:
        async for chunk in response.content.iter_any():
            body.add(chunk)
    except FetchError:
        if not cut:
            raise
        return Answer(response.status, url, response.headers, bytes(body.decoded[:max_bytes]))
    except (aiohttp.ClientPayloadError, ConnectionError):
        if not body.decoded:
            raise
        return Answer(response.status, url, response.headers, bytes(body.decoded), is_whole=False)
    whole = body.is_whole
    return Answer(response.status, url, response.headers, bytes(body.decoded), is_whole=whole)


# What went wrong, told in our own words: the library's may hold the URL's password. The first line
# that fits counts. The last column: whether asking again at once can help.
_MEANINGS: tuple[tuple[type[Exception], str, str, bool], ...] = (
    (aiohttp.ClientSSLError, "tls", "its certificate or encryption was not accepted", False),
    (ssl.SSLError, "tls", "its certificate or encryption was not accepted", False),
    # Resolvers have already tried more than once.
    (aiohttp.ClientConnectorDNSError, "dns", "no address for its host name", False),
    (aiohttp.ClientProxyConnectionError, "refused", "the proxy cannot be reached", True),
    (aiohttp.ClientHttpProxyError, "http_error", "the proxy refused", False),
    (aiohttp.ClientConnectorError, "refused", "no connection", True),
    (aiohttp.InvalidURL, "blocked_scheme", "not a proper web address", False),
    (aiohttp.ServerDisconnectedError, "http_error", "closed without an answer", True),
    (aiohttp.ClientPayloadError, "http_error", "the answer broke off", True),
    (zlib.error, "http_error", "the answer's compression is damaged", True),
    (aiohttp.ClientResponseError, "http_error", "the answer is not proper HTTP", False),
    (OSError, "http_error", "the connection was lost", True),
    (ValueError, "blocked_scheme", "not a proper web address", False),
)


def _raise_as_fetch_error(error: Exception) -> NoReturn:
    status = getattr(error, "status", None) or None
    for kind, reason, detail, retryable in _MEANINGS:
        if isinstance(error, kind):
            if reason == "refused" and getattr(error, "errno", None) == errno.ETIMEDOUT:
                raise FetchError("timeout", "no connection in time", status=status) from error
            raise FetchError(reason, detail, retryable=retryable, status=status) from error
    detail = f"failed ({type(error).__name__})"
    raise FetchError("http_error", detail, retryable=False, status=status) from error
