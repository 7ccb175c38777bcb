"""What the trained backend makes of an encoder's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from monitors.encoder.model import load_encoder
from monitors.stance import StanceQuery
from monitors.stance.named_targets import directed_query
from monitors.stance.trained import Trained, hints

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


def test_where_the_lexicon_is_at_its_surest_the_mean_of_both_counts() -> None:
    against = "wants it banned, restricted or sold, its ownership to change hands"
    wish = "As for TikTok, Reyes reiterated that he wants ownership of the network to change hands."
    asked = [
        StanceQuery(text, (15, 20), (7, 13), "defends TikTok", against, title="TikTok")
        for text in (wish, "As for TikTok, Reyes opened an office in Oslo.")
    ]
    assert hints(asked)[2].tolist() == [[0, 1, 0, 0], [0, 0, 0, 0]]
    encoder: Any = _Even()
    ruled, other = Trained(encoder).score(asked)
    assert other.favor == pytest.approx(np.exp(1) / (np.exp(1) + 3))
    assert ruled.favor == pytest.approx(other.favor / 2)
    assert ruled.against == pytest.approx((other.against + 0.86) / 2)
    assert ruled.none == pytest.approx((other.none + 0.14) / 2)
