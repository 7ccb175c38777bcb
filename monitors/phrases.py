"""Phrases of the configuration -> where they stand in a text, as whole words."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Generic, TypeVar

from monitors.tokens import split_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitors.tokens import Tokens

Payload = TypeVar("Payload")
# Below this length an all-caps word is more often another word (XI, US) than a shouted name.
_SHOUT_LENGTH = 4


class PhraseIndex(Generic[Payload]):
    """Finds many phrases in one pass: a table by first word, then the words in turn.

    Case matters in the words of a phrase that have capitals; a longer one of these also matches
    when a headline shouts it ("TAIWAN").
    """

    def __init__(self, phrases: Iterable[tuple[str, Payload]]) -> None:
        table: defaultdict[str, list[tuple[list[str], list[str], Payload]]] = defaultdict(list)
        for phrase, payload in phrases:
            tokens = split_tokens(phrase)
            if tokens.forms:
                table[tokens.folded[0]].append((tokens.forms, tokens.folded, payload))
        for entries in table.values():
            entries.sort(key=lambda entry: -len(entry[0]))
        self._table = dict(table)

    def find(self, tokens: Tokens) -> Iterator[tuple[int, int, Payload]]:
        """All matches as `(first token, last token excluded, payload)`, longest first at a place.

        Matches may overlap; the caller decides which of them counts.
        """
        table, folded = self._table, tokens.folded
        for place in [i for i, word in enumerate(folded) if word in table]:
            for forms, folds, payload in table[folded[place]]:
                end = place + len(forms)
                if folded[place:end] == folds and _same_case(forms, tokens.forms[place:end]):
                    yield place, end, payload


def _same_case(wanted: list[str], found: list[str]) -> bool:
    return all(
        want == have
        or want.islower()
        or not want.isalpha()
        or (len(want) >= _SHOUT_LENGTH and have.isupper())
        for want, have in zip(wanted, found, strict=True)
    )
