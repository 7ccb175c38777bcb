"""How long a worker process takes until its first job is done, in CPU time.

    python -m benchmarks.workers [ROUNDS]

For a job that needs nothing, the seed feed and an article page; and, to compare, the import of the
command line, which `multiprocessing` would repeat in each worker.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.corpora import ROOT
from flows.page_extract import extract_job
from flows.parse import FeedBody, parse_body
from flows.workers import Done, Workers

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2024, 4, 2, tzinfo=UTC)
FROM = "https://news.example/"


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    feed = FeedBody((ROOT / "seeds" / "seed-feed.xml").read_bytes(), None, FROM, NOW)
    page = ((ROOT / "tests" / "pages" / "article.html").read_bytes(), "text/html", FROM, NOW)
    jobs: dict[str, Callable[[], object]] = {
        "a worker, nothing to read": lambda: do(os.path.basename, "a"),
        "a worker and its first feed": lambda: do(parse_body, feed),
        "a worker and its first page": lambda: do(extract_job, page),
        "import of the command line": lambda: subprocess.run(
            [sys.executable, "-c", "import flows.cli"], cwd=ROOT, check=True
        ),
    }
    for name, job in jobs.items():
        seconds = median(cpu_of(job) for _ in range(rounds))
        print(f"{name:<28} {seconds:.2f} s of CPU, median of {rounds}")


def do(function: Callable[[Any], object], job: object) -> None:
    with Workers(1) as workers:
        assert isinstance(workers.do(function, job, deadline_s=60), Done)


def cpu_of(job: Callable[[], object]) -> float:
    """The CPU time of the processes that `job` starts and waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    job()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
