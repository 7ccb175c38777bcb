"""The articles of a site, found by its sitemaps and read page by page, for a backfill."""

from __future__ import annotations

import gzip
import zlib
from collections import deque
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from flows.backfill import LeftOut
from flows.page_fetch import judge_page
from flows.sources.archives import draft_of_page
from monitors.canonical_urls import canonical_url
from monitors.errors import FeedError, FetchError
from monitors.listed_addresses import listed_address_problem
from monitors.sitemaps import parse_sitemap
from monitors.sites import site_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime

    from flows.admit import Draft
    from flows.sources.archives import Scope
    from flows.sources.politeness import PoliteClient
    from monitors.extraction import Extract
    from monitors.records import DateSource
    from monitors.sitemaps import Listed

MAX_SITEMAPS, MAX_DEPTH, MAX_PAGES = 1_000, 4, 100_000
_GZIP = b"\x1f\x8b"
# What another try, or other dates, may change; anything else a page is asked for once only.
_PASSING = frozenset({
    "out_of_range", "http_error", "timeout", "dns", "refused", "tls", "redirect_loop", "blocked",
    "robots_unreachable", "broken_off",
})  # fmt: skip
_STATUSES = {404: "not_found", 410: "gone"}


@dataclass(frozen=True, slots=True)
class SiteReader:
    """Reads a site within a scope; `known` says which addresses need not be asked for again.

    Hosts in `allowed` are those of the user's own network that may be asked.
    """

    client: PoliteClient
    scope: Scope
    extract: Extract
    known: Callable[[Sequence[str]], Collection[str]]
    max_bytes: int
    allowed: Collection[str] = field(default=())

    def find_pages(self, url: str) -> list[Listed]:
        """The pages in scope that a sitemap lists, or those that it refers to; of one site only.

        For the address of a site its robots.txt says where the sitemaps are.

        Raises:
            FeedError: there is no sitemap.
        """
        starts = [url]
        if urlsplit(url).path in {"", "/"}:
            starts = list(self.client.sitemaps_of(url)) or [urljoin(url, "/sitemap.xml")]
        waiting = deque((start, 1) for start in starts)
        seen: set[str] = set()
        pages: dict[str, Listed] = {}
        failed: FeedError | None = None
        while waiting and len(seen) < MAX_SITEMAPS and len(pages) < MAX_PAGES:
            place, depth = waiting.popleft()
            if place in seen or not self._is_own(place, url):
                continue
            seen.add(place)
            try:
                found = parse_sitemap(self._sitemap(place), url=place, now=self.scope.now)
            except FeedError as error:
                failed = error
                continue
            if depth < MAX_DEPTH:
                waiting.extend(
                    (one.url, depth + 1) for one in found.sitemaps if self._may_hold(one)
                )
            for page in found.pages:
                if self._is_wanted(page) and self._is_own(page.url, url):
                    pages.setdefault(canonical_url(page.url), page)
        if failed is not None and not pages:
            raise failed
        return sorted(pages.values(), key=_age)[:MAX_PAGES]

    def read_pages(
        self, pages: Sequence[Listed], tell: Callable[[int], None] = lambda _: None
    ) -> Iterator[Draft | LeftOut]:
        """The pages as drafts, one after the other; `tell` hears how many have been asked for."""
        known = self.known([canonical_url(page.url) for page in pages])
        for done, page in enumerate(pages, start=1):
            tell(done)
            if canonical_url(page.url) in known:
                yield LeftOut(canonical_url(page.url), "known")
                continue
            found = self._read(page)
            if isinstance(found, LeftOut):
                kept = found.reason not in _PASSING
                found = LeftOut(found.url, found.reason, found.detail, kept)
            yield found

    def _read(self, page: Listed) -> Draft | LeftOut:
        url = canonical_url(page.url)
        try:
            answer = self.client.read(page.url)
        except FetchError as error:
            if error.reason == "rate_limited":
                raise
            return LeftOut(url, error.reason, error.detail)
        came = judge_page(page.url, answer)
        if came.body is None:
            return LeftOut(url, came.problem or "http_error", f"status {answer.status}")
        found = self.extract(came.body, came.content_type, came.url, self.scope.now)
        return draft_of_page(found, page.url, _dated(page), self.scope)

    def _sitemap(self, url: str) -> bytes:
        answer = self.client.read(url)
        if answer.body is None:
            raise FetchError(_STATUSES.get(answer.status, "http_error"), f"status {answer.status}")
        return _unpacked(answer.body, self.max_bytes)

    def _may_hold(self, sitemap: Listed) -> bool:
        """Whether a list may name a page in scope: one that did not change since cannot."""
        since = self.scope.since
        return since is None or sitemap.modified_at is None or sitemap.modified_at >= since

    def _is_wanted(self, page: Listed) -> bool:
        moment = page.published_at or page.modified_at
        return moment is None or self.scope.holds(moment)

    def _is_own(self, url: str, of: str) -> bool:
        """Whether an address belongs to the site that was named, or to a part of it."""
        if urlsplit(url).netloc == urlsplit(of).netloc:
            return True
        own, site = site_of(url), site_of(of)
        related = own == site or own.endswith(f".{site}") or site.endswith(f".{own}")
        return related and listed_address_problem(url, self.allowed) is None


def _age(page: Listed) -> tuple[bool, str, str]:
    moment = page.published_at or page.modified_at
    return moment is None, str(moment), page.url


def _dated(page: Listed) -> tuple[datetime | None, DateSource]:
    if page.published_at is not None:
        return page.published_at, "published"
    return page.modified_at, "updated"


def _unpacked(body: bytes, max_bytes: int) -> bytes:
    if not body.startswith(_GZIP):
        return body
    try:
        with gzip.GzipFile(fileobj=BytesIO(body)) as file:
            unpacked = file.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise FeedError("not_a_sitemap", "its compression is damaged") from error
    if len(unpacked) > max_bytes:
        raise FetchError("too_large", f"more than {max_bytes:,} bytes", retryable=False)
    return unpacked
