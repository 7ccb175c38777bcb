"""A topic's definitions -> which words stand for which side.

A definition is a list of deeds: "backs Taiwan's self-rule", "condemns separatists". What a word of
it is worth follows from its own verb: to condemn separatists is `against`, so separatists are on
the side of `favor`. A word that both sides have says nothing and is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from monitors.stance.words import LIGHT, NEGATIONS, OPPOSE, PASSING, SPEAKING, SUPPORT, VAGUE, stem
from monitors.tokens import split_tokens
from monitors.wordlists import word_set

_DEEDS = re.compile(r",| or |;| and (?=\w+s\b)")
_LISTED = SUPPORT | OPPOSE | PASSING | SPEAKING
_CALLING = word_set("calls considers names brands labels describes")
_DETERMINERS = word_set("the a an its his her their such those these")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the definitions say of words: the sign of each thing, and of each deed of its own.

    `things` are worth 1 where having more of them is `favor`, -1 where it is `against`; `verbs`
    are general cues that this topic gives a side of its own ("wants it closed"); `favored` and
    `opposed` are all the stems of either definition. `names` are what a side calls
    the topic ("calls it a threat").
    """

    things: dict[str, int]
    favored: frozenset[str] = frozenset()
    opposed: frozenset[str] = frozenset()
    verbs: dict[str, int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)

    def sign_of(self, stems: list[str]) -> int:
        """The sign of a target's own words: "sanctions against Russia" is no help for Russia."""
        for word in stems:
            if word in OPPOSE and word in self.opposed and word not in self.favored:
                return -1
        only = [self.things[word] for word in stems if word in self.things]
        return -1 if only and all(sign < 0 for sign in only) else 1


@lru_cache(maxsize=1024)
def read_definitions(favor: str, against: str) -> Vocabulary:
    """The vocabulary of a topic."""
    things: dict[str, set[int]] = {}
    verbs: dict[str, set[int]] = {}
    names: dict[str, int] = {}
    stems: dict[int, set[str]] = {1: set(), -1: set()}
    for text, side in ((favor, 1), (against, -1)):
        sign, calling = 1, False
        for deed in _DEEDS.split(text):
            words = [word for word in split_tokens(deed).forms if word.isalpha()]
            calling = bool(words) and (words[0] in _CALLING or (calling and _goes_on(words)))
            if calling:
                names |= {word: side for form in words if (word := _own_word(form))}
                continue
            own, verb, objects, alone = _parse(words)
            # "objects to its independence, its standing": the verb before holds on.
            sign = sign if own is None and _goes_on(words) else (own or 1)
            stems[side].update(verb, objects)
            for thing in objects:
                things.setdefault(thing, set()).add(side * sign)
            if alone:
                for word in verb:
                    verbs.setdefault(word, set()).add(side)
    return Vocabulary(
        things={word: next(iter(signs)) for word, signs in things.items() if len(signs) == 1},
        favored=frozenset(stems[1]),
        opposed=frozenset(stems[-1]),
        names=names,
        verbs={
            word: next(iter(sides))
            for word, sides in verbs.items()
            if len(sides) == 1 and word not in stems[-next(iter(sides))] and word not in things
        },
    )


def _parse(words: list[str]) -> tuple[int | None, list[str], list[str], bool]:
    """The sign of a deed's verbs, its verbs, the things it is done to; whether verbs are all of it.

    The verbs are the words of the general lists up to the first that is none; names of the topic
    ("Taiwan", "Russia") belong to neither side.
    """
    sign: int | None = None
    verbs: list[str] = []
    objects: list[str] = []
    closed, alone = False, True
    for form in words:
        word = stem(form.casefold())
        if form.casefold() in LIGHT or word in NEGATIONS:
            closed = closed or (bool(verbs) and form in _DETERMINERS)
        elif not closed and alone and word in _LISTED and not (verbs and word in PASSING):
            if word in SUPPORT or word in OPPOSE:
                sign = (sign or 1) * (1 if word in SUPPORT else -1)
                verbs.append(word)
        else:
            alone = False
            if not form[0].isupper() and word not in VAGUE:
                objects.append(word)
    return sign, verbs, objects, alone


def _own_word(form: str) -> str:
    word = stem(form.casefold())
    plain = form.casefold() in LIGHT or form in _CALLING or word in VAGUE or form[0].isupper()
    return "" if plain else word


def _goes_on(words: list[str]) -> bool:
    return bool(words) and words[0] in _DETERMINERS
