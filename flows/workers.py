"""Worker processes for input that may hang, blow up or crash whoever reads it.

    with Workers(2) as workers:
        for index, outcome in workers.run(parse_body, bodies, deadline_s=10):
            …

A worker is used again, replaced after some jobs, limited in its memory, and killed when a job is
over its deadline; the other jobs go on. No worker outlives the pool or the process that has it.

Why not `multiprocessing`, or a library on top of it: its children import the program that starts
them, which takes the command line 1.1 s of CPU and 100 MB each where a worker here takes 0.05 s and
what its job needs, and they share locks that a killed worker may take to its grave.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from multiprocessing import Pipe
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar

from flows.jobs import FAILED, REFUSED, TOO_LARGE, VALUE
from monitors.errors import MonitorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

Job = TypeVar("Job")
Value = TypeVar("Value")

# How long a worker may take to start and to import what a job needs, on a very busy machine.
_START_S = 60.0


@dataclass(frozen=True, slots=True)
class Done(Generic[Value]):
    """A job that was done, and what came of it."""

    value: Value


@dataclass(frozen=True, slots=True)
class NotDone:
    """A job that was not done, and why.

    `reason` is "timeout" (over its deadline), "too_complex" (over the memory limit, nested too
    deep, or the worker crashed on it), "failed" (it raised something unforeseen), or the reason of
    the FeedError that it raised. `detail` says it in words.
    """

    reason: Literal["timeout", "too_complex", "failed"] | str  # noqa: PYI051 - the ones of ours
    detail: str


class Workers:
    """A pool of at most `count` workers; each does `recycle_after` jobs and is then replaced.

    `memory_bytes` is what a worker may take beyond the bare interpreter.
    Methods may be called from several threads; an event loop asks by `asyncio.to_thread`.
    """

    def __init__(
        self, count: int, *, memory_bytes: int = 700_000_000, recycle_after: int = 200
    ) -> None:
        self._count, self._memory_bytes, self._recycle_after = count, memory_bytes, recycle_after
        # Places for workers; a place is empty until it is needed, the one used last is used next.
        self._places: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        self._closing = threading.Event()

    def __enter__(self) -> Self:
        for _ in range(self._count):
            self._places.put(None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        for _ in range(self._count):
            if worker := self._places.get():
                worker.kill()

    def do(
        self, function: Callable[[Job], Value], job: Job, *, deadline_s: float
    ) -> Done[Value] | NotDone:
        """Have a worker call `function(job)`; both are pickled, so give a module's function.

        Waits for a free worker first; the deadline counts from when the function is called.
        """
        return self._do(function, job, deadline_s, self._closing)

    def _do(
        self,
        function: Callable[[Job], Value],
        job: Job,
        deadline_s: float,
        called_off: threading.Event,
    ) -> Done[Value] | NotDone:
        request = pickle.dumps((function, job, deadline_s))
        worker = self._places.get()
        try:
            if worker is None or worker.jobs >= self._recycle_after:
                if worker:
                    worker.kill()
                worker = _Worker(self._memory_bytes)
            return worker.do(request, deadline_s, called_off)
        finally:
            self._places.put(worker if worker and worker.is_alive else None)

    def run(
        self, function: Callable[[Job], Value], jobs: Iterable[Job], *, deadline_s: float
    ) -> Iterator[tuple[int, Done[Value] | NotDone]]:
        """`function` over `jobs`: each one's number from 0 and what became of it, as they end.

        At most twice as many jobs are taken from `jobs` ahead of time as there are workers.
        """
        numbered = enumerate(jobs)
        called_off = threading.Event()
        with ThreadPoolExecutor(self._count) as threads:

            def start(number: int, job: Job) -> Future[tuple[int, Done[Value] | NotDone]]:
                return threads.submit(
                    lambda: (number, self._do(function, job, deadline_s, called_off))
                )

            try:
                pending = {start(*each) for each in islice(numbered, 2 * self._count)}
                while pending:
                    ended, pending = wait(pending, return_when=FIRST_COMPLETED)
                    pending |= {start(*each) for each in islice(numbered, len(ended))}
                    for future in ended:
                        yield future.result()
            except BaseException:
                # Who leaves early, by Ctrl-C for one, does not wait for the jobs under way.
                called_off.set()
                threads.shutdown(wait=False, cancel_futures=True)
                raise


class _Worker:
    """One process, and our end of the pipe to it."""

    def __init__(self, memory_bytes: int) -> None:
        self.jobs = 0
        self._pipe, theirs = Pipe()
        # A worker finds what we find, and nothing that happens to lie in the current folder.
        code = (
            f"import sys; sys.path[:] = {_import_path()!r}; "
            f"from flows.jobs import serve; serve({theirs.fileno()}, {memory_bytes})"
        )
        try:
            # Its standard input is the leash; a session of its own, so that Ctrl-C in a terminal
            # reaches only us.
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-W", "ignore", "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env=_environment(),
            )
        finally:
            theirs.close()

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def do(
        self, request: bytes, deadline_s: float, called_off: threading.Event
    ) -> Done[Any] | NotDone:
        try:
            self._pipe.send_bytes(request)
            if not self._hears(_START_S, called_off):
                raise MonitorError("a worker process did not start")  # noqa: TRY301 - killed below
            self._pipe.recv_bytes()
        except (EOFError, OSError) as error:
            self.kill()
            raise MonitorError("a worker process ended before it began") from error
        except BaseException:
            self.kill()
            raise
        self.jobs += 1
        return self._outcome(deadline_s, called_off)

    def _outcome(self, deadline_s: float, called_off: threading.Event) -> Done[Any] | NotDone:
        try:
            if self._hears(deadline_s, called_off):
                return _outcome_of(self._pipe.recv_bytes())
            self.kill()
        except (EOFError, OSError):
            self.kill()
            return NotDone("too_complex", "the process that read it crashed")
        if called_off.is_set():
            return NotDone("failed", "the reading was called off")
        return NotDone("timeout", f"not read within {deadline_s:g} seconds")

    def _hears(self, seconds: float, called_off: threading.Event) -> bool:
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0 and not called_off.is_set():
            if self._pipe.poll(min(left, 0.2)):
                return True
        return False

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        self._pipe.close()


def _outcome_of(answer: bytes) -> Done[Any] | NotDone:
    content = pickle.loads(answer[1:])  # noqa: S301 - from our own child
    match answer[:1]:
        case kind if kind == VALUE:
            return Done(content)
        case kind if kind == REFUSED:
            return NotDone(*content)
        case kind if kind == TOO_LARGE:
            what = "memory" if content == "MemoryError" else "depth"
            return NotDone("too_complex", f"it needs more {what} than a worker may use")
        case kind if kind == FAILED:
            return NotDone("failed", content)
    raise AssertionError(answer[:1])


def _import_path() -> list[str]:
    return [str(Path(place).absolute()) for place in sys.path]


def _environment() -> dict[str, str]:
    # More than one thread in a worker would only cost memory.
    return {**os.environ, "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
