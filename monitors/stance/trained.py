"""The default stance backend: the project's own trained encoder, with the lexicon beside it.

The encoder's logits are scaled and shifted so that the probabilities are true (vector scaling, Guo
et al. 2017, "On Calibration of Modern Neural Networks"); what the lexicon finds is added as a hint
whose weights were fitted on the same held-out articles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from monitors.encoder.model import load_encoder
from monitors.stance.lexicon import Lexicon
from monitors.stance.marking import query_pieces
from monitors.stance.named_targets import is_person_definition
from monitors.stance.queries import StanceScore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from monitors.encoder.model import Encoder
    from monitors.stance.queries import StanceBackend, StanceQuery

    Floats = NDArray[np.float64]

# How sure the lexicon is: hardly, fairly, and so that it was right 23 times of 24 on sentences that
# its rules were not made with.
_HINTS = (0.4, 0.5, 0.86)
_SUREST = len(_HINTS) - 1


class Trained:
    """Reads holder, target and context together with the topic's own definitions."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._scale = float(encoder.card["scale"])
        self._named_scale = float(encoder.card["named_scale"])
        self._shift = np.array(encoder.card["shift"])
        self._hints = np.array(encoder.card["hints"])

    @property
    def name(self) -> str:
        return f"default-{self._encoder.version}"

    def score(self, queries: Sequence[StanceQuery]) -> list[StanceScore]:
        """One calibrated score per query, in order."""
        read = [query_pieces(self._encoder.tokenizer, query) for query in queries]
        logits = self._encoder.stances(read).astype(float) * self._scales(queries) + self._shift
        found = hints(queries)
        logits += np.tensordot(self._hints, found, 1)
        return [_score(*row) for row in zip(logits, found[_SUREST], strict=True)]

    def _scales(self, queries: Sequence[StanceQuery]) -> Floats:
        """(queries, 1): what the logits are worth; of named people it is right more often."""
        named = [is_person_definition(query.favor) for query in queries]
        return np.where(named, self._named_scale, self._scale)[:, np.newaxis]

    def confidence_for(self, precision: float) -> float:
        """The least confidence that gave this precision on held-out sentences.

        Beyond the measured ones the precision itself.
        """
        table: list[tuple[float, float]] = self._encoder.card["thresholds"]
        fitting = [confidence for reached, confidence in table if reached >= precision - 1e-9]
        return fitting[0] if fitting else precision


def hints(queries: Sequence[StanceQuery]) -> Floats:
    """(6, queries, 4): what the lexicon answers, by how sure it is of it.

    The first three have ones at its side, the others at the side that it rules out.
    """
    found = np.zeros((2 * len(_HINTS), len(queries), 4))
    for number, score in enumerate(Lexicon().score(queries)):
        sides = (score.favor, score.against)
        sureness = sum(max(sides) >= least for least in _HINTS)
        if sureness:
            side = sides.index(max(sides))
            found[sureness - 1, number, side] = 1
            found[len(_HINTS) + sureness - 1, number, 1 - side] = 1
    return found


def _score(logits: Floats, ruled: Floats) -> StanceScore:
    """The probabilities of the logits; where the lexicon is at its surest, the mean of both.

    `ruled` has a one at the side that the lexicon takes so surely, if it does. There are too few of
    those for the fitted weights to know what they are worth.
    """
    powers = np.exp(logits - logits.max())
    chances = powers / powers.sum()
    if ruled.any():
        rest = np.array([0, 0, 0, 1 - _HINTS[_SUREST]])
        chances = (chances + _HINTS[_SUREST] * ruled + rest) / 2
    favor, against, neutral, none = (float(value) for value in chances)
    return StanceScore(favor, against, neutral, none)


def load() -> StanceBackend:
    """The backend over the project's own weights.

    Raises:
        BackendError: the weights are missing or broken.
    """
    return Trained(load_encoder("stance"))
