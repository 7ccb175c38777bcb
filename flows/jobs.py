"""What runs inside a worker process: jobs come in over a pipe, answers go out over it.

Started by `flows.workers`. Nothing is imported here that a job does not need, so that a worker is
there in the blink of an eye.
"""

from __future__ import annotations

import fcntl
import os
import pickle
import resource
import select
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from monitors.errors import FeedError

# How an answer begins; a pickle follows, save after STARTED.
STARTED, VALUE, REFUSED, FAILED, TOO_LARGE = b"s", b"v", b"r", b"f", b"m"
# The worker's own alarm goes off a little after the deadline that its parent keeps: it matters
# only when the parent is gone.
_GRACE_S = 2.0


def serve(channel: int, memory_bytes: int) -> None:
    """Do jobs from the pipe `channel` until it is closed."""
    _hold_leash()
    _limit_memory(memory_bytes)
    pipe = Connection(channel)
    while True:
        try:
            received = pipe.recv_bytes()
        except EOFError:
            return
        # Unpickling imports the function's module: that is our time, not the job's.
        function, job, deadline_s = pickle.loads(received)  # noqa: S301 - from our own parent
        pipe.send_bytes(STARTED)
        signal.setitimer(signal.ITIMER_REAL, deadline_s + _GRACE_S)
        answer = _answer(function, job)
        signal.setitimer(signal.ITIMER_REAL, 0)
        pipe.send_bytes(answer)


def _answer(function: Any, job: Any) -> bytes:
    try:
        return VALUE + pickle.dumps(function(job))
    except FeedError as error:
        return REFUSED + pickle.dumps((error.reason, error.detail))
    except (MemoryError, RecursionError) as error:
        return TOO_LARGE + pickle.dumps(type(error).__name__)
    except Exception as error:  # noqa: BLE001 - whatever a job does, the worker answers
        # Not what it says: that may be text from the web.
        return FAILED + pickle.dumps(f"failed ({type(error).__name__})")


def _hold_leash() -> None:
    """Have the kernel end this process when its parent lets go of our standard input.

    A thread that waits for that would wait for ever where a job holds the interpreter's lock, as a
    regular expression does.
    """
    flags = fcntl.fcntl(0, fcntl.F_GETFL)
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, flags | os.O_ASYNC)  # by SIGIO, which ends a process
    if select.select([0], [], [], 0)[0]:  # it was gone before
        sys.exit()


def _limit_memory(most: int) -> None:
    """Let the address space grow by `most` bytes from here, where the system can hold that."""
    try:
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        allowed = taken + most if hard == resource.RLIM_INFINITY else min(taken + most, hard)
        resource.setrlimit(resource.RLIMIT_AS, (allowed, hard))
    except (ValueError, OSError):  # macOS has the limit's name and does not keep to it
        return
