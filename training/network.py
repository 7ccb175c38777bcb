"""The encoder and its heads.

Stance: the states of both markers, the state of [CLS] and the mean go through one hidden layer.
Attribution: one logit per part and token, and projections whose products say which source and which
content belong to which cue (a biaffine scorer as in Dozat & Manning 2017, spans instead of arcs).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from monitors.stance.marking import HOLDER, TARGET
from monitors.stance.queries import ANSWERS

LINK_SIZE = 64


class Reader(nn.Module):
    """MiniLM with a head for stances and two for attributions."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder
        size = encoder.config.hidden_size
        self.dropout = nn.Dropout(0.1)
        self.stance = nn.Sequential(
            nn.Linear(4 * size, size), nn.GELU(), nn.Dropout(0.1), nn.Linear(size, len(ANSWERS))
        )
        self.parts = nn.Linear(size, 3)
        self.cue = nn.Linear(size, 2 * LINK_SIZE)
        self.linked = nn.Linear(size, 2 * LINK_SIZE)
        self.unary = nn.Linear(size, 2)

    def states(self, ids: Tensor, mask: Tensor, segments: Tensor) -> Tensor:
        out = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=segments)
        return self.dropout(out.last_hidden_state)

    def stance_logits(self, ids: Tensor, mask: Tensor, states: Tensor) -> Tensor:
        """(batch, 4): one logit per answer."""
        weight = mask.unsqueeze(-1).to(states.dtype)
        mean = (states * weight).sum(1) / weight.sum(1)
        holder = _state_at(ids == HOLDER, states)
        target = _state_at(ids == TARGET, states)
        logits: Tensor = self.stance(torch.cat([holder, target, states[:, 0], mean], -1))
        return logits

    def tags(self, states: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Per token the logits of the parts (3), what it is as a cue, and what as a linked word.

        The link logits of a cue are the products of its mean (2 * 64) with each token's
        (2 * 64 + 2), half by half, plus the token's own last two.
        """
        linked = torch.cat([self.linked(states), self.unary(states)], -1)
        return self.parts(states), self.cue(states) / LINK_SIZE**0.5, linked

    def forward(
        self, ids: Tensor, mask: Tensor, segments: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        states = self.states(ids, mask, segments)
        return (self.stance_logits(ids, mask, states), *self.tags(states))


def _state_at(marks: Tensor, states: Tensor) -> Tensor:
    weight = marks.unsqueeze(-1).to(states.dtype)
    return (states * weight).sum(1) / weight.sum(1).clamp(min=1)
