"""Pages that are wanted to pages that are read, host by host, and when to leave a host alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.page_extract import extract_pages
from flows.page_fetch import PageFetcher, host_of
from flows.robots import Robots
from monitors.page_quality import misses_article

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from flows.config.options import PageOptions
    from flows.fetch import FetchSettings
    from flows.page_fetch import PageAnswer
    from flows.store.pages import WantedPage
    from flows.workers import Workers
    from monitors.extraction import Page

# So many pages of a host are asked for before it is looked at what they were good for.
_OF_HOST_AT_ONCE = 3
_AT_ONCE = 30
# Bodies are not read for these, so they say nothing of what the host's other pages hold.
_OF_ONE_PAGE = frozenset({"robots", "not_found", "gone"})


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of a wanted page: the page, or why it cannot be used, in one word."""

    wanted: WantedPage
    page: Page | None = None
    problem: str | None = None


class PageReader:
    """Reads batches of pages, and remembers which hosts have been of no use in this run."""

    def __init__(
        self,
        workers: Workers,
        options: PageOptions,
        settings: FetchSettings,
        kept_robots: Mapping[str, tuple[str, datetime]],
        now: datetime,
    ) -> None:
        self._workers, self._options, self._now = workers, options, now
        self.robots = Robots(kept_robots, now=now, timeout_s=options.timeout_seconds)
        self._fetcher = PageFetcher(
            options.fetch_settings(settings), self.robots, options.delay_seconds
        )
        self._useless: dict[str, list[str]] = defaultdict(list)

    def read(self, batch: Sequence[WantedPage]) -> list[Reading]:
        """Fetch and extract a batch; the answers come in its order."""
        asked = [page for page in batch if self.problem_of_host(page.link) is None]
        answers = dict(
            zip(
                [page.link for page in asked],
                self._extracted(self._fetcher.fetch([page.link for page in asked])),
                strict=True,
            )
        )
        readings = [self._judge(page, answers.get(page.link)) for page in batch]
        for reading in readings:
            self._remember(reading)
        return readings

    def problem_of_host(self, link: str) -> str | None:
        """Why the host of `link` is not asked any more in this run; None if it may be."""
        host = host_of(link)
        if silence := self._fetcher.silent.get(host):
            return silence
        useless = self._useless[host]
        return useless[-1] if len(useless) >= _OF_HOST_AT_ONCE else None

    def _extracted(self, answers: Sequence[PageAnswer]) -> list[tuple[Page | None, str | None]]:
        bodies = [answer for answer in answers if answer.body is not None]
        jobs = [(one.body or b"", one.content_type, one.url, self._now) for one in bodies]
        pages = dict(
            zip(
                [answer.link for answer in bodies],
                extract_pages(self._workers, jobs, self._options.extract_seconds),
                strict=True,
            )
        )
        return [(pages.get(answer.link), answer.problem) for answer in answers]

    def _judge(self, wanted: WantedPage, came: tuple[Page | None, str | None] | None) -> Reading:
        if came is None:
            return Reading(wanted, problem=self.problem_of_host(wanted.link))
        page, problem = came
        if page is not None:
            problem = page.problem or misses_article(page.text, wanted.title, wanted.text)
        return Reading(wanted, None if problem else page, problem)

    def _remember(self, reading: Reading) -> None:
        """A host that is good for one page is good for others."""
        useless = self._useless[host_of(reading.wanted.link)]
        if reading.problem is None:
            useless.clear()
        elif reading.problem not in _OF_ONE_PAGE:
            useless.append(reading.problem)


def chosen_pages(waiting: Sequence[WantedPage], options: PageOptions) -> list[WantedPage]:
    """Those that a run has room for, so many of each feed."""
    counts: dict[str, int] = defaultdict(int)
    chosen: list[WantedPage] = []
    for page in waiting:
        if len(chosen) < options.per_run and counts[page.feed_id] < options.per_feed:
            counts[page.feed_id] += 1
            chosen.append(page)
    return chosen


def batches_of(pages: Sequence[WantedPage]) -> Iterator[list[WantedPage]]:
    """The pages in batches with a few of each host."""
    rounds: dict[int, list[WantedPage]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    for page in pages:
        host = host_of(page.link)
        rounds[counts[host] // _OF_HOST_AT_ONCE].append(page)
        counts[host] += 1
    for _, together in sorted(rounds.items()):
        for start in range(0, len(together), _AT_ONCE):
            yield together[start : start + _AT_ONCE]
