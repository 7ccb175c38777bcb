"""The plain before/after comparison: a run of stories on the other side, against those before it.

The *new side* is the longest run of stories up to the newest in which the stories that take a side
agree well enough on the opposite of the accepted one; it starts with a story on that side. The *old
side* is all that lies between the accepted side's own start and this run. Both must be made of
enough stories and outlets, lie far enough apart, and the old one must be so clear that the run is
not its usual noise. Stories made before the last shift never count towards the next one, so
going back takes as much evidence as going over.

A neutral story takes no side: it pulls the mean towards 0 but neither agrees nor disagrees.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from monitors.records import Shift, Side
from monitors.shifts.chance import chance_of_run, dissent_rate
from monitors.shifts.feeding import dead_outlets
from monitors.shifts.sides import OPPOSITE, held_back, shows_within_outlets
from monitors.shifts.timing import is_cooling, is_late, is_overtaken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from monitors.records import Label, Observation
    from monitors.shifts.series import DetectorSettings, HeldShift, Reason, SeriesState

MEMORY = 100  # stories kept per series: what bounds the work and the size of one step


@dataclass(frozen=True, slots=True)
class Stretch:
    """Stories in a row, and the side that they are taken for."""

    label: Label
    stories: Sequence[Observation]

    @property
    def supporters(self) -> list[Observation]:
        return [story for story in self.stories if story.label == self.label]

    @property
    def sided(self) -> list[Observation]:
        return [story for story in self.stories if story.label != "neutral"]

    @property
    def outlets(self) -> tuple[str, ...]:
        return tuple(sorted({name for story in self.supporters for name in story.outlets}))

    @property
    def agreement(self) -> float:
        """The share of the stories that take a side which take this one."""
        return len(self.supporters) / len(self.sided) if self.sided else 0.0

    @property
    def score(self) -> float:
        """The mean score of all the stories, weighted by confidence."""
        weight = sum(story.confidence for story in self.stories)
        total = sum(story.score * story.confidence for story in self.stories)
        return total / weight if weight else 0.0

    def side(self) -> Side:
        stories = tuple(story.story_id for story in self.supporters)
        return Side(self.label, self.score, stories, self.outlets)


class WindowDetector:
    """Compares the newest run of stories with what came before; keeps the newest 100 stories."""

    name = "window"

    def __init__(
        self, settings: DetectorSettings, outlets_seen: Mapping[str, datetime] | None = None
    ) -> None:
        self.settings, self._outlets_seen = settings, outlets_seen or {}

    def step(
        self, state: SeriesState, observation: Observation
    ) -> tuple[SeriesState, Shift | None]:
        """The state with the observation in it, and the shift it completes, if any."""
        late = is_late(observation, self.settings) or is_overtaken(state, observation)
        state = _remember(state, observation)
        if state.label is None:
            return self._establish(state), None
        if observation.label != OPPOSITE[state.label]:
            return replace(state, reason=_reason_for_no_change(observation, late=late)), None
        before, after = self._split(state, state.label)
        reason: Reason = next(self._obstacles(state, before, after), "shifted")
        if late:
            return self._take_late(state, after, reason), None
        if reason != "shifted":
            return replace(state, reason=reason, held=self._held(reason, before, after)), None
        return _accept(state, after, "shifted"), _shift(self.name, before, after)

    def _establish(self, state: SeriesState) -> SeriesState:
        sided = [story for story in state.observations if story.label != "neutral"]
        if not sided:
            return replace(state, reason="cold_start")
        run = _newest_run(state.observations, sided[-1].label, self.settings.min_agreement)
        if self._is_thin(run):
            return replace(state, reason="cold_start")
        first = run.stories[0].said_at
        return replace(state, label=run.label, changed_at=first, reason="established")

    def _split(self, state: SeriesState, label: Label) -> tuple[Stretch, Stretch]:
        bound = state.shifted_at or state.changed_at
        fresh = [story for story in state.observations if bound is None or story.said_at > bound]
        after = _newest_run(fresh, OPPOSITE[label], self.settings.min_agreement)
        if not after.stories:
            return Stretch(label, ()), after
        changed_at = after.stories[0].said_at
        start = changed_at - timedelta(days=self.settings.history_days)
        if state.changed_at is not None:
            start = max(start, state.changed_at)
        older = state.observations[: len(state.observations) - len(after.stories)]
        return Stretch(label, [story for story in older if story.said_at >= start]), after

    def _obstacles(self, state: SeriesState, before: Stretch, after: Stretch) -> Iterator[Reason]:
        """Why this is not a shift, the plainest reason first; nothing where it is one."""
        settings = self.settings
        if len(after.supporters) < settings.min_stories:
            yield "few_stories"
        if len(after.outlets) < settings.min_outlets:
            yield "few_outlets"
        if self._is_slow(after):
            yield "slow"
        if self._is_thin(before):
            yield "old_side_thin"
        if before.agreement < settings.min_agreement:
            yield "old_side_mixed"
        if self._dead(before, after):
            yield "dead_feed"
        if _change(before, after) < settings.min_change:
            yield "small_change"
        if _chance(before, after) > settings.max_chance:
            yield "by_chance"
        if is_cooling(state, self.settings):
            yield "cool_down"

    def _held(self, reason: Reason, before: Stretch, after: Stretch) -> HeldShift | None:
        """What is told of as almost a shift: a new side with stories enough."""
        if reason == "few_stories" or not before.stories:
            return None
        dead = self._dead(before, after) if reason == "dead_feed" else ()
        return held_back(reason, before.stories, after.stories, dead)

    def _dead(self, before: Stretch, after: Stretch) -> tuple[str, ...]:
        """The old side's outlets that bring nothing any more, unless those left show the change."""
        dead = dead_outlets(before.stories, after.stories[0].said_at, self._outlets_seen)
        return () if shows_within_outlets(before.stories, after.stories) else dead

    def _is_thin(self, stretch: Stretch) -> bool:
        return (
            len(stretch.supporters) < self.settings.min_stories
            or len(stretch.outlets) < self.settings.min_outlets
        )

    def _is_slow(self, after: Stretch) -> bool:
        needed = after.supporters[-self.settings.min_stories :]
        span = needed[-1].said_at - needed[0].said_at
        return span > timedelta(days=self.settings.window_days)

    def _take_late(self, state: SeriesState, after: Stretch, reason: Reason) -> SeriesState:
        """A change shown by late stories alone is history; one with fresh ones waits for news."""
        if reason == "shifted" and all(is_late(story, self.settings) for story in after.supporters):
            return _accept(state, after, "backfilled")
        return replace(state, reason="late")


