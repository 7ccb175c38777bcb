"""What was read from articles: mentions, attributions, stances."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from flows.store.rows import KEYS, Row, as_json, insert
from monitors.identity import stable_id
from monitors.shifts.observing import HeldStance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

    from monitors.records import Analysis, Article, Attribution, Mention, Stance

Read = tuple["Article", "Analysis"]


def save_analyses(
    connection: duckdb.DuckDBPyConnection,
    reads: Sequence[Read],
    *,
    analysis_version: str,
    analysed_at: datetime,
) -> None:
    """Keep what was read, in place of what an earlier analysis of these articles read."""
    ids = [article.article_id for article, _ in reads]
    again = [row[0] for row in _read_before(connection, ids)]
    for table in ("mentions", "attributions", "stances") if again else ():
        connection.execute(f"DELETE FROM {table} WHERE list_contains(?, article_id)", [again])  # noqa: S608
    insert(connection, "mentions", [_mention(a, m) for a, r in reads for m in r.mentions])
    insert(
        connection, "attributions", [_attribution(a, x) for a, r in reads for x in r.attributions]
    )
    insert(
        connection,
        "stances",
        [stance_row(a, s, analysis_version) for a, r in reads for s in r.stances],
    )
    connection.execute(
        "UPDATE articles SET analysed_at = ?, analysis_version = ?, skipped = NULL "
        "WHERE article_id IN (SELECT unnest(?))",
        [analysed_at, analysis_version, ids],
    )
    _save_languages(connection, reads)
    by_reason: dict[str, list[str]] = defaultdict(list)
    for article, analysis in reads:
        if analysis.skipped:
            by_reason[analysis.skipped].append(article.article_id)
    for reason, skipped in by_reason.items():
        connection.execute(
            "UPDATE articles SET skipped = ? WHERE article_id IN (SELECT unnest(?))",
            [reason, skipped],
        )


def _save_languages(connection: duckdb.DuckDBPyConnection, reads: Sequence[Read]) -> None:
    by_language: dict[str, list[str]] = defaultdict(list)
    for article, analysis in reads:
        if analysis.language and analysis.language != article.language:
            by_language[analysis.language].append(article.article_id)
    for language, ids in by_language.items():
        connection.execute(
            f"UPDATE articles SET language = ? WHERE article_id IN {KEYS}",  # noqa: S608
            [language, as_json(ids)],
        )


_HELD = ", ".join(HeldStance._fields)


def held_stances(
    connection: duckdb.DuckDBPyConnection,
    version: str | None = None,
    *,
    story_ids: Iterable[str] | None = None,
    besides: Iterable[str] = (),
) -> list[HeldStance]:
    """Every stance that counts, once per series it counts in, in the order of first sight.

    With `version`, only what was read with it; with `story_ids`, only what these stories say; what
    the articles `besides` say is left out.
    """
    stories = None if story_ids is None else list(story_ids)
    rows = connection.execute(
        f"SELECT {_HELD} FROM held_stances "  # noqa: S608 - our own names
        "WHERE (?::VARCHAR IS NULL OR analysis_version = ?) "
        "AND (?::VARCHAR[] IS NULL OR story_id IN (SELECT unnest(?::VARCHAR[]))) "
        "AND article_id NOT IN (SELECT unnest(?::VARCHAR[])) "
        "ORDER BY seen_at, published_at, article_id, span_start",
        [version, version, stories, stories, list(besides)],
    ).fetchall()
    return [HeldStance(*row) for row in rows]


def series_of_other_versions(
    connection: duckdb.DuckDBPyConnection, urls: Iterable[str]
) -> set[tuple[str, str]]:
    """The series (actor_id, topic_id) that any version at these URLs has counted in."""
    rows = connection.execute(
        "SELECT DISTINCT unnest(list_prepend(stances.actor_id, stances.speaks_for)), "
        "stances.topic_id FROM stances JOIN articles USING (article_id) "
        "WHERE articles.url IN (SELECT unnest(?))",
        [list(urls)],
    ).fetchall()
    return {(actor_id, topic_id) for actor_id, topic_id in rows}


def edits_of_analysed(
    connection: duckdb.DuckDBPyConnection, articles: Sequence[Article]
) -> list[Article]:
    """Those of `articles` whose URL had another version that was analysed."""
    later = [article for article in articles if article.version > 1]
    rows = connection.execute(
        "SELECT DISTINCT url FROM articles WHERE analysis_version IS NOT NULL "
        "AND url IN (SELECT unnest(?::VARCHAR[])) "
        "AND article_id NOT IN (SELECT unnest(?::VARCHAR[]))",
        [[article.url for article in later], [article.article_id for article in later]],
    ).fetchall()
    urls = {row[0] for row in rows}
    return [article for article in later if article.url in urls]


def said_at(article: Article, stance: Stance) -> datetime:
    """When it was said: on the day the text speaks of, else when the article was published."""
    if stance.said_on is None:
        return article.published_at
    return datetime.combine(stance.said_on, time(), UTC)


def stance_row(article: Article, stance: Stance, analysis_version: str) -> Row:
    """A stance as the table keeps it."""
    names = ("actor_id", "topic_id", "label", "score", "confidence", "kind", "reported_by")
    row: Row = {name: getattr(stance, name) for name in (*names, "is_recalled")}
    span = f"{stance.start}-{stance.end}"
    parts = (article.article_id, stance.actor_id, stance.topic_id, stance.label, span)
    return row | {
        "stance_id": stable_id("st", *parts, stance.reported_by or ""),
        "article_id": article.article_id,
        "story_id": article.story_id,
        "span_start": stance.start,
        "span_end": stance.end,
        "evidence": article.text[stance.start : stance.end],
        "speaks_for": list(stance.speaks_for),
        "said_at": said_at(article, stance),
        "backend": stance.backend,
        "analysis_version": analysis_version,
    }


def _read_before(
    connection: duckdb.DuckDBPyConnection, article_ids: Sequence[str]
) -> list[tuple[str]]:
    return connection.execute(
        "SELECT article_id FROM articles WHERE analysis_version IS NOT NULL "
        "AND article_id IN (SELECT unnest(?))",
        [list(article_ids)],
    ).fetchall()


def _mention(article: Article, mention: Mention) -> Row:
    is_topic = mention.kind == "topic"
    return {
        "mention_id": stable_id(
            "mn", article.article_id, mention.kind, mention.id, f"{mention.start}-{mention.end}"
        ),
        "article_id": article.article_id,
        "kind": mention.kind,
        "topic_id": mention.id if is_topic else None,
        "actor_id": None if is_topic else mention.id,
        "span_start": mention.start,
        "span_end": mention.end,
    }


def _attribution(article: Article, attribution: Attribution) -> Row:
    parts = str((attribution.source, attribution.cue, attribution.content))
    return {
        "attribution_id": stable_id("at", article.article_id, attribution.kind, parts),
        "article_id": article.article_id,
        "actor_id": attribution.actor_id,
        "kind": attribution.kind,
        "source": attribution.source,
        "cue": attribution.cue,
        "content": attribution.content,
    }
