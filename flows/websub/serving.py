"""The process that listens to hubs; `python -m flows.websub.serving` runs it until it is ended.

`stancewatch serve` starts it beside the runner, where the settings say where hubs reach us.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from flows.asking import ask_for_ingest
from flows.websub.keys import load_key
from flows.websub.listening import Listener
from flows.websub.pushes import Pushes
from flows.wiring import wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from flows.wiring import Installation

# A hub waits for its answer: so long for a database that another process holds, no longer.
_LOCK_TIMEOUT_S = 8.0
_IDLE_S = 15.0
_END_S = 2.0
# What clients send that is no proper HTTP is nobody's business, and may hold a path of ours.
_UNHEARD = logging.getLogger("stancewatch.websub.http")
_UNHEARD.disabled = True


@asynccontextmanager
async def listening(
    installation: Installation, pushes: Pushes, place: tuple[str, int]
) -> AsyncIterator[int]:
    """Listen at `place` while the block runs, and follow what is pushed; the port (0 takes any)."""
    listener = Listener(
        load_key(installation.database.path),
        replace(installation.database, lock_timeout_s=_LOCK_TIMEOUT_S),
        pushes,
        max_bytes=installation.config.settings.fetch.max_bytes,
        clock=installation.clock,
    )
    runner = web.AppRunner(
        listener.application(),
        access_log=None,
        logger=_UNHEARD,
        auto_decompress=False,
        keepalive_timeout=_IDLE_S,
        lingering_time=_END_S,
        shutdown_timeout=_END_S,
    )
    await runner.setup()
    following = asyncio.create_task(pushes.follow())
    try:
        await web.TCPSite(runner, *place).start()
        yield int(runner.addresses[0][1])
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        await runner.cleanup()


async def _listen(installation: Installation) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)

    def say(line: str) -> None:
        now = installation.clock().astimezone(installation.config.settings.zone)
        sys.stdout.write(f"{now:%H:%M:%S} {line}\n")
        sys.stdout.flush()

    pushes = Pushes(installation.database, ask_for_ingest, say)
    async with listening(installation, pushes, installation.config.settings.websub.place):
        await ended.wait()


def _main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m flows.websub.serving")
    parser.add_argument("--config-dir", type=Path)
    parser.add_argument("--database", type=Path)
    options = parser.parse_args(arguments)
    asyncio.run(_listen(wire(options.config_dir, options.database)))


if __name__ == "__main__":
    _main()
