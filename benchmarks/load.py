"""Time and memory of polling many feeds, beside `reader` and newsboat on the same server.

    pip install -e '.[benchmarks]'; apt-get install newsboat
    python -m benchmarks.load [FEEDS [ROUNDS]]

FEEDS (2,000) feeds of mixed sizes and speeds on loopback, a tenth of them broken: servers that
never answer, errors, web pages, answers cut in the middle. Each of ROUNDS (5) rounds begins with
empty databases and polls twice, subject after subject: all feeds at first sight, then the well
ones, which all answer 304. Times are those of whole processes, their start included; processor time
is theirs and their children's, and tells more than the clock on a machine that others use. Memory
is the most that a process with all its children held (PSS). A subject that is not installed is left
out.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import psutil

from benchmarks.corpora import ROOT
from benchmarks.load_server import fault_of, host_of
from benchmarks.load_subjects import command, count_entries, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

POLLS = ("full poll", "all-304 poll")
_LOOK_EVERY_S = 0.05
_GIVE_UP_S = 900


@dataclass(frozen=True, slots=True)
class Measured:
    """One poll of one subject."""

    seconds: float
    cpu_seconds: float
    megabytes: float
    entries: int


def main() -> None:
    feeds, rounds = [*map(int, sys.argv[1:3]), *(2_000, 5)[len(sys.argv) - 1 :]]
    subjects = [subject for subject in ("stancewatch", "reader", "newsboat") if _is_there(subject)]
    measured: dict[tuple[str, str], list[Measured]] = {}
    with _server(feeds) as port:
        every = [f"http://{host_of(n)}:{port}/{n}" for n in range(feeds)]
        well = [url for n, url in enumerate(every) if fault_of(n) is None]
        for number in range(rounds):
            with tempfile.TemporaryDirectory() as scratch:
                for poll, urls in zip(POLLS, (every, well), strict=True):
                    # Who comes first finds a colder machine: turn by turn.
                    for subject in (
                        subjects[number % len(subjects) :] + subjects[: number % len(subjects)]
                    ):
                        folder = Path(scratch) / subject
                        prepare(folder, urls)
                        one = measure(subject, folder)
                        measured.setdefault((poll, subject), []).append(one)
                        print(
                            f"round {number + 1}, {poll}, {subject}: {one.seconds:.1f} s, "
                            f"{one.cpu_seconds:.1f} s of CPU, {one.megabytes:.0f} MB, "
                            f"{one.entries:,} entries kept",
                            flush=True,
                        )
    show(feeds, rounds, subjects, measured)


def measure(subject: str, folder: Path) -> Measured:
    """Run one poll in a process of its own."""
    began, used = time.perf_counter(), _cpu_of_children()
    process = psutil.Popen(
        command(subject, folder), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    most = 0
    while process.poll() is None:
        most = max(most, _memory(process))
        if time.perf_counter() - began > _GIVE_UP_S:
            process.kill()
        time.sleep(_LOOK_EVERY_S)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"{subject} failed: {process.stderr.read().decode()[-2_000:]}")
    cpu_seconds = _cpu_of_children() - used
    return Measured(seconds, cpu_seconds, most / 1e6, count_entries(subject, folder))


def _cpu_of_children() -> float:
    """Seconds that all processes below this one have used which have been waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _memory(process: psutil.Process) -> int:
    """What a process and its children hold, shared pages shared out among them."""
    total = 0
    with suppress(psutil.NoSuchProcess):
        for one in [process, *process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                total += one.memory_full_info().pss
    return total


def show(
    feeds: int,
    rounds: int,
    subjects: list[str],
    measured: dict[tuple[str, str], list[Measured]],
) -> None:
    """Print medians, and round by round how many times as long the others take."""
    print(f"\n{feeds:,} feeds, a tenth broken; median of {rounds} rounds")
    for poll in POLLS:
        print(f"\n{poll}")
        own = measured[poll, "stancewatch"]
        for subject in subjects:
            ones = measured[poll, subject]
            line = f"  {subject:<12} {median(one.seconds for one in ones):7.1f} s"
            line += f" {median(one.cpu_seconds for one in ones):7.1f} s of CPU"
            line += f" {median(one.megabytes for one in ones):7.0f} MB"
            line += f" {median(one.entries for one in ones):9,.0f} entries"
            if subject != "stancewatch":
                times = [b.seconds / a.seconds for a, b in zip(own, ones, strict=True)]
                spread = f"{min(times):.2f} to {max(times):.2f}"
                line += f"   {median(times):.2f} times as long ({spread})"
            print(line)


def _is_there(subject: str) -> bool:
    there = shutil.which("newsboat") if subject == "newsboat" else True
    if subject == "reader":
        there = find_spec("reader")
    if not there:
        print(f"{subject} is not installed and is left out")
    return bool(there)


@contextmanager
def _server(feeds: int) -> Iterator[int]:
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load_server", str(feeds)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout
    assert server.stdin
    try:
        yield int(server.stdout.readline())
    finally:
        server.stdin.close()
        server.wait(10)


if __name__ == "__main__":
    main()
