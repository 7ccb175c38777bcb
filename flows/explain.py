"""Why an alert was sent: what it rests on, what speaks against it, what would have undone it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flows.detect import detector_at
from flows.store.rows import Row, select
from flows.store.series import observations_of
from monitors.hysteresis import CHANGES
from monitors.shifts.explaining import movers, undone_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from flows.wiring import Installation
    from monitors.records import Label, Observation

_NAMED = 5  # stories and quotes that are named


@dataclass(frozen=True, slots=True)
class Explanation:
    """Of an alert, from what is stored of its series up to when it was decided.

    `before` and `after` count the stories by label. `undone_by` are the fewest stories, surest
    first, without which it would not have been sent then; None where no few would have undone it.
    `against` are the surest stances since the change that do not fit it, whenever they came in.
    """

    before: Mapping[Label, int]
    after: Mapping[Label, int]
    moved_by: tuple[Row, ...]
    undone_by: tuple[Row, ...] | None
    against: tuple[Row, ...]


def explain(
    installation: Installation, connection: duckdb.DuckDBPyConnection, alert: Mapping[str, Any]
) -> Explanation:
    """Explain a row of `alerts`; the detector that is set up now is asked what would undo it."""
    key, decided_at = (alert["actor_id"], alert["topic_id"]), alert["decided_at"]
    known = [
        one for one in observations_of(connection, None, [key])[key] if one.seen_at <= decided_at
    ]
    before = [one for one in known if one.said_at < alert["changed_at"]]
    after = [one for one in known if one.said_at >= alert["changed_at"]]
    moved_by = movers(before, after)
    undone = None
    if alert["kind"] in CHANGES:
        detector = detector_at(installation, connection, decided_at)
        in_order = sorted(known, key=lambda one: (one.seen_at, one.said_at, one.story_id))
        undone = undone_by(detector, in_order, moved_by, alert["to_label"])
    return Explanation(
        before=dict(Counter(story.label for story in before).most_common()),
        after=dict(Counter(story.label for story in after).most_common()),
        moved_by=_stories(connection, moved_by[:_NAMED]),
        undone_by=None if undone is None else _stories(connection, undone),
        against=_against(connection, alert),
    )


def _stories(
    connection: duckdb.DuckDBPyConnection, stories: Sequence[Observation]
) -> tuple[Row, ...]:
    rows = select(
        connection,
        "SELECT story_id, title FROM stories WHERE story_id IN (SELECT unnest(?::VARCHAR[]))",
        [[story.story_id for story in stories]],
    )
    titles = {row["story_id"]: row["title"] for row in rows}
    return tuple(
        {
            "story_id": story.story_id,
            "said_at": story.said_at,
            "label": story.label,
            "confidence": round(story.confidence, 2),
            "title": titles.get(story.story_id),
            "outlets": list(story.outlets),
        }
        for story in stories
    )


def _against(connection: duckdb.DuckDBPyConnection, alert: Mapping[str, Any]) -> tuple[Row, ...]:
    rows = select(
        connection,
        "SELECT said_at, label, round(confidence, 2) AS confidence, evidence, outlet "
        "FROM held_stances WHERE actor_id = ? AND topic_id = ? AND label <> ? AND said_at >= ? "
        "ORDER BY held_stances.confidence DESC, said_at DESC LIMIT ?",
        [*(alert[n] for n in ("actor_id", "topic_id", "to_label", "changed_at")), _NAMED],
    )
    return tuple(rows)
