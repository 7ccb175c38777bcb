"""Stand-ins that behave like the real thing, driven by what a test writes down."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flows.settings import load_config
from flows.wiring import Installation
from monitors.errors import DeliveryError
from monitors.records import Analysis, Mention, Message, Stance, Watchlist
from tests.loopback import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flows.notify import Channel
    from flows.store import Database

_SCRIPT = re.compile(
    r"\[(?P<actor>[\w-]+) (?P<topic>[\w-]+) (?P<label>favor|against|neutral)"
    r"(?: says (?P<by>[\w-]+))?(?: (?P<when>on|around) (?P<day>[\d-]+))?\]"
)
_SCORES = {"favor": 0.9, "against": -0.9, "neutral": 0.0}


class ScriptedAnalyser:
    """Reads stances that stand in the text as `[actor topic label]`, and nothing else.

    `says other` marks it as reported by that other; `on 2020-08-01` dates it, and
    `around 2020-08-01` dates it roughly.
    """

    version = "scripted"

    def __init__(self, watchlist: Watchlist) -> None:
        self._watchlist = watchlist

    def worth_reading(self, text: str) -> bool:
        return _SCRIPT.search(text) is not None

    def analyse(
        self, text: str, published: date | None, *, expired: Callable[[], bool] = lambda: False
    ) -> Analysis:
        stances = tuple(self._stances(text, published))
        mentions = tuple(Mention("topic", s.topic_id, s.start, s.end) for s in stances)
        return Analysis(mentions=mentions, stances=stances)

    def _stances(self, text: str, published: date | None) -> Iterator[Stance]:
        for match in _SCRIPT.finditer(text):
            said_on = date.fromisoformat(match["day"]) if match["day"] else None
            day = said_on or published
            actor = self._watchlist.actor(match["actor"])
            yield Stance(
                actor_id=match["actor"],
                topic_id=match["topic"],
                label=match["label"],  # type: ignore[arg-type]
                score=_SCORES[match["label"]],
                confidence=0.9,
                start=match.start(),
                end=match.end(),
                kind="indirect_speech",
                backend="scripted",
                reported_by=match["by"],
                said_on=said_on,
                is_recalled=match["when"] == "around",
                speaks_for=actor.speaks_for(day) if day else (),
            )


class ScriptedInstallation(Installation):
    """An installation of the default configuration that reads scripted texts."""

    analyser: Any = property(lambda self: ScriptedAnalyser(self.config.watchlist))


@dataclass
class FakeClock:
    """A clock that stands still until it is moved."""

    now: datetime = datetime(2024, 4, 2, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **step: float) -> None:
        self.now += timedelta(**step)


@dataclass
class FakePost:
    """Takes messages as `flows.notify.send` does; channels in `down` refuse them."""

    sent: list[tuple[str, Message]] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    wrong: set[str] = field(default_factory=set)

    def __call__(self, channel: Channel, message: Message) -> None:
        if channel.channel_id in self.wrong:
            raise DeliveryError(f"{channel.channel_id}: no such address", retryable=False)
        if channel.channel_id in self.down:
            raise DeliveryError(f"{channel.channel_id}: no answer")
        self.sent.append((channel.channel_id, message))


def scripted(database: Database, clock: FakeClock | None = None) -> ScriptedInstallation:
    """An installation over the default configuration, with scripted reading.

    Servers on loopback may be asked.
    """
    config = load_config(None, {})
    fetch = config.settings.fetch.model_copy(update={"allow_hosts": list(LOOPBACK)})
    settings = config.settings.model_copy(update={"fetch": fetch})
    config = replace(config, settings=settings)
    return ScriptedInstallation(config, database, clock or FakeClock())
