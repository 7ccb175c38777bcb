"""What the trained backend makes of an encoder's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from monitors.encoder.model import load_encoder
from monitors.stance import StanceQuery
from monitors.stance.named_targets import directed_query
from monitors.stance.trained import Trained

if TYPE_CHECKING:
    from collections.abc import Sequence


_TEXT = "Holt spoke of Reyes."


class _Even:
    """An encoder that says the same of everything: favor is two ahead of the others."""

    version = "fake"

    def __init__(self) -> None:
        self.tokenizer = load_encoder("stance").tokenizer
        self.card = {
            "scale": 0.5,
            "named_scale": 1.0,
            "shift": [0.0] * 4,
            "hints": [0.0] * 6,
            "thresholds": [],
        }

    def stances(self, read: Sequence[object]) -> Any:
        return np.tile([2.0, 0.0, 0.0, 0.0], (len(read), 1))


def test_questions_about_named_people_have_a_scale_of_their_own() -> None:
    encoder: Any = _Even()
    policy = StanceQuery(_TEXT, (0, 4), (14, 19), "backs the law", "fights the law", title="law")
    named, other = Trained(encoder).score([directed_query(_TEXT, (0, 4), (14, 19)), policy])
    assert named.favor == pytest.approx(np.exp(2) / (np.exp(2) + 3))
    assert other.favor == pytest.approx(np.exp(1) / (np.exp(1) + 3))
