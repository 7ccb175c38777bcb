"""What the backend `llm` sends to a real server, and what it does when that understands less."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from monitors.stance.llm_answers import ABSTAINED
from tests.chat_server import KEY, Asked, Served, good, in_turn, query

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.chat_server import ChatServer
    from tests.flows.conftest import LoadLlm


# --- what it sends -----------------------------------------------------------------------------


def test_a_good_answer(chat_server: ChatServer, load_llm: LoadLlm) -> None:
    backend = load_llm()
    [backs, opposes] = backend.score([query(), query("Iran opposes the deal.")])
    assert (backs.answer, backs.favor) == ("favor", 0.9)
    assert opposes.answer == "against"
    assert backend.abstained == {}
    assert chat_server.paths == ["/v1/chat/completions"] * 2
    [first, _] = chat_server.requests
    assert first.headers["authorization"] == f"Bearer {KEY}"
    assert first.body["model"] == "tiny"
    assert (first.body["temperature"], first.body["seed"], first.body["stream"]) == (0, 1, False)
    assert first.body["response_format"]["json_schema"]["strict"] is True
    assert first.questions[0]["sentence"] == "⟦France⟧ backs the ⟪deal⟫."


def test_several_questions_in_one_request(chat_server: ChatServer, load_llm: LoadLlm) -> None:
    backend = load_llm(queries_per_request=3)
    sentences = [f"{name} {verb} the deal." for name in "ABCD" for verb in ("backs", "opposes")]
    scores = backend.score([query(sentence) for sentence in sentences])
    assert [score.answer for score in scores] == ["favor", "against"] * 4
    assert [len(asked.questions) for asked in chat_server.requests] == [3, 3, 2]


def test_an_answer_is_asked_for_once(chat_server: ChatServer, load_llm: LoadLlm) -> None:
    first = load_llm().score([query(), query(), query("Iran met the deal's foes.")])
    assert len(chat_server.requests) == 2
    chat_server.reply = in_turn(Served(status=500))
    assert load_llm().score([query(), query(), query("Iran met the deal's foes.")]) == first
    assert len(chat_server.requests) == 2


def test_another_model_or_endpoint_is_asked_anew(
    chat_server: ChatServer, load_llm: LoadLlm
) -> None:
    load_llm().score([query()])
    load_llm(model="other").score([query()])
    load_llm(endpoint=f"{chat_server.endpoint}/other").score([query()])
    assert len(chat_server.requests) == 3


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b'{"id": "1", "label": "maybe"}'])
def test_a_damaged_kept_answer_is_asked_for_again(
    chat_server: ChatServer, load_llm: LoadLlm, tmp_path: Path, damage: bytes
) -> None:
    score = load_llm().score([query()])
    [kept] = (tmp_path / "llm").rglob("*.json")
    kept.write_bytes(damage)
    assert load_llm().score([query()]) == score
    assert len(chat_server.requests) == 2


def test_a_folder_that_takes_nothing_is_told_of_and_worked_without(
    chat_server: ChatServer,
    load_llm: LoadLlm,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "llm").write_text("a file in the way")
    assert load_llm().score([query()])[0].answer == "favor"
    assert "answers cannot be kept" in caplog.text


# --- servers that understand less --------------------------------------------------------------


def complaint(words: str, status: int = 400) -> Served:
    return Served(json.dumps({"error": {"message": words}}).encode(), status)


def picky(refused: Callable[[dict[str, Any]], str]) -> Callable[[Asked], Served]:
    def reply(asked: Asked) -> Served:
        words = refused(asked.body)
        return complaint(words) if words else good(asked)

    return reply


def test_a_server_without_schemas_is_asked_for_json(
    chat_server: ChatServer, load_llm: LoadLlm
) -> None:
    chat_server.reply = picky(
        lambda body: (
            "response_format is not supported"
            if body.get("response_format", {}).get("type") == "json_schema"
            else ""
        )
    )
    scores = load_llm().score([query(), query("Iran opposes the deal.")])
    assert [score.answer for score in scores] == ["favor", "against"]
    # It is remembered what the server understood.
    assert len(chat_server.requests) == 3


def test_a_server_without_any_form_is_asked_for_text(
    chat_server: ChatServer, load_llm: LoadLlm
) -> None:
    chat_server.reply = picky(lambda body: "unknown field" if "response_format" in body else "")
    assert load_llm().score([query()])[0].answer == "favor"
    assert len(chat_server.requests) == 3


def test_parameters_that_a_model_does_not_take_are_left_out(
    chat_server: ChatServer, load_llm: LoadLlm
) -> None:
    def refused(body: dict[str, Any]) -> str:
        if "max_tokens" in body:
            return "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        if "temperature" in body:
            return "'temperature' does not support 0 with this model."
        return "Unknown parameter: 'seed'." if "seed" in body else ""

    chat_server.reply = picky(refused)
    assert load_llm().score([query()])[0].answer == "favor"
    last = chat_server.requests[-1].body
    assert last["max_completion_tokens"] == 300
    assert last["response_format"]["type"] == "json_schema"


def test_a_request_that_is_always_rejected_is_abstained_from(
    chat_server: ChatServer, load_llm: LoadLlm
) -> None:
    chat_server.reply = in_turn(
        *[complaint("no seed, temperature, max_completion_tokens")] * 6, good
    )
    backend = load_llm()
    scores = backend.score([query(), query("Iran opposes the deal.")])
    assert scores[0] == ABSTAINED
    assert scores[1].answer == "against"
    assert backend.abstained == {"rejected": 1}
    # What one bad request was refused for is not held against the next.
    assert chat_server.requests[-1].body["response_format"]["type"] == "json_schema"
