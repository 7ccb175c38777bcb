"""What people are told: alerts, feeds lost and found, the digest of a day -> subject and body.

All of it is plain text. The words between are ours; every name, quote, title and link from outside
passes `monitors.wording` first, so that no channel reads a command, a mention or mark-up into them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitors.feed_states import ENDED
from monitors.records import Message
from monitors.wording import inert, inert_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from monitors.feed_states import FeedChange
    from monitors.records import Alert, Evidence, Label, ShiftKind

QUOTE_LENGTH = 300
TITLE_LENGTH = 160
NAME_LENGTH = 80
SUBJECT_LENGTH = 200
QUOTES = 2
_TOLD: dict[ShiftKind, str] = {
    "reversal": "has changed sides on",
    "hardening": "has hardened on",
    "softening": "has softened on",
    "first_stance": "has taken a side for the first time on",
    "silence": "has fallen quiet on",
}


@dataclass(frozen=True, slots=True)
class DigestAlert:
    """An alert of the day, by the subject it went out with."""

    alert_id: str
    subject: str


@dataclass(frozen=True, slots=True)
class TopicCount:
    """How many stances the day brought on a topic, by label."""

    topic_title: str
    favor: int
    against: int
    neutral: int

    @property
    def total(self) -> int:
        return self.favor + self.against + self.neutral


@dataclass(frozen=True, slots=True)
class FeedTrouble:
    """A feed that brings nothing: why, and since when."""

    title: str
    reason: str
    since_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """What a day brought, and which feeds failed or fell silent."""

    day: date
    articles: int
    alerts: tuple[DigestAlert, ...] = ()
    topics: tuple[TopicCount, ...] = ()
    feeds: tuple[FeedTrouble, ...] = ()


def compose(alert: Alert) -> Message:
    """The message of an alert: who, on what, from where to where, since when, how sure, shown by.

    It ends with the alert's id, by which a reader can tell a repeat.
    """
    name, topic = inert(alert.actor_name, NAME_LENGTH), inert(alert.topic_title, NAME_LENGTH)
    lines = [
        f"{name} {_TOLD[alert.kind]} {topic}: {_turn(alert)}.",
        "",
        f"Since:     {_since(alert)}",
        f"How sure:  {_percent(alert.confidence)}",
        f"Shown by:  {_support(alert)}",
        f"Decided:   {_day(alert.decided_at)}, {alert.decided_at:%H:%M} UTC",
        "",
        *(
            []
            if alert.kind == "first_stance"
            else _quotes("Before", alert.from_label, alert.before)
        ),
        *([] if alert.kind == "silence" else _quotes("After", alert.to_label, alert.after)),
        f"Alert {alert.alert_id}",
    ]
    subject = f"{name} on {topic}: {_headline(alert)}"
    return Message(inert(subject, SUBJECT_LENGTH), "\n".join(lines))


def compose_digest(digest: Digest) -> Message:
    """The message of a day: its alerts, its stances by topic, and the feeds that need a look."""
    alerts = _count(len(digest.alerts), "alert", "alerts")
    articles = _count(digest.articles, "new article", "new articles")
    stances = _count(sum(topic.total for topic in digest.topics), "stance", "stances")
    lines = [
        f"{_day(digest.day)}: {articles}, {stances}, {alerts}.",
        "",
        *_section("Alerts", [_alert_line(alert) for alert in digest.alerts]),
        *_section("New stances", [_topic_line(topic) for topic in digest.topics]),
        *_section("Feeds that need a look", [_feed_line(feed) for feed in digest.feeds]),
        f"Digest {digest.day.isoformat()}",
    ]
    return Message(f"Stancewatch, {_day(digest.day)}: {alerts}", "\n".join(lines))


def _turn(alert: Alert) -> str:
    """From where to where, as far as there is a before and an after."""
    if alert.kind == "first_stance":
        return alert.to_label
    if alert.kind == "silence":
        return f"it was {alert.from_label}"
    return f"from {alert.from_label} to {alert.to_label}"


def _headline(alert: Alert) -> str:
    if alert.kind == "first_stance":
        return f"{alert.to_label} (first stance)"
    if alert.kind == "silence":
        return f"quiet since {_day(alert.changed_at)}"
    turn = "" if alert.kind == "reversal" else f" ({alert.kind})"
    return f"{alert.from_label} -> {alert.to_label}{turn}"


def compose_feed_notice(changes: Sequence[FeedChange]) -> Message:
    """The message of feeds that died, are gone or came back in one pass."""
    lost = [change for change in changes if change.state in ENDED]
    back = [change for change in changes if change.state not in ENDED]
    counts = [
        *([_count(len(lost), "feed is lost", "feeds are lost")] if lost else []),
        *([_count(len(back), "feed is back", "feeds are back")] if back else []),
    ]
    names = [inert(change.title, NAME_LENGTH) for change in changes]
    subject = f"Stancewatch: {', '.join(counts)} ({', '.join(names)})"
    lines = [*_section("Lost", _lost_lines(lost)), *_section("Back", _back_lines(back))]
    lines.append("All feeds and how they fare: stancewatch feeds list")
    return Message(inert(subject, SUBJECT_LENGTH), "\n".join(lines))


def compose_network_notice(since_at: datetime, until_at: datetime) -> Message:
    """The message of a time in which no feed could be reached."""
    body = (
        f"From {_day(since_at)}, {since_at:%H:%M}, to {_day(until_at)}, {until_at:%H:%M} UTC no "
        "feed could be reached, probably for want of a network. What feeds have dropped in the "
        "meantime is lost."
    )
    return Message("Stancewatch: feeds can be reached again", body)


def _lost_lines(changes: Sequence[FeedChange]) -> list[str]:
    lines = []
    for change in changes:
        since = f", since {_day(change.since_at)}" if change.since_at else ""
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
    articles = _count(change.articles, "article", "articles")
    return f"{articles} with {_count(change.stances, 'stance', 'stances')}"


def _since(alert: Alert) -> str:
    """The day of the change, and between which days it may lie, where that is more than one."""
    day = _day(alert.changed_at)
    if alert.earliest_at is None or alert.latest_at is None:
        return day
    first, last = _day(alert.earliest_at), _day(alert.latest_at)
    return day if first == last else f"{day} (between {first} and {last})"


def _support(alert: Alert) -> str:
    if alert.kind == "silence":
        return "the news on the topic since, in the outlets that carried it"
    stories = _count(alert.stories, "story", "stories")
    return f"{stories} from {_count(alert.outlets, 'outlet', 'outlets')}"


def _quotes(heading: str, label: Label, evidence: Sequence[Evidence]) -> Iterator[str]:
    yield f"{heading} ({label}):"
    if not evidence:
        yield "  (no quote is at hand)"
    for item in evidence[:QUOTES]:
        outlet = inert(item.outlet, NAME_LENGTH)
        yield f"  {_quoted(inert(item.quote, QUOTE_LENGTH))}"
        yield f"  {outlet}, {_day(item.said_at)}: {inert(item.title, TITLE_LENGTH)}"
        yield f"  {inert_url(item.url) or '(no link)'}"
        yield ""
    if not evidence:
        yield ""


def _quoted(words: str) -> str:
    """In quotation marks, unless the words bring their own."""
    return words if any(mark in words for mark in '“”"') else f"“{words}”"


def _section(heading: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"{heading}:"
    yield from (f"  {line}" for line in lines or ["none"])
    yield ""


def _alert_line(alert: DigestAlert) -> str:
    return f"{inert(alert.subject, SUBJECT_LENGTH)} (alert {alert.alert_id})"


def _topic_line(topic: TopicCount) -> str:
    counts = f"{topic.favor} favor, {topic.against} against, {topic.neutral} neutral"
    return f"{inert(topic.topic_title, NAME_LENGTH)}: {counts}"


def _feed_line(feed: FeedTrouble) -> str:
    since = f" since {_day(feed.since_at)}" if feed.since_at else ""
    return f"{inert(feed.title, NAME_LENGTH)}: {inert(feed.reason, TITLE_LENGTH)}{since}"


def _day(day: date | datetime) -> str:
    return f"{day.day} {day:%B %Y}"


def _percent(share: float) -> str:
    """Rounded down: nothing read from the news is 100 % sure."""
    return f"{min(99, math.floor(share * 100))} %"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
