"""The sentence of a question: its cues, what they are worth, and what they are done to.

There is no parser here. A cue's object is sought to its right, within reach and within the clause;
whatever cannot be related that way is left unrelated.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from monitors import roles
from monitors.cues import AUXILIARIES
from monitors.stance import words
from monitors.stance.words import stem
from monitors.tokens import split_tokens
from monitors.wordlists import word_set

if TYPE_CHECKING:
    from monitors.stance.definitions import Vocabulary
    from monitors.stance.queries import StanceQuery

# How many tokens a cue reaches.
REACH = 16
HARD = frozenset(";.?!:\u2014|\u2026")
QUOTES = frozenset('"\u201c\u201d\u00ab\u00bb')
_JOINTS = frozenset({"and", "or", ",", "but"})
_SHORT = 4
PREPOSITIONS = word_set(
    """of in for with to from against by on at under about over near into after before"""
)
_LIGHT_WORDS = PREPOSITIONS | word_set(
    """the a an his her its their our any some all this that these those s toward towards as
    and use"""
)


class Sentence:
    """A sentence cut into tokens; holder `[h0, h1)` and target `[t0, t1)` in token places."""

    def __init__(self, query: StanceQuery, vocabulary: Vocabulary) -> None:
        tokens = split_tokens(query.text)
        self.forms, self.folded, self.size = tokens.forms, tokens.folded, len(tokens)
        self.stems = [stem(word) for word in tokens.folded]
        self.t0, self.t1 = _places(tokens.starts, query.target)
        nobody = (-1, -1)
        self.h0, self.h1 = nobody if query.holder is None else _places(tokens.starts, query.holder)
        self.vocabulary = vocabulary
        self.target_sign = vocabulary.sign_of(self.stems[self.t0 : self.t1])

    # --- cues --------------------------------------------------------------------------------

    def sign(self, place: int) -> int:
        """What the word at `place` does to its object: 1, -1, or 0 for nothing."""
        if self.h0 <= place < self.h1 or self.t0 <= place < self.t1:
            return 0
        word = self.stems[place]
        if word in self.vocabulary.things:
            return 0
        if word == "threat" and self.folded[place + 1 : place + 2] == ["to"]:
            return 0  # "threatened to quit" is to quit, in a manner
        if word in self.vocabulary.verbs:
            side = self.vocabulary.verbs[word]
        elif self._forbids(place):
            side = -1
        elif paired := self._pair(place):
            return paired
        else:
            side = (word in words.SUPPORT) - (word in words.OPPOSE)
        return side if side and self._is_cue(place) else 0

    def _pair(self, place: int) -> int:
        """Cues of two words: "called for", "(pulled) out of", "(pushed) back on"."""
        if self.folded[place] == "against" and place:
            return -1 if self.stems[place - 1] in words.AGAINST_AFTER else 0
        pair = (self.stems[place], self.folded[place + 1] if place + 1 < self.size else "")
        if pair in words.PAIRS_ALONE:
            return words.PAIRS_ALONE[pair]
        before = self.stems[max(0, place - 3) : place]
        return words.PAIRS_OF_MOVES.get(pair, 0) if words.MOVES.intersection(before) else 0

    def judgement(self, place: int, about: int) -> int:
        """What calling it by the word at `place` says; `about` is the side of what is so called."""
        word = self.stems[place]
        if word in self.vocabulary.names:
            return self.vocabulary.names[word]
        return ((word in words.GOOD) - (word in words.BAD)) * about

    def _forbids(self, place: int) -> bool:
        """As in "will not allow", "never tolerate"."""
        return self.stems[place] in words.SUFFERING and self.negated(self.group_start(place), place)

    def _is_cue(self, place: int) -> bool:
        """Whether the word is used as the lists mean it ("back to", "an order" are not)."""
        word, form = self.folded[place], self.forms[place]
        before = self.folded[place - 1] if place else ""
        after = self.folded[place + 1] if place + 1 < self.size else ""
        if form[0].isupper() and place > 0 and not form.isupper():
            return False
        if word in words.DOERS:
            return False
        if word == "back":
            leads = before in AUXILIARIES | {"to", "we", "i", "they", "who"}
            return leads and after not in {"to", "in", "on"}
        return word not in words.NEVER and after != "-"

    def head(self, place: int) -> int:
        """The verb of a cue of two words: "pulled" of "pulled out of"."""
        if self.folded[place] in {"out", "away", "back"} and self._pair(place):
            for before in range(place - 1, max(-1, place - 4), -1):
                if self.stems[before] in words.MOVES:
                    return before
        return place

    def negated(self, first: int, last: int) -> bool:
        """Whether an odd number of negations stands in `[first, last)`."""
        return sum(self._negates(place) for place in range(max(0, first), last)) % 2 == 1

    def _negates(self, place: int) -> bool:
        word, after = self.folded[place], self.folded[place + 1 : place + 2]
        if word in words.NEGATIONS or self.stems[place] in words.REVERSERS:
            return word == "no" or after not in (["only"], ["longer"])
        if word == "t":
            return place > 1 and self.forms[place - 1] == "'" and self.folded[place - 2][-1:] == "n"
        return (word == "rather" and after == ["than"]) or (word == "instead" and after == ["of"])

    def group_start(self, verb: int) -> int:
        """The first token of the verb's group: its auxiliaries, adverbs and negations."""
        place = verb
        while place > 0:
            word = self.folded[place - 1]
            adverb = word.endswith("ly") and len(word) > _SHORT
            if word in AUXILIARIES or word in words.NEGATIONS or adverb:
                place -= 1
            elif self.forms[place - 1] in QUOTES and place == verb:
                place -= 1  # Biden “underscored …”
            elif word == "t" and place > 2 and self.forms[place - 2] == "'":  # noqa: PLR2004
                place -= 3
            else:
                break
        return place

    def is_name(self, place: int) -> bool:
        """Whether the word at `place` looks like a name, and not like the target or a title."""
        form, word = self.forms[place], self.folded[place]
        return (
            place > 0
            and form[0].isupper()
            and not self.t0 <= place < self.t1
            and word not in roles.TITLES
            and word not in roles.SENTENCE_WORDS
            and self.forms[place - 1] not in HARD | QUOTES
        )

    # --- what it is done to ------------------------------------------------------------------

    def reaches(self, verb: int, goal: int) -> bool:
        """Whether what stands at `goal` can be the object of the word at `verb`.

        A target after a hyphen ("anti-TikTok") is not.
        """
        if not verb < goal <= verb + REACH:
            return False
        return not any(self._parts(verb, place, goal) for place in range(verb + 1, goal))

    def _parts(self, verb: int, place: int, goal: int) -> bool:
        """Whether another clause begins at `place`, on the way from `verb` to `goal`."""
        word, after = self.folded[place], self.folded[place + 1]
        if self.forms[place] in HARD or word in words.CLAUSE_BREAKS - {"as"}:
            return True
        if word in {"he", "she", "they", "we", "i"}:
            return True
        if word == "that" and place != verb + 1:
            return not self._enacts(verb, place + 1)
        if place == goal - 1 and goal == self.t0 and self.forms[place] == "-":
            return True
        return word == "," and (after in {"and", "but", "which"} or after.endswith("ing"))

    def _enacts(self, verb: int, place: int) -> bool:
        """As in "signed an order that will ban ___": the clause tells what the order does."""
        while place < self.t0 and self.folded[place] in AUXILIARIES:
            place += 1
        return self.stems[verb] in words.ENACTING and bool(self.sign(place))

    def way(self, verb: int, goal: int) -> tuple[int, int]:
        """The sign from `verb` to `goal`, 0 where no cue stands there, and the last cue's distance.

        Of cues that are joined ("praised A and attacked B") the last counts alone. The distance
        is in words that weigh something: "concern about the economic support" is one.
        """
        sign, last = 0, verb
        for place in range(verb, goal):
            own = self.sign(place)
            if sign < 0 and self._gives_reason(place):
                last = place + 1  # "condemned A for sending arms": what A did is the object
            elif own:
                joined = sign and _JOINTS.intersection(self.folded[last:place])
                sign, last = (own if joined else (sign or 1) * own), place
        between = self.folded[last + 1 : goal]
        return sign, sum(word not in _LIGHT_WORDS and word[0].isalnum() for word in between)

    def _gives_reason(self, place: int) -> bool:
        return self.folded[place] in {"for", "over", "of"} and self.folded[place + 1].endswith(
            "ing"
        )


def _places(starts: list[int], span: tuple[int, int]) -> tuple[int, int]:
    first = bisect_left(starts, span[0])
    return first, max(first + 1, bisect_left(starts, span[1]))
