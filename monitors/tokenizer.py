"""Tokens as a spaCy `Doc`, and out of one."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from spacy.tokens import Doc

from monitors.tokens import Tokens, split_tokens

if TYPE_CHECKING:
    from spacy.vocab import Vocab

_USER_KEY = "stancewatch.tokens"


class NewsTokenizer:
    """Makes a spaCy `Doc` out of `split_tokens`; `doc.text` is the text, character by character."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        tokens = split_tokens(text)
        words: list[str] = []
        spaces: list[bool] = []
        _add_gap(text, 0, tokens.starts[0] if tokens.starts else len(text), words, spaces)
        borders = [*zip(tokens.starts, tokens.ends, strict=True), (len(text), len(text))]
        for (start, end), (following, _) in pairwise(borders):
            words.append(text[start:end])
            spaces.append(text[end : end + 1] == " ")
            if following - end > spaces[-1]:
                _add_gap(text, end + spaces[-1], following, words, spaces)
        doc = Doc(self.vocab, words=words, spaces=spaces)
        doc.user_data[_USER_KEY] = tokens
        return doc


def _add_gap(text: str, start: int, end: int, words: list[str], spaces: list[bool]) -> None:
    if start < end:
        words.append(text[start:end])
        spaces.append(False)


def tokens_of(doc: Doc) -> Tokens:
    """The tokens a `Doc` was made of; cut anew where another tokenizer made it."""
    kept = doc.user_data.get(_USER_KEY)
    if not isinstance(kept, Tokens):
        kept = split_tokens(doc.text)
        doc.user_data[_USER_KEY] = kept
    return kept
