"""One GET over HTTP, within bounds: hops, schemes, decoded size. Faults come as `FetchError`."""

from __future__ import annotations

import errno
import re
import ssl
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urljoin, urlsplit, urlunsplit

import aiohttp

from monitors.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Mapping

_SUCCESS = 2  # the first digit
MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADER_VALUE = re.compile(r"[\x20-\x7e\x80-\xff]{1,1000}")
_HOST_CHARACTERS = re.compile(r"[^\x00-\x20\x7f\\]+")
# What bits of `wbits` make zlib read each encoding.
_GZIP, _ZLIB, _RAW_DEFLATE = 31, 15, -15


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said in the end; `body` is decoded, and None unless the status is a success.

    `is_whole` is False where the connection broke off within the body. `url` is where the redirects
    led, without user name and password.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    is_whole: bool = True

    def header(self, name: str) -> str | None:
        """A header's value if it is fit to be kept and sent back."""
        value = self.headers.get(name)
        return value if value is not None and is_header_value(value) else None


async def get(
    session: aiohttp.ClientSession, url: str, headers: Mapping[str, str], max_bytes: int
) -> Answer:
    """Ask for `url`, following at most five redirects, http and https only at every hop.

    The session must not decompress, or the size of a body would not be known before it is there.

    Raises:
        FetchError: nothing came, or more than `max_bytes` (of what was sent or of what it decodes
            to).
    """
    try:
        for _ in range(MAX_REDIRECTS + 1):
            _require_web_address(url)
            async with session.get(url, headers=headers, allow_redirects=False) as response:
                location = response.headers.get("Location")
                if response.status in _REDIRECTS and location:
                    url = urljoin(url, location.strip())
                else:
                    return await _answer(response, without_user(url), max_bytes)
    except (aiohttp.ClientError, OSError, ValueError, zlib.error) as error:
        _raise_as_fetch_error(error)
    raise FetchError("redirect_loop", f"more than {MAX_REDIRECTS} redirects", retryable=False)


def is_header_value(value: str) -> bool:
    """Whether `value` can stand in a header; a line break in it would start another header."""
    return _HEADER_VALUE.fullmatch(value) is not None


def without_user(url: str) -> str:
    """`url` without user name and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _require_web_address(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        raise FetchError("blocked_scheme", f"not fetched over {parts.scheme!r}", retryable=False)
    if not parts.hostname or not _HOST_CHARACTERS.fullmatch(url):
        raise FetchError("blocked_scheme", "not a proper web address", retryable=False)


async def _answer(response: aiohttp.ClientResponse, url: str, max_bytes: int) -> Answer:
    if response.status // 100 != _SUCCESS:
        return Answer(response.status, url, response.headers)
    body = _Body(response.headers.get("Content-Encoding", ""), max_bytes)
    try:
        async for chunk in response.content.iter_any():
            body.add(chunk)
    except (aiohttp.ClientPayloadError, ConnectionError):
        if not body.decoded:
            raise
        return Answer(response.status, url, response.headers, bytes(body.decoded), is_whole=False)
    whole = body.is_whole
    return Answer(response.status, url, response.headers, bytes(body.decoded), is_whole=whole)


class _Body:
    """Decodes a body piece by piece and stops at the cap, however small the pieces were packed."""

    def __init__(self, encoding: str, max_bytes: int) -> None:
        self._encoding = encoding.strip().lower() or "identity"
        if self._encoding not in {"identity", "gzip", "x-gzip", "deflate"}:
            raise FetchError("http_error", "an encoding that was not asked for", retryable=False)
        self._max_bytes = max_bytes
        self._received = 0
        self._inflater: zlib._Decompress | None = None
        self.decoded = bytearray()

    @property
    def is_whole(self) -> bool:
        return self._inflater is None or self._inflater.eof

    def add(self, chunk: bytes) -> None:
        self._received += len(chunk)
        if self._encoding == "identity":
            self.decoded += chunk
        else:
            self._inflate(chunk)
        if max(self._received, len(self.decoded)) > self._max_bytes:
            detail = f"more than {self._max_bytes:,} bytes"
            raise FetchError("too_large", detail, retryable=False)

    def _inflate(self, chunk: bytes) -> None:
        while chunk and len(self.decoded) <= self._max_bytes:
            if self._inflater is None:
                self._inflater = zlib.decompressobj(self._window(chunk))
            elif self._inflater.eof:
                # Some servers join several compressed files; others pad with zeros.
                if not chunk.startswith(b"\x1f\x8b"):
                    return
                self._inflater = zlib.decompressobj(_GZIP)
            room = self._max_bytes - len(self.decoded) + 1
            self.decoded += self._inflater.decompress(chunk, room)
            chunk = self._inflater.unconsumed_tail or self._inflater.unused_data

    def _window(self, first: bytes) -> int:
        if self._encoding != "deflate":
            return _GZIP
        # The standard means zlib's format; many send the bare one.
        return _ZLIB if first[0] & 0x0F == 8 else _RAW_DEFLATE  # noqa: PLR2004 - its marker


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
