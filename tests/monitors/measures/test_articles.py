"""Attributions, gold articles and stories: figures that can be counted on one's fingers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from monitors.measures.attributions import AttributionItem, Parts, evaluate_attributions
from monitors.measures.gold import GoldItem, Key, Wanted, evaluate_gold
from monitors.measures.stories import StoryItem, evaluate_stories
from monitors.records import Actor, Label, Office, Stance

if TYPE_CHECKING:
    from monitors.measures.evaluations import Evaluation

TEXT = "Ann said the plan is dead. Bob agreed that it is."


def figures(evaluation: Evaluation) -> dict[str, float]:
    return {figure.name: figure.value for figure in evaluation.figures}


def parts(source: str, cue: str, *content: str, text: str = TEXT) -> Parts:
    def spans(*words: str) -> tuple[tuple[int, int], ...]:
        return tuple((text.index(w), text.index(w) + len(w)) for w in words if w)

    return Parts(spans(source), spans(cue), spans(*content))


ANN = parts("Ann", "said", "the plan is dead")
BOB = parts("Bob", "agreed", "that it is")


def attributions(*given: Parts) -> Evaluation:
    return evaluate_attributions([AttributionItem("f:1", TEXT, (ANN, BOB))], [given])


class TestAttributions:
    def test_all_right(self) -> None:
        found = attributions(ANN, BOB)
        assert set(figures(found).values()) == {1.0}
        assert not found.misses

    def test_nothing_found(self) -> None:
        found = attributions()
        assert set(figures(found).values()) == {0.0}
        assert [miss.given for miss in found.misses] == ["nothing", "nothing"]

    def test_a_mark_that_clings_spoils_the_exact_span_alone(self) -> None:
        found = figures(attributions(parts("Ann", "said", "the plan is dead."), BOB))
        assert found["content word F1"] == found["content same words F1"] == 1
        assert found["content exact span F1"] == 0.5
        assert (found["linked F1"], found["linked exact F1"]) == (1, 0.5)

    def test_half_a_content(self) -> None:
        found = figures(attributions(parts("Ann", "said", "the plan"), BOB))
        # Seven words wanted, five given, all of them right.
        assert found["content word F1"] == pytest.approx(2 * 5 / (5 + 7))
        assert found["linked F1"] == 1  # Dice of "the plan": 4 / 6

    def test_words_count_once_however_often_they_are_given(self) -> None:
        assert figures(attributions(ANN, ANN, BOB))["source word F1"] == 1
        assert figures(attributions(ANN, ANN, BOB))["linked F1"] == pytest.approx(2 * 2 / (3 + 2))

    def test_sources_exchanged(self) -> None:
        found = attributions(
            Parts(BOB.source, ANN.cue, ANN.content), Parts(ANN.source, BOB.cue, BOB.content)
        )
        assert figures(found)["source word F1"] == 1
        assert figures(found)["linked F1"] == 0
        assert len(found.misses) == 2
        assert all(miss.wanted != "nothing" for miss in found.misses)

    def test_missing_source_is_part_of_the_answer(self) -> None:
        found = figures(attributions(ANN, Parts((), BOB.cue, BOB.content)))
        assert found["linked F1"] == 0.5

    def test_errors_show_the_words(self) -> None:
        miss = attributions(ANN).misses[0]
        words = {name: miss.text[start:end] for name, (start, end) in miss.marks}
        assert words == {"source": "Bob", "cue": "agreed", "content": "that it is"}


ACTORS = {
    "us": Actor("us", "United States", "state", ("US",)),
    "biden": Actor(
        "biden",
        "Biden",
        "person",
        ("Biden",),
        (Office("us", date(2021, 1, 20), date(2025, 1, 20)),),
    ),
}


def stance(actor: str, label: Label, confidence: float = 0.9) -> Stance:
    return Stance(actor, "law", label, 0, confidence, 0, 5, "description", "test")


def gold(
    wanted: list[tuple[str, Label, bool]], *given: Stance, day: date | None = date(2024, 4, 2)
) -> Evaluation:
    listed = tuple(Wanted(Key(actor, "law", label), sure) for actor, label, sure in wanted)
    return evaluate_gold([GoldItem("f:1", "Biden signed it.", day, listed, ACTORS)], [given])


class TestGold:
    def test_certain_ones_make_recall_and_all_make_precision(self) -> None:
        wanted: list[tuple[str, Label, bool]] = [("us", "favor", True), ("us", "against", False)]
        found = figures(gold(wanted, stance("us", "against")))
        assert (found["precision"], found["recall"]) == (1, 0)

    @pytest.mark.parametrize(
        ("day", "right"), [(date(2024, 4, 2), 1), (date(2018, 4, 2), 0), (None, 1)]
    )
    def test_a_person_answers_for_the_office_at_its_time(
        self, day: date | None, right: int
    ) -> None:
        for wanted, given in (("us", "biden"), ("biden", "us")):
            found = figures(gold([(wanted, "favor", True)], stance(given, "favor"), day=day))
            assert (found["precision"], found["recall"]) == (right, right)

    def test_same_answer_twice_counts_once_with_the_surer_confidence(self) -> None:
        found = gold([], stance("us", "favor", 0.6), stance("us", "favor", 0.8))
        assert figures(found)["number reported"] == 1
        assert figures(found)["calibration error"] == pytest.approx(0.8)
        assert [(m.given, m.confidence) for m in found.misses] == [("us law favor", 0.8)]

    def test_wrong_side_names_the_listed_one(self) -> None:
        found = gold([("us", "favor", True)], stance("us", "against"))
        assert [(m.wanted, m.given) for m in found.misses] == [
            ("favor", "us law against"),
            ("us law favor", "nothing"),
        ]

    def test_abstaining_costs_recall_only(self) -> None:
        found = figures(gold([("us", "favor", True)]))
        assert found["recall"] == 0
        assert found["precision"] != found["precision"]  # NaN: nothing was claimed


class TestStories:
    ITEMS = tuple(StoryItem(f"f:{n}", f"text {n}", c) for n, c in enumerate("aaabb"))

    def test_perfect(self) -> None:
        found = evaluate_stories(self.ITEMS, list("xxxyy"))
        assert set(figures(found).values()) == {1.0}
        assert not found.misses

    def test_counts(self) -> None:
        # Clusters aaa bb as stories xx xyy: of 4 pairs each, 2 agree (0-1 and 3-4).
        found = evaluate_stories(self.ITEMS, list("xxyyy"))
        assert figures(found)["pairwise precision"] == 2 / 4
        assert figures(found)["pairwise recall"] == 2 / 4
        precision = (1 + 1 + 1 / 3 + 2 / 3 + 2 / 3) / 5
        recall = (2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5
        assert figures(found)["B-cubed precision"] == pytest.approx(precision)
        assert figures(found)["B-cubed recall"] == pytest.approx(recall)
        assert figures(found)["B-cubed F1"] == pytest.approx(
            2 * precision * recall / (precision + recall)
        )
        assert [(m.wanted, m.given) for m in found.misses] == [
            ("two stories", "one story"),
            ("two stories", "one story"),
            ("one story", "two stories"),
        ]

    def test_all_apart(self) -> None:
        found = figures(evaluate_stories(self.ITEMS, list("vwxyz")))
        assert found["pairwise recall"] == 0
        assert found["B-cubed precision"] == 1
