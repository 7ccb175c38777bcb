"""Two people or institutions in a sentence: who is for or against whom, if anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitors.measures.evaluations import Evaluation, Miss, with_intervals, worst_first
from monitors.measures.judgements import Answered, Judgements, three_way
from monitors.stance.named_targets import directed_query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitors.records import Span
    from monitors.stance.queries import StanceQuery, StanceScore

LABELS = ("none", "p>q favor", "q>p favor", "p>q against", "q>p against")


@dataclass(frozen=True, slots=True)
class DirectedItem:
    """A sentence with two names, `p` and `q`, and one of LABELS."""

    place: str
    text: str
    p: Span
    q: Span
    label: str

    def queries(self) -> tuple[StanceQuery, StanceQuery]:
        """The same question in both directions: of p toward q, and of q toward p."""
        return (
            directed_query(self.text, self.p, self.q),
            directed_query(self.text, self.q, self.p),
        )


def directed_answer(p_to_q: StanceScore, q_to_p: StanceScore) -> Answered:
    """One of the five labels from the answers in both directions.

    It is `none` unless `favor` or `against` is the likeliest of the four answers in one direction;
    if it is in both, the more probable one. The confidence of a side is its probability, that of
    `none` the chance that neither direction has a side, as if the two were independent.
    """
    directions = (("p>q", three_way(p_to_q)), ("q>p", three_way(q_to_p)))
    sided = [(name, one) for name, one in directions if one.label != "none"]
    if not sided:
        (_, first), (_, second) = directions
        return Answered("none", first.confidence * second.confidence)
    name, best = max(sided, key=lambda pair: pair[1].confidence)
    return Answered(f"{name} {best.label}", best.confidence)


def evaluate_directed(
    items: Sequence[DirectedItem], scores: Sequence[tuple[StanceScore, StanceScore]]
) -> Evaluation:
    """The figures of `scores`: for each item, in order, those of its two queries."""
    answers = [directed_answer(*both) for both in scores]
    judged = Judgements(LABELS, [item.label for item in items], answers)

    def miss(at: int) -> Miss:
        item = items[at]
        marks = (("p", item.p), ("q", item.q))
        return Miss(
            item.place, item.text, marks, item.label, answers[at].label, answers[at].confidence
        )

    figures = with_intervals(judged.figures, [item.place for item in items])
    return Evaluation("directed", len(items), figures, misses=worst_first(judged.misses(miss)))
