"""Child processes that never outlive the process that started them.

A child leads a process group of its own, so that Ctrl-C in a terminal reaches only the parent,
which then ends its children in order; and it holds one end of a pipe, its leash, so that it ends
itself and its own children when the parent is gone without a word (SIGKILL).

`python -m flows.children MODULE ARGUMENTS…` is how a child is started: it runs the module as
`python -m MODULE ARGUMENTS…` would.
"""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_LOOK_EVERY_S = 0.05
_LEASH_GRACE_S = 5.0
_LOG_TAIL_LINES = 15


@dataclass(frozen=True, slots=True)
class Child:
    """A running child, the group it leads and the file that its noise goes to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def last_words(self) -> str:
        """The end of its log, for the person who wants to know why it ended."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_LOG_TAIL_LINES:])

    def end(self, grace_s: float, hurry: threading.Event) -> None:
        """Ask it to end, wait for `grace_s` or until `hurry`, then kill what is left of its group.

        Returns when no process of the group is left.
        """
        if not self.has_ended:
            self.process.send_signal(signal.SIGINT)
        give_up_at = time.monotonic() + grace_s
        while not self.has_ended and time.monotonic() < give_up_at and not hurry.is_set():
            time.sleep(_LOOK_EVERY_S)
        while _signal_group(self.process.pid, signal.SIGKILL):
            self.process.poll()
            time.sleep(_LOOK_EVERY_S)
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()


def start_child(
    name: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    *,
    mute: bool = False,
) -> Child:
    """Run a Python module (`command`: module, arguments) on a leash.

    What it says on standard error goes to `log`, which starts anew; if `mute`, so does the rest.
    """
    with log.open("wb") as noise:
        process = subprocess.Popen(  # noqa: S603 the command is our own
            [sys.executable, "-m", "flows.children", *command],
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=noise if mute else None,
            stderr=noise,
            start_new_session=True,
        )
    return Child(name, process, log)


def _signal_group(group: int, number: signal.Signals) -> bool:
    """Send a signal to a group; False when nobody is left in it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS: not permitted when all are zombies
        return False
    return True


def _hold_leash() -> None:
    """Wait in the background for the parent to go, then end this process's whole group."""

    def wait() -> None:
        os.read(sys.stdin.fileno(), 1)  # returns when the other end is closed
        _signal_group(os.getpid(), signal.SIGTERM)
        time.sleep(_LEASH_GRACE_S)
        _signal_group(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait, name="leash", daemon=True).start()


if __name__ == "__main__":
    _hold_leash()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
