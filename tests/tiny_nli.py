"""A tiny model for natural language inference with random weights, made on the spot."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LABELS = ("contradiction", "entailment", "neutral")


def make_model(folder: Path, labels: Sequence[str] = LABELS, *, positions: int = 96) -> Path:
    """Write model and tokenizer into `folder`; its weights are the same every time.

    Skips the test where the extra is not installed.
    """
    reason = "needs the extra: pip install 'stancewatch[transformers]'"
    torch = pytest.importorskip("torch", reason=reason)
    transformers = pytest.importorskip("transformers", reason=reason)
    letters = string.ascii_lowercase + string.digits + string.punctuation
    words = SPECIAL + list(letters) + [f"##{letter}" for letter in letters]
    _write_tokenizer(folder, words)
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=positions,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
        initializer_range=0.8,
    )
    with torch.random.fork_rng():
        torch.manual_seed(7)
        transformers.BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def _write_tokenizer(folder: Path, words: Sequence[str]) -> None:
    # Here, because they are not always installed.
    import tokenizers  # noqa: PLC0415
    import transformers  # noqa: PLC0415
    from tokenizers import models, normalizers, pre_tokenizers, processors  # noqa: PLC0415

    vocabulary = {word: number for number, word in enumerate(words)}
    made = tokenizers.Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(
        ("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"])
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=made,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    ).save_pretrained(folder)
