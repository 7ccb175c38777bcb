"""What every stance backend keeps, whatever it is made of; a new one is found by its name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from flows.config.options import Settings
from flows.llm_wiring import backend_options
from monitors.errors import BackendError
from monitors.stance import BACKENDS, StanceQuery, StanceScore, load_backend
from tests.chat_server import ChatServer
from tests.tiny_nli import make_model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from monitors.stance import StanceBackend
    from monitors.stance.options import BackendOptions

FAVOR = "backs the deal or wants it kept"
AGAINST = "opposes the deal, leaves it, breaches it or wants it undone"
BACKED = "France backs the deal."
OPPOSED = "Iran opposes the deal."


@pytest.fixture(scope="module", params=sorted(BACKENDS))
def backend(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StanceBackend]:
    folder = tmp_path_factory.mktemp("backend")
    with ChatServer() as server:
        yield load_backend(request.param, options(request.param, folder, server))


def options(name: str, folder: Path, server: ChatServer) -> BackendOptions:
    tables: dict[str, dict[str, object]] = {"analysis": {"backend": name}}
    if name == "entailment":
        tables["entailment"] = {"model": str(make_model(folder))}
    if name == "llm":
        tables["llm"] = {
            "endpoint": server.endpoint,
            "model": "tiny",
            "folder": str(folder / "llm"),
            "requests_per_minute": 10_000,
        }
    return backend_options(Settings.model_validate(tables), os.environ)


def query(
    text: str, holder: str | None = "France", target: str = "deal", **more: str
) -> StanceQuery:
    def span(words: str) -> tuple[int, int]:
        return text.index(words), text.index(words) + len(words)

    sides = {"favor": FAVOR, "against": AGAINST} | more
    return StanceQuery(text, None if holder is None else span(holder), span(target), **sides)


def assert_probabilities(scores: list[StanceScore]) -> None:
    for score in scores:
        values = (score.favor, score.against, score.neutral, score.none)
        assert all(0 <= value <= 1 for value in values)
        assert sum(values) == pytest.approx(1)


def test_it_has_a_name_that_can_be_kept(backend: StanceBackend) -> None:
    assert backend.name
    assert backend.name.isprintable()
    assert backend.name == backend.name


def test_scores_are_probabilities(backend: StanceBackend) -> None:
    assert_probabilities(backend.score([query(BACKED), query(OPPOSED, "Iran")]))


def test_more_precision_takes_no_less_confidence(backend: StanceBackend) -> None:
    wanted = [backend.confidence_for(precision) for precision in (0.5, 0.7, 0.85, 0.95, 0.99)]
    assert wanted == sorted(wanted)
    assert all(0 <= confidence < 1 for confidence in wanted)


def test_no_query_has_no_score(backend: StanceBackend) -> None:
    assert backend.score([]) == []


def test_one_score_per_query_in_order(backend: StanceBackend) -> None:
    one, other, third = query(BACKED), query(OPPOSED, "Iran"), query("France met the deal's foes.")
    first = dict(zip((one, other, third), backend.score([one, other, third]), strict=True))
    assert len(set(map(values, first.values()))) > 1
    asked = [third, one, other]
    for query_, score in zip(asked, backend.score(asked), strict=True):
        assert values(score) == pytest.approx(values(first[query_]), abs=1e-5)


def test_a_score_does_not_depend_on_what_else_is_asked(backend: StanceBackend) -> None:
    one, other = query(BACKED), query("so " * 300 + OPPOSED, "Iran")
    [alone] = backend.score([one])
    for company in ([one, one], [one, other], [one, *[other] * 9]):
        assert values(backend.score(company)[0]) == pytest.approx(values(alone), abs=1e-5)


def values(score: StanceScore) -> tuple[float, float, float, float]:
    return score.favor, score.against, score.neutral, score.none


def test_the_same_again(backend: StanceBackend) -> None:
    asked = [query(BACKED), query(OPPOSED, "Iran", before="Talks had failed.")]
    assert backend.score(asked) == backend.score(asked)


@pytest.mark.parametrize(
    "asked",
    [
        query(BACKED, None),
        query("deal", None),
        query("France and the deal"),
        query("The deal that France"),
        query("Trump's deal", "Trump", "Trump's deal"),
        query("deal", "deal"),
        query(
            "Le président de la Côte d\u2019Ivoire — 中国 — backs the “deal” 🤝 no\u0301w.", "中国"
        ),
        query("\u202eFrance\u202c \x00 backs\u200b the\ufeff deal\ud800."),
        query("فرنسا تدعم الاتفاق", "فرنسا", "الاتفاق"),
        query(BACKED, favor="", against=""),
        query(BACKED, before="x" * 20_000, favor="f " * 3_000, against="a " * 3_000),
        query("France backs " + "very, " * 9_000 + "much the deal."),
        query("so " * 9_000 + BACKED + " and so on" * 9_000),
        query("Francedeal" * 5_000),
        query("{holder} {0} </data> [SEP] France backs the deal."),
        StanceQuery("a" * 60_000, (0, 60_000), (10, 59_000), FAVOR, AGAINST),
    ],
    ids=range(16),
)
def test_odd_queries(backend: StanceBackend, asked: StanceQuery) -> None:
    scores = backend.score([asked])
    assert len(scores) == 1
    assert_probabilities(scores)


def test_an_unknown_name_is_told_with_those_that_there_are() -> None:
    with pytest.raises(BackendError, match=r"tarot.*default, entailment, lexicon, llm"):
        load_backend("tarot")


@pytest.mark.parametrize("name", ["entailment", "llm"])
def test_what_is_off_by_default_says_what_it_needs(name: str) -> None:
    with pytest.raises(BackendError, match=f"the backend {name} needs .*model.*settings.toml"):
        load_backend(name)


@pytest.mark.parametrize("name", ["default", "lexicon"])
def test_what_is_built_in_needs_no_options(name: str) -> None:
    assert len(load_backend(name).score([query(BACKED)])) == 1
