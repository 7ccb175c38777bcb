"""Feeds read in worker processes: one that asks too much is given up, the others are read."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from flows.parse import FeedBody, feed_workers, parse_bodies, parse_in
from flows.workers import Workers
from monitors.errors import FeedError
from monitors.feeds import parse_feed
from monitors.records import FeedDocument

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2024, 4, 3, tzinfo=UTC)


def rss(*items: str) -> str:
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"><channel><title>T</title>{inner}</channel></rss>'


# feedparser looks for a mail address in an author's name, in time that grows with its square: this
# one takes a quarter of an hour.
QUADRATIC = rss(f"<title>A</title><author><![CDATA[<{'a' * 300_000}]]></author>")
GOOD = rss("<title>Good</title><link>https://post.example/a</link>")


@pytest.fixture
def workers() -> Iterator[Workers]:
    with feed_workers() as pool:
        yield pool


def body(text: str) -> FeedBody:
    return FeedBody(text.encode(), None, "https://post.example/feed", NOW)


def test_a_field_that_makes_the_parser_quadratic_costs_only_its_own_feed(workers: Workers) -> None:
    """Row 19."""
    started = time.monotonic()
    bodies = [GOOD, QUADRATIC, GOOD, "<html></html>", GOOD]
    found = dict(parse_bodies(workers, map(body, bodies), deadline_s=1.5))
    assert time.monotonic() - started < 20
    good = [found[each] for each in (0, 2, 4)]
    assert all(isinstance(each, FeedDocument) and each.entries for each in good)
    slow, page = found[1], found[3]
    assert isinstance(slow, FeedError)
    assert (slow.reason, slow.detail) == ("too_complex", "not read within 1.5 seconds")
    assert isinstance(page, FeedError)
    assert page.reason == "not_a_feed"


def test_a_worker_reads_what_this_process_would_read(workers: Workers) -> None:
    here = parse_feed(GOOD.encode(), url="https://post.example/feed", now=NOW)
    assert parse_in(workers, body(GOOD)) == here


def test_the_largest_feeds_fit_into_a_worker(workers: Workers) -> None:
    """Rows 12 and 20: as much as is ever fetched, in many entries and in one field."""
    paragraph = f"<description>{'word ' * 1_900}</description>"
    many = rss(*[f"<title>{number}</title>{paragraph}" for number in range(1_000)])
    field = rss(f"<title>A</title><description>{'word ' * 1_990_000}</description>")
    read = dict(parse_bodies(workers, map(body, (many, field)), deadline_s=100))
    sizes = {n: len(each.entries) for n, each in read.items() if isinstance(each, FeedDocument)}
    assert sizes == {0: 1_000, 1: 1}


def test_a_feed_that_needs_too_much_memory_is_given_up() -> None:
    """Row 21: elements in each other a million deep."""
    with Workers(1, memory_bytes=100_000_000) as workers:
        with pytest.raises(FeedError) as caught:
            parse_in(workers, body(rss(f"<title>A</title>{'<x>' * 1_000_000}")), deadline_s=100)
        assert caught.value.reason == "too_complex"
        assert parse_in(workers, body(GOOD)).entries
