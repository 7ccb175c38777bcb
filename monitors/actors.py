"""Text -> mentions of the watched actors.

Aliases match as whole words, the longest first, with the case rules of phrases. An alias that is
only part of a larger name is not the actor:

- before another capitalised word that ends names ("Washington Post", "Biden County");
- after "<Capitalised> of" that is no office ("Bank of China", but "President of China");
- a state's one-word name after a direction ("South China Sea");
- a person's bare surname after somebody else's first name ("Hunter Biden"), or where it goes on as
  the article's name for such a person;
- after "pro-", "anti-", "ex-" and the like.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitors import roles
from monitors.namesakes import Named, Namesakes
from monitors.phrases import PhraseIndex
from monitors.records import Mention
from monitors.wordlists import word_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitors.records import Actor
    from monitors.tokens import Tokens

_PREFIXES = word_set("pro anti ex non post pre un counter")


class ActorMatcher:
    """Finds actors by their aliases; never overlapping, in text order."""

    def __init__(self, actors: Sequence[Actor]) -> None:
        self._kinds = {actor.actor_id: actor.kind for actor in actors}
        self._index = PhraseIndex[str](
            (alias, actor.actor_id)
            for actor in actors
            for alias in dict.fromkeys((actor.name, *actor.aliases))
        )
        self._namesakes = Namesakes(actors)

    def find(self, tokens: Tokens) -> list[Mention]:
        """The mentions as spans of the text; a possessive "'s" is not part of one."""
        return [
            Mention("actor", named.actor_id, *tokens.span(named.first, named.last))
            for named in self.find_named(tokens)
        ]

    def find_named(self, tokens: Tokens) -> list[Named]:
        """The mentions in tokens."""
        found: list[Named] = []
        for first, last, actor_id in self._index.find(tokens):
            if (not found or first >= found[-1].last) and self._is_name(
                tokens, first, last, actor_id
            ):
                found.append(Named(first, last, actor_id))
        return self._namesakes.without(tokens, found)

    def _is_name(self, tokens: Tokens, first: int, last: int, actor_id: str) -> bool:
        if _ends_elsewhere(tokens, last) or _starts_elsewhere(tokens, first):
            return False
        one_word = last - first == 1
        if self._kinds[actor_id] == "person":
            return not (one_word and _has_first_name(tokens, first))
        return not (one_word and _word_before(tokens, first, roles.NAME_STARTS))


def _ends_elsewhere(tokens: Tokens, last: int) -> bool:
    """Whether a word follows that ends the name of something else."""
    return (
        last < len(tokens)
        and tokens.folded[last] in roles.NAME_ENDS
        and tokens.forms[last][0].isupper()
        and tokens.starts[last] == tokens.ends[last - 1] + 1
    )


def _starts_elsewhere(tokens: Tokens, first: int) -> bool:
    """Whether the name goes on to the left: "pro-X", "Bank of X"."""
    if first < 2:  # noqa: PLR2004
        return False
    before, link = tokens.folded[first - 2], tokens.folded[first - 1]
    if link == "-" and tokens.ends[first - 1] == tokens.starts[first]:
        return before in _PREFIXES
    return (
        link == "of"
        and tokens.forms[first - 2][0].isupper()
        and before not in roles.OF_HEADS
        and not _starts_sentence(tokens, first - 2)
    )


def _word_before(tokens: Tokens, first: int, words: frozenset[str]) -> bool:
    return (
        first > 0
        and tokens.folded[first - 1] in words
        and tokens.forms[first - 1][0].isupper()
        and tokens.starts[first] == tokens.ends[first - 1] + 1
    )


def _has_first_name(tokens: Tokens, first: int) -> bool:
    if first == 0:
        return False
    before, form = tokens.folded[first - 1], tokens.forms[first - 1]
    if not (form[0].isupper() and form.isalpha()) or before in roles.TITLES:
        return False
    if form.isupper() and len(form) > 1:  # an acronym: "GOP", "FBI"
        return False
    if before in roles.DEMONYMS or before in roles.SENTENCE_WORDS or before in roles.OFFICIALS:
        return False
    return tokens.starts[first] == tokens.ends[first - 1] + 1


def _starts_sentence(tokens: Tokens, place: int) -> bool:
    return place == 0 or tokens.forms[place - 1] in '.!?\u201c"'
