"""The backend `entailment`: hypotheses, label mapping, and a tiny model with random weights."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from monitors.errors import BackendError
from monitors.stance import StanceBackend, StanceQuery, load_backend
from monitors.stance.entailment import entailment_column, pairs_for, score_from
from monitors.stance.options import BackendOptions, EntailmentOptions
from tests.builders import ROOT
from tests.tiny_nli import LABELS, make_model

if TYPE_CHECKING:
    from pathlib import Path

QUERY = StanceQuery(
    "Biden met Xi over Taiwan.", (0, 5), (18, 24), "backs its self-rule.", "claims it", "Then:"
)
QUERIES = [
    QUERY,
    StanceQuery("Taiwan is fine.", None, (0, 6), "backs it", "claims it"),
    StanceQuery("x " * 400 + "Xi claims Taiwan.", (800, 802), (810, 816), "backs", "claims"),
] * 7


def load(model: Path | str, **changes: object) -> StanceBackend:
    options = EntailmentOptions(str(model), **changes)  # type: ignore[arg-type]
    return load_backend("entailment", BackendOptions(options))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("nli"))


def test_the_wording() -> None:
    assert pairs_for(QUERY) == [
        ("Then: Biden met Xi over Taiwan.", "Biden backs its self-rule."),
        ("Then: Biden met Xi over Taiwan.", "Biden claims it."),
        ("Then: Biden met Xi over Taiwan.", "Biden is undecided about Taiwan."),
    ]
    assert pairs_for(QUERIES[1])[0] == ("Taiwan is fine.", "This text backs it.")


@pytest.mark.parametrize(
    ("chances", "answer"),
    [
        ((0.9, 0.1, 0.1), "favor"),
        ((0.1, 0.9, 0.1), "against"),
        ((0.1, 0.1, 0.9), "neutral"),
        ((0.1, 0.1, 0.1), "none"),
        ((0.95, 0.95, 0.0), "none"),
        ((1.0, 1.0, 1.0), "none"),
        ((1.0, 0.0, 1.0), "favor"),
        ((0.0, 0.0, 0.0), "none"),
    ],
)
def test_what_the_chances_amount_to(chances: tuple[float, float, float], answer: str) -> None:
    assert score_from(*chances).answer == answer


@pytest.mark.parametrize(
    ("labels", "column"),
    [
        (("contradiction", "entailment", "neutral"), 1),
        (("ENTAILMENT", "NEUTRAL", "CONTRADICTION"), 0),
        (("Neutral", "Contradiction", " Entailment "), 2),
        (("not_entailment", "entailment"), 1),
        (("entailment", "not_entailment"), 0),
    ],
)
def test_labels_in_any_order_and_case(labels: tuple[str, ...], column: int) -> None:
    assert entailment_column(dict(enumerate(labels)), "m") == column


@pytest.mark.parametrize(
    "labels", [("LABEL_0", "LABEL_1", "LABEL_2"), ("not_entailment",), ("entailment", "Entail"), ()]
)
def test_a_model_without_an_entailment_label_is_refused(labels: tuple[str, ...]) -> None:
    with pytest.raises(BackendError, match="no model for natural language inference"):
        entailment_column(dict(enumerate(labels)), "m")


def test_the_same_model_with_its_labels_turned_around_judges_otherwise(
    model: Path, tmp_path: Path
) -> None:
    turned = load(make_model(tmp_path, tuple(reversed(LABELS)))).score(QUERIES[:3])
    assert turned == load(make_model(tmp_path, ("X", "entailment", "Y"))).score(QUERIES[:3])
    other = load(make_model(tmp_path, ("entailment", "X", "Y"))).score(QUERIES[:3])
    assert other != turned
    assert load(model).score(QUERIES[:3]) == turned


def test_the_chances_are_those_of_the_model(model: Path) -> None:
    import torch  # noqa: PLC0415 - an extra
    import transformers  # noqa: PLC0415

    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    network = transformers.AutoModelForSequenceClassification.from_pretrained(model).eval()
    with torch.inference_mode():
        chances = [
            float(network(**tokenizer(*pair, return_tensors="pt")).logits.softmax(-1)[0, 1])
            for pair in pairs_for(QUERY)
        ]
    [score] = load(model).score([QUERY])
    expected = score_from(*chances)
    assert score.favor == pytest.approx(expected.favor, abs=1e-5)
    assert score.against == pytest.approx(expected.against, abs=1e-5)
    assert score.neutral == pytest.approx(expected.neutral, abs=1e-5)
    assert len({round(chance, 3) for chance in chances}) == 3


@pytest.mark.parametrize("batch_size", [1, 2, 64])
def test_batches_change_nothing(model: Path, batch_size: int) -> None:
    together = load(model, batch_size=batch_size).score(QUERIES)
    single = load(model).score(QUERIES[:3]) * 7
    for one, other in zip(together, single, strict=True):
        assert one.favor == pytest.approx(other.favor, abs=1e-5)
        assert one.none == pytest.approx(other.none, abs=1e-5)


def test_the_name_tells_the_weights(model: Path, tmp_path: Path) -> None:
    first = load(model).name
    assert first.startswith(f"entailment-{model.name}-")
    assert load(model).name == first
    assert load(make_model(tmp_path, positions=80)).name.split("-")[-2] != first.split("-")[-2]


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    make_model(tmp_path)
    for name in (tmp_path / "nowhere", "nobody/no-such-model"):
        with pytest.raises(BackendError, match=r"cannot be loaded.*download = true") as raised:
            load(name)
        assert "\n" not in str(raised.value)


def test_nothing_is_asked_of_the_network(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dialled: list[object] = []

    def refuse(*address: object, **_: object) -> None:
        dialled.append(address)
        raise RuntimeError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    load(model).score([QUERY])
    with pytest.raises(BackendError, match="nobody/no-such-model"):
        load("nobody/no-such-model")
    assert dialled == []
    with pytest.raises(BackendError, match="nobody/no-such-model"):
        load("nobody/no-such-model", download=True)
    assert dialled != []  # or this test would prove nothing


def test_loading_and_scoring_print_nothing(model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    load(model).score(QUERIES)
    assert capfd.readouterr() == ("", "")


def test_a_folder_that_holds_no_model(tmp_path: Path) -> None:
    make_model(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(BackendError, match="cannot be loaded"):
        load(tmp_path)


def test_a_model_for_something_else(tmp_path: Path) -> None:
    make_model(tmp_path, ("POSITIVE", "NEGATIVE", "MIXED"))
    with pytest.raises(BackendError, match="POSITIVE, NEGATIVE, MIXED"):
        load(tmp_path)


def test_weights_that_have_come_apart(tmp_path: Path) -> None:
    backend = load(make_model(tmp_path))
    backend._model.classifier.weight.data.fill_(float("nan"))  # type: ignore[attr-defined]
    with pytest.raises(BackendError, match="no number"):
        backend.score([QUERY])


def test_without_the_extra_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['transformers'] = None\n"
        "from monitors.stance import load_backend\n"
        "from monitors.stance.options import BackendOptions, EntailmentOptions\n"
        "load_backend('entailment', BackendOptions(EntailmentOptions('m')))\n"
    )
    assert "pip install 'stancewatch[transformers]'" in run(code)


def test_nothing_heavy_is_imported_before_it_is_chosen() -> None:
    code = (
        "import sys, json, flows.config.options, monitors.stance, flows.llm_wiring\n"
        "flows.llm_wiring.backend_options(flows.config.options.Settings(), {})\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    loaded = set(json.loads(run(code)))
    assert not loaded & {"torch", "transformers", "aiohttp", "tokenizers", "spacy"}


def run(code: str) -> str:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout + done.stderr
