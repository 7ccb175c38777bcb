"""What the holder's own words say of the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitors.stance import words
from monitors.stance.deeds import NEAR, Evidence, forbidden, is_participle, to_thing
from monitors.stance.sentences import HARD, PREPOSITIONS, QUOTES, REACH
from monitors.wordlists import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitors.stance.agents import Clause

_BE = word_set("""is are was were be been being s re remains remain becomes became pose poses""")
_CALLING = words.stems_of("call label brand describe consider deem denounce")
_MODALS = word_set("should must need needs ought cannot ll let")
_INVERTED = word_set(
    """said says added wrote explained declared warned argued insisted announced stated"""
)


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


def find_judgements(clause: Clause) -> Iterator[Evidence]:
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


def find_names(clause: Clause) -> Iterator[Evidence]:
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


def _must_be(clause: Clause) -> int:
    """The sign of what must be done to the target: "TikTok should be banned"."""
    after = clause.folded[clause.t1 : clause.t1 + 4]
    for number, word in enumerate(after[1:], start=1):
        place = clause.t1 + number
        if word == "be" or word in _MODALS | {"to"}:
            continue
        must = _MODALS.intersection(after[:number]) and "be" in after[:number]
        return clause.sign(place) if must and is_participle(clause, place) else 0
    return 0


def find_spoken(clause: Clause) -> Iterator[Evidence]:
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
        if first_person and (evidence := to_thing(clause, verb)):
            yield Evidence("own words", evidence.sign, evidence.cue)
            return
        if not clause.reaches(verb, clause.t0):
            continue
        sign, gap = clause.way(verb, clause.t0)
        negated = clause.negated(group, clause.t0) and not forbidden(clause, verb, clause.t0)
        if negated:
            return  # what one does not want says little about what one wants
        side = sign * clause.target_sign
        if first_person:
            yield Evidence("own words", side, clause.folded[verb])
        elif _MODALS.intersection(lead):
            yield Evidence("should", side, clause.folded[verb])
        elif gap <= NEAR and not clause.has_other_agent(verb):
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
