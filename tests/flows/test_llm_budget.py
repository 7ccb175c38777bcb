"""What asking may cost, against a real server that says what it took."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from flows.llm_budget import Budget, Limits
from monitors.errors import BackendError, BudgetError
from tests.builders import NOW
from tests.chat_server import Asked, Served, completion, good_answer, in_turn, query

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.chat_server import ChatServer
    from tests.flows.conftest import LoadLlm


def costs(tokens: int) -> Callable[[Asked], Served]:
    usage = {"prompt_tokens": tokens, "completion_tokens": 0}
    return lambda asked: completion(
        json.dumps({"answers": list(map(good_answer, asked.questions))}), usage=usage
    )


SENTENCES = [query(f"{name} backs the deal.") for name in "ABCDEF"]


def test_a_run_stops_before_it_costs_more(chat_server: ChatServer, load_llm: LoadLlm) -> None:
    chat_server.reply = costs(200_000)
    paid = {"input_price": 1.0, "output_price": 1.0, "max_cost_per_run": 0.5}
    with pytest.raises(BackendError, match=r"the 0.5 that a run may cost are spent") as raised:
        load_llm(**paid).score(SENTENCES)
    assert not raised.value.retryable
    assert len(chat_server.requests) == 3  # the third was within the limit when it was sent
    # The next run goes on where this one ended.
    load_llm(**paid).score(SENTENCES[:5])
    assert len(chat_server.requests) == 5


def test_or_abstains_from_the_rest_where_that_is_wanted(
    chat_server: ChatServer, load_llm: LoadLlm, caplog: pytest.LogCaptureFixture
) -> None:
    chat_server.reply = costs(200_000)
    backend = load_llm(input_price=1.0, max_cost_per_run=0.5, when_spent="abstain")
    scores = backend.score(SENTENCES)
    assert [score.answer for score in scores] == ["favor"] * 3 + ["none"] * 3
    assert backend.abstained == {"budget": 3}
    assert "the budget is spent" in caplog.text
    # What was not asked is not kept as an answer.
    assert load_llm().score(SENTENCES[5:])[0].answer == "favor"


def test_a_day_is_shared_by_runs(chat_server: ChatServer, load_llm: LoadLlm) -> None:
    chat_server.reply = costs(300_000)
    paid = {"input_price": 1.0, "max_cost_per_run": 10.0, "max_cost_per_day": 0.5}
    load_llm(**paid).score(SENTENCES[:1])
    load_llm(**paid).score(SENTENCES[1:2])
    with pytest.raises(BackendError, match=r"the 0.5 that a day may cost are spent"):
        load_llm(**paid).score(SENTENCES[2:3])
    assert len(chat_server.requests) == 2


def test_tokens_are_limited_where_they_are_free(chat_server: ChatServer, load_llm: LoadLlm) -> None:
    chat_server.reply = costs(40_000)
    with pytest.raises(BackendError, match="the 100,000 tokens"):
        load_llm(max_tokens_per_run=100_000).score(SENTENCES)
    assert len(chat_server.requests) == 3


@pytest.mark.parametrize(
    "usage", ["many", {}, {"prompt_tokens": -5, "completion_tokens": 1}, {"prompt_tokens": "5"}]
)
def test_a_server_that_does_not_count_is_counted_for(
    chat_server: ChatServer, load_llm: LoadLlm, usage: object
) -> None:
    chat_server.reply = lambda asked: completion(
        json.dumps({"answers": list(map(good_answer, asked.questions))}), usage=usage
    )
    with pytest.raises(BackendError, match="the 4,000 tokens"):
        load_llm(max_tokens_per_run=4_000).score(SENTENCES)
    assert len(chat_server.requests) == 3


def test_what_was_refused_costs_nothing_and_what_was_lost_may(
    chat_server: ChatServer, load_llm: LoadLlm
) -> None:
    backend = load_llm(max_tokens_per_run=4_000, request_retries=0)
    chat_server.reply = in_turn(Served(status=500))
    for _ in range(6):
        with pytest.raises(BackendError, match="status 500"):
            backend.score([query()])
    chat_server.reply = in_turn(Served(dropped=True))
    for _ in range(3):
        with pytest.raises(BackendError, match="closed the connection"):
            backend.score([query()])
    with pytest.raises(BackendError, match="the 4,000 tokens"):
        backend.score([query()])


# --- the account ----------------------------------------------------------------------------


def test_a_reservation_counts_until_it_is_settled(tmp_path: Path) -> None:
    budget = Budget(Limits(1.0, 2.0, cost_per_run=1.0), tmp_path, lambda: NOW)
    reservation = budget.reserve(500_000, 100_000)
    assert (budget.tokens, budget.cost) == (600_000, pytest.approx(0.7))
    with pytest.raises(BudgetError):
        budget.reserve(400_000, 0)
    reservation.settle(100_000, 50_000)
    assert (budget.tokens, budget.cost) == (150_000, pytest.approx(0.2))
    budget.reserve(400_000, 0)


def test_another_process_of_the_day_is_counted_in(tmp_path: Path) -> None:
    limits = Limits(1.0, cost_per_day=1.0)
    one, other = (Budget(limits, tmp_path, lambda: NOW) for _ in range(2))
    one.reserve(400_000, 0)
    other.reserve(400_000, 0)
    for budget in (one, other):
        with pytest.raises(BudgetError, match="a day may cost"):
            budget.reserve(400_000, 0)
    one.reserve(200_000, 0)


def test_a_new_day_begins_at_nothing(tmp_path: Path) -> None:
    now = [NOW]
    budget = Budget(
        Limits(1.0, cost_per_run=9.0, cost_per_day=1.0, tokens_per_run=10**9),
        tmp_path,
        lambda: now[0],
    )
    budget.reserve(900_000, 0)
    with pytest.raises(BudgetError):
        budget.reserve(900_000, 0)
    now[0] += timedelta(hours=12)  # the evening of that day was still ahead
    budget.reserve(900_000, 0)
    assert len(list(tmp_path.iterdir())) == 2


def test_damaged_lines_of_the_account_count_nothing(tmp_path: Path) -> None:
    account = tmp_path / f"spent-{NOW.date()}.jsonl"
    lines = ['{"cost": 0.5}', "", "{", '{"cost": NaN}', '{"cost": "much"}', "[]", '{"cost": 0.3}']
    # The last line was never finished.
    account.write_text("\n".join(lines))
    budget = Budget(Limits(1.0, cost_per_day=1.0), tmp_path, lambda: NOW)
    budget.reserve(500_000, 0)
    with pytest.raises(BudgetError):
        budget.reserve(100_000, 0)


def test_what_is_free_keeps_no_account(tmp_path: Path) -> None:
    Budget(Limits(), tmp_path / "none", lambda: NOW).reserve(900_000, 0)
    assert list(tmp_path.iterdir()) == []


def test_without_an_account_nothing_is_spent(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    budget = Budget(Limits(1.0), tmp_path / "file", lambda: NOW)
    with pytest.raises(BackendError, match=r"the account .* cannot be kept") as raised:
        budget.reserve(1, 1)
    assert not isinstance(raised.value, BudgetError)
