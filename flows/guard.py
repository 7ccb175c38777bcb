"""Nothing but public addresses is dialled, and what the user opened.

The guard sits where a socket is made for one attempt at one address, for it is that very address
which the connection then goes to: not the URL, nor what its name resolved to a moment before. A
client session is guarded by using all of `AddressGuard`: as its middleware, so that it is known
whom a connection is for, and with `open_socket` as its connector's socket factory.
"""

from __future__ import annotations

import errno
import socket
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp

from monitors.addresses import address_problem, is_address, target_problem
from monitors.allow_list import AllowList, parse_opening
from monitors.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(slots=True)
class _Dial:
    """Whom a request is about to connect to, and what came of it.

    `is_open` where any address will do: our own proxy, or a host that the user has opened.
    """

    host: str
    is_open: bool
    refusal: str = ""
    dialled: bool = False


# The connector makes its attempts in the request's task or in tasks that this starts, which see
# the same object.
_DIAL: ContextVar[_Dial | None] = ContextVar("dial", default=None)


class AddressGuard:
    """Refuses whatever is not public, save what `allow_hosts` opens (see `parse_opening`).

    With a proxy it is the proxy that dials. Then the proxy's own address is open, since the user
    named it, and of the target only what its URL shows can be judged: local names and addresses.
    """

    def __init__(self, allow_hosts: Iterable[str] = ()) -> None:
        self._allowed = AllowList(tuple(map(parse_opening, allow_hosts)))

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Let a request through.

        Raises:
            FetchError: "blocked": there was no address that it may go to. Nothing was sent.
        """
        dial = self._dial(request)
        token = _DIAL.set(dial)
        try:
            return await handler(request)
        except aiohttp.ClientConnectorError as error:
            if dial.refusal and not dial.dialled:
                raise FetchError("blocked", dial.refusal, retryable=False) from error
            raise
        finally:
            _DIAL.reset(token)

    def open_socket(self, place: aiohttp.AddrInfoType) -> socket.socket:
        """A socket to connect to `place` with.

        Raises:
            PermissionError: nobody may connect there.
        """
        family, kind, protocol, _, (address, port, *_) = place
        dial = _DIAL.get() or _Dial("", is_open=False)
        problem = None if dial.is_open else self._problem(str(address), int(port))
        if problem is not None:
            named = "" if dial.host == address else f"{dial.host} leads to "
            dial.refusal = f"{named}{address}, {problem}"
            raise PermissionError(errno.EACCES, "not a public address")
        dial.dialled = True
        return socket.socket(family, kind, protocol)

    def _dial(self, request: aiohttp.ClientRequest) -> _Dial:
        host, port = request.url.host or "", request.url.port or 0
        is_open = self._allowed.opens_name(host, port)
        if request.proxy is None:
            return _Dial(host, is_open)
        by_address = is_address(host) and self._allowed.opens_address(host, port)
        problem = None if is_open or by_address else target_problem(host)
        if problem is not None:
            raise FetchError("blocked", problem, retryable=False)
        return _Dial(host, is_open=True)

    def _problem(self, address: str, port: int) -> str | None:
        return None if self._allowed.opens_address(address, port) else address_problem(address)
