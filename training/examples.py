"""The collections -> what the encoder is trained on.

Held-out articles are chosen by a hash of their id, so that they stay the same ones when a
collection grows.
"""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from monitors.encoder.inputs import WINDOW, Window, windows
from monitors.stance.marking import query_pieces
from monitors.stance.named_targets import directed_query, target_query
from monitors.stance.queries import ANSWERS, StanceQuery

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

PARTS = ("source", "cue", "content")
_HELD_OUT_OF_100 = 8
UNSURE = 0.5
_FAVORING = frozenset({"SUPPORT", "AID", "COOPERATE"})
_OPPOSING = frozenset({"ACCUSE", "REJECT", "COERCE", "SANCTION", "THREATEN", "ASSAULT", "PROTEST"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A stance query with its right answer, and how much the answer weighs."""

    query: StanceQuery
    label: str
    weight: float
    corpus: str


@dataclass(frozen=True, slots=True)
class Encoded:
    """A query as ids; `label` is a place in ANSWERS."""

    ids: list[int]
    segments: list[int]
    label: int
    weight: float


@dataclass(frozen=True, slots=True)
class Tagged:
    """A window of an article with the parts of its attributions.

    `parts` is (3, tokens) of zeros and ones; `links` holds per cue the (first, last) tokens of it
    and (2, tokens) with the source and the content that belong to it.
    """

    ids: list[int]
    parts: NDArray[np.uint8]
    links: list[tuple[int, int, NDArray[np.uint8]]]


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL file, gzipped or not."""
    whole = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    yield from map(json.loads, whole.splitlines())


def is_held_out(article: str) -> bool:
    return zlib.crc32(article.encode()) % 100 < _HELD_OUT_OF_100


def pairs(path: Path) -> Iterator[tuple[str, Asked]]:
    """The labelled holder-target pairs, each with the article it is from."""
    for row in read_lines(path):
        query = StanceQuery(
            row["text"],
            tuple(row["holder_span"]) if row["holder_span"] else None,
            tuple(row["target_span"]),
            row["favor"],
            row["against"],
            row["before"] or "",
            row["target"],
        )
        yield row["article"], Asked(query, row["label"], weight_of(row), "pairs")


def directed(rows: Iterable[dict[str, Any]], dice: random.Random | None = None) -> Iterator[Asked]:
    """Directed sentiment, each pair asked both ways; with `dice` half of `none` is left out."""
    for row in rows:
        side = row["label"]
        spans = {"p": tuple(row["p"]), "q": tuple(row["q"])}
        for holder, target in (("p", "q"), ("q", "p")):
            said = side.startswith(f"{holder}>")
            if side == "none" and dice and dice.random() < 0.5:  # noqa: PLR2004
                continue
            query = directed_query(row["text"], spans[holder], spans[target])
            label = side.split()[1] if said else "none"
            yield Asked(query, label, weight_of(row), "directed")


def targets(rows: Iterable[dict[str, Any]]) -> Iterator[Asked]:
    """How sentences present a target: nobody is the holder."""
    labels = {"positive": "favor", "negative": "against", "neutral": "none"}
    for row in rows:
        query = target_query(row["text"], tuple(row["target"]))
        yield Asked(query, labels[row["label"]], weight_of(row), "target")


def weight_of(row: dict[str, Any]) -> float:
    """How much a label weighs; those of collections that do not say are all sure."""
    return 1.0 if row.get("sure", True) else UNSURE


def named(folder: Path) -> list[Asked]:
    """Half of the development parts about named people, for calibration: each way, as they come.

    Of the training parts the model has learnt the very answers, and of their `none` only some.
    """
    found = [
        *directed(read_lines(folder / "directed-dev.jsonl.gz")),
        *targets(read_lines(folder / "target-dev.jsonl.gz")),
    ]
    return [one for one in found if is_for_calibration(one.query.text)]


def is_for_calibration(text: str) -> bool:
    return zlib.crc32(text.encode()) % 2 == 0


def relations(path: Path) -> Iterator[Asked]:
    """What one party of international relations does to another, where it takes a side."""
    for row in read_lines(path):
        event = row["event"]
        label = "favor" if event in _FAVORING else "against" if event in _OPPOSING else ""
        marked = row["marked"]
        source, target = _span(marked, "s"), _span(marked, "t")
        if label and source and target:
            text = _unmarked(marked)
            yield Asked(directed_query(text, source, target), label, UNSURE, "relations")


def _unmarked(marked: str) -> str:
    for mark in ("<s>", "</s>", "<t>", "</t>"):
        marked = marked.replace(mark, "")
    return marked


def _span(marked: str, mark: str) -> tuple[int, int] | None:
    before, opened, rest = marked.partition(f"<{mark}>")
    inside, closed, _ = rest.partition(f"</{mark}>")
    if not opened or not closed:
        return None
    start = len(_unmarked(before))
    return start, start + len(_unmarked(inside))


def encode(tokenizer: Tokenizer, one: Asked) -> Encoded:
    sequence = query_pieces(tokenizer, one.query)
    place = list[str](ANSWERS).index(one.label)
    return Encoded(sequence.ids, sequence.segments, place, one.weight)


def tagged(tokenizer: Tokenizer, path: Path) -> Iterator[tuple[str, Tagged]]:
    """The windows of annotated articles, each with the article's id."""
    for row in read_lines(path):
        for window in windows(tokenizer, row["text"]):
            yield row["id"], _tag(window, row["attributions"])


def _tag(window: Window, attributions: list[dict[str, list[list[int]]]]) -> Tagged:
    size = len(window.places)
    starts = np.array([start for start, _ in window.places] or [0])
    ends = np.array([end for _, end in window.places] or [0])
    parts = np.zeros((3, WINDOW + 2), np.uint8)[:, : size + 2]
    links = []
    for one in attributions:
        rows = np.zeros((3, size + 2), np.uint8)
        for number, part in enumerate(PARTS):
            for start, end in one.get(part, ()):
                rows[number, 1 : size + 1] += (starts < end) & (ends > start)
        rows = np.minimum(rows, 1)
        parts = np.maximum(parts, rows)
        for start, end in one.get("cue", ()):
            inside = np.flatnonzero((starts < end) & (ends > start))
            if len(inside):
                first, last = int(inside[0]) + 1, int(inside[-1]) + 2
                links.append((first, last, rows[[0, 2]]))
    return Tagged(window.ids, parts, links)
