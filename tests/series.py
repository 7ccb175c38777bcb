"""Series of stories for the tests of detectors: short timelines, and random ones from a seed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from monitors.records import Observation
from monitors.shifts import SeriesState

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable

    from monitors.records import Label, Shift
    from monitors.shifts import Detector

START = datetime(2024, 1, 1, 12, tzinfo=UTC)
LABELS: dict[str, Label] = {"a": "against", "f": "favor", "n": "neutral"}
SCORES: dict[Label, float] = {"against": -0.8, "favor": 0.8, "neutral": 0.0}


def story(
    label: Label,
    day: float,
    *,
    story_id: str | None = None,
    outlets: tuple[str, ...] = ("Daily", "Herald"),
    confidence: float = 0.9,
    score: float | None = None,
    seen_after: float = 0.1,
) -> Observation:
    """A story said `day` days after the start and seen `seen_after` days later."""
    said_at = START + timedelta(days=day)
    return Observation(
        story_id=story_id or f"s{day:g}",
        label=label,
        score=SCORES[label] if score is None else score,
        confidence=confidence,
        said_at=said_at,
        seen_at=said_at + timedelta(days=seen_after),
        outlets=outlets,
    )


def timeline(letters: str, *, first_day: float = 0, gap: float = 5) -> list[Observation]:
    """One story per letter (a, f, n), `gap` days apart; a blank is a gap without a story."""
    places = enumerate(letters)
    return [story(LABELS[c], first_day + index * gap) for index, c in places if c != " "]


def noisy(
    rng: random.Random,
    side: Label,
    count: int,
    *,
    noise: float,
    first_day: float = 0,
    gap: float = 7,
) -> list[Observation]:
    """Stories of a holder who keeps to `side`, a share of them misread, at random intervals."""
    other: Label = "favor" if side == "against" else "against"
    stories, day = [], first_day
    for _ in range(count):
        day += rng.expovariate(1 / gap)
        label: Label = "neutral" if rng.random() < 0.15 else side
        if label == side and rng.random() < noise:
            label = other
        outlets = tuple(
            rng.sample(["Daily", "Herald", "Post", "Star", "Times"], rng.choice([1, 2]))
        )
        score = SCORES[label] * rng.uniform(0.5, 1.25)
        confidence = rng.uniform(0.55, 0.95)
        stories.append(story(label, day, outlets=outlets, confidence=confidence, score=score))
    return stories


def run(
    detector: Detector, stories: Iterable[Observation], state: SeriesState | None = None
) -> tuple[SeriesState, list[tuple[Observation, Shift]]]:
    """The state after the stories, and each shift with the story that completed it."""
    state, shifts = state or SeriesState(), []
    for observation in stories:
        state, shift = detector.step(state, observation)
        if shift is not None:
            shifts.append((observation, shift))
    return state, shifts
