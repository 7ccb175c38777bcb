"""One question -> the reasons for a side that its sentence gives.

Signs multiply along the way from holder to target: to oppose (-1) a ban (-1) is to favour (1). The
way may end at the target itself or at a thing that the definitions give a side to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitors.stance import words
from monitors.stance.deeds import NEAR, Evidence, find_deeds
from monitors.stance.sentences import HARD
from monitors.stance.spoken import find_judgements, find_names, find_spoken, is_speaker
from monitors.wordlists import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitors.stance.agents import Clause

_ACCUSE = word_set("accuse accuses accused accusing suspects suspected")
_NOUN_LINKS = word_set("of for to on against about with over toward towards at in")


def find_evidence(clause: Clause) -> list[Evidence]:
    """All reasons in the clause for a stance of its holder toward its target."""
    if clause.h0 < 0 or clause.forms[-1:] == ["?"] or _accuses_another(clause):
        return []
    found = [*find_deeds(clause), *_nouns(clause), *_passives(clause), *find_names(clause)]
    if is_speaker(clause):
        found += [*find_judgements(clause), *find_spoken(clause)]
    return found


def _accuses_another(clause: Clause) -> bool:
    """As in "A accused B of ramming its boat in C": after "of" stands what B did, not A."""
    between = range(max(clause.h1, 0), max(clause.t0, 0))
    return any(
        clause.folded[place] in _ACCUSE and "of" in clause.folded[place : clause.t0]
        for place in between
    )


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
            if clause.reaches(place, clause.t0) and gap <= NEAR:
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
