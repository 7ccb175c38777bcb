"""A trained reader -> the files that the product runs: 8-bit ONNX, tokenizer."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

if TYPE_CHECKING:
    from training.network import Reader

_AXES = {0: "batch", 1: "tokens"}
_OPSET = 17


def export(reader: Reader, path: Path) -> None:
    """Write `reader` as 8-bit ONNX: weights per channel, activations at run time.

    Inputs `ids`, `mask` and `segments` are (batch, tokens) of int64; outputs `stance` (batch, 4),
    `parts` (batch, tokens, 3), `cues` (batch, tokens, 128) and `linked` (batch, tokens, 130).
    """
    reader.eval()
    reader.encoder.set_attn_implementation("eager")
    ids = torch.randint(1000, 2000, (2, 24))
    mask = torch.ones_like(ids)
    mask[1, 18:] = 0
    inputs, outputs = ["ids", "mask", "segments"], ["stance", "parts", "cues", "linked"]
    with TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole.onnx"
        torch.onnx.export(
            reader,
            (ids, mask, torch.zeros_like(ids)),
            whole,
            input_names=inputs,
            output_names=outputs,
            dynamic_axes=dict.fromkeys([*inputs, *outputs[1:]], _AXES) | {"stance": {0: "batch"}},
            opset_version=_OPSET,
            dynamo=False,
        )
        # Signed weights are multiplied by instructions that overflow where a processor has no
        # VNNI: the answers would differ from one machine to the next.
        quantize_dynamic(
            whole,
            path,
            weight_type=QuantType.QUInt8,
            per_channel=True,
            extra_options={"WeightSymmetric": True},
        )
