"""How long it takes to find all shifts anew from stored stances.

    python -m benchmarks.redetect [OBSERVATIONS]

A made-up database: that many stories over ten years in 300 series, a fifth of them at odds with the
side that their series keeps to, each series turning round twice.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from flows.redetect import redetect
from flows.settings import load_config
from flows.store import Database
from flows.wiring import Installation, no_progress

_DATES = "TIMESTAMPTZ '2015-01-01' + to_seconds(floor(i * 315360000.0 / {count})::BIGINT)"
_SIDE = (
    "CASE WHEN hash(i) % 5 = 0 THEN -1 ELSE 1 END * "
    "CASE WHEN (i * 6 // {count} + i % 2) % 4 < 2 THEN 1 ELSE -1 END"
)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    config = load_config(None, {})
    with tempfile.TemporaryDirectory() as scratch:
        installation = Installation(config, Database(Path(scratch) / "made.duckdb"))
        _fill(installation, count)
        began = time.perf_counter()
        with installation.database.read() as connection:
            alerts = redetect(installation, connection, no_progress).alerts
        seconds = time.perf_counter() - began
    print(f"{count:,} observations: {seconds:.1f} s, {len(alerts)} alerts")


def _fill(installation: Installation, count: int) -> None:
    watchlist = installation.config.watchlist
    actors = [actor.actor_id for actor in watchlist.actors][:60]
    topics = [topic.topic_id for topic in watchlist.topics]
    dates, side = _DATES.format(count=count), _SIDE.format(count=count)
    with installation.database.write() as connection:
        connection.execute(
            "INSERT INTO articles BY NAME SELECT 'a' || i AS article_id, 'u' || i AS url, "
            "1 AS version, true AS is_current, 'f' AS feed_id, 'o' || hash(i) % 9 AS outlet, "
            f"'' AS title, '' AS text, {dates} AS published_at, 'published' AS date_source, "
            f"{dates} AS first_seen_at, 'h' AS content_hash, 's' || i AS story_id, "
            f"{dates} AS analysed_at, 'made' AS analysis_version FROM range({count}) AS r(i)"
        )
        connection.execute(
            "INSERT INTO stances BY NAME SELECT 'st' || i AS stance_id, 'a' || i AS article_id, "
            "'s' || i AS story_id, (?::VARCHAR[])[1 + (i % 60)::INTEGER] AS actor_id, "
            "(?::VARCHAR[])[1 + ((i // 60) % ?)::INTEGER] AS topic_id, "
            f"CASE WHEN {side} > 0 THEN 'favor' ELSE 'against' END AS label, "
            f"0.8 * {side} AS score, 0.8 AS confidence, 0 AS span_start, 1 AS span_end, "
            "'' AS evidence, 'description' AS kind, []::VARCHAR[] AS speaks_for, "
            f"{dates} AS said_at, 'made' AS backend, 'made' AS analysis_version "
            f"FROM range({count}) AS r(i)",
            [actors, topics, len(topics)],
        )


if __name__ == "__main__":
    main()
