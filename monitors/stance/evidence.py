"""One question -> the reasons for a side that its sentence gives.

Signs multiply along the way from holder to target: to oppose (-1) a ban (-1) is to favour (1). The
way may end at the target itself or at a thing that the definitions give a side to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from monitors.stance import words
from monitors.stance.sentences import HARD, PREPOSITIONS, QUOTES, REACH
from monitors.wordlists import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitors.stance.agents import Clause

Kind = Literal[
    "deed", "far deed", "negated deed", "after", "thing deed", "thing", "far thing", "noun",
    "passive", "owned", "judged", "wish", "own words", "should", "spoken cue", "spoken thing",
]  # fmt: skip
_NEAR = 1
_WISHES = words.stems_of("want seek demand propose plan pledge promise vow push urge")
_BE = word_set("""is are was were be been being s re remains remain becomes became pose poses""")
_CALLING = words.stems_of("call label brand describe consider deem denounce")
_MODALS = word_set("should must need needs ought cannot ll let")
_WANTING = words.stems_of("want see get have like need keep leave")
_NOUN_LINKS = word_set("of for to on against about with over toward towards at in")
_INVERTED = word_set(
    """said says added wrote explained declared warned argued insisted announced stated"""
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for a side: 1 for favor, -1 for against, and the word that shows it."""

    kind: Kind
    sign: int
    cue: str


def find_evidence(clause: Clause) -> list[Evidence]:
    """All reasons in the clause for a stance of its holder toward its target."""
    if clause.h0 < 0 or clause.forms[-1:] == ["?"]:
        return []
    found = [*_deeds(clause), *_nouns(clause), *_passives(clause), *_called(clause)]
    if is_speaker(clause):
        found += [*_judged(clause), *_spoken(clause)]
    return found


def is_speaker(clause: Clause) -> bool:
    """Whether the holder is said to speak in this sentence."""
    if clause.folded[max(0, clause.h0 - 2) : clause.h0] == ["according", "to"]:
        return True
    after = range(clause.h1, min(clause.size, clause.h1 + 5))
    if any(clause.stems[verb] in words.SPEAKING and clause.acts(verb) for verb in after):
        return True
    for place in range(max(1, clause.h0 - 4), clause.h0):
        if clause.folded[place] in _INVERTED and clause.forms[place - 1] in QUOTES | {","}:
            return not any(clause.is_name(other) for other in range(place + 1, clause.h0))
    return False


def _deeds(clause: Clause) -> Iterator[Evidence]:
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
        if evidence := _to_thing(clause, verb):
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
    negated = clause.negated(clause.group_start(verb), goal) and not _forbidden(clause, verb, goal)
    side = clause.target_sign * (-1 if negated else 1)
    after = _after_target(clause, verb)
    if after:
        return Evidence("after", (sign or 1) * side * after, clause.folded[verb])
    if clause.stems[verb] in words.ORDERING and gap <= _NEAR:
        return _ordered(clause, clause.folded[verb])
    kind = _kind(clause, verb, gap, cued=bool(sign), negated=negated)
    return None if kind is None else Evidence(kind, (sign or 1) * side, clause.folded[verb])


def _kind(clause: Clause, verb: int, gap: int, *, cued: bool, negated: bool) -> Kind | None:
    """How good the evidence of a deed is: near its object, far from it, or negated."""
    if not cued:
        return "wish" if clause.stems[verb] in _WISHES and gap == 0 and not negated else None
    if negated:
        return "negated deed"
    direct = gap <= _NEAR and clause.folded[clause.t0 - 1] not in {"in", "a", "an", "for"}
    return "deed" if direct else "far deed"


def _ordered(clause: Clause, cue: str) -> Evidence | None:
    """As in "ordered ByteDance (on Friday) to sell": by what it is to do, if that is known."""
    for place in range(clause.t1, min(clause.size - 1, clause.t1 + 5)):
        if clause.folded[place] == "to":
            verb = place + 1
            done = clause.sign(verb) or clause.vocabulary.things.get(clause.stems[verb], 0)
            return Evidence("after", done, cue) if done else None
    return None


def _forbidden(clause: Clause, verb: int, goal: int) -> bool:
    """Whether the negation is spent on "not allow", whose sign has it already."""
    return any(clause.stems[place] in words.SUFFERING for place in range(verb, goal))


def _after_target(clause: Clause, verb: int) -> int:
    """The sign of what follows: "the TikTok ban", "wants TikTok banned", "called for it to end"."""
    place = clause.t1
    if place >= clause.size:
        return 0
    if clause.folded[place] in words.NOUNS_AFTER:
        return -1
    if clause.stems[verb] in _WANTING and _is_participle(clause, place):
        return clause.sign(place)
    if clause.folded[place] == "to" and place + 2 < clause.size:
        place += 2 if clause.folded[place + 1] == "be" else 1
        return clause.sign(place) or clause.vocabulary.things.get(clause.stems[place], 0)
    return 0


def _must_be(clause: Clause) -> int:
    """The sign of what must be done to the target: "TikTok should be banned"."""
    after = clause.folded[clause.t1 : clause.t1 + 4]
    for number, word in enumerate(after[1:], start=1):
        place = clause.t1 + number
        if word == "be" or word in _MODALS | {"to"}:
            continue
        must = _MODALS.intersection(after[:number]) and "be" in after[:number]
        return clause.sign(place) if must and _is_participle(clause, place) else 0
    return 0


def _is_participle(clause: Clause, place: int) -> bool:
    return clause.folded[place].endswith(("ed", "sold", "en"))


