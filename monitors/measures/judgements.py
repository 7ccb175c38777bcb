"""Answers beside the labels they should have been, and the figures common to all such tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from monitors.measures.scores import calibration_error, label_f1, macro_f1

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monitors.measures.evaluations import Miss
    from monitors.measures.intervals import Figures, Places
    from monitors.stance.queries import StanceScore


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer chosen for an item, and the stated chance that it is right."""

    label: str
    confidence: float


def three_way(score: StanceScore) -> Answered:
    """`favor`, `against`, or `none`, which takes in `neutral`.

    The answer is the product's own, the likeliest of the four; the confidence of `none` is that of
    both.
    """
    if score.answer in ("favor", "against"):
        return Answered(score.answer, float(getattr(score, score.answer)))
    return Answered("none", float(score.none + score.neutral))


class Judgements:
    """Items in parallel arrays: codes of the wanted and the given label, and the confidence."""

    def __init__(
        self, labels: Sequence[str], wanted: Sequence[str], answers: Sequence[Answered]
    ) -> None:
        self.labels = tuple(labels)
        codes = {label: code for code, label in enumerate(labels)}
        self.wanted = np.array([codes[label] for label in wanted], np.intp)
        self.given = np.array([codes[answer.label] for answer in answers], np.intp)
        self.confidence = np.array([answer.confidence for answer in answers], np.float64)
        self.right = self.wanted == self.given

    def figures(self, places: Places) -> Figures:
        """Macro F1, micro F1 (the share that is right), F1 of each label, calibration error."""
        wanted, given = self.wanted[places], self.given[places]
        scores = label_f1(wanted, given, len(self.labels))
        right = wanted == given
        return {
            "macro F1": macro_f1(scores),
            "micro F1": float(right.mean()) if len(right) else float("nan"),
            **{f"F1 {label}": score for label, score in zip(self.labels, scores, strict=True)},
            "calibration error": calibration_error(self.confidence[places], right),
        }

    def misses(self, describe: Callable[[int], Miss]) -> list[Miss]:
        """What `describe` says of each wrong answer."""
        return [describe(int(place)) for place in np.flatnonzero(~self.right)]
