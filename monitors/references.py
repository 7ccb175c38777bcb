"""Noun phrase or pronoun -> the watched actor it stands for, or None when that is not sure.

A phrase stands for the person it names, or for the body that its role word speaks for ("a White
House official", "the Chinese leader"). Pronouns and "the official" go back to the nearest fitting
antecedent outside quotation marks, at most a few sentences back; somebody who is not watched stops
the search. Feed the phrases in text order: each one resolved is an antecedent for the next.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from monitors import roles
from monitors.wordlists import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from monitors.namesakes import Named
    from monitors.records import Actor
    from monitors.tokens import Tokens

_LOOK_BACK = 4
_HEADS_OF_STATE = word_set("president leader premier chancellor")
_VOICES = word_set(
    """administration campaign spokesman spokeswoman spokesperson spokesmen spokespeople
    government aides aide team office officials official regime"""
)
_OFFICE_HOLDERS = word_set(
    """spokesman spokeswoman spokesperson minister secretary ambassador envoy diplomat official
    officials president premier chancellor director commissioner undersecretary negotiator
    consul general commander chief"""
)
_PREPOSITIONS = word_set("of in from to for with by on at near against about over")
_OF_OUTSIDERS = 3
_SUBJECT_REACH = 3
_ROLE_REACH = 3


class Person(NamedTuple):
    """A person named by tokens `[first, last)`; `actor_id` is None when nobody watches them."""

    first: int
    last: int
    actor_id: str | None


class References:
    """Resolves the phrases of one text."""

    def __init__(
        self,
        tokens: Tokens,
        sentence_starts: Sequence[int],
        quoted: Sequence[bool],
        named: Sequence[Named],
        *,
        actors: Mapping[str, Actor],
        day: date | None,
    ) -> None:
        self._tokens, self._quoted, self._named = tokens, quoted, named
        self._named_firsts = [name.first for name in named]
        self._starts = sentence_starts  # in tokens
        self._actors, self._day = actors, day
        self._by_name = {actor.name: actor.actor_id for actor in actors.values()}
        self._people = list(_people(tokens, named, actors))
        self._people_firsts = [person.first for person in self._people]
        self._sources: dict[int, Person] = {}
        self._role_holders: dict[str, str | None] = {}
        self._surnames: dict[str, str | None] = {}

    def resolve(self, first: int, last: int) -> str | None:
        """The actor that the source phrase `[first, last)` stands for; kept as an antecedent."""
        words = self._tokens.folded[first:last]
        if len(words) == 1 and words[0] in {"he", "she"}:
            actor_id = self.pronoun(first)
        elif words == ["it"]:
            actor_id = self._body_before(first)
        else:
            actor_id = self._phrase(first, last)
            self._keep(first, last, actor_id)
        return actor_id

    def pronoun(self, place: int) -> str | None:
        """Who "he" or "she" at token `place` is."""
        feminine = self._tokens.folded[place] in roles.FEMININE
        sentence = bisect_right(self._starts, place) - 1
        floor = self._starts[sentence]
        for person in self._candidates(sentence, floor, place):
            if person.actor_id is None:
                return None
            if self._fits(person.actor_id, feminine=feminine):
                return person.actor_id
        return None

    def _candidates(self, sentence: int, floor: int, place: int) -> Iterator[Person]:
        yield from self._people_in(floor, place)
        for back in range(sentence - 1, max(-1, sentence - 1 - _LOOK_BACK), -1):
            if back in self._sources:
                yield self._sources[back]
            yield from self._people_in(self._starts[back], self._starts[back + 1])

    def _people_in(self, first: int, last: int) -> Iterator[Person]:
        low = bisect_left(self._people_firsts, first)
        for person in self._people[low : bisect_left(self._people_firsts, last)]:
            if not self._quoted[person.first] and not self._is_possessor(person.last):
                yield person

    def _people_of(self, first: int, last: int) -> Sequence[Person]:
        low = bisect_left(self._people_firsts, first)
        return self._people[low : bisect_left(self._people_firsts, last)]

    def _is_possessor(self, last: int) -> bool:
        return self._tokens.folded[last : last + 2] == ["'", "s"]

    def _fits(self, actor_id: str, *, feminine: bool) -> bool:
        actor = self._actors[actor_id]
        if actor.kind != "person":  # "a White House official … he said"
            return True
        woman = any(word.casefold() in roles.WOMEN for word in actor.name.split()[:2])
        return woman == feminine

    def _keep(self, first: int, last: int, actor_id: str | None) -> None:
        tokens = self._tokens
        words = tokens.folded[first:last]
        officials = [word for word in words if word in roles.OFFICIALS]
        for word in officials:
            self._role_holders[_singular(word)] = actor_id
        capitals = [
            form for form in tokens.forms[first:last] if form[0].isupper() and len(form) > 1
        ]
        if actor_id is not None and officials and capitals:
            self._surnames.setdefault(capitals[-1], actor_id)
        actor = None if actor_id is None else self._actors[actor_id]
        body = actor is not None and actor.kind != "person" and not (set(officials) - {"ministry"})
        if not body:
            sentence = bisect_right(self._starts, first) - 1
            self._sources[sentence] = Person(first, last, actor_id)

    def _body_before(self, place: int) -> str | None:
        """The state or organisation that this sentence, or the one before, has for its subject."""
        sentence = bisect_right(self._starts, place) - 1
        for number in (sentence, sentence - 1):
            if number < 0:
                continue
            floor = self._starts[number]
            name = next(iter(self._names_in(floor, min(place, floor + _SUBJECT_REACH))), None)
            if name is not None and not self._quoted[name.first]:
                return None if self._actors[name.actor_id].kind == "person" else name.actor_id
            if number == sentence and place - floor > _SUBJECT_REACH:
                return None  # this sentence has another subject
        return None

    def _names_in(self, first: int, last: int) -> Sequence[Named]:
        return self._named[
            bisect_left(self._named_firsts, first) : bisect_left(self._named_firsts, last)
        ]

    def _phrase(self, first: int, last: int) -> str | None:
        names = [name for name in self._names_in(first, last) if name.last <= last]
        for name in names:
            if self._actors[name.actor_id].kind == "person" and self._is_person(name, last):
                return name.actor_id
        for name in names:
            if self._actors[name.actor_id].kind != "person" and self._speaks(name, first, last):
                return self._office_holder(name.actor_id, first, last) or name.actor_id
        return None if names else self._description(first, last)

    def _is_person(self, name: Named, last: int) -> bool:
        """Whether the person is meant, not somebody who only has to do with him or her."""
        words = self._tokens.folded
        before = words[max(0, name.first - _OF_OUTSIDERS) : name.first]
        if "of" in before[-1:] and any(word in roles.OUTSIDERS for word in before):
            return False
        after = name.last
        if self._is_possessor(after):
            return any(word in _VOICES for word in words[after + 2 : last])
        if after >= last or not self._tokens.forms[after].isalpha():
            return True
        return words[after] in _VOICES or words[after] in {"and", "who", "in", "of", "with"}

    def _speaks(self, name: Named, first: int, last: int) -> bool:
        """Whether the phrase speaks for the body it names, not only comes from there."""
        words = self._tokens.folded
        others = [*words[first : name.first], *words[name.last : last]]
        if any(word in roles.OUTSIDERS for word in others):
            return False
        if any(person.actor_id is None for person in self._people_of(first, last)):
            # "John Kirby of the security council": his office must be one that speaks for it.
            return any(word in _OFFICE_HOLDERS for word in others)
        own = [*others, *words[name.first : name.last]]
        if any(word in roles.OFFICIALS for word in own):
            return True
        led = any(word in _PREPOSITIONS for word in words[first : name.first])
        ends = name.last >= last or not self._tokens.forms[name.last].isalnum()
        return ends and not led and not self._is_possessor(name.last)

    def _office_holder(self, body: str, first: int, last: int) -> str | None:
        """As in "the Chinese president": who holds that office and has been named before."""
        words = self._tokens.folded[first:last]
        if not _HEADS_OF_STATE.intersection(words) or "vice" in words or self._day is None:
            return None
        for person in reversed(self._people[: bisect_left(self._people_firsts, first)]):
            actor = self._actors.get(person.actor_id or "")
            if actor is not None and body in actor.speaks_for(self._day):
                return actor.actor_id
        return None

    def _description(self, first: int, last: int) -> str | None:
        words, forms = self._tokens.folded[first:last], self._tokens.forms[first:last]
        if any(word in roles.OUTSIDERS for word in words):
            return None
        officials = [word for word in words if word in roles.OFFICIALS]
        for word in words:
            body = self._by_name.get(roles.DEMONYMS.get(word, ""))
            if body is not None and officials:
                return self._office_holder(body, first, last) or body
        capitals = [form for form in forms if form[0].isupper() and form.casefold() != "the"]
        if capitals:
            # "The West" is nobody's surname.
            return None if words[0] == "the" else self._surnames.get(capitals[-1])
        if officials and words[0] in {"the", "that", "this"}:
            if words[-1] == "president":
                return self._president_before(first)
            role = _singular(officials[-1])
            return self._role_holders.get(role) or self._role_before(role, first)
        return None

    def _role_before(self, role: str, place: int) -> str | None:
        """The body of which somebody in that role was spoken of, a few sentences back at most."""
        sentence = bisect_right(self._starts, place) - 1
        floor = self._starts[max(0, sentence - _LOOK_BACK)]
        for name in reversed(self._names_in(floor, place)):
            following = self._tokens.folded[name.last : name.last + _ROLE_REACH]
            body = self._actors[name.actor_id].kind != "person" and not self._quoted[name.first]
            if body and role in map(_singular, following):
                return name.actor_id
        return None

    def _president_before(self, place: int) -> str | None:
        for person in reversed(self._people[: bisect_left(self._people_firsts, place)]):
            if "president" in self._tokens.folded[max(0, person.first - 1) : person.last]:
                return person.actor_id
        return None


def _singular(word: str) -> str:
    return word.replace("men", "man") if word.endswith("men") else word.removesuffix("s")


def _people(
    tokens: Tokens, named: Sequence[Named], actors: Mapping[str, Actor]
) -> Iterator[Person]:
    """The persons named in a text: the watched ones, and what looks like a first and last name."""
    taken = {place: name for name in named for place in range(name.first, name.last)}
    place, forms = 0, tokens.forms
    while place < len(forms):
        name = taken.get(place)
        if name is not None:
            if actors[name.actor_id].kind == "person":
                yield Person(name.first, name.last, name.actor_id)
            place = name.last
            continue
        end = place
        while end < len(forms) and end not in taken and _is_name_word(tokens, end, place):
            end += 1
        if end - place > 1:
            yield Person(place, end, None)
        place = max(end, place + 1)


def _is_name_word(tokens: Tokens, place: int, first: int) -> bool:
    form = tokens.forms[place]
    if place > first and tokens.starts[place] != tokens.ends[place - 1] + 1:
        return False
    return (
        form[0].isupper()
        and form.isalpha()
        and not form.isupper()
        and tokens.folded[place] not in roles.NOT_PEOPLE
        and tokens.folded[place] not in roles.SENTENCE_WORDS
        and tokens.folded[place] not in roles.TITLES
    )
