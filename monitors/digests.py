"""What a day or a week brought -> subject and body in plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitors.facts import NAME_LENGTH, SUBJECT_LENGTH, TITLE_LENGTH, count, day
from monitors.records import Message
from monitors.wording import inert

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class DigestAlert:
    """An alert of that time, by the subject it went out with."""

    alert_id: str
    subject: str


@dataclass(frozen=True, slots=True)
class TopicCount:
    """How many stances that time brought on a topic, by label."""

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
    """What the days from `first` to `last` brought, and which feeds failed or fell silent."""

    first: date
    last: date
    articles: int
    alerts: tuple[DigestAlert, ...] = ()
    topics: tuple[TopicCount, ...] = ()
    feeds: tuple[FeedTrouble, ...] = ()

    @property
    def says_something(self) -> bool:
        """Whether there are alerts or stances to tell of, or a feed that has just begun to fail."""
        began = [feed.since_at for feed in self.feeds if feed.since_at is not None]
        return bool(self.alerts or self.topics) or any(at.date() >= self.first for at in began)

    @property
    def digest_id(self) -> str:
        """What tells a repeat: the days."""
        days = dict.fromkeys((self.first.isoformat(), self.last.isoformat()))
        return f"digest:{'..'.join(days)}"


def compose_digest(digest: Digest) -> Message:
    """The message of that time: its alerts, its stances by topic, the feeds that need a look."""
    alerts = count(len(digest.alerts), "alert", "alerts")
    articles = count(digest.articles, "new article", "new articles")
    stances = count(sum(topic.total for topic in digest.topics), "stance", "stances")
    days = day(digest.first)
    if digest.last != digest.first:
        days += f" to {day(digest.last)}"
    lines = [
        f"{days}: {articles}, {stances}, {alerts}.",
        "",
        *_section("Alerts", [_alert_line(alert) for alert in digest.alerts]),
        *_section("New stances", [_topic_line(topic) for topic in digest.topics]),
        *_section("Feeds that need a look", [_feed_line(feed) for feed in digest.feeds]),
        f"Digest {digest.digest_id.removeprefix('digest:')}",
    ]
    return Message(f"Stancewatch, {days}: {alerts}", "\n".join(lines))


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
    since = f" since {day(feed.since_at)}" if feed.since_at else ""
    return f"{inert(feed.title, NAME_LENGTH)}: {inert(feed.reason, TITLE_LENGTH)}{since}"
