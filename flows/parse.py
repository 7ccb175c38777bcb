"""Feeds read in worker processes, so that no feed can hang or break the others' reading."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.workers import Done, NotDone, Workers
from monitors.errors import FeedError, NotAFeedError
from monitors.feeds import parse_feed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from flows.fetch import FetchResult
    from monitors.records import Feed, FeedDocument

# A feed of 10 MB in 1,000 entries takes some two seconds.
DEADLINE_S = 20.0
# A folder may hold thousands of pages, of which one takes up to a tenth of a second.
_FOLDER_DEADLINE_S = 900.0
_MOST_WORKERS = 4
# A worker takes as long to start as to read thirty feeds.
_FEEDS_OF_A_WORKER = 1_000


@dataclass(frozen=True, slots=True)
class FeedBody:
    """A body to read, and what is known of it: its Content-Type and where it came from."""

    body: bytes
    content_type: str | None
    url: str
    now: datetime


@dataclass(frozen=True, slots=True)
class FolderBody:
    """A folder to read as a feed, how large a file of it may be, and how long a page may take."""

    feed: Feed
    max_bytes: int
    now: datetime
    page_seconds: float = DEADLINE_S


Body = FeedBody | FolderBody


def body_of(feed: Feed, result: FetchResult, max_bytes: int, now: datetime) -> Body:
    """What is to be read of a feed that was fetched."""
    if feed.is_folder:
        return FolderBody(feed, max_bytes, now)
    return FeedBody(result.body or b"", result.content_type, result.url, now)


def feed_workers() -> Workers:
    """The pool that feeds are read in; to be used as a context manager."""
    return Workers(min(os.cpu_count() or 1, _MOST_WORKERS), recycle_after=_FEEDS_OF_A_WORKER)


def parse_bodies(
    workers: Workers, bodies: Iterable[Body], *, deadline_s: float | None = None
) -> Iterator[tuple[int, FeedDocument | FeedError]]:
    """Read `bodies`: each one's number and the document, or why there is none, as they are done."""
    for number, outcome in workers.run(parse_body, bodies, deadline_s=deadline_s or DEADLINE_S):
        yield number, _document(outcome)


def parse_in(workers: Workers, body: Body, *, deadline_s: float | None = None) -> FeedDocument:
    """Read one body in one of `workers`.

    Raises:
        FeedError: it is no feed, or took more time or memory than it may.
    """
    longest = _FOLDER_DEADLINE_S if isinstance(body, FolderBody) else DEADLINE_S
    document = _document(workers.do(parse_body, body, deadline_s=deadline_s or longest))
    if isinstance(document, FeedError):
        raise document
    return document


def parse_body(body: Body) -> FeedDocument:
    """What a worker does with a body."""
    if isinstance(body, FolderBody):
        # Much is imported for folders that a feed does not need.
        from flows.page_extract import extract_in, page_workers  # noqa: PLC0415
        from flows.sources.folders import read_folder  # noqa: PLC0415

        # In a worker of its own, so that one page costs at most itself.
        with page_workers(1) as workers:
            extract = extract_in(workers, body.page_seconds)
            return read_folder(body.feed, body.max_bytes, body.now, extract)
    return parse_feed(body.body, content_type=body.content_type, url=body.url, now=body.now)


def _document(outcome: Done[FeedDocument] | NotDone) -> FeedDocument | FeedError:
    if isinstance(outcome, Done):
        return outcome.value
    if outcome.reason == "not_a_feed":
        return NotAFeedError(outcome.detail)
    # "timeout" is the word for a server that is slow; here it is the feed that asks too much.
    reason = "too_complex" if outcome.reason == "timeout" else outcome.reason
    return FeedError(reason, outcome.detail)
