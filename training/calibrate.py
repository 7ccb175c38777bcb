"""Held-out answers -> the scaling that makes confidences true, and the threshold per precision.

Vector scaling after Guo et al. 2017, "On Calibration of Modern Neural Networks": one scale for all
answers, one shift for each, and the weight of the lexicon's hints.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from monitors.stance.queries import ANSWERS

_STEPS = 60
_SHRINK = 1e-3


@dataclass(frozen=True, slots=True)
class Calibration:
    """Probabilities are the softmax of `scale * logits + shift + hints * what is hinted`."""

    scale: float
    shift: list[float]
    hints: list[float]

    def probabilities(self, logits: Tensor, hinted: Tensor) -> Tensor:
        weighed = torch.tensordot(torch.tensor(self.hints), hinted, 1)
        return (logits * self.scale + torch.tensor(self.shift) + weighed).softmax(-1)


def fit(logits: Tensor, hinted: Tensor, labels: Tensor) -> Calibration:
    """What makes the right answers the likeliest.

    `logits` are (items, 4), `hinted` (6, items, 4), see `monitors.stance.trained.hints`.
    """
    scale, weights = nn.Parameter(torch.zeros(())), nn.Parameter(torch.zeros(len(hinted)))
    shift = nn.Parameter(torch.zeros(logits.shape[1]))
    parameters = [scale, weights, shift]
    optimiser = torch.optim.LBFGS(parameters, max_iter=_STEPS, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        scaled = logits * scale.exp() + shift + torch.tensordot(weights, hinted, 1)
        # So few have a sure hint that a stronger pull would outweigh all of them.
        large = _SHRINK * shift.square().sum() + _SHRINK / 20 * weights.square().sum()
        loss = functional.cross_entropy(scaled, labels) + large
        loss.backward()
        return loss

    optimiser.step(closure)
    return Calibration(_round(scale.exp())[0], _round(shift), _round(weights))


def fit_scale(found: Calibration, logits: Tensor, hinted: Tensor, labels: Tensor) -> float:
    """The scale alone, for one kind of question: to a hundredth, what makes its answers likeliest.

    The labels tell `none` and not `neutral`, so the two count as one.
    """
    none = list(ANSWERS).index("none")

    def loss(scale: float) -> float:
        each = replace(found, scale=scale).probabilities(logits, hinted)
        side = each.gather(1, labels[:, None])[:, 0]
        right = torch.where(labels == none, each[:, 2:].sum(1), side)
        return float(-right.clamp_min(1e-9).log().mean())

    return min((step / 100 for step in range(20, 151)), key=loss)


def _round(values: Tensor) -> list[float]:
    return [round(one, 4) for one in values.detach().reshape(-1).tolist()]


def thresholds(probabilities: Tensor, labels: Tensor) -> list[tuple[float, float]]:
    """For each precision from .50 to .95 the least confidence that gave it, side by side.

    Counts answers that take a side (favor, against); a threshold holds from the point where every
    stricter one (with thirty answers or more) gives the precision as well.
    """
    sides = probabilities[:, :2]
    confidence, side = sides.max(1)
    order = torch.argsort(confidence, descending=True)
    right = (side == labels)[order].double().numpy()
    sure = confidence[order].numpy()
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    found = []
    for wanted in np.arange(0.5, 0.96, 0.025):
        good = np.flatnonzero((precision >= wanted) & (np.arange(len(right)) >= 30))  # noqa: PLR2004
        if len(good):
            found.append((round(float(wanted), 3), round(float(sure[good[-1]]), 3)))
    return found
