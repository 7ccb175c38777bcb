"""What every shift detector keeps, is given and answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from monitors.records import Label, Observation, Shift


Reason = Literal[
    "empty",  # no story yet
    "cold_start",  # too few stories to accept a first side
    "established",  # the first side was accepted; nothing was there to shift from
    "steady",  # the story is on the accepted side
    "neutral",  # the story takes no side
    "late",  # the story corrects history
    "backfilled",  # late stories alone show a change: accepted, not announced
    "few_stories",  # the new side has too few stories
    "few_outlets",  # ... or too few outlets
    "slow",  # ... or too long a time between them
    "old_side_thin",  # the old side has too few stories or outlets to compare with
    "old_side_mixed",  # the old side was never one side
    "small_change",  # the mean scores are too close
    "by_chance",  # luck could have made it
    "outlet_mix",  # other outlets came up; those that were there before did not change
    "dead_feed",  # ... because most of those that were there before bring nothing any more
    "cool_down",  # too soon after the last shift
    "version_changed",  # stored articles are being read again; until then nothing is compared
    "shifted",  # a shift was made
]


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """How much evidence a shift needs; days and stories are counted per series.

    Attributes:
        min_stories: stories needed on each side.
        min_outlets: outlets needed on each side.
        min_change: least difference of the mean scores, in [0, 2].
        min_agreement: share of the new side's stories that must be on that side.
        window_days: the new side's stories must be said within so many days.
        history_days: older stories than this, counted back from the change, are not compared.
        late_days: a story said longer ago than this when first seen is history, never news.
        cool_down_days: least time between two shifts of one series.
        max_chance: largest chance, in [0, 1], that the old side, as mixed as it was, would have
            shown such a run by luck somewhere along its length.
        false_alarms_per_year: shifts that luck may make in a year, in all series together.
        days_per_year: days with stories in a year, counted per series and added up over all: what
            the false alarms are shared out over.
    """

    min_stories: int = 3
    min_outlets: int = 2
    min_change: float = 0.5
    min_agreement: float = 0.75
    window_days: int = 60
    history_days: int = 730
    late_days: int = 7
    cool_down_days: int = 30
    max_chance: float = 0.05
    false_alarms_per_year: float = 1.0
    days_per_year: float = 500.0


@dataclass(frozen=True, slots=True)
class HeldShift:
    """A change that almost was a shift, and the reason why it was none.

    `stories` is how many it has after it; `outlets` are those that carried them, or those that the
    reason is about.
    """

    reason: Reason
    from_label: Label
    to_label: Label
    changed_at: datetime
    stories: int
    outlets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeriesState:
    """What a detector remembers of one series: small, serialisable, enough to go on.

    `observations` are the newest ones in order of `said_at`; `label` is the side accepted last,
    `changed_at` when its first story was said and `shifted_at` the date of the newest story when it
    was accepted (None while the first side still holds); `reason` says why the last step did or did
    not make a shift, and `held` what it held back; `count` is how many stories there have been in
    all.
    """

    observations: tuple[Observation, ...] = ()
    label: Label | None = None
    changed_at: datetime | None = None
    shifted_at: datetime | None = None
    count: int = 0
    reason: Reason = "empty"
    held: HeldShift | None = None


class Detector(Protocol):
    """Decides, one observation at a time, whether a series has shifted."""

    @property
    def name(self) -> str: ...
    @property
    def settings(self) -> DetectorSettings: ...

    def step(
        self, state: SeriesState, observation: Observation
    ) -> tuple[SeriesState, Shift | None]:
        """The state with the observation in it, and the shift it completes, if any.

        An observation of a story that the state already holds replaces it. A late one corrects
        history and never makes a shift.
        """
        ...


def rebuild(detector: Detector, observations: Iterable[Observation]) -> SeriesState:
    """The state that a whole history leads to, without announcing the shifts in it.

    For after a correction: hand in all that is known but the newest stories, which are then stepped
    as news. Order does not matter; a story that comes twice counts as its last one.
    """
    newest = {observation.story_id: observation for observation in observations}
    state = SeriesState()
    for observation in sorted(newest.values(), key=lambda item: (item.said_at, item.story_id)):
        state, _ = detector.step(state, observation)
    return state


def catch_up(
    detector: Detector, observations: Iterable[Observation], news_since: datetime | None
) -> tuple[SeriesState, list[Shift]]:
    """The state that a history leads to, and the shifts that its news completes.

    News is what was first seen at `news_since` or later: it had to wait, and is stepped in the
    order in which it came. All before it is rebuilt without a word.
    """
    known = list(observations)
    waited = [one for one in known if news_since is not None and one.seen_at >= news_since]
    waiting = {one.story_id for one in waited}
    state = rebuild(detector, [one for one in known if one.story_id not in waiting])
    shifts = []
    for observation in sorted(waited, key=lambda one: (one.seen_at, one.said_at, one.story_id)):
        state, shift = detector.step(state, observation)
        if shift is not None:
            shifts.append(shift)
    return state, shifts
