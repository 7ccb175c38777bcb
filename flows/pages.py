"""Articles of which a feed carries only a summary are read from their pages.

    entries -> those that need their page (`page_choice`) -> waiting -> fetched (`page_fetch`)
            -> extracted (`page_extract`) -> admitted, with the page's text or, whatever went
            wrong, with the feed's

They wait in the table `pages`, so that nothing is lost between the run that saw an entry and the
run that has time for its page.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flows.admit import Draft, admit, with_headline
from flows.page_extract import page_workers
from flows.page_reader import PageReader, Reading, batches_of, chosen_pages
from flows.robots import origin_of
from flows.store import transaction
from flows.store.articles import current_versions
from flows.store.pages import (
    SettledPage,
    kept_robots,
    known_pages,
    save_robots,
    settle_pages,
    waiting_pages,
)
from flows.wiring import no_progress
from monitors.canonical_urls import canonical_url
from monitors.identity import content_hash
from monitors.sites import site_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from flows.store.pages import KnownPage, WantedPage
    from flows.store.sketches import KnownSketches
    from flows.wiring import Installation, Progress
    from monitors.extraction import Page

# What is left after so many seconds waits for the next run.
_LONGEST_S = 600
_SWITCHED_OFF = "switched_off"


@dataclass(frozen=True, slots=True)
class PagesReport:
    """How many pages were read and wait for the next run; why each of the others was not read."""

    read: int = 0
    waiting: int = 0
    unread: tuple[str, ...] = ()


def read_pages(
    installation: Installation,
    now: datetime,
    known: KnownSketches,
    progress: Progress = no_progress,
) -> PagesReport:
    """Read the pages that wait, as far as the bounds of a run go; each batch commits by itself.

    Raises:
        StoreError: the database cannot be written.
    """
    with installation.database.read() as connection:
        waiting = waiting_pages(connection)
        kept = kept_robots(connection, {origin_of(page.link) for page in waiting})
    if not waiting:
        return PagesReport()
    settings = installation.config.settings
    with page_workers() as workers:
        fetch = settings.fetch.fetch_settings()
        reader = PageReader(workers, settings.pages, fetch, kept, now)
        readings = _read_in_batches(
            installation, reader, waiting, now, known=known, progress=progress
        )
    hopeless = _hopeless(installation, waiting, readings, reader)
    readings += _keep(installation, hopeless, reader, now, known)
    unread = tuple(reading.problem for reading in readings if reading.problem)
    return PagesReport(len(readings) - len(unread), len(waiting) - len(readings), unread)


def _read_in_batches(
    installation: Installation,
    reader: PageReader,
    waiting: Sequence[WantedPage],
    now: datetime,
    *,
    known: KnownSketches,
    progress: Progress,
) -> list[Reading]:
    chosen = chosen_pages(waiting, installation.config.settings.pages)
    readings: list[Reading] = []
    stop_at = time.monotonic() + _LONGEST_S
    for batch in batches_of(chosen):
        if time.monotonic() < stop_at:
            readings += _keep(installation, reader.read(batch), reader, now, known)
            progress("reading pages", len(readings), len(chosen))
    return readings


def _hopeless(
    installation: Installation,
    waiting: Sequence[WantedPage],
    readings: Sequence[Reading],
    reader: PageReader,
) -> list[Reading]:
    """Those for which waiting longer is of no use: their host gives nothing, or pages are off."""
    off = None if installation.config.settings.pages.per_run else _SWITCHED_OFF
    done = {reading.wanted.link for reading in readings}
    rest = [page for page in waiting if page.link not in done]
    given_up = [Reading(page, problem=off or reader.problem_of_host(page.link)) for page in rest]
    return [reading for reading in given_up if reading.problem]


def _keep(
    installation: Installation,
    readings: list[Reading],
    reader: PageReader,
    now: datetime,
    known: KnownSketches,
) -> list[Reading]:
    """Admit what was read, and the summaries of what was not; or nothing of the batch."""
    if not readings:
        return []
    with installation.database.write() as connection, transaction(connection):
        links = [reading.wanted.link for reading in readings]
        before = known_pages(connection, links)
        canonical = [_canonical(reading.page) for reading in readings]
        articles = current_versions(connection, [*links, *filter(None, canonical)])
        kept = {url: article.content_hash for url, article in articles.items()}
        drafts, settled = [], []
        for reading in readings:
            url = _address(reading, before[reading.wanted.link], kept)
            settled.append(SettledPage(reading.wanted.link, url, reading.problem))
            # An earlier reading of the page tells more than the summary does.
            if reading.page or before[reading.wanted.link].read_at is None:
                drafts.append(_draft(reading, url))
                kept.setdefault(url, content_hash(drafts[-1].text))
        admit(connection, drafts, known)
        settle_pages(connection, settled, now)
        save_robots(connection, reader.robots.take_fetched(), now)
    return readings


def _draft(reading: Reading, url: str) -> Draft:
    wanted, page = reading.wanted, reading.page
    draft = Draft(
        url=url,
        feed_id=wanted.feed_id,
        outlet=wanted.outlet,
        title=wanted.title,
        text=wanted.text,
        published_at=wanted.published_at,
        date_source=wanted.date_source,
        first_seen_at=wanted.first_seen_at,
        text_source="summary",
        text_problem=reading.problem,
    )
    return _with_page(draft, page) if page else draft


def _with_page(draft: Draft, page: Page) -> Draft:
    if draft.date_source == "first_seen" and page.published_at is not None:
        draft = replace(draft, published_at=page.published_at, date_source="page")
    return replace(
        draft,
        text=with_headline(draft.title, page.text),
        language=page.language,
        text_source="page",
        author=page.author,
        modified_at=page.modified_at,
    )


def _canonical(page: Page | None) -> str | None:
    return canonical_url(page.canonical_url) if page and page.canonical_url else None


def _address(reading: Reading, before: KnownPage, kept: Mapping[str, str]) -> str:
    """What the article is kept under: the page's own address, if it is the same site's.

    What is kept already (`kept` has its content hash by URL) stays where it is. A front page is no
    article's address, whatever the page says, and neither is that of another article.
    """
    link, canonical = reading.wanted.link, _canonical(reading.page)
    if before.url or link in kept or not canonical or not reading.page:
        return before.url or link
    if site_of(link) != site_of(canonical) or urlsplit(canonical).path == "/":
        return link
    text = with_headline(reading.wanted.title, reading.page.text)
    return canonical if kept.get(canonical) in {None, content_hash(text)} else link
