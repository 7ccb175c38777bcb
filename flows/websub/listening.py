"""What hubs are answered: whether a subscription was ours, and that a push has come.

Whoever does not know a path of ours gets a 404 before anything is read or looked up.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from flows.store import transaction
from flows.store.subscriptions import forget_subscriptions, save_subscriptions, subscriptions
from monitors.errors import StoreError
from monitors.websub import is_callback_path, judge, read_signature, read_verification, secret_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flows.store import Database
    from monitors.websub import Verdict, Verification

_REQUESTS_A_MINUTE, _STRANGERS_A_MINUTE = 60, 300
_BODY_DEADLINE_S = 30.0
_CHUNK = 65_536
_MINUTE_S = 60.0
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Server": "Stancewatch",
}
_STRANGER = ""

_log = logging.getLogger("stancewatch.websub")


class Inbox(Protocol):
    """Takes note of pushes, at once."""

    def add(self, subscription_id: str, pushed_at: datetime, /) -> None: ...


class Listener:
    """Answers hubs; `max_bytes` is the longest body that is read."""

    def __init__(
        self,
        key: bytes,
        database: Database,
        inbox: Inbox,
        *,
        max_bytes: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._key, self._database, self._inbox = key, database, inbox
        self._max_bytes, self._clock = max_bytes, clock
        self._asked: dict[str, deque[float]] = {}

    def application(self) -> web.Application:
        """The routes; whatever path a reverse proxy puts before ours does not matter."""
        application = web.Application()
        application.router.add_get("/{path:.*}", self._verify, allow_head=False)
        application.router.add_post("/{path:.*}", self._take)
        application.on_response_prepare.append(_add_headers)
        return application

    async def _verify(self, request: web.Request) -> web.Response:
        """A hub asks whether a request was ours, or refuses it."""
        id_ = self._subscription(request)
        said = read_verification(request.query)
        if said is None:
            raise web.HTTPNotFound
        try:
            verdict = await asyncio.to_thread(self._settle, id_, said)
        except StoreError as error:
            _log.warning("a hub could not be answered: %s", error)
            raise web.HTTPServiceUnavailable from None
        if verdict.challenge is None:
            raise web.HTTPNotFound
        return web.Response(text=verdict.challenge, content_type="text/plain")

    def _settle(self, id_: str, said: Verification) -> Verdict:
        with self._database.write() as connection, transaction(connection):
            kept = subscriptions(connection, id_)
            verdict = judge(kept[0] if kept else None, said, self._clock())
            if verdict.kept is None:
                forget_subscriptions(connection, [id_])
            elif verdict.kept not in kept:
                save_subscriptions(connection, [verdict.kept])
        return verdict

    async def _take(self, request: web.Request) -> web.Response:
        """A push. One without a good signature is answered alike, and counts for nothing."""
        id_ = self._subscription(request)
        signature = read_signature(
            request.headers.get("X-Hub-Signature", ""), secret_of(id_, self._key)
        )
        taken = web.Response(status=202)
        if signature is None:
            taken.force_close()  # the body is left unread
            return taken
        read = 0
        try:
            async with asyncio.timeout(_BODY_DEADLINE_S):
                async for chunk in request.content.iter_chunked(_CHUNK):
                    read += len(chunk)
                    if read > self._max_bytes:
                        return _refuse_body()
                    signature.add(chunk)
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        if signature.is_right:
            self._inbox.add(id_, self._clock())
        return taken

    def _subscription(self, request: web.Request) -> str:
        """Whose path was asked for.

        Raises:
            HTTPNotFound: nobody's.
            HTTPTooManyRequests: it was asked for too often within a minute.
        """
        path = "/".join(request.match_info["path"].split("/")[-2:])
        is_ours = is_callback_path(path, self._key)
        id_ = path.partition("/")[0] if is_ours else _STRANGER
        if self._is_too_often(id_, _REQUESTS_A_MINUTE if is_ours else _STRANGERS_A_MINUTE):
            raise web.HTTPTooManyRequests
        if not is_ours:
            raise web.HTTPNotFound
        return id_

    def _is_too_often(self, id_: str, most: int) -> bool:
        now = monotonic()
        times = self._asked.setdefault(id_, deque(maxlen=most))
        if len(times) == most and now - times[0] < _MINUTE_S:
            return True
        times.append(now)
        return False


def _refuse_body() -> web.Response:
    refusal = web.Response(status=413)
    refusal.force_close()
    return refusal


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
