"""Directed, target and pairs: from the backend's answers to labels, figures and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from monitors.measures.directed import DirectedItem, directed_answer, evaluate_directed
from monitors.measures.pairs import PairItem, evaluate_pairs
from monitors.measures.slices import query_slices
from monitors.measures.targets import TargetItem, evaluate_targets, target_answer
from monitors.stance import StanceQuery, StanceScore
from monitors.stance.named_targets import directed_query, is_person_definition, target_query

if TYPE_CHECKING:
    from monitors.measures.evaluations import Evaluation

FAVOR = StanceScore(0.7, 0.1, 0.1, 0.1)
AGAINST = StanceScore(0.05, 0.8, 0.05, 0.1)
NEUTRAL = StanceScore(0.1, 0.1, 0.6, 0.2)
NONE = StanceScore(0.1, 0.1, 0.1, 0.7)


def figures(evaluation: Evaluation) -> dict[str, float]:
    return {figure.name: figure.value for figure in evaluation.figures}


class TestNamedTargets:
    def test_directed_asks_of_the_target_by_its_words(self) -> None:
        query = directed_query("Cruz attacked Trump.", (0, 4), (14, 19))
        assert (query.holder, query.target) == ((0, 4), (14, 19))
        assert query.favor == "praises, supports, endorses, defends or sides with Trump"
        assert query.against == "criticises, attacks, opposes or distances from Trump"
        assert is_person_definition(query.favor)
        assert not is_person_definition("backs the law")

    def test_target_has_no_holder(self) -> None:
        assert target_query("Cruz won.", (0, 4)).holder is None


class TestDirectedAnswer:
    def test_none_unless_a_side_is_likeliest(self) -> None:
        answer = directed_answer(NONE, NEUTRAL)
        assert answer.label == "none"
        assert answer.confidence == pytest.approx(0.8 * 0.8)

    def test_a_side_of_one_direction(self) -> None:
        assert directed_answer(FAVOR, NONE).label == "p>q favor"
        assert directed_answer(NONE, AGAINST).label == "q>p against"
        assert directed_answer(FAVOR, NONE).confidence == 0.7

    def test_of_two_sides_the_more_probable(self) -> None:
        assert directed_answer(FAVOR, AGAINST).label == "q>p against"
        assert directed_answer(AGAINST, FAVOR).label == "p>q against"

    def test_figures(self) -> None:
        labels = ("p>q favor", "none", "q>p against", "none")
        text = "Cruz attacked Trump."
        items = [DirectedItem(f"f:{n}", text, (0, 4), (14, 19), x) for n, x in enumerate(labels)]
        scores = [(FAVOR, NONE), (NONE, NONE), (NONE, NONE), (AGAINST, NONE)]
        found = evaluate_directed(items, scores)
        assert figures(found)["micro F1"] == 0.5
        # none 1/2, p>q favor 1, q>p against 0, p>q against 0; nobody used q>p favor.
        assert figures(found)["macro F1"] == pytest.approx((0.5 + 1 + 0 + 0) / 4)
        assert [(m.place, m.wanted, m.given) for m in found.misses] == [
            ("f:3", "none", "p>q against"),
            ("f:2", "q>p against", "none"),
        ]

    def test_both_directions_are_asked(self) -> None:
        there, back = DirectedItem("f:1", "Cruz hit Trump.", (0, 4), (9, 14), "none").queries()
        assert (there.holder, there.target) == (back.target, back.holder) == ((0, 4), (9, 14))


def test_target_labels() -> None:
    assert [target_answer(one).label for one in (FAVOR, AGAINST, NEUTRAL, NONE)] == [
        "positive",
        "negative",
        "neutral",
        "neutral",
    ]
    items = [TargetItem(f"f:{n}", "Cruz won.", (0, 4), "positive") for n in range(2)]
    found = evaluate_targets(items, [FAVOR, NONE])
    assert figures(found)["micro F1"] == 0.5
    assert found.misses[0].marks == (("target", (0, 4)),)


def pair(text: str, holder: str, target: str, **changes: str) -> StanceQuery:
    start, end = text.index(holder), text.index(target)
    return StanceQuery(
        text,
        (start, start + len(holder)),
        (end, end + len(target)),
        changes.get("favor", "backs the law"),
        "wants it repealed",
    )


class TestPairs:
    QUERY = pair("Obama defended the law.", "Obama", "the law")

    def items(self, *labels: str) -> list[PairItem]:
        return [
            PairItem(f"f:{n}", self.QUERY, label, f"a{n}", ("sure",) if n else ("not sure",))  # type: ignore[arg-type]
            for n, label in enumerate(labels)
        ]

    def test_neutral_counts_as_none(self) -> None:
        found = evaluate_pairs(self.items("neutral", "none"), [NONE, NEUTRAL])
        assert figures(found)["macro F1"] == 1
        assert not found.misses

    def test_sides(self) -> None:
        labels = ("favor", "against", "favor", "none")
        found = figures(evaluate_pairs(self.items(*labels), [FAVOR, FAVOR, NONE, AGAINST]))
        assert found["precision of sides"] == pytest.approx(1 / 3)
        assert found["recall of sides"] == pytest.approx(1 / 3)
        assert found["F1 favor"] == 0.5
        assert found["F1 against"] == 0

    def test_slices_and_errors(self) -> None:
        found = evaluate_pairs(self.items("favor", "against", "favor"), [NONE, FAVOR, FAVOR])
        assert {one.name: one.items for one in found.slices} == {"not sure": 1, "sure": 2}
        assert [(m.place, m.confidence) for m in found.misses] == [
            ("f:0", pytest.approx(0.8)),
            ("f:1", 0.7),
        ]
        assert "favor: backs the law" in found.misses[0].asked

    def test_nothing_to_find_is_no_failure(self) -> None:
        found = figures(evaluate_pairs(self.items("none", "none"), [NONE, NONE]))
        assert found["F1 favor"] != found["F1 favor"]  # NaN
        assert found["macro F1"] == 1


@pytest.mark.parametrize(
    ("query", "slices"),
    [
        (
            pair("“I will not sign the law today,” he said.", "he", "the law"),
            {"way: target in quotation marks", "negation word", "holder: pronoun"},
        ),
        (
            pair("Obama said the law was here to stay.", "Obama", "the law"),
            {"way: indirect speech", "no negation word", "holder: named"},
        ),
        (pair("Obama doesn\u2019t back the law.", "Obama", "the law"), {"negation word"}),
        (pair("Obama signed the law.", "Obama", "the law"), {"way: deed or description"}),
        (pair("Obama signed the law.", "Obama", "the law"), {"target: policy"}),
        (
            directed_query("Cruz hit Trump.", (0, 4), (9, 14)),
            {"target: person or institution"},
        ),
        (target_query("Cruz won.", (0, 4)), {"holder: nobody named"}),
    ],
)
def test_what_words_show(query: StanceQuery, slices: set[str]) -> None:
    assert slices <= set(query_slices(query))
