"""The stances that an analysis reports of whole articles, against those that readers found.

The answers are the set of (article, actor, topic, label). Recall counts those that the readers
hold certain, precision all that a reader found. A person's stance also answers for the institution
that he or she speaks for at the article's date, and the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from monitors.measures.evaluations import (
    Evaluation,
    Figure,
    Miss,
    Slice,
    with_intervals,
    worst_first,
)
from monitors.measures.scores import calibration_error, ratio

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from monitors.measures.intervals import Figures
    from monitors.records import Actor, Label, Span, Stance

LABELS: tuple[Label, ...] = ("favor", "against", "neutral")


class Key(NamedTuple):
    """What a stance says, without the words that show it."""

    actor_id: str
    topic_id: str
    label: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stance that a reader found; `evidence` are the words that show it."""

    key: Key
    certain: bool
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GoldItem:
    """An article with its stances, and the actors it was read for by their ids."""

    place: str
    text: str
    published: date | None
    wanted: tuple[Wanted, ...]
    actors: Mapping[str, Actor]


@dataclass(frozen=True, slots=True)
class _Reported:
    key: Key
    confidence: float
    span: Span
    right: bool


@dataclass(frozen=True, slots=True)
class _Scored:
    """One article's answers, and which of the certain ones were found."""

    item: GoldItem
    reported: tuple[_Reported, ...]
    certain: tuple[tuple[Wanted, bool], ...]


def evaluate_gold(items: Sequence[GoldItem], given: Sequence[Sequence[Stance]]) -> Evaluation:
    """The figures of the stances `given` for each article, in order."""
    scored = [_score(item, stances) for item, stances in zip(items, given, strict=True)]
    figures = with_intervals(
        lambda places: _figures([scored[at] for at in places]), [item.place for item in items]
    )
    misses = worst_first([miss for one in scored for miss in _misses(one)])
    return Evaluation("gold", len(items), figures, tuple(_slices(scored)), misses)


def answers(given: Key, wanted: Key, actors: Mapping[str, Actor], day: date | None) -> bool:
    """Whether the two say the same of one body: an actor, or what it speaks for on `day`.

    Without a day every office counts.
    """
    if given[1:] != wanted[1:]:
        return False
    a, b = given.actor_id, wanted.actor_id
    return a == b or b in _bodies(actors[a], day) or a in _bodies(actors[b], day)


def _bodies(actor: Actor, day: date | None) -> set[str]:
    return {office.of for office in actor.offices if day is None or office.held_on(day)}


def _score(item: GoldItem, stances: Sequence[Stance]) -> _Scored:
    surest: dict[Key, Stance] = {}
    for stance in sorted(stances, key=lambda one: -one.confidence):
        surest.setdefault(Key(stance.actor_id, stance.topic_id, stance.label), stance)

    def same(given: Key, wanted: Key) -> bool:
        return answers(given, wanted, item.actors, item.published)

    reported = tuple(
        _Reported(
            key,
            stance.confidence,
            (stance.start, stance.end),
            any(same(key, one.key) for one in item.wanted),
        )
        for key, stance in surest.items()
    )
    certain = tuple(
        (one, any(same(key, one.key) for key in surest)) for one in _once(item) if one.certain
    )
    return _Scored(item, reported, certain)


def _once(item: GoldItem) -> Iterator[Wanted]:
    """Each stance once; listed twice, it is certain if one of them is."""
    listed: dict[Key, Wanted] = {}
    for one in item.wanted:
        if one.key not in listed or one.certain:
            listed[one.key] = one
    yield from listed.values()


def _figures(scored: Sequence[_Scored]) -> Figures:
    reported = [one for article in scored for one in article.reported]
    certain = [found for article in scored for _, found in article.certain]
    right = np.array([one.right for one in reported], np.bool_)
    confidence = np.array([one.confidence for one in reported], np.float64)
    return {
        "precision": ratio(right.sum(), len(right)),
        "recall": ratio(sum(certain), len(certain)),
        "calibration error": calibration_error(confidence, right),
        "number reported": float(len(reported)),
        "number certain": float(len(certain)),
    }


def _slices(scored: Sequence[_Scored]) -> Iterator[Slice]:
    for label in LABELS:
        right = [one.right for each in scored for one in each.reported if one.key.label == label]
        found = [hit for each in scored for one, hit in each.certain if one.key.label == label]
        figures = (
            Figure("precision", ratio(sum(right), len(right))),
            Figure("recall", ratio(sum(found), len(found))),
            Figure("number certain", float(len(found))),
        )
        yield Slice(f"label: {label}", len(right), figures)


def _misses(scored: _Scored) -> Iterator[Miss]:
    item = scored.item
    for one in scored.reported:
        if not one.right:
            listed = [w.key.label for w in item.wanted if w.key[:2] == one.key[:2]]
            yield Miss(
                item.place,
                item.text[slice(*one.span)],
                (),
                wanted=" or ".join(sorted(set(listed))) or "nothing",
                given=" ".join(one.key),
                confidence=one.confidence,
            )
    for wanted, found in scored.certain:
        if not found:
            told = " … ".join(wanted.evidence)
            yield Miss(item.place, told, (), wanted=" ".join(wanted.key), given="nothing")
