"""The trained encoder at work: ONNX Runtime over the project's own weights."""

from __future__ import annotations

import json
import os
from bisect import bisect_right
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from monitors.encoder.inputs import Window, windows
from monitors.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from monitors.encoder.inputs import Pieces
    from monitors.records import Span

    Floats = NDArray[np.float32]
    _Input = tuple[list[int], list[int] | None]  # ids and segments

_WORKERS = min(4, os.cpu_count() or 1)
_HERE = Path(__file__).resolve().parent
_LINK_SIZE = 64


def models_folder() -> Path:
    """Where the weights lie: beside the installed package, or in the source tree."""
    packed = _HERE.parent / "models"
    return packed if packed.is_dir() else _HERE.parents[1] / "models"


@dataclass(frozen=True, slots=True)
class Tags:
    """What the encoder sees in a stretch of text, word piece by word piece.

    `places` are spans in code points of the stretch; `parts` (pieces, 3) are the probabilities
    that a piece belongs to some source, cue or content.
    """

    places: list[Span]
    parts: Floats
    _windows: list[tuple[int, Floats, Floats]]  # first piece, (pieces, 128) cues, (pieces, 130)
    _firsts: list[int]

    def linked(self, first: int, last: int) -> tuple[int, Floats]:
        """How probably each piece is the source and the content of the cue `[first, last)`.

        Returns the number of the first piece that is answered for, and (pieces, 2).
        """
        number = self._window_of(first)
        start, cues, words = self._windows[number]
        cue = cues[first - start : max(last, first + 1) - start].mean(0)
        half = _LINK_SIZE
        source = words[:, :half] @ cue[:half] + words[:, -2]
        content = words[:, half : 2 * half] @ cue[half:] + words[:, -1]
        return start, _sigmoid(np.stack([source, content], 1))

    def _window_of(self, piece: int) -> int:
        """The window in which a piece stands most nearly in the middle."""
        last = bisect_right(self._firsts, piece) - 1
        return max(last - 1, 0) if _is_early(self._windows, last, piece) else last


class Encoder:
    """Reads stance queries and stretches of articles; stateless after loading."""

    def __init__(self, folder: Path) -> None:
        """Load the weights in `folder`.

        Raises:
            BackendError: a file of the model is missing or broken.
        """
        try:
            self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._card: dict[str, Any] = json.loads((folder / "model.json").read_text())
            self._session = _session(folder / "model.onnx")
        except Exception as error:  # the libraries raise bare Exceptions
            raise BackendError(f"the model in {folder} cannot be loaded: {error}") from error
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="encoder")

    @property
    def version(self) -> str:
        return str(self._card["version"])

    @property
    def card(self) -> Mapping[str, Any]:
        """What `model.json` says: version, calibration, thresholds."""
        return self._card

    def stances(self, read: Sequence[Pieces]) -> Floats:
        """(read, 4): logits of favor, against, neutral and none."""
        outs = self._each(["stance"], [(one.ids, one.segments) for one in read])
        return np.concatenate([np.zeros((0, 4), np.float32), *map(_only, outs)])

    def tags(self, text: str) -> Tags:
        """The parts of attributions in `text`."""
        read = windows(self.tokenizer, text)
        outs = self._each(["parts", "cues", "linked"], [(one.ids, None) for one in read])
        # Without [CLS] and [SEP].
        inner = [[out[0, 1:-1] for out in three] for three in outs]
        found = [
            (window.first, cues, linked)
            for window, (_, cues, linked) in zip(read, inner, strict=True)
        ]
        return _joined(read, [_sigmoid(parts) for parts, _, _ in inner], found)

    def _each(self, names: list[str], sequences: Sequence[_Input]) -> list[list[Floats]]:
        """Each sequence by itself: the eight-bit scales of a batch would depend on all of it."""
        return list(self._workers.map(lambda one: self._run(names, *one), sequences))

    def _run(self, names: list[str], ids: list[int], segments: list[int] | None) -> list[Floats]:
        feed = {
            "ids": np.array([ids], np.int64),
            "mask": np.ones((1, len(ids)), np.int64),
            "segments": np.array([segments or [0] * len(ids)], np.int64),
        }
        outs: list[Floats] = self._session.run(names, feed)
        return outs


@cache
def load_encoder(name: Literal["attribution", "stance"]) -> Encoder:
    """The project's own encoder for a task; loaded once a process.

    Raises:
        BackendError: its files are missing or broken.
    """
    return Encoder(models_folder() / name)


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _only(outs: list[Floats]) -> Floats:
    (out,) = outs
    return out


def _sigmoid(logits: Floats) -> Floats:
    chances = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    return chances.astype(np.float32)


def _joined(
    read: Sequence[Window], parts: Sequence[Floats], found: list[tuple[int, Floats, Floats]]
) -> Tags:
    """One answer per piece: that of the window which shows most on both sides of it."""
    whole = np.zeros((read[-1].first + len(read[-1].places), 3), np.float32)
    places: list[Span] = []
    for window, chances in zip(read, parts, strict=True):
        start = (window.first + len(places)) // 2
        whole[start : window.first + len(window.places)] = chances[start - window.first :]
        places += window.places[len(places) - window.first :]
    return Tags(places, whole, found, [window.first for window in read])


def _is_early(found: Sequence[tuple[int, Floats, Floats]], number: int, piece: int) -> bool:
    """Whether the window before shows more of what follows `piece` than this one of what leads."""
    if not number:
        return False
    start = found[number][0]
    before = found[number - 1]
    return piece < (start + before[0] + len(before[1])) // 2
