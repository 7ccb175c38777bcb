"""The text of fetched pages, found by workers that are killed at the deadline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.workers import Done, Workers
from monitors.extraction import Page, extract_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    # What `extract_page` takes: body, content type, URL and now.
    Job = tuple[bytes, str | None, str, datetime]

_WORKERS = 2


def page_workers() -> Workers:
    """The pool that pages are read in; to be used as a context manager."""
    return Workers(_WORKERS)


def extract_pages(workers: Workers, jobs: Sequence[Job], deadline_s: float) -> list[Page | None]:
    """Each page, in the order of `jobs`; None where its text was not found within the bounds."""
    pages: list[Page | None] = [None] * len(jobs)
    for number, outcome in workers.run(extract_job, jobs, deadline_s=deadline_s):
        if isinstance(outcome, Done):
            pages[number] = outcome.value
    return pages


def extract_job(job: Job) -> Page:
    """What a worker does with a page."""
    return extract_page(*job)
