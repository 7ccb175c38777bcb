"""Holder-target pairs: none (with neutral), favor or against, by the definitions given."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from monitors.measures.evaluations import (
    Evaluation,
    Figure,
    Miss,
    Slice,
    with_intervals,
    worst_first,
)
from monitors.measures.judgements import Judgements, three_way
from monitors.measures.scores import (
    calibration_error,
    precision_at_recalls,
    ratio,
    recall_at_precision,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitors.measures.intervals import Figures, Places
    from monitors.stance.queries import Answer, StanceQuery, StanceScore

LABELS = ("none", "favor", "against")
RECALLS = (0.2, 0.4, 0.6, 0.8)
_PRECISION = 0.85


@dataclass(frozen=True, slots=True)
class PairItem:
    """A labelled pair; `article` names what it is drawn with, `slices` what it is counted in."""

    place: str
    query: StanceQuery
    label: Answer
    article: str
    slices: tuple[str, ...] = ()


def evaluate_pairs(items: Sequence[PairItem], scores: Sequence[StanceScore]) -> Evaluation:
    """The figures of `scores`, one per item in order."""
    answers = [three_way(score) for score in scores]
    wanted = ["none" if item.label == "neutral" else item.label for item in items]
    judged = Judgements(LABELS, wanted, answers)
    sides = _Sides(judged, scores)

    def figures(places: Places) -> Figures:
        return judged.figures(places) | sides.figures(places)

    return Evaluation(
        "pairs",
        len(items),
        with_intervals(figures, [item.article or item.place for item in items]),
        tuple(_slices(items, judged, sides)),
        worst_first(judged.misses(lambda at: _miss(items[at], judged, at))),
    )


class _Sides:
    """The answers favor and against alone: what the product would report."""

    def __init__(self, judged: Judgements, scores: Sequence[StanceScore]) -> None:
        self._judged = judged
        chances = np.array([[0.0, score.favor, score.against] for score in scores]).reshape(-1, 3)
        self._likelier = chances.argmax(1)
        self._chance = chances.max(1)

    def figures(self, places: Places) -> Figures:
        judged = self._judged
        given, right = judged.given[places], judged.right[places]
        total = int((judged.wanted[places] > 0).sum())
        named = given > 0
        chance = self._chance[places]
        found = self._likelier[places] == judged.wanted[places]
        at = precision_at_recalls(chance, found, total, RECALLS)
        return {
            "calibration error of sides": calibration_error(
                judged.confidence[places][named], right[named]
            ),
            "precision of sides": ratio(right[named].sum(), named.sum()),
            "recall of sides": ratio(right[named].sum(), total),
            **{f"precision at recall {r}": p for r, p in zip(RECALLS, at, strict=True)},
            f"recall at precision {_PRECISION}": recall_at_precision(
                chance, found, total, _PRECISION
            ),
        }


def _slices(items: Sequence[PairItem], judged: Judgements, sides: _Sides) -> list[Slice]:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for at, item in enumerate(items):
        for name in item.slices:
            places[name].append(at)
    kept = ("macro F1", "precision of sides", "recall of sides", "calibration error")
    found = []
    for name in sorted(places):
        chosen = np.array(places[name], np.intp)
        values = judged.figures(chosen) | sides.figures(chosen)
        figures = tuple(Figure(figure, values[figure]) for figure in kept)
        found.append(Slice(name, len(chosen), figures))
    return found


def _miss(item: PairItem, judged: Judgements, at: int) -> Miss:
    query = item.query
    marks = [("target", query.target)]
    if query.holder is not None:
        marks.insert(0, ("holder", query.holder))
    return Miss(
        place=item.place,
        text=query.text,
        marks=tuple(marks),
        wanted=item.label,
        given=judged.labels[judged.given[at]],
        confidence=float(judged.confidence[at]),
        before=query.before,
        asked=f"favor: {query.favor} / against: {query.against}",
    )
