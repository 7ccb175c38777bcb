"""A folder as a feed: its files are the entries."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from flows.articles import read_articles
from flows.sources.files import find_files, open_inside
from flows.sources.warc import read_captures
from monitors.errors import ArticleError, FeedError
from monitors.extraction import extract_page
from monitors.feed_parts import MAX_FIELD
from monitors.feeds import absolute_url, parse_feed
from monitors.files import GivenFile, dated, read_file
from monitors.pages import clean_line, clean_text
from monitors.records import Entry, FeedDocument
from monitors.sites import site_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from flows.articles import GivenArticle
    from flows.sources.files import FoundFile
    from flows.sources.warc import Capture
    from monitors.extraction import Extract
    from monitors.records import Feed

MAX_ENTRIES, MAX_TEXT = 5_000, 100_000_000
_MOST_PROBLEMS = 20


def list_folder(feed: Feed) -> bytes:
    """What stands for the body of a folder: it is another one exactly where the folder changed.

    Raises:
        FetchError: there is no such folder, or it cannot be opened.
    """
    return find_files(Path(feed.path or "")).listing()


def read_folder(
    feed: Feed, max_bytes: int, now: datetime, extract: Extract = extract_page
) -> FeedDocument:
    """Read the files of a folder, the newest first; a broken file is a problem and no more.

    `max_bytes` bounds each file that is one text, and each page of an archive.

    Raises:
        FetchError: there is no such folder, or it cannot be opened.
    """
    reader = _FolderReader(Path(feed.path or ""), max_bytes, now, extract)
    entries = tuple(reader.read())
    problems = list(reader.problems)
    if len(problems) > _MOST_PROBLEMS:
        problems[_MOST_PROBLEMS:] = [f"and {len(problems) - _MOST_PROBLEMS} more of this kind"]
    return FeedDocument(feed.title, None, None, "folder", entries, tuple(problems))


class _FolderReader:
    """Reads file after file until there is enough; what it could not read goes to `problems`."""

    def __init__(self, folder: Path, max_bytes: int, now: datetime, extract: Extract) -> None:
        self._folder, self._max_bytes, self._now = folder, max_bytes, now
        self._extract = extract
        self.problems: dict[str, None] = {}

    def read(self) -> Iterator[Entry]:
        found = find_files(self._folder)
        self.problems |= dict.fromkeys(found.problems)
        count = characters = 0
        for file in found.files:
            for entry in self._tolerant(file):
                count, characters = count + 1, characters + len(entry.text)
                if count > MAX_ENTRIES or characters > MAX_TEXT:
                    self._problem("there is more; `stancewatch backfill` takes in large archives")
                    return
                yield entry

    def _tolerant(self, file: FoundFile) -> Iterator[Entry]:
        try:
            yield from self._entries(file)
        except (ArticleError, FeedError) as error:
            self._problem(f"{file.shown}: {error}")
        except OSError as error:
            self._problem(f"{file.shown}: cannot be read ({error.strerror or error})")
        except Exception as error:  # noqa: BLE001 - one file never stops another
            self._problem(f"{file.shown}: cannot be read ({type(error).__name__})")

    def _entries(self, file: FoundFile) -> Iterator[Entry]:
        with open_inside(self._folder, file.name) as opened:
            if file.kind == "rows":
                for article in read_articles(opened, file.shown):
                    yield self._of_row(article, file)
                return
            if file.kind == "warc":
                for capture in read_captures(opened, self._max_bytes, self._problem):
                    yield from self._of_capture(capture)
                return
            body = opened.read(self._max_bytes + 1)
        if len(body) > self._max_bytes:
            raise ArticleError(f"more than {self._max_bytes:,} bytes")
        if file.kind == "feed":
            yield from self._of_feed(body, None, "", file.shown)
        else:
            given = GivenFile(file.shown, body, file.modified_at)
            yield read_file(given, now=self._now, extract=self._extract)

    def _of_row(self, article: GivenArticle, file: FoundFile) -> Entry:
        published_at, source = dated(article.published_at, file.modified_at, self._now)
        text = clean_text(article.text[:MAX_FIELD])
        return Entry(
            entry_id=f"{file.shown}#{article.given_id}",
            title=clean_line(article.title),
            url=absolute_url("", article.url),
            text=text,
            summary=text,
            published_at=published_at,
            updated_at=None,
            date_source=source,
            outlet=clean_line(article.outlet),
        )

    def _of_capture(self, capture: Capture) -> Iterator[Entry]:
        if not capture.is_page:
            feed = (capture.body, capture.content_type, capture.url)
            for entry in self._of_feed(*feed, capture.url):
                yield replace(entry, outlet=site_of(capture.url))
            return
        page = self._extract(capture.body, capture.content_type, capture.url, self._now)
        url = absolute_url("", capture.url)
        if page.problem or url is None:
            self._problem(f"pages that are no articles were left out ({page.problem or 'empty'})")
            return
        published_at, source = dated(None, capture.captured_at, self._now)
        if page.published_at is not None:
            published_at, source = page.published_at, "page"
        yield Entry(
            entry_id=capture.url,
            title=page.title,
            url=url,
            text=page.text[:MAX_FIELD],
            summary=page.text[:MAX_FIELD],
            published_at=published_at,
            updated_at=None,
            date_source=source,
            outlet=site_of(url),
        )

    def _of_feed(
        self, body: bytes, content_type: str | None, url: str, name: str
    ) -> Iterator[Entry]:
        try:
            document = parse_feed(body, content_type=content_type, url=url, now=self._now)
        except FeedError as error:
            self._problem(f"{name}: {error}")
            return
        yield from document.entries

    def _problem(self, words: str) -> None:
        self.problems[words] = None
