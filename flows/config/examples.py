"""The examples that topics carry, held against what the analysis reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from monitors.records import Stance, Topic, TopicExample, Watchlist


@dataclass(frozen=True, slots=True)
class ExampleFailure:
    """An example that was read otherwise than its author says.

    `number` counts the topic's examples from 1; `found` are the labels that were reported instead.
    """

    topic_id: str
    number: int
    text: str
    actor_id: str
    expected: str
    found: tuple[str, ...]

    @property
    def is_wrong(self) -> bool:
        """Whether something was reported that should not be, rather than left out as unsure."""
        return bool(self.found)

    def __str__(self) -> str:
        if not self.found:
            return (
                f"{self.topic_id}, example {self.number}: left out, the reading is not sure "
                f"enough: {self.actor_id} should be {self.expected}: {self.text}"
            )
        found = " and ".join(self.found)
        return (
            f"{self.topic_id}, example {self.number}: {self.actor_id} should be {self.expected}, "
            f"was read as {found}: {self.text}"
        )


def example_failures(
    watchlist: Watchlist, analyse: Callable[[str, date | None], Sequence[Stance]]
) -> list[ExampleFailure]:
    """The examples for which `analyse` does not report their label and no other side.

    A stance counts for an example's actor when it is the actor's own, that of an institution which
    the actor speaks for at some time, or that of somebody who speaks for the actor. `none` wants
    no stance of the actor, nor of anybody who then spoke for it.
    """
    failures = []
    for topic in watchlist.topics:
        for number, example in enumerate(topic.examples, start=1):
            found = _labels(watchlist, topic, example, analyse(example.text, example.published))
            if not _as_expected(example, found):
                failures.append(
                    ExampleFailure(
                        topic.topic_id,
                        number,
                        example.text,
                        example.actor_id,
                        example.label,
                        tuple(sorted(found)),
                    )
                )
    return failures


def _labels(
    watchlist: Watchlist, topic: Topic, example: TopicExample, stances: Sequence[Stance]
) -> set[str]:
    actors = {example.actor_id}
    if example.label != "none":
        actors |= _speaking_with(watchlist, example.actor_id)
    return {
        stance.label
        for stance in stances
        if stance.topic_id == topic.topic_id
        and (stance.actor_id in actors or example.actor_id in stance.speaks_for)
    }


def _speaking_with(watchlist: Watchlist, actor_id: str) -> set[str]:
    """Institutions that the actor speaks for, and people who speak for it, at any time.

    Most examples have no date, so the dates of offices cannot be asked for.
    """
    related = set()
    for actor in watchlist.actors:
        offices = {office.of for office in actor.offices}
        if actor.actor_id == actor_id:
            related |= offices
        elif actor_id in offices:
            related.add(actor.actor_id)
    return related


def _as_expected(example: TopicExample, found: set[str]) -> bool:
    return not found if example.label == "none" else found == {example.label}
