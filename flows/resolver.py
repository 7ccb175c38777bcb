"""Host names to addresses, in threads that nobody has to wait for."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from threading import Thread
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class PatientResolver(AbstractResolver):
    """Asks the system's resolver.

    A look-up cannot be broken off. The event loop's own threads would be waited for at the end of
    the run; these are left behind, so that a dead name server costs no more than the deadline.
    """

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of `host`.

        Raises:
            OSError: there are none, or nobody to ask.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Any]] = loop.create_future()

        def look_up() -> None:
            try:
                found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
            except (OSError, UnicodeError) as error:
                failure = error if isinstance(error, OSError) else OSError("no proper host name")
                _tell(loop, future, failure)
            else:
                _tell(loop, future, found)

        Thread(target=look_up, name=f"resolve {host}", daemon=True).start()
        return [_result(host, info) for info in await future]

    async def close(self) -> None:
        """Nothing is held open."""


def _tell(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[list[Any]], outcome: list[Any] | OSError
) -> None:
    def settle() -> None:
        if future.done():
            return
        if isinstance(outcome, OSError):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)

    with suppress(RuntimeError):  # the run is over and its loop closed
        loop.call_soon_threadsafe(settle)


def _result(host: str, info: Any) -> ResolveResult:
    family, _, proto, _, address = info
    return ResolveResult(
        hostname=host,
        host=str(address[0]),
        port=int(address[1]),
        family=family,
        proto=proto,
        flags=_NUMERIC,
    )