def _to_thing(clause: Clause, verb: int) -> Evidence | None:
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
        negated = clause.negated(group, place) and not _forbidden(clause, verb, place)
        if negated or gap > 2 * REACH:
            return None
        kind: Kind = "thing deed" if sign else "thing"
        if _distance(clause, verb, place) > _NEAR:
            kind = "far thing"
        return Evidence(kind, side * (sign or 1), clause.folded[place])
    return None


def _distance(clause: Clause, verb: int, thing: int) -> int:
    """How many words that weigh something stand between the last cue and the thing."""
    return clause.way(verb, thing)[1]


def _nouns(clause: Clause) -> Iterator[Evidence]:
    """As in "Trump's opposition to TikTok", "Obama's health law"."""
    if clause.folded[clause.h1 : clause.h1 + 2] != ["'", "s"]:
        return
    start = clause.h1 + 2
    policy = words.POLICIES.intersection(clause.stems[clause.t0 : clause.t1])
    if start == clause.t0 and policy and clause.forms[clause.t0].islower():
        yield Evidence("owned", clause.target_sign, "'s")
    for place in range(start, min(clause.size - 1, start + 4)):
        if clause.sign(place) and clause.folded[place + 1] in _NOUN_LINKS:
            sign, gap = clause.way(place, clause.t0)
            if clause.reaches(place, clause.t0) and gap <= _NEAR:
                yield Evidence("noun", sign * clause.target_sign, clause.folded[place])
            return


def _passives(clause: Clause) -> Iterator[Evidence]:
    """As in "TikTok was banned by the United States", "a deal opposed by Trump"."""
    before = clause.folded[max(0, clause.h0 - 3) : clause.h0]
    if "by" not in before or clause.t1 > clause.h0:
        return
    by = clause.h0 - len(before) + before.index("by")
    for place in range(max(clause.t1, by - 4), by):
        if clause.sign(place) and clause.folded[place].endswith(("ed", "en")):
            close = place - clause.t1 < 5  # noqa: PLR2004
            if close and not HARD.intersection(clause.forms[clause.t1 : place]):
                flip = -1 if clause.negated(clause.t1, place) else 1
                sign = clause.sign(place) * flip * clause.target_sign
                yield Evidence("passive", sign, clause.folded[place])
            return


def _judged(clause: Clause) -> Iterator[Evidence]:
    """As in "TikTok is a threat", said by the holder."""
    before = clause.folded[max(0, clause.t0 - 1) : clause.t0]
    if PREPOSITIONS.difference({"of"}).intersection(before) or "if" in clause.folded[: clause.t0]:
        return
    if not _BE.intersection(clause.folded[clause.t1 : clause.t1 + 2]):
        return
    for place in range(clause.t1, min(clause.size, clause.t1 + 7)):
        if clause.forms[place] in HARD or clause.folded[place] in words.CLAUSE_BREAKS:
            return
        judged = clause.judgement(place, clause.target_sign)
        if judged and not clause.negated(clause.t1, place):
            yield Evidence("judged", judged, clause.folded[place])
            return


def _called(clause: Clause) -> Iterator[Evidence]:
    """As in "called TikTok a threat", "called the limits on it a failure"."""
    for verb in range(max(0, clause.t0 - 6), clause.t0):
        if clause.stems[verb] not in _CALLING or not clause.acts(verb):
            continue
        things = [clause.vocabulary.things.get(word, 0) for word in clause.stems[verb : clause.t0]]
        about = next(filter(None, things), clause.target_sign)
        for place in range(clause.t1, min(clause.size, clause.t1 + 7)):
            if clause.forms[place] in HARD or clause.folded[place] in words.CLAUSE_BREAKS:
                return
            judged = clause.judgement(place, about)
            if judged and not clause.negated(clause.group_start(verb), place):
                yield Evidence("judged", judged, clause.folded[place])
                return


def _spoken(clause: Clause) -> Iterator[Evidence]:
    """What the holder's own words would have done, with nobody else named as the doer."""
    if after := _must_be(clause):
        yield Evidence("should", after * clause.target_sign, clause.folded[clause.t1])
        return
    for verb in range(clause.size):
        if not clause.sign(verb) or clause.h0 <= verb < clause.h1:
            continue
        group = clause.group_start(verb)
        lead = clause.folded[max(0, group - 3) : verb]
        first_person = bool(words.FIRST_PERSON.intersection(lead))
        if first_person and (evidence := _to_thing(clause, verb)):
            yield Evidence("own words", evidence.sign, evidence.cue)
            return
        if not clause.reaches(verb, clause.t0):
            continue
        sign, gap = clause.way(verb, clause.t0)
        negated = clause.negated(group, clause.t0) and not _forbidden(clause, verb, clause.t0)
        if negated:
            return  # what one does not want says little about what one wants
        side = sign * clause.target_sign
        if first_person:
            yield Evidence("own words", side, clause.folded[verb])
        elif _MODALS.intersection(lead):
            yield Evidence("should", side, clause.folded[verb])
        elif gap <= _NEAR and not clause.has_other_agent(verb):
            yield Evidence("spoken cue", side, clause.folded[verb])
        return
    yield from _spoken_things(clause)


def _spoken_things(clause: Clause) -> Iterator[Evidence]:
    """Things of one side, and of no other, close to the target in the holder's words."""
    own = set(clause.stems[clause.t0 : clause.t1])
    near = range(max(0, clause.t0 - REACH), min(clause.size, clause.t1 + REACH))
    found = {
        clause.stems[place]: clause.vocabulary.things[clause.stems[place]]
        for place in near
        if clause.stems[place] in clause.vocabulary.things
        and clause.stems[place] not in own
        and not clause.h0 <= place < clause.h1
    }
    sides = set(found.values())
    if len(sides) == 1 and not clause.negated(near[0], near[-1]):
        yield Evidence("spoken thing", sides.pop(), " ".join(sorted(found)))
