"""What the topics find in articles that are given in files, or stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.admit import with_headline
from flows.articles import read_articles_file
from flows.store.rows import stream
from monitors.language import READ_AT_MOST
from monitors.pages import clean_text
from monitors.preview import preview_topics

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from flows.store import Database
    from flows.wiring import Progress
    from monitors.preview import TopicPreview
    from monitors.records import Topic

_TELL_EVERY = 500


def preview_articles(
    topics: Sequence[Topic], texts: Iterable[tuple[str, str]], *, seed: int, progress: Progress
) -> list[TopicPreview]:
    """What `topics` find in `texts`, pairs of id and text, as far as an article is read."""
    return preview_topics(topics, _told(texts, progress), seed=seed)


def _told(texts: Iterable[tuple[str, str]], progress: Progress) -> Iterator[tuple[str, str]]:
    done = 0
    for article_id, text in texts:
        yield article_id, text[:READ_AT_MOST]
        done += 1
        if done % _TELL_EVERY == 0:
            progress("looking through", done, done + 1)  # how many there are nobody knows
    progress("looking through", done, done)


def texts_given(files: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """Id and text of each article in `files`, with its headline, cleaned as a run would.

    Raises:
        ArticleError: a file cannot be read; names file and line.
    """
    for file in files:
        for article in read_articles_file(file):
            title, text = clean_text(article.title), clean_text(article.text)
            yield article.given_id, with_headline(title, text)


def texts_stored(database: Database) -> Iterator[tuple[str, str]]:
    """URL and text of each article that the database holds, in its newest version.

    Raises:
        StoreError: there is no database, or it cannot be opened.
    """
    query = "SELECT url, text FROM articles WHERE is_current ORDER BY published_at, article_id"
    with database.read() as connection:
        for row in stream(connection, query):
            yield str(row["url"]), str(row["text"])
