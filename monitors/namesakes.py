"""Which bare surnames mean the watched person, and which somebody else of that name.

The news names a person in full once, then by surname. Where a namesake ("Sarah Sanders") is named
in full before the actor is, a bare surname is whoever of the two was named in full last; where the
actor never is, none of them is the actor. An actor who was named in full first keeps the surname,
whoever of the family comes later, and so does one whom the text calls by the surname from the
start and again and again.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal, NamedTuple

from monitors import roles

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from monitors.records import Actor
    from monitors.tokens import Tokens

_MOST_FIRST_NAMES = 4
_HOUSEHOLD_NAME = 5
_ALIKE = 3
_HONORIFICS = {"mr": "man", "mrs": "woman", "ms": "woman", "miss": "woman"}
# After one of these a capitalised word is a first name, even if it is none that many bear.
_INTRODUCING = roles.TITLES | roles.OFFICIALS | roles.OUTSIDERS | {","}

# own, other: the actor or a namesake is named in full; bare: the surname alone; stranger: somebody
# else's, by what stands beside it, who is not named in full there.
_Naming = Literal["own", "other", "bare", "stranger"]


class Named(NamedTuple):
    """An actor named by the tokens from `first` up to `last`, excluded."""

    first: int
    last: int
    actor_id: str


class _Bearer(NamedTuple):
    """A watched person known by a bare surname."""

    actor_id: str
    first_names: frozenset[str]
    sex: Literal["man", "woman"] | None
    surname_first: bool


class Namesakes:
    """Tells the watched persons from others of their surname, a document at a time."""

    def __init__(self, actors: Sequence[Actor]) -> None:
        self._bearers = {
            name.casefold(): _bearer(actor, name.casefold())
            for actor in actors
            if actor.kind == "person"
            for name in (actor.name, *actor.aliases)
            if name.isalpha() and not _is_first_name(name.casefold(), actor)
        }

    def without(self, tokens: Tokens, found: Sequence[Named]) -> list[Named]:
        """The names in `found` that are not somebody else's."""
        by_surname: defaultdict[str, list[tuple[int, _Naming]]] = defaultdict(list)
        for place, naming in self._namings(tokens, found):
            by_surname[tokens.folded[place]].append((place, naming))
        strangers = {place for namings in by_surname.values() for place in _strangers(namings)}
        return [
            named for named in found if named.last - named.first > 1 or named.first not in strangers
        ]

    def _namings(self, tokens: Tokens, found: Sequence[Named]) -> Iterator[tuple[int, _Naming]]:
        holders = {place: named for named in found for place in range(named.first, named.last)}
        words: set[str] = set()
        for place in [i for i, word in enumerate(tokens.folded) if word in self._bearers]:
            words = words or set(tokens.forms)
            naming = self._naming(tokens, place, holders, words)
            if naming is not None and tokens.forms[place][0].isupper():
                yield place, naming

    def _naming(
        self, tokens: Tokens, place: int, holders: Mapping[int, Named], words: set[str]
    ) -> _Naming | None:
        """What the surname at `place` is; `words` are the forms of the whole text."""
        bearer, holder = self._bearers[tokens.folded[place]], holders.get(place)
        if holder is not None and holder.last - holder.first > 1:
            if holder.actor_id == bearer.actor_id:
                return "own"
            return "other" if holder.last == place + 1 else None
        goes_on = (
            _is_name_word(tokens, place + 1)
            and _touches(tokens, place)
            and tokens.folded[place + 1] not in words  # "Warren Calls for", in a headline
        )
        if goes_on and bearer.surname_first:
            return "other"
        if goes_on and tokens.folded[place] in roles.FIRST_NAMES:
            return "stranger"
        first, names = _first_names(tokens, place)
        if names:
            return self._in_full(tokens, place, first, names, words)
        return None if holder is None else _alone(tokens, place, bearer)

    def _in_full(
        self, tokens: Tokens, place: int, first: int, names: Sequence[str], words: set[str]
    ) -> _Naming | None:
        """Whose full name the first `names` from token `first` make with the surname."""
        own = self._bearers[tokens.folded[place]].first_names
        if any(_can_be_same(name, mine) for name in names for mine in own):
            return "own"
        before = tokens.folded[max(0, first - 2) : first]
        couple = before[1:] == ["and"] and before[0] in own
        if couple or any(name in self._bearers for name in names):
            return None
        if not roles.FIRST_NAMES.isdisjoint(names):
            return "other"
        introduced = not _INTRODUCING.isdisjoint(before[-1:])
        return "other" if introduced and words.isdisjoint(names) else None


