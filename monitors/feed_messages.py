"""What people are told of feeds that are lost or back -> subject and body in plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitors.facts import NAME_LENGTH, QUOTE_LENGTH, SUBJECT_LENGTH, count, day
from monitors.feed_states import ENDED
from monitors.records import Message
from monitors.wording import inert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitors.feed_states import FeedChange


def compose_feed_notice(changes: Sequence[FeedChange]) -> Message:
    """The message of feeds that died, are gone or came back in one pass."""
    lost = [change for change in changes if change.state in ENDED]
    back = [change for change in changes if change.state not in ENDED]
    counts = [
        *([count(len(lost), "feed is lost", "feeds are lost")] if lost else []),
        *([count(len(back), "feed is back", "feeds are back")] if back else []),
    ]
    names = [inert(change.title, NAME_LENGTH) for change in changes]
    subject = f"Stancewatch: {', '.join(counts)} ({', '.join(names)})"
    lines = []
    for heading, told in (("Lost", _lost_lines(lost)), ("Back", _back_lines(back))):
        lines += [f"{heading}:", *(f"  {line}" for line in told), ""] if told else []
    lines.append("All feeds and how they fare: stancewatch feeds list")
    return Message(inert(subject, SUBJECT_LENGTH), "\n".join(lines))


def compose_network_notice(since_at: datetime, until_at: datetime) -> Message:
    """The message of a time in which no feed could be reached."""
    body = (
        f"From {day(since_at)}, {since_at:%H:%M}, to {day(until_at)}, {until_at:%H:%M} UTC no "
        "feed could be reached, probably for want of a network. What feeds have dropped in the "
        "meantime is lost."
    )
    return Message("Stancewatch: feeds can be reached again", body)


def _lost_lines(changes: Sequence[FeedChange]) -> list[str]:
    lines = []
    for change in changes:
        since = f", since {day(change.since_at)}" if change.since_at else ""
        lines.append(f"{_feed_name(change)}: {inert(change.cause, QUOTE_LENGTH)}{since}.")
        lines.append(f"  It brought {_brought(change)}.")
        if change.state == "gone":
            lines.append(
                "  Correct its address in feeds.toml, or have it tried once more: "
                f"stancewatch feeds retry {change.feed_id}"
            )
    return lines


def _back_lines(changes: Sequence[FeedChange]) -> list[str]:
    return [f"{_feed_name(change)}: it brought {_brought(change)} so far." for change in changes]


def _feed_name(change: FeedChange) -> str:
    return f"{inert(change.title, NAME_LENGTH)} ({change.feed_id})"


def _brought(change: FeedChange) -> str:
    articles = count(change.articles, "article", "articles")
    return f"{articles} with {count(change.stances, 'stance', 'stances')}"
