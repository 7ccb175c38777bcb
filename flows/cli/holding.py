"""What was held back, for people to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.cli.output import console, printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from monitors.records import Watchlist


def print_held(watchlist: Watchlist, rows: Sequence[Mapping[str, Any]]) -> None:
    """Who turned to what, why nobody was told, since when, and what would let it go."""
    out = console()
    actors = {actor.actor_id: actor.name for actor in watchlist.actors}
    topics = {topic.topic_id: topic.title for topic in watchlist.topics}
    for row in rows:
        who = actors.get(row["actor_id"], row["actor_id"])
        turn = f": {row['from_label']} -> {row['to_label']}" if row["to_label"] else ""
        title = f"{who} on {topics.get(row['topic_id'], row['topic_id'])}{turn}"
        out.print(printable(title), style="bold")
        out.print(f"Held back  {row['why']}", soft_wrap=True)
        if row["changed_at"] is None:
            out.print(f"Since      {row['held_at']:%Y-%m-%d}")
        else:
            out.print(f"Since      {row['changed_at']:%Y-%m-%d}, as of {row['held_at']:%Y-%m-%d}")
            outlets = ", ".join(row["outlets"])
            out.print(printable(f"Outlets    {outlets}"), soft_wrap=True)
        out.print(
            f"{'Waits for' if row['waits'] else 'Goes out':<9}  {row['goes_out']}", soft_wrap=True
        )
        out.print()
    if not rows:
        out.print("Nothing is held back.")
