"""One Prefect server and one runner of the flows, kept together until Ctrl-C.

This process only watches over its children (see `flows.children`) and never imports Prefect: the
server, with its database and logs in a folder next to Stancewatch's own; the runner, which carries
out what is due (see `flows.deployments`); and, where feeds are pushed, the listener that hubs talk
to (see `flows.websub`).
"""

from __future__ import annotations

import fcntl
import http.client
import os
import signal
import socket
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.children import Child, start_child
from flows.environment import child_environment, in_url, is_loopback, server_settings
from flows.wiring import wire
from monitors.errors import MonitorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from flows.settings import Settings

START_DEADLINE_S = 180.0
RUNNER_GRACE_S = 20.0
SERVER_GRACE_S = 10.0
_LOOK_EVERY_S = 0.1
_OTHER_PORT = (
    "Perhaps another `stancewatch serve` runs; else choose another port with --port"
    " (0 takes a free one)."
)
_HEALTH_TIMEOUT_S = 2.0


class ServeError(MonitorError):
    """The server or the runner could not be started, or has ended by itself."""


def serve(
    config_dir: Path | None = None,
    database: Path | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 4200,
    environ: Mapping[str, str] = os.environ,
    say: Callable[[str], None] | None = None,
) -> int:
    """Run the flows on their schedules until SIGINT, SIGTERM or SIGHUP; the exit code.

    Starts a Prefect server on `host` and `port` (0 takes a free one), or uses the one that
    PREFECT_API_URL names. No process is left behind; a second signal skips the waiting. Must be
    called in the main thread.

    Raises:
        ConfigError: the configuration cannot be used.
        ServeError: another one runs already, the port is taken, the server does not come up, or a
            child has ended by itself.
    """
    say = say or _say
    installation = wire(config_dir, database)
    path = installation.database.path.resolve()
    home = Path(environ.get("PREFECT_HOME") or path.parent / "prefect")
    where = ["--database", str(path)]
    where += ["--config-dir", str(config_dir.resolve())] if config_dir else []
    options = list(where)
    websub = installation.config.settings.websub
    with _sole_use(home), _household(say) as household:
        if websub.callback:
            _free_port(*websub.place, mend="Choose another place with `listen` in [websub].")
        if api_url := environ.get("PREFECT_API_URL"):
            environment = child_environment(environ, home, api_url)
        else:
            port = _free_port(host, port)
            api_url = f"http://{in_url(host)}:{port}/api"
            environment = child_environment(environ, home, api_url) | server_settings(
                environ, home, host, port
            )
            say("Starting Prefect's server …")
            _start_server(household, environment, home, api_url)
            options.append("--own-server")
        if not household.asked_to_end:
            household.start("runner", ["flows.deployments", *options], environment, home)
            if websub.callback:
                household.start("listener", ["flows.websub.serving", *where], environment, home)
            for line in greeting(api_url, host, installation.config.settings, home):
                say(line)
        household.watch_over()
    return 0


# --- what the user is told ------------------------------------------------------------------


def greeting(api_url: str, host: str, settings: Settings, home: Path) -> list[str]:
    """What a user wants to know at once: what runs when, where to look, how to end it."""
    schedule = settings.schedule
    lines = [
        f"Prefect's pages: {api_url.removesuffix('/api')}   logs: {home}",
        f"ingest every {schedule.ingest_every_minutes:g} min, from now on; watch after each ingest",
        f"deliver every {schedule.deliver_every_minutes:g} min and after each alert",
        f"digest at {schedule.digest_at}, maintain at {schedule.maintain_at} {settings.time_zone}",
        "Ctrl-C ends it.",
    ]
    if settings.websub.callback:
        told = f"hubs push to {settings.websub.callback}, heard at {settings.websub.listen}"
        lines.insert(-1, told)
    if not is_loopback(host):
        lines.append(
            f"Warning: whoever reaches {host} can run flows; see PREFECT_SERVER_API_AUTH_STRING."
        )
    return lines


@contextmanager
def _sole_use(home: Path) -> Iterator[None]:
    """Keep the folder from a second `serve`, which would end the runs of the first.

    Raises:
        ServeError: another one has it, or it cannot be made.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / "serve.lock").open("w")
    except OSError as error:
        raise ServeError(f"cannot use the folder {home}: {error.strerror or error}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ServeError(f"another `stancewatch serve` is using {home}") from error
        yield


# --- the children --------------------------------------------------------------------------------


@dataclass(slots=True)
class _Household:
    """The children under way, oldest first, and how often a user has asked them to end."""

    say: Callable[[str], None]
    children: list[Child] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    hurry: threading.Event = field(default_factory=threading.Event)

    @property
    def asked_to_end(self) -> bool:
        return self.ended.is_set()

    def on_signal(self, *_: object) -> None:
        if self.asked_to_end:
            self.hurry.set()
        self.ended.set()

    def start(self, name: str, command: list[str], environment: dict[str, str], home: Path) -> None:
        self.children.append(
            start_child(name, command, environment, home / f"{name}.log", mute=name == "server")
        )

    def check(self) -> None:
        """Raise where a child has ended by itself."""
        for child in self.children:
            if child.has_ended and not self.asked_to_end:
                code = child.process.returncode
                raise ServeError(
                    f"the {child.name} ended by itself (exit code {code}); from {child.log}:\n"
                    f"{child.last_words()}"
                )

    def watch_over(self) -> None:
        """Wait until somebody asks to end."""
        while not self.ended.wait(_LOOK_EVERY_S):
            self.check()

    def end(self) -> None:
        """End the children, the youngest first; the server must outlive its runner."""
        if not self.children:
            return
        self.say("Ending … (Ctrl-C again to end at once)")
        for child in reversed(self.children):
            grace_s = SERVER_GRACE_S if child.name == "server" else RUNNER_GRACE_S
            child.end(grace_s, self.hurry)
        self.say("Stopped; nothing is left running.")


@contextmanager
def _household(say: Callable[[str], None]) -> Iterator[_Household]:
    """Children that end with the block, and signals that ask for its end."""
    household = _Household(say)
    before: dict[signal.Signals, Any] = {}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
            continue  # under nohup
        before[number] = signal.signal(number, household.on_signal)
    try:
        yield household
    finally:
        household.end()
        for number, handler in before.items():
            signal.signal(number, handler)


def _start_server(
    household: _Household, environment: dict[str, str], home: Path, api_url: str
) -> None:
    """Start the server and return when it is well, or when somebody asks to end."""
    household.start("server", ["prefect", "server", "start"], environment, home)
    give_up_at = time.monotonic() + START_DEADLINE_S
    while not _is_well(api_url) and not household.ended.wait(_LOOK_EVERY_S):
        household.check()
        if time.monotonic() > give_up_at:
            raise ServeError(
                f"Prefect's server did not come up within {START_DEADLINE_S:.0f} seconds; "
                f"see {home / 'server.log'}"
            )


def _is_well(api_url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{api_url}/health", timeout=_HEALTH_TIMEOUT_S) as answer:
            return bool(answer.status == http.HTTPStatus.OK)
    except (OSError, http.client.HTTPException):
        return False


def _free_port(host: str, port: int, mend: str = _OTHER_PORT) -> int:
    """`port` where it is free, any free one for 0; `mend` says what to do where it is not.

    Raises:
        ServeError: it is taken, or this machine has no such address.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except OSError as error:
        raise ServeError(
            f"cannot listen on {host}:{port}: {error.strerror or error}. {mend}"
        ) from error


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
