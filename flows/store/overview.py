"""What the reading commands and the summary of a run ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from flows.store.alerts import count_waiting
from flows.store.feed_changes import offline_since
from flows.store.feeds import feed_health
from flows.store.handling import realised_precision
from flows.store.outbox import count_outbox
from flows.store.pages import page_counts
from flows.store.rows import Row, select
from flows.store.runs import recent_runs

if TYPE_CHECKING:
    import duckdb

COUNTED = (
    "articles",
    "stories",
    "mentions",
    "attributions",
    "stances",
    "series",
    "shifts",
    "alerts",
)


StanceView = Literal["current_stances", "stance_timeline"]
_NEWEST: dict[StanceView, str] = {
    "current_stances": "last_said_at",
    "stance_timeline": "said_at",
}


def status_of(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Counts of all kinds, the last runs, the feeds' health, and what people said of alerts."""
    return {
        "counts": table_counts(connection),
        "given_up": count_given_up(connection),
        "foreign": count_foreign(connection),
        "pages": page_counts(connection),
        "held": count_waiting(connection),
        "outbox": count_outbox(connection),
        "runs": recent_runs(connection),
        "feeds": feed_health(connection),
        "offline_since": offline_since(connection),
        "precision": realised_precision(connection),
    }


def table_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many rows each table has."""
    counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in COUNTED)  # noqa: S608 - our own
    row = connection.execute(f"SELECT {counts}").fetchone()
    return dict(zip(COUNTED, row or (), strict=True))


def count_given_up(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many articles on a topic were kept without a reading, by reason."""
    rows = connection.execute(
        "SELECT skipped, count(*) FROM articles "
        "WHERE is_current AND skipped NOT IN ('no_topic', 'language') "
        "GROUP BY skipped ORDER BY skipped"
    ).fetchall()
    return dict(rows)


def count_foreign(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many articles on a topic were not read for want of a model, by language."""
    rows = connection.execute(
        "SELECT language, count(*) AS articles FROM articles "
        "WHERE is_current AND skipped = 'language' GROUP BY language "
        "ORDER BY articles DESC, language"
    ).fetchall()
    return dict(rows)


def select_stances(
    connection: duckdb.DuckDBPyConnection,
    view: StanceView,
    *,
    topic_id: str | None = None,
    actor_id: str | None = None,
    limit: int = 50,
) -> list[Row]:
    """Rows of one of the two views of stances, newest first."""
    return select(
        connection,
        f"FROM {view} WHERE (?::VARCHAR IS NULL OR topic_id = ?) "
        "AND (?::VARCHAR IS NULL OR actor_id = ?) "
        f"ORDER BY {_NEWEST[view]} DESC, topic_id, actor_id LIMIT ?",
        [topic_id, topic_id, actor_id, actor_id, limit],
    )


def hits_by_topic(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Mentions, articles and stances per topic, over all that is stored."""
    return select(
        connection,
        "SELECT topic_id, sum(mentions)::BIGINT AS mentions, sum(articles)::BIGINT AS articles, "
        "(SELECT count(*) FROM stance_timeline AS t WHERE t.topic_id = topic_hits.topic_id) "
        "AS stances FROM topic_hits GROUP BY topic_id ORDER BY articles DESC, topic_id",
    )
