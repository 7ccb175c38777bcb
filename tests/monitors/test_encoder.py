"""The encoder's input, its answers, and the files it is loaded from."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from monitors.encoder.model import Encoder, load_encoder, models_folder
from monitors.errors import BackendError
from monitors.stance import load_backend, marking
from monitors.stance.marking import HOLDER, HOLDER_END, NOBODY, TARGET, TARGET_END, query_pieces
from monitors.stance.named_targets import person_definitions
from monitors.stance.queries import StanceQuery

ROOT = Path(__file__).resolve().parents[2]
FOLDER = models_folder() / "stance"
ENCODER = load_encoder("stance")


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    read = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    read.no_truncation()
    read.no_padding()
    return read


def query(
    text: str, holder: str | None, target: str, before: str = "", sides: str = "it"
) -> StanceQuery:
    def place(words: str) -> tuple[int, int]:
        start = text.index(words)
        return start, start + len(words)

    return StanceQuery(
        text,
        None if holder is None else place(holder),
        place(target),
        f"backs {sides}",
        f"opposes {sides}",
        before,
    )


def words(tokenizer: Tokenizer, ids: list[int], opened: int, closed: int) -> str:
    return str(tokenizer.decode(ids[ids.index(opened) + 1 : ids.index(closed)]))


def test_holder_and_target_stand_between_their_marks(tokenizer: Tokenizer) -> None:
    ids = query_pieces(tokenizer, query("China's Xi rejects the ban.", "Xi", "the ban")).ids
    assert words(tokenizer, ids, HOLDER, HOLDER_END) == "xi"
    assert words(tokenizer, ids, TARGET, TARGET_END) == "the ban"


def test_marks_may_enclose_the_same_words(tokenizer: Tokenizer) -> None:
    ids = query_pieces(tokenizer, query("Huawei denies it.", "Huawei", "Huawei")).ids
    assert ids.index(TARGET) < ids.index(HOLDER) < ids.index(TARGET_END) < ids.index(HOLDER_END)


def test_nobody_is_marked_as_nobody(tokenizer: Tokenizer) -> None:
    ids = query_pieces(tokenizer, query("The ban is a farce.", None, "ban")).ids
    assert ids[ids.index(HOLDER) + 1] == NOBODY


def test_definitions_are_the_second_segment(tokenizer: Tokenizer) -> None:
    read = query_pieces(tokenizer, query("Xi rejects the ban.", "Xi", "ban", sides="bans"))
    asked = [one for one, segment in zip(read.ids, read.segments, strict=True) if segment]
    assert tokenizer.decode([one for one in asked if one > marking.NOBODY]) == (
        "backs bans opposes bans"
    )


@pytest.mark.parametrize("gap", [10, 200, 5000])
def test_long_sentences_keep_both_marks(tokenizer: Tokenizer, gap: int) -> None:
    filling = " word" * gap
    text = f"{filling} Xi said{filling} that the ban{filling} ends."
    read = query_pieces(tokenizer, query(text, "Xi", "the ban", before="Before. " * 900))
    assert len(read.ids) == len(read.segments)
    assert (
        len(read.ids) <= marking.MOST_BEFORE + marking.MOST_TEXT + 2 * marking.MOST_DEFINITION + 5
    )
    for mark in (HOLDER, HOLDER_END, TARGET, TARGET_END):
        assert read.ids.count(mark) == 1


@pytest.mark.parametrize("size", [0, 1, 253, 254, 255, 600, 5000])
def test_windows_cover_every_piece_once(size: int) -> None:
    tags = ENCODER.tags("word " * size)
    assert len(tags.places) == size
    assert tags.parts.shape == (size, 3)
    assert tags.places == [(5 * number, 5 * number + 4) for number in range(size)]
    assert np.all((tags.parts >= 0) & (tags.parts <= 1))


@pytest.mark.parametrize("piece", [0, 100, 180, 254, 300, 599])
def test_links_are_of_a_window_that_shows_the_cue(piece: int) -> None:
    tags = ENCODER.tags("word " * 600)
    first, chances = tags.linked(piece, piece + 1)
    assert first <= piece < first + len(chances)
    assert first == 0 or piece - first > 20
    assert first + len(chances) == 600 or first + len(chances) - piece > 20


def test_answers_do_not_depend_on_what_else_is_asked() -> None:
    asked = [
        query("Xi rejects the ban.", "Xi", "the ban"),
        query("Xi said on Monday, in a long speech, that he welcomes the ban.", "Xi", "the ban"),
        query("The ban is a farce.", None, "ban"),
    ]
    read = [query_pieces(ENCODER.tokenizer, one) for one in asked]
    together = ENCODER.stances(read)
    assert together.shape == (3, 4)
    alone = np.concatenate([ENCODER.stances([one]) for one in read])
    assert (together == alone).all()


def test_the_answer_is_the_same_on_every_processor() -> None:
    # With signed weights it is .48 where there is no VNNI, and .36 where there is.
    asked = StanceQuery(
        "The Constitutional Court threw out the government's petition to dissolve the opposition "
        "alliance.",
        (0, 24),
        (73, 96),
        *person_definitions("the opposition alliance"),
        title="The opposition alliance",
    )
    (score,) = load_backend("default").score([asked])
    assert score.favor == pytest.approx(0.36, abs=0.03)


def test_no_question_no_answer() -> None:
    assert ENCODER.stances([]).shape == (0, 4)


def test_the_threshold_rises_with_the_precision_that_is_wanted() -> None:
    backend = load_backend("default")
    wanted = [0.5, 0.6, 0.7, 0.75, 0.8, 0.85]
    found = [backend.confidence_for(precision) for precision in wanted]
    assert found == sorted(found)
    assert backend.confidence_for(0.999) == 0.999


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "model.json"])
@pytest.mark.parametrize("content", [None, b"", b"{"])
def test_a_broken_model_says_so(tmp_path: Path, name: str, content: bytes | None) -> None:
    for file in FOLDER.iterdir():
        shutil.copy(file, tmp_path)
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BackendError, match="cannot be loaded"):
        Encoder(tmp_path)


def test_the_card_tells_version_and_thresholds() -> None:
    card = json.loads((FOLDER / "model.json").read_text())
    assert card["version"] == ENCODER.version
    assert all(0 < confidence < 1 for _, confidence in card["thresholds"])


def test_reading_leaves_nothing_in_the_home_folder(tmp_path: Path) -> None:
    code = (
        "from monitors.stance import load_backend, StanceQuery\n"
        "load_backend().score([StanceQuery('Xi rejects it.', (0, 2), (11, 13), 'a', 'b')])"
    )
    environment = {name: value for name, value in os.environ.items() if "TELEMETRY" not in name}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
