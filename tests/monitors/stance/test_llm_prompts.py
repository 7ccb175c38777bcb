"""What of a question a chat model is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitors.stance import StanceQuery
from monitors.stance.llm_prompts import (
    Dialect,
    answer_key,
    estimated_tokens,
    marked,
    request_for,
    shortened,
)
from monitors.stance.options import LlmOptions

OPTIONS = LlmOptions(model="tiny")
QUERY = StanceQuery("France backs it.", (0, 6), (13, 15), "backs it", "opposes it", "Then:")


@pytest.mark.parametrize(
    ("holder", "target", "expected"),
    [
        ((0, 6), (13, 15), "⟦France⟧ backs ⟪it⟫."),
        (None, (13, 15), "France backs ⟪it⟫."),
        ((13, 15), (0, 6), "⟪France⟫ backs ⟦it⟧."),
        ((0, 6), (0, 16), "⟪⟦France⟧ backs it.⟫"),
        ((0, 16), (13, 16), "⟦France backs ⟪it.⟫⟧"),
        ((0, 6), (6, 12), "⟦France⟧⟪ backs⟫ it."),
    ],
)
def test_marks_stand_around_their_words(
    holder: tuple[int, int] | None, target: tuple[int, int], expected: str
) -> None:
    assert marked(replace(QUERY, holder=holder, target=target)) == expected


@pytest.mark.parametrize(
    "other",
    [
        replace(QUERY, text="France blocks it."),
        replace(QUERY, holder=None),
        replace(QUERY, target=(7, 12)),
        replace(QUERY, favor="likes it"),
        replace(QUERY, against="hates it"),
        replace(QUERY, before=""),
        replace(QUERY, title="a deal"),
    ],
)
def test_each_part_of_a_question_makes_it_another(other: StanceQuery) -> None:
    assert answer_key(other, OPTIONS) != answer_key(QUERY, OPTIONS)


def test_so_do_model_and_seed_but_not_how_many_are_asked() -> None:
    assert answer_key(QUERY, replace(OPTIONS, model="big")) != answer_key(QUERY, OPTIONS)
    assert answer_key(QUERY, replace(OPTIONS, seed=2)) != answer_key(QUERY, OPTIONS)
    assert answer_key(QUERY, replace(OPTIONS, queries_per_request=9)) == answer_key(QUERY, OPTIONS)


def test_an_endless_question_stays_small() -> None:
    endless = StanceQuery(
        "France " + "x" * 99_999, (0, 6), (7, 9), "f" * 9_999, "g" * 9_999, "b" * 9_999
    )
    prompt, answer = estimated_tokens(request_for({"1": shortened(endless)}, OPTIONS, Dialect()))
    assert answer == 300
    assert prompt < 3_000


def test_every_dialect_comes_to_an_end() -> None:
    everything = "max_completion_tokens temperature seed"
    dialect: Dialect | None = Dialect()
    tried = []
    while dialect is not None:
        tried.append(dialect)
        dialect = dialect.after(everything)
    assert len(tried) == len(set(tried)) == 6
    last = tried[-1].parameters(OPTIONS, 2)
    assert last == {"max_completion_tokens": 600, "stream": False}
