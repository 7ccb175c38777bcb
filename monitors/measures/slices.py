"""Which kinds of sentence a pair belongs to, as far as its words show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitors.cues import CUES
from monitors.quotes import find_quotes
from monitors.stance.named_targets import is_person_definition
from monitors.stance.words import NEGATIONS
from monitors.tokens import flatten, split_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitors.records import Span
    from monitors.stance.queries import StanceQuery
    from monitors.tokens import Tokens

_PRONOUNS = frozenset({"he", "she", "it", "they", "we", "i", "him", "her", "his", "them", "their"})


def query_slices(query: StanceQuery) -> Iterator[str]:
    """The names of the slices that a query belongs to, each once."""
    tokens = split_tokens(flatten(query.text))
    yield f"way: {_way(query, tokens)}"
    yield "negation word" if _is_negated(tokens) else "no negation word"
    person = is_person_definition(query.favor)
    yield "target: person or institution" if person else "target: policy"
    if query.holder is None:
        yield "holder: nobody named"
    elif query.text[slice(*query.holder)].casefold() in _PRONOUNS:
        yield "holder: pronoun"
    else:
        yield "holder: named"


def _way(query: StanceQuery, tokens: Tokens) -> str:
    """How it is put: quoted, said without quotation marks, thought, or neither."""
    if any(quote.start <= query.target[0] < quote.end for quote in find_quotes(query.text)):
        return "target in quotation marks"
    kinds = {CUES[word] for word in _outside(tokens, query.target) if word in CUES}
    if "speech" in kinds:
        return "indirect speech"
    return "attitude verb" if "attitude" in kinds else "deed or description"


def _outside(tokens: Tokens, span: Span) -> Iterator[str]:
    for word, start in zip(tokens.folded, tokens.starts, strict=True):
        if not span[0] <= start < span[1]:
            yield word


def _is_negated(tokens: Tokens) -> bool:
    words = tokens.folded
    contracted = any(
        word.endswith("n") and words[at + 1 : at + 3] == ["'", "t"] for at, word in enumerate(words)
    )
    return contracted or not NEGATIONS.isdisjoint(words)