def _reason_for_no_change(observation: Observation, *, late: bool) -> Reason:
    if late:
        return "late"
    return "neutral" if observation.label == "neutral" else "steady"


def _remember(state: SeriesState, observation: Observation) -> SeriesState:
    """The newest stories with this one among them; a side with no story left is forgotten."""
    others = [story for story in state.observations if story.story_id != observation.story_id]
    is_new = len(others) == len(state.observations)
    stories = sorted([*others, observation], key=lambda story: (story.said_at, story.story_id))
    kept = tuple(stories[-MEMORY:])
    known = any(story.label == state.label for story in kept)
    return replace(
        state,
        observations=kept,
        label=state.label if known else None,
        changed_at=state.changed_at if known else None,
        count=state.count + is_new,
        held=None,
    )


def _newest_run(stories: Sequence[Observation], label: Label, agreement: float) -> Stretch:
    """The longest run up to the newest story that starts on `label` and agrees on it."""
    start, on, sided = len(stories), 0, 0
    for index in range(len(stories) - 1, -1, -1):
        sided += stories[index].label != "neutral"
        on += stories[index].label == label
        if stories[index].label == label and on >= agreement * sided:
            start = index
    return Stretch(label, stories[start:])


def _change(before: Stretch, after: Stretch) -> float:
    """How far the mean score moved towards the new side; negative where it moved away."""
    moved = after.score - before.score
    return moved if after.label == "favor" else -moved


def _noise(before: Stretch) -> float:
    return dissent_rate(len(before.sided) - len(before.supporters), len(before.sided))


def _chance(before: Stretch, after: Stretch) -> float:
    """The chance that the old side shows such a run anywhere in a stretch of its own length."""
    run = chance_of_run([_noise(before)] * len(after.sided), len(after.supporters))
    return min(1.0, run * len(before.sided))


def _shift(detector: str, before: Stretch, after: Stretch) -> Shift:
    """The shift, with its confidence: 1 less the chance that nobody moved.

    Each story of the run may look like the new side because it was misread (1 - its confidence) or
    because the old side is that mixed, whichever is likelier; the chance is that so many do. It
    takes stories to err independently, and so says at most how sure one can be.
    """
    noise = _noise(before)
    rates = [max(noise, 1 - story.confidence) for story in after.sided]
    return Shift(
        before=before.side(),
        after=after.side(),
        changed_at=after.stories[0].said_at,
        confidence=1 - chance_of_run(rates, len(after.supporters)),
        detector=detector,
    )


def _accept(state: SeriesState, after: Stretch, reason: Reason) -> SeriesState:
    newest_at: datetime = state.observations[-1].said_at
    return replace(
        state,
        label=after.label,
        changed_at=after.stories[0].said_at,
        shifted_at=newest_at,
        reason=reason,
    )
