"""A person or an institution in a sentence: how the sentence itself presents it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitors.measures.evaluations import Evaluation, Miss, with_intervals, worst_first
from monitors.measures.judgements import Answered, Judgements, three_way
from monitors.stance.named_targets import target_query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitors.records import Span
    from monitors.stance.queries import StanceQuery, StanceScore

_LABELS = {"none": "neutral", "favor": "positive", "against": "negative"}


@dataclass(frozen=True, slots=True)
class TargetItem:
    """A sentence with a name, and `positive`, `negative` or `neutral`."""

    place: str
    text: str
    target: Span
    label: str

    def query(self) -> StanceQuery:
        """How the text presents the target; nobody is the holder."""
        return target_query(self.text, self.target)


def target_answer(score: StanceScore) -> Answered:
    """`favor` is positive, `against` negative, and neutral what is neither."""
    answered = three_way(score)
    return Answered(_LABELS[answered.label], answered.confidence)


def evaluate_targets(items: Sequence[TargetItem], scores: Sequence[StanceScore]) -> Evaluation:
    """The figures of `scores`, one per item in order."""
    answers = [target_answer(score) for score in scores]
    judged = Judgements(tuple(_LABELS.values()), [item.label for item in items], answers)

    def miss(at: int) -> Miss:
        item = items[at]
        marks = (("target", item.target),)
        return Miss(
            item.place, item.text, marks, item.label, answers[at].label, answers[at].confidence
        )

    figures = with_intervals(judged.figures, [item.place for item in items])
    return Evaluation("target", len(items), figures, misses=worst_first(judged.misses(miss)))
