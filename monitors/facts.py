"""An alert in words: every part that a message may show, harmless in whatever form it is shown."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from monitors.wording import INVISIBLE, inert, inert_url

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from monitors.records import Alert, Evidence, ShiftKind

QUOTE_LENGTH, TITLE_LENGTH, NAME_LENGTH, SUBJECT_LENGTH = 300, 160, 80, 200
QUOTES = 2
_COMMAND = re.compile(r"!(?=\w)")
_TOLD: dict[ShiftKind, str] = {
    "reversal": "has changed sides on",
    "hardening": "has hardened on",
    "softening": "has softened on",
    "first_stance": "has taken a side for the first time on",
    "silence": "has fallen quiet on",
}


@dataclass(frozen=True, slots=True)
class Quote:
    """What was said, in quotation marks, and where it stands; `url` may be empty."""

    words: str
    outlet: str
    day: str
    title: str
    url: str

    @property
    def source(self) -> str:
        return f"{self.outlet}, {self.day}: {self.title}"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a message tells; templates know these names."""

    alert_id: str
    subject: str
    headline: str
    actor: str
    topic: str
    kind: str
    from_label: str
    to_label: str
    severity: str
    since: str
    sure: str
    shown_by: str
    decided: str
    recovers: str
    remark: str
    before: tuple[Quote, ...]
    after: tuple[Quote, ...]

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """The facts that stand below the headline, each with its name."""
        named = (
            ("Since", self.since),
            ("How sure", self.sure),
            ("Shown by", self.shown_by),
            ("Severity", self.severity),
            ("Decided", self.decided),
            ("Takes back", f"alert {self.recovers}" if self.recovers else ""),
        )
        return tuple((name, value) for name, value in named if value)


def facts_of(alert: Alert) -> Facts:
    """The facts of an alert; what is from outside can no longer start anything."""
    actor, topic = inert(alert.actor_name, NAME_LENGTH), inert(alert.topic_title, NAME_LENGTH)
    reasons = f" ({', '.join(alert.severity_reasons)})" if alert.severity_reasons else ""
    return Facts(
        alert_id=alert.alert_id,
        subject=inert(f"{actor} on {topic}: {_turn(alert)}", SUBJECT_LENGTH),
        headline=_headline(alert, actor, topic),
        actor=actor,
        topic=topic,
        kind=alert.kind,
        from_label=alert.from_label,
        to_label=alert.to_label,
        severity=f"{alert.severity}{reasons}",
        since=_since(alert),
        sure=_percent(alert.confidence),
        shown_by=_shown_by(alert),
        decided=f"{day(alert.decided_at)}, {alert.decided_at:%H:%M} UTC",
        recovers=alert.recovers or "",
        remark=alert.remark,
        before=_quotes(alert.before),
        after=_quotes(alert.after),
    )


def for_slack(facts: Facts) -> Facts:
    """The same facts without what Apprise would complete to a command of Slack's.

    It takes a bare `!channel>` for one that lost its first sign.
    """
    changes: dict[str, Any] = {
        name: _slack_words(value)
        for name in Facts.__slots__
        if isinstance(value := getattr(facts, name), str)
    }
    changes["before"] = tuple(map(_slack_quote, facts.before))
    changes["after"] = tuple(map(_slack_quote, facts.after))
    return replace(facts, **changes)


def _slack_quote(quote: Quote) -> Quote:
    return replace(
        quote,
        words=_slack_words(quote.words),
        outlet=_slack_words(quote.outlet),
        title=_slack_words(quote.title),
    )


def _slack_words(text: str) -> str:
    return _COMMAND.sub("!" + INVISIBLE, text).replace(">", "\u203a")


def _headline(alert: Alert, actor: str, topic: str) -> str:
    if alert.recovers:
        return f"{actor} has returned to {alert.to_label} on {topic}."
    return f"{actor} {_TOLD[alert.kind]} {topic}: {_sides(alert)}."


def _sides(alert: Alert) -> str:
    """From where to where, as far as there is a before and an after."""
    if alert.kind == "first_stance":
        return alert.to_label
    if alert.kind == "silence":
        return f"it was {alert.from_label}"
    return f"from {alert.from_label} to {alert.to_label}"


def _turn(alert: Alert) -> str:
    """The same in the few words that a subject has for it."""
    if alert.kind == "first_stance":
        return f"{alert.to_label} (first stance)"
    if alert.kind == "silence":
        return f"quiet since {day(alert.changed_at)}"
    mark = "returned" if alert.recovers else alert.kind
    turn = f"{alert.from_label} -> {alert.to_label}"
    return turn if mark == "reversal" else f"{turn} ({mark})"


def _shown_by(alert: Alert) -> str:
    if alert.kind == "silence":
        return "the news on the topic since, in the outlets that carried it"
    stories = count(alert.stories, "story", "stories")
    return f"{stories} from {count(alert.outlets, 'outlet', 'outlets')}"


def _quotes(evidence: Sequence[Evidence]) -> tuple[Quote, ...]:
    return tuple(
        Quote(
            words=_quoted(inert(item.quote, QUOTE_LENGTH)),
            outlet=inert(item.outlet, NAME_LENGTH),
            day=day(item.said_at),
            title=inert(item.title, TITLE_LENGTH),
            url=inert_url(item.url) or "",
        )
        for item in evidence[:QUOTES]
    )


def _quoted(words: str) -> str:
    """In quotation marks, unless the words bring their own."""
    return words if any(mark in words for mark in '“”"') else f"“{words}”"


def _since(alert: Alert) -> str:
    """The day of the change, and between which days it may lie, where that is more than one."""
    changed = day(alert.changed_at)
    if alert.earliest_at is None or alert.latest_at is None:
        return changed
    first, last = day(alert.earliest_at), day(alert.latest_at)
    return changed if first == last else f"{changed} (between {first} and {last})"


def day(moment: date | datetime) -> str:
    """A day as messages write it."""
    return f"{moment.day} {moment:%B %Y}"


def count(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many}"


def _percent(share: float) -> str:
    """Rounded down: nothing read from the news is 100 % sure."""
    return f"{min(99, math.floor(share * 100))} %"
