"""Pushes are gathered, kept, and followed by an ingest: once a minute at most."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from flows.store import transaction
from flows.store.subscriptions import pushed_feeds, save_pushes

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flows.store import Database

GATHER_S, EVERY_S = 2.0, 60.0
# After so many runs in a row that left a pushed feed unasked, it is left to its own rhythm.
_MOST_RUNS = 10

_log = logging.getLogger("stancewatch.websub")


class Pushes:
    """What hubs have pushed since the last run was asked for.

    `start` asks for a run; `say` is told how many feeds it is for.
    """

    def __init__(
        self,
        database: Database,
        start: Callable[[], None],
        say: Callable[[str], None],
        *,
        gather_s: float = GATHER_S,
        every_s: float = EVERY_S,
    ) -> None:
        self._database, self._start, self._say = database, start, say
        self._gather_s, self._every_s = gather_s, every_s
        self._waiting: dict[str, datetime] = {}
        self._arrived = asyncio.Event()

    def add(self, subscription_id: str, pushed_at: datetime) -> None:
        self._waiting[subscription_id] = pushed_at
        self._arrived.set()

    async def follow(self) -> None:
        """Follow what comes, for ever."""
        runs = 0
        while True:
            await self._arrived.wait()
            await asyncio.sleep(self._gather_s)
            runs = 0 if self._waiting else runs + 1
            self._arrived.clear()
            feeds = await self._keep()
            if feeds and runs < _MOST_RUNS:
                self._say(f"websub: pushed {', '.join(sorted(feeds))}")
                await self._ask()
                # The run may find another under way, and be cancelled: look again.
                self._arrived.set()
            await asyncio.sleep(self._every_s)

    async def _keep(self) -> set[str]:
        """Keep what waits; the feeds that are to be asked."""
        taken, self._waiting = self._waiting, {}
        try:
            return await asyncio.to_thread(self._save, taken)
        except Exception as error:  # noqa: BLE001 - what cannot be kept now is kept later
            _log.warning("pushes wait: %s", error)
            self._waiting = taken | self._waiting
            self._arrived.set()
            return set()

    def _save(self, taken: dict[str, datetime]) -> set[str]:
        with self._database.write() as connection, transaction(connection):
            save_pushes(connection, taken)
            return set(pushed_feeds(connection))

    async def _ask(self) -> None:
        try:
            await asyncio.to_thread(self._start)
        except Exception as error:  # noqa: BLE001 - the next slot comes in any case
            _log.warning("no run could be asked for: %s", type(error).__name__)
