"""Worker processes: killed at their deadline, bounded in memory, gone when their owner is gone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows.workers import Done, NotDone, Workers
from monitors.errors import MonitorError
from tests.builders import ROOT
from tests.hazards import ENDLESS, crash, nest, process_id, refuse, words

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def workers() -> Iterator[Workers]:
    with Workers(2, recycle_after=3) as pool:
        yield pool


def has_ended(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] == "Z"


def wait_for_end(process: int, seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while not has_ended(process) and time.monotonic() < until:
        time.sleep(0.02)
    return has_ended(process)


def test_each_job_is_answered_under_its_number(workers: Workers) -> None:
    numbers = [str(number) for number in range(20)]
    assert dict(workers.run(int, numbers, deadline_s=30)) == {n: Done(n) for n in range(20)}
    assert dict(workers.run(int, [], deadline_s=30)) == {}


def test_a_job_over_its_deadline_is_killed_and_the_others_finish(workers: Workers) -> None:
    """Row 19, whatever the job is; with feeds: test_parse.py."""
    started = time.monotonic()
    found = dict(workers.run(words, ["aa", ENDLESS, "b", "a", ENDLESS, "ab"], deadline_s=1))
    assert time.monotonic() - started < 20
    assert found[1] == found[4] == NotDone("timeout", "not read within 1 seconds")
    assert [found[each] for each in (0, 2, 3, 5)] == [Done(["aa"]), Done([]), Done(["a"]), Done([])]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps to RLIMIT_AS")
def test_a_job_over_its_memory_is_refused() -> None:
    """Rows 12 and 20."""
    with Workers(1, memory_bytes=200_000_000) as workers:
        refused = workers.do(bytearray, 600_000_000, deadline_s=30)
        assert refused == NotDone("too_complex", "it needs more memory than a worker may use")
        assert workers.do(len, bytes(1_000_000), deadline_s=30) == Done(1_000_000)


def test_a_crash_costs_only_the_job_that_crashed(workers: Workers) -> None:
    """Row 21: what overflows the stack of a parser in C ends like this."""
    found = dict(workers.run(crash, [0, 1, 0], deadline_s=30))
    crashed = NotDone("too_complex", "the process that read it crashed")
    assert found == {0: Done(0), 1: crashed, 2: Done(0)}


def test_what_a_job_raises_is_its_answer(workers: Workers) -> None:
    assert workers.do(refuse, "a form", deadline_s=30) == NotDone("not_a_feed", "a form")
    assert workers.do(int, "secret", deadline_s=30) == NotDone("failed", "failed (ValueError)")
    too_deep = NotDone("too_complex", "it needs more depth than a worker may use")
    assert workers.do(nest, 0, deadline_s=30) == too_deep


def test_a_worker_is_used_again_and_then_replaced() -> None:
    with Workers(1, recycle_after=3) as workers:
        found = [workers.do(process_id, 0, deadline_s=30) for _ in range(6)]
    assert found[0] == found[1] == found[2] != found[3] == found[4] == found[5]


def test_jobs_are_taken_when_there_is_somebody_to_do_them(workers: Workers) -> None:
    numbers = count()
    assert len(list(islice(workers.run(bool, numbers, deadline_s=30), 3))) == 3
    assert next(numbers) <= 3 + 2 * 2


def test_no_worker_outlives_the_pool() -> None:
    with Workers(2) as workers:
        found = [outcome for _, outcome in workers.run(process_id, [0.2, 0.2], deadline_s=30)]
    ids = {outcome.value for outcome in found if isinstance(outcome, Done)}
    assert len(ids) == 2
    assert all(map(has_ended, ids))


def test_leaving_does_not_wait_for_jobs_under_way() -> None:
    started = time.monotonic()
    with Workers(1) as workers:
        for _ in workers.run(process_id, [0, 60], deadline_s=60):
            break
        assert time.monotonic() - started < 20
        assert workers.do(abs, -1, deadline_s=30) == Done(1)


def test_several_threads_share_the_workers(workers: Workers) -> None:
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(workers.do(abs, -1, deadline_s=30)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [Done(1)] * 6


def test_a_worker_that_cannot_start_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(MonitorError, match="before it began"), Workers(1) as workers:
        workers.do(abs, -1, deadline_s=30)


@pytest.mark.parametrize("job", ["process_id, 60", "words, ENDLESS"])
def test_no_worker_outlives_a_killed_owner(job: str, tmp_path: Path) -> None:
    """Not even one that is in the middle of a regular expression and lets no other thread run."""
    script = (
        "import threading, subprocess, sys, time\n"
        "from flows.workers import Workers\n"
        "from tests.hazards import ENDLESS, process_id, words\n"
        "with Workers(1) as workers:\n"
        "    print(workers.do(process_id, 0, deadline_s=60).value, flush=True)\n"
        f"    workers.do({job}, deadline_s=60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=(tmp_path / "log").open("wb"),
    ) as owner:
        assert owner.stdout
        worker = int(owner.stdout.readline())
        time.sleep(0.3)
        assert not has_ended(worker)
        owner.send_signal(signal.SIGKILL)
        assert wait_for_end(worker)