def _is_first_name(name: str, actor: Actor) -> bool:
    """Whether a name of one word is a first name, as in "Hillary"; not so "Kim" of Kim Jong Un."""
    starts = actor.name.casefold().split()[0] == name
    return starts and name in roles.WOMEN | roles.MEN


def _bearer(actor: Actor, surname: str) -> _Bearer:
    names = [word.strip(".,") for name in (actor.name, *actor.aliases) for word in name.split()]
    first_names = frozenset(
        name.casefold() for name in names if name[:1].isupper() and name.casefold() != surname
    ) - (roles.TITLES | roles.OFFICIALS | roles.NOT_PEOPLE | roles.DEMONYMS.keys())
    sex: Literal["man", "woman"] | None = None
    if not roles.WOMEN.isdisjoint(first_names):
        sex = "woman"
    elif not roles.MEN.isdisjoint(first_names):
        sex = "man"
    surname_first = actor.name.casefold().split()[0] == surname
    return _Bearer(actor.actor_id, first_names, sex, surname_first)


def _alone(tokens: Tokens, place: int, bearer: _Bearer) -> _Naming:
    """What a surname without a first name is: "Mr. Clinton" is not Hillary Clinton."""
    before = [word for word in tokens.folded[max(0, place - 2) : place] if word != "."]
    sex = _HONORIFICS.get(before[-1]) if before else None
    return "stranger" if sex and bearer.sex and sex != bearer.sex else "bare"


def _strangers(namings: Sequence[tuple[int, _Naming]]) -> Iterator[int]:
    """The places where one surname, whose namings these are in text order, is somebody else's."""
    kinds = [naming for _, naming in namings]
    early = kinds[: kinds.index("other")] if "other" in kinds else kinds
    keeps = "other" not in kinds or "own" in early or early.count("bare") >= _HOUSEHOLD_NAME
    latest: _Naming = "bare" if "own" in kinds else "other"
    for place, naming in namings:
        if naming in {"own", "other"}:
            latest = naming
        if naming in {"other", "stranger"} or (
            naming == "bare" and latest == "other" and not keeps
        ):
            yield place


def _first_names(tokens: Tokens, place: int) -> tuple[int, list[str]]:
    """The first names and initials before the surname at `place`, and where they begin."""
    first = place
    while first > 0 and place - first < 2 * _MOST_FIRST_NAMES:
        if _is_name_word(tokens, first - 1) and _touches(tokens, first - 1):
            first -= 1
        elif tokens.forms[first - 1] == "." and _is_initial(tokens, first - 2):
            first -= 2
        else:
            break
    while first < place and len(tokens.forms[first]) == 1:  # "in the U.S. Trump said"
        first += 1
    return first, [word for word in tokens.folded[first:place] if word != "."]


def _is_name_word(tokens: Tokens, place: int) -> bool:
    if place >= len(tokens):
        return False
    form, word = tokens.forms[place], tokens.folded[place]
    return (
        form.isalpha()
        and form.istitle()
        and word not in roles.TITLES
        and word not in roles.OFFICIALS
        and word not in roles.DEMONYMS
        and word not in roles.SENTENCE_WORDS
        and word not in roles.NOT_PEOPLE
        and not word.endswith("ing")
    )


def _is_initial(tokens: Tokens, place: int) -> bool:
    return (
        place >= 0
        and len(tokens.forms[place]) == 1
        and tokens.forms[place].isupper()
        and tokens.ends[place] == tokens.starts[place + 1]
    )


def _touches(tokens: Tokens, place: int) -> bool:
    """Whether only a space parts the token from the next."""
    end, start = tokens.ends[place], tokens.starts[place + 1]
    return tokens.text[end:start] == " "


def _can_be_same(one: str, other: str) -> bool:
    """Whether both can be one person's: "Bernard" and "Bernie", "Bob" and "Robert"."""
    return (one[:_ALIKE] == other[:_ALIKE] and len(one) > 1) or any(
        one in names and other in names for names in roles.SHORT_NAMES
    )
