"""What the holder does to the target, or to a thing that the definitions give a side to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from monitors.stance import words
from monitors.stance.sentences import REACH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitors.stance.agents import Clause

Kind = Literal[
    "deed", "far deed", "negated deed", "after", "thing deed", "thing", "far thing", "noun",
    "passive", "owned", "judged", "wish", "own words", "should", "spoken cue", "spoken thing",
]  # fmt: skip
NEAR = 1
_WISHES = words.stems_of("want seek demand propose plan pledge promise vow push urge")
_WANTING = words.stems_of("want see get have like need keep leave")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for a side: 1 for favor, -1 for against, and the word that shows it."""

    kind: Kind
    sign: int
    cue: str


def find_deeds(clause: Clause) -> Iterator[Evidence]:
    """What the holder does to the target, or to a thing of the definitions beside it."""
    starts = [verb for verb in range(clause.size) if _may_start(clause, verb)]
    acting = [verb for verb in starts if clause.acts(verb) and not _supposes(clause, verb)]
    for verb in acting:
        if clause.reaches(verb, clause.t0) and (evidence := _to_target(clause, verb)):
            yield evidence
            if evidence.kind != "far deed":
                return
            break
    for verb in acting:
        if evidence := to_thing(clause, verb):
            yield evidence
            break


def _may_start(clause: Clause, verb: int) -> bool:
    word = clause.stems[verb]
    if clause.h0 <= verb < clause.h1 or clause.folded[verb] in words.DOERS:
        return False
    return (
        clause.sign(verb) != 0
        or word in words.HAVING
        or word in words.PASSING | words.REVERSERS | words.SPEAKING
        or word in clause.vocabulary.things
    )


def _supposes(clause: Clause, verb: int) -> bool:
    """Whether the clause supposes instead of telling."""
    group = clause.group_start(verb)
    if {"may", "might", "could"}.intersection(clause.folded[group:verb]):
        return True
    return "if" in clause.folded[max(0, min(group, clause.h0) - 2) : group]


def _to_target(clause: Clause, verb: int) -> Evidence | None:
    goal = clause.t0
    idle = clause.stems[verb] in words.SPEAKING | words.HAVING and not clause.sign(verb)
    if idle or set(clause.folded[clause.t1 : clause.t1 + 1]) & words.OTHER_THINGS:
        return None
    sign, gap = clause.way(verb, goal)
    negated = clause.negated(clause.group_start(verb), goal) and not forbidden(clause, verb, goal)
    side = clause.target_sign * (-1 if negated else 1)
    after = _after_target(clause, verb)
    if after:
        return Evidence("after", (sign or 1) * side * after, clause.folded[verb])
    if clause.stems[verb] in words.ORDERING and gap <= NEAR:
        return _ordered(clause, clause.folded[verb])
    kind = _kind(clause, verb, gap, cued=bool(sign), negated=negated)
    return None if kind is None else Evidence(kind, (sign or 1) * side, clause.folded[verb])


def _kind(clause: Clause, verb: int, gap: int, *, cued: bool, negated: bool) -> Kind | None:
    """How good the evidence of a deed is: near its object, far from it, or negated."""
    if not cued:
        return "wish" if clause.stems[verb] in _WISHES and gap == 0 and not negated else None
    if negated:
        return "negated deed"
    direct = gap <= NEAR and clause.folded[clause.t0 - 1] not in {"in", "a", "an", "for"}
    return "deed" if direct else "far deed"


def _ordered(clause: Clause, cue: str) -> Evidence | None:
    """As in "ordered ByteDance (on Friday) to sell": by what it is to do, if that is known."""
    for place in range(clause.t1, min(clause.size - 1, clause.t1 + 5)):
        if clause.folded[place] == "to":
            verb = place + 1
            done = clause.sign(verb) or clause.vocabulary.things.get(clause.stems[verb], 0)
            return Evidence("after", done, cue) if done else None
    return None


def forbidden(clause: Clause, verb: int, goal: int) -> bool:
    """Whether the negation is spent on "not allow", whose sign has it already."""
    return any(clause.stems[place] in words.SUFFERING for place in range(verb, goal))


def _after_target(clause: Clause, verb: int) -> int:
    """The sign of what follows: "the TikTok ban", "wants TikTok banned", "called for it to end"."""
    place = clause.t1
    if place >= clause.size:
        return 0
    if clause.folded[place] in words.NOUNS_AFTER:
        return -1
    if clause.stems[verb] in _WANTING and is_participle(clause, place):
        return clause.sign(place)
    if clause.folded[place] == "to" and place + 2 < clause.size:
        place += 2 if clause.folded[place + 1] == "be" else 1
        return clause.sign(place) or clause.vocabulary.things.get(clause.stems[place], 0)
    return 0


def is_participle(clause: Clause, place: int) -> bool:
    return clause.folded[place].endswith(("ed", "sold", "en"))


def to_thing(clause: Clause, verb: int) -> Evidence | None:
    """As in "claims sovereignty over ___", "will not allow separatists"."""
    group = clause.group_start(verb)
    own = set(clause.stems[clause.t0 : clause.t1])
    for place in range(verb, min(clause.size, verb + REACH)):
        side = clause.vocabulary.things.get(clause.stems[place], 0)
        if not side or clause.stems[place] in own or abs(place - clause.t0) > REACH:
            continue
        if place > verb and not clause.reaches(verb, place):
            return None
        sign, gap = clause.way(verb, place)
        negated = clause.negated(group, place) and not forbidden(clause, verb, place)
        if negated or gap > 2 * REACH:
            return None
        kind: Kind = "thing deed" if sign else "thing"
        if _distance(clause, verb, place) > NEAR:
            kind = "far thing"
        return Evidence(kind, side * (sign or 1), clause.folded[place])
    return None


def _distance(clause: Clause, verb: int, thing: int) -> int:
    """How many words that weigh something stand between the last cue and the thing."""
    return clause.way(verb, thing)[1]
