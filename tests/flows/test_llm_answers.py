"""What the backend `llm` believes of the answers of a real server, and what it does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from monitors.errors import BackendError
from monitors.stance.llm_answers import ABSTAINED
from tests.chat_server import (
    KEY,
    Asked,
    Served,
    answers,
    changed,
    completion,
    good_answer,
    in_turn,
    query,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chat_server import ChatServer
    from tests.flows.conftest import LoadLlm


# --- replies that answer nothing: abstained from, and counted ----------------------------------


REPLY = json.dumps({"answers": [{"id": "1", "label": "favor"}]})
TOOL = {"tool_calls": [{"id": "x", "function": {"name": "f", "arguments": REPLY}}]}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Served(b"{}"), "unreadable"),
        (Served(b'{"choices": 3}'), "unreadable"),
        (Served(b'{"choices": []}'), "empty"),
        (Served(b'{"choices": [null]}'), "empty"),
        (Served(b'{"choices": [{}]}'), "empty"),
        (Served(b'{"choices": [{"message": {}}]}'), "empty"),
        (Served(b'{"choices": [{"message": "favor"}]}'), "empty"),
        (completion(None), "empty"),
        (completion(""), "empty"),
        (completion([{"type": "text", "text": REPLY}]), "empty"),
        (completion(None, message=TOOL, finish_reason="tool_calls"), "empty"),
        (completion(None, message={"refusal": "I cannot help with that."}), "refused"),
        (completion(None, finish_reason="content_filter"), "refused"),
        (completion('{"answers": [{"id": "1", "la', finish_reason="length"), "cut off"),
        (completion(None, finish_reason="length"), "cut off"),
        (completion("It is in favour, I think."), "unreadable"),
        (completion('{"answers": [{"id": "1", "label'), "unreadable"),
        (completion('{"answer": "favor"}'), "unreadable"),
        (completion('{"answers": "favor"}'), "unreadable"),
        (completion("[" * 20_000), "unreadable"),
        (completion('{"a":' * 20_000), "unreadable"),
        (answers(), "unanswered"),
        (completion('{"answers": [null, 3, "favor", [], {"label": "favor"}]}'), "unanswered"),
        (changed(id="2"), "unanswered"),
        (changed(id=True), "unanswered"),
        (changed(label="pro"), "schema"),
        (changed(label="Favor"), "schema"),
        (changed(label=None), "schema"),
        (changed(confidence=7), "schema"),
        (changed(confidence=-0.1), "schema"),
        (changed(confidence="high"), "schema"),
        (changed(confidence="0.9"), "schema"),
        (changed(confidence=True), "schema"),
        (changed(confidence=None), "schema"),
        (changed(confidence=float("nan")), "unreadable"),
        (changed(confidence=float("inf")), "unreadable"),
        (changed(evidence=None), "schema"),
        (changed(evidence=["France backs the deal."]), "schema"),
        (changed(evidence="x" * 6_000), "schema"),
        (changed(evidence=""), "evidence"),
        (changed(evidence="."), "evidence"),
        (changed(evidence="a"), "evidence"),
        (changed(evidence="France supports the deal."), "evidence"),
        (changed(evidence="FRANCE BACKS THE DEAL."), "evidence"),
        (changed(evidence="France … the deal."), "evidence"),
        (changed(evidence=KEY), "evidence"),
    ],
)
def test_an_answer_that_cannot_be_believed_is_none(
    chat_server: ChatServer,
    load_llm: LoadLlm,
    reply: Served | Callable[[Asked], Served],
    reason: str,
) -> None:
    chat_server.reply = in_turn(reply)
    backend = load_llm()
    assert backend.score([query()]) == [ABSTAINED]
    assert backend.abstained == {reason: 1}


def test_it_is_told_once_why_it_abstains(
    chat_server: ChatServer, load_llm: LoadLlm, caplog: pytest.LogCaptureFixture
) -> None:
    chat_server.reply = changed(evidence="made up")
    backend = load_llm()
    backend.score([query(f"{name} backs the deal.") for name in "ABC"])
    assert backend.abstained == {"evidence": 3}
    [record] = caplog.records
    assert "evidence do not stand in the text; abstained" in record.getMessage()


@pytest.mark.parametrize(
    "wrap",
    [
        "```json\n{}\n```",
        "```\n{}\n```",
        "Sure! Here is {{the}} answer [1]:\n\n{}\n\nI hope {{this}} helps.",
        '<think>The {{holder}} ... {{"label": 3}}</think>\n{}',
        "\ufeff  {}  ",
    ],
)
def test_json_is_found_in_what_stands_around_it(
    chat_server: ChatServer, load_llm: LoadLlm, wrap: str
) -> None:
    chat_server.reply = lambda asked: completion(
        wrap.format(json.dumps({"answers": [good_answer(asked.questions[0], why="because")]}))
    )
    assert load_llm().score([query()])[0].answer == "favor"


def test_a_bare_list_and_a_bare_answer_will_do(chat_server: ChatServer, load_llm: LoadLlm) -> None:
    chat_server.reply = in_turn(
        lambda asked: completion(json.dumps([good_answer(asked.questions[0], id=1)])),
        lambda asked: completion(json.dumps(good_answer(asked.questions[0]))),
    )
    scores = load_llm().score([query(), query("Iran opposes the deal.")])
    assert [score.answer for score in scores] == ["favor", "against"]


def test_of_several_answers_each_is_held_to_its_own_question(
    chat_server: ChatServer, load_llm: LoadLlm
) -> None:
    def reply(asked: Asked) -> Served:
        one, two, three, four = asked.questions
        twice = [good_answer(two), good_answer(two, label="against")]
        swapped = good_answer(three, evidence=good_answer(four)["evidence"])
        return answers(good_answer(one, id="9"), *twice, swapped, good_answer(four), {"id": "1e9"})

    chat_server.reply = reply
    backend = load_llm(queries_per_request=4)
    scores = backend.score([query(f"{name} backs the deal.") for name in ("A", "B", "C", "D")])
    assert [score.answer for score in scores] == ["none", "none", "none", "favor"]
    assert backend.abstained == {"unanswered": 1, "ambiguous": 1, "evidence": 1}


def test_a_model_that_never_answers_well_is_given_up(
    chat_server: ChatServer, load_llm: LoadLlm
) -> None:
    chat_server.reply = in_turn(completion("I like the deal."))
    with pytest.raises(BackendError, match=r"8 requests in a row .*unreadable"):
        load_llm().score([query(f"{name} backs the deal.") for name in "ABCDEFGHIJ"])
    assert len(chat_server.requests) == 8


# --- evidence and confidence -------------------------------------------------------------------


@pytest.mark.parametrize(
    "evidence",
    [
        "France “backs” the deal",
        'France "backs" the deal',
        " France\n“backs” the deal ",
        "⟦France⟧ “backs” the ⟪deal⟫",
        "It\u2019s late",
        "It's late",
    ],
)
def test_evidence_may_differ_in_its_marks_only(
    chat_server: ChatServer, load_llm: LoadLlm, evidence: str
) -> None:
    chat_server.reply = changed(evidence=evidence)
    asked = query("France “backs” the deal.", before="It\u2019s late.")
    assert load_llm().score([asked])[0].answer == "favor"


@pytest.mark.parametrize(
    ("label", "confidence", "expected"),
    [
        ("favor", 1, ("favor", 0.95)),
        ("favor", 0.7, ("favor", 0.7)),
        ("against", 0.5, ("against", 0.5)),
        ("neutral", 0.8, ("neutral", 0.8)),
        ("favor", 0.3, ("none", 0.56)),
        ("against", 0, ("none", 0.8)),
        ("none", 1.0, ("none", 0.95)),
        ("none", 0, ("none", 0.4)),
    ],
)
def test_confidence_is_bounded_and_doubt_is_none(
    chat_server: ChatServer,
    load_llm: LoadLlm,
    label: str,
    confidence: float,
    expected: tuple[str, float],
) -> None:
    chat_server.reply = changed(label=label, confidence=confidence)
    [score] = load_llm().score([query()])
    assert (score.answer, getattr(score, score.answer)) == (expected[0], pytest.approx(expected[1]))
