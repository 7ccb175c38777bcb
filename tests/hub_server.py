"""A real hub on loopback: it takes requests, asks back as the Recommendation says, and pushes."""

from __future__ import annotations

import asyncio
import hmac
import threading
import time
from typing import TYPE_CHECKING, Any, Self

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Coroutine

DAY_S = 86_400


class Loop:
    """An event loop in a thread of its own, for servers that a test talks to."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What `work` comes to, run there."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class HubServer:
    """A hub; `requests` are the forms it was sent, `verified` the answers when it asked back.

    It answers with `status`, and asks back unless `asks_back` is False.
    """

    def __init__(self, loop: Loop, address: str = "127.0.0.1") -> None:
        self.requests: list[dict[str, str]] = []
        self.verified: list[tuple[int, str]] = []
        self.status, self.asks_back, self.headers = 202, True, dict[str, str]()
        self.lease_s = 4 * DAY_S
        self._loop, self._address = loop, address
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def url(self) -> str:
        return f"http://{self._address}:{self._port}/hub"

    @property
    def callback(self) -> str:
        return self.requests[-1]["hub.callback"]

    def __enter__(self) -> Self:
        self._loop.do(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.do(self._end())

    def ask_back(self, form: dict[str, str] | None = None, **changes: str) -> tuple[int, str]:
        """What our address answers when it is asked whether `form` was ours."""
        answer: tuple[int, str] = self._loop.do(self._ask_back(form or self.requests[-1], changes))
        return answer

    def push(self, body: bytes = b"<rss/>", *, secret: str = "", **headers: str) -> int:
        """Push to the last subscriber, signed as it wished; the status of the answer."""
        secret = secret or self.requests[-1]["hub.secret"]
        signature = hmac.new(secret.encode(), body, "sha256").hexdigest()
        given = {"X_Hub_Signature": f"sha256={signature}"} | headers
        named = {name.replace("_", "-"): value for name, value in given.items() if value}
        status: int = self._loop.do(self._post(self.callback, body, named))
        return status

    def wait_for_answers(self, number: int) -> None:
        give_up_at = time.monotonic() + 20
        while len(self.verified) < number:
            assert time.monotonic() < give_up_at, self.verified
            time.sleep(0.01)

    async def _start(self) -> None:
        application = web.Application()
        application.router.add_post("/hub", self._take)
        application.router.add_post("/moved", self._move)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._address, 0).start()
        self._port = self._runner.addresses[0][1]

    async def _end(self) -> None:
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._runner.cleanup()

    async def _move(self, _: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect("/hub")

    async def _take(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.requests.append(form)
        if self.status == 202 and self.asks_back:
            task = asyncio.create_task(self._verify(form))
            self._tasks.add(task)
        return web.Response(status=self.status, headers=self.headers, text="<b>hub</b>")

    async def _verify(self, form: dict[str, str]) -> None:
        self.verified.append(await self._ask_back(form, {}))

    async def _ask_back(self, form: dict[str, str], changes: dict[str, str]) -> tuple[int, str]:
        query = {
            "hub.mode": form["hub.mode"],
            "hub.topic": form["hub.topic"],
            "hub.challenge": "a-challenge",
            "hub.lease_seconds": str(self.lease_s),
        }
        query |= {f"hub.{name}": value for name, value in changes.items()}
        async with (
            aiohttp.ClientSession() as session,
            session.get(form["hub.callback"], params=query) as response,
        ):
            return response.status, await response.text()

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=headers) as response,
        ):
            return response.status
