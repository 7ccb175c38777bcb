"""Training: the batches of all tasks, one optimiser, checkpoints on the way."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.batches import by_length, inputs, part_labels
from training.network import LINK_SIZE, Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from training.examples import Encoded, Tagged

    # The examples of each pass over a collection.
    Task = Sequence[Sequence[Any]]

_TOKENS_PER_BATCH = 3200
_MOST_CUES = 24
_SHORT = 160
_WARM_UP = 0.06
_ENCODER_RATE, _HEAD_RATE = 1.5e-4, 6e-4
_TAG_WEIGHT = 3.0


class SlicedDropout(nn.Module):
    """Dropout whose masks are slices of one long random one: drawing them costs nothing."""

    def __init__(self, rate: float, generator: torch.Generator) -> None:
        super().__init__()
        size = 1 << 23
        keep = torch.rand(size, generator=generator) >= rate
        self.masks = (keep / (1 - rate)).to(torch.bfloat16)

    def forward(self, states: Tensor) -> Tensor:
        if not self.training:
            return states
        count = states.numel()
        start = random.randrange(len(self.masks) - count)
        return states * self.masks[start : start + count].view_as(states)


def load_encoder(folder: Path) -> Any:
    """MiniLM from its folder, with attention that is not dropped out (slow on a CPU)."""
    from transformers import AutoModel

    return AutoModel.from_pretrained(
        folder, add_pooling_layer=False, attention_probs_dropout_prob=0.0
    )


def with_fast_dropout(module: nn.Module, rate: float) -> None:
    """Replace each dropout of `module` in place."""
    dropout = SlicedDropout(rate, torch.Generator().manual_seed(1))
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.Dropout) and child.p:
                setattr(parent, name, dropout)


def set_attention(reader: Reader, length: int) -> None:
    """Plain attention is the faster one for short sequences, fused attention for long ones."""
    reader.encoder.set_attn_implementation("eager" if length <= _SHORT else "sdpa")


def stance_loss(reader: Reader, items: Sequence[Encoded]) -> Tensor:
    ids, mask, segments = inputs(items)
    set_attention(reader, ids.shape[1])
    with torch.autocast("cpu", torch.bfloat16):
        logits = reader.stance_logits(ids, mask, reader.states(ids, mask, segments))
    labels = torch.tensor([one.label for one in items])
    weights = torch.tensor([one.weight for one in items])
    losses = functional.cross_entropy(logits.float(), labels, reduction="none")
    return (losses * weights).sum() / weights.sum()


def tag_loss(reader: Reader, items: Sequence[Tagged]) -> Tensor:
    ids, mask, segments = inputs(items)
    set_attention(reader, ids.shape[1])
    with torch.autocast("cpu", torch.bfloat16):
        parts, cues, linked = reader.tags(reader.states(ids, mask, segments))
    wanted = part_labels(items)
    known = wanted >= 0
    loss = functional.binary_cross_entropy_with_logits(parts.float()[known], wanted[known])
    return _TAG_WEIGHT * (loss + _link_loss(items, cues.float(), linked.float()))


def _link_loss(items: Sequence[Tagged], cues: Tensor, linked: Tensor) -> Tensor:
    """Binary cross-entropy of source and content of each cue over the tokens of its window."""
    half, losses = LINK_SIZE, []
    for number, one in enumerate(items):
        chosen = one.links if len(one.links) <= _MOST_CUES else random.sample(one.links, _MOST_CUES)
        if not chosen:
            continue
        size = len(one.ids)
        cue = torch.stack([cues[number, first:last].mean(0) for first, last, _ in chosen])
        words = linked[number, :size]
        logits = torch.stack(
            [
                cue[:, :half] @ words[:, :half].T + words[:, -2],
                cue[:, half:] @ words[:, half : 2 * half].T + words[:, -1],
            ],
            1,
        )
        wanted = torch.stack([torch.from_numpy(rows).float() for _, _, rows in chosen])
        losses.append(
            functional.binary_cross_entropy_with_logits(
                logits[..., 1:-1], wanted[..., 1:-1], reduction="none"
            ).flatten()
        )
    return torch.cat(losses).mean() if losses else linked.sum() * 0


def schedule(tasks: Sequence[Task], dice: random.Random) -> list[tuple[int, list[Any]]]:
    """(task, examples) of every batch; each task is spread evenly over the whole training."""
    placed = []
    for number, passes in enumerate(tasks):
        for earlier, items in enumerate(passes):
            batches = by_length(items, _TOKENS_PER_BATCH, dice)
            placed += [
                (
                    (earlier + (order + dice.random()) / len(batches)) / len(passes),
                    number,
                    [items[place] for place in batch],
                )
                for order, batch in enumerate(batches)
            ]
    placed.sort(key=lambda one: one[0])
    return [(number, batch) for _, number, batch in placed]


def train(
    reader: Reader,
    tasks: Sequence[Task],
    *,
    seed: int,
    rate: float = 1.0,
    checkpoint: Path,
    report: Callable[[int, int, dict[int, float]], None],
) -> None:
    """Train `reader` in place; goes on from `checkpoint` where that exists."""
    dice = random.Random(seed)
    steps = schedule(tasks, dice)
    optimiser = torch.optim.AdamW(_groups(reader, rate), weight_decay=0.01, fused=True)
    peak = [group["lr"] for group in optimiser.param_groups]
    start = _resume(reader, optimiser, checkpoint)
    means: dict[int, float] = {}
    saved = time.monotonic()
    reader.train()
    for step in range(start, len(steps)):
        task, items = steps[step]
        share = step / len(steps)
        factor = min(1.0, share / _WARM_UP, (1 - share) / (1 - _WARM_UP))
        for group, most in zip(optimiser.param_groups, peak, strict=True):
            group["lr"] = most * factor
        loss = tag_loss(reader, items) if hasattr(items[0], "parts") else stance_loss(reader, items)
        loss.backward()
        nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        means[task] = 0.98 * means.get(task, loss.item()) + 0.02 * loss.item()
        report(step + 1, len(steps), means)
        if time.monotonic() - saved > 120:  # noqa: PLR2004
            _save(reader, optimiser, step + 1, checkpoint)
            saved = time.monotonic()
    _save(reader, optimiser, len(steps), checkpoint)


def _groups(reader: Reader, rate: float) -> list[dict[str, Any]]:
    encoder = list(reader.encoder.parameters())
    inside = {id(one) for one in encoder}
    heads = [one for one in reader.parameters() if id(one) not in inside]
    return [
        {"params": encoder, "lr": rate * _ENCODER_RATE},
        {"params": heads, "lr": rate * _HEAD_RATE},
    ]


def _save(reader: Reader, optimiser: torch.optim.Optimizer, step: int, path: Path) -> None:
    state = {"reader": reader.state_dict(), "optimiser": optimiser.state_dict(), "step": step}
    waiting = path.with_suffix(".part")
    torch.save(state, waiting)
    waiting.replace(path)


def _resume(reader: Reader, optimiser: torch.optim.Optimizer, path: Path) -> int:
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    reader.load_state_dict(state["reader"])
    optimiser.load_state_dict(state["optimiser"])
    step: int = state["step"]
    return step
