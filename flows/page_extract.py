"""The text of pages, found by workers that are killed at the deadline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.workers import Done, Workers
from monitors.extraction import Page, extract_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from flows.workers import NotDone
    from monitors.extraction import Extract

    # What `extract_page` takes: body, content type, URL and now.
    Job = tuple[bytes, str | None, str, datetime]

_WORKERS = 2


def page_workers(count: int = _WORKERS) -> Workers:
    """The pool that pages are read in; to be used as a context manager."""
    return Workers(count)


def extract_pages(workers: Workers, jobs: Sequence[Job], deadline_s: float) -> list[Page]:
    """Each page, in the order of `jobs`."""
    pages: dict[int, Page] = {}
    for number, outcome in workers.run(extract_job, jobs, deadline_s=deadline_s):
        pages[number] = _page(outcome)
    return [pages[number] for number in range(len(jobs))]


def extract_in(workers: Workers, deadline_s: float) -> Extract:
    """`extract_page`, done by `workers`."""

    def extract(body: bytes, content_type: str | None, url: str, now: datetime) -> Page:
        job = (body, content_type, url, now)
        return _page(workers.do(extract_job, job, deadline_s=deadline_s))

    return extract


def extract_job(job: Job) -> Page:
    """What a worker does with a page."""
    return extract_page(*job)


def _page(outcome: Done[Page] | NotDone) -> Page:
    return outcome.value if isinstance(outcome, Done) else Page("", problem="too_slow")
