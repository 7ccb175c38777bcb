"""A transparent stance backend: word lists, a little clause structure, and the definitions.

Every answer rests on named pieces of evidence, and is as sure as the surest kind of them has been
right. Without evidence, or with evidence for both sides, the answer is `none`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitors.stance.agents import Clause
from monitors.stance.definitions import read_definitions
from monitors.stance.evidence import find_evidence
from monitors.stance.queries import StanceScore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitors.stance.deeds import Evidence, Kind
    from monitors.stance.queries import StanceBackend, StanceQuery

# How often each kind of evidence gave the label that the readers gave, on the training half of the
# pairs (9,479 sentences, 37% of which have a side). Kinds of fewer than ten cases are put with the
# kind that they are like. Those below a half are there to be weighed against the others.
PRECISION: dict[Kind, float] = {
    "owned": 0.88,
    "noun": 0.82,
    "thing": 0.82,
    "thing deed": 0.82,
    "wish": 0.75,
    "deed": 0.73,
    "judged": 0.65,
    "passive": 0.63,
    "after": 0.60,
    "should": 0.60,
    "spoken cue": 0.49,
    "own words": 0.46,
    "spoken thing": 0.46,
    "far thing": 0.44,
    "far deed": 0.40,
    "negated deed": 0.20,
}
# Two kinds of evidence that agree are surer than the better one alone.
_AGREEING = 0.08
_SUREST = 0.9
# Evidence that is wrong more often than not does not speak against better one.
_WEAK = 0.5
NONE = StanceScore(0.02, 0.02, 0.02, 0.94)
_TORN = StanceScore(0.15, 0.15, 0.2, 0.5)


class Lexicon:
    """Scores queries by the words that relate holder and target."""

    @property
    def name(self) -> str:
        return "lexicon"

    def score(self, queries: Sequence[StanceQuery]) -> list[StanceScore]:
        return [weigh(explain(query)) for query in queries]

    def confidence_for(self, precision: float) -> float:
        """Nothing that the lexicon answers is surer than 0.9."""
        return min(precision, _SUREST)


def explain(query: StanceQuery) -> list[Evidence]:
    """The evidence on which the answer to `query` rests."""
    return find_evidence(Clause(query, read_definitions(query.favor, query.against)))


def weigh(evidence: Sequence[Evidence]) -> StanceScore:
    """The probabilities that the evidence amounts to."""
    if not evidence:
        return NONE
    sign = max(evidence, key=lambda one: PRECISION[one.kind]).sign
    against_it = [one for one in evidence if one.sign != sign and PRECISION[one.kind] > _WEAK]
    if against_it:
        return _TORN
    agreeing = {one.kind for one in evidence if one.sign == sign}
    sure = max(PRECISION[kind] for kind in agreeing)
    sure = min(_SUREST, sure + _AGREEING * (len(agreeing) - 1))
    other, neutral = 0.15 * (1 - sure), 0.1 * (1 - sure)
    none = 1 - sure - other - neutral
    favor, against = (sure, other) if sign > 0 else (other, sure)
    return StanceScore(favor, against, neutral, none)


def load() -> StanceBackend:
    """The lexicon, ready to score; it needs no files."""
    return Lexicon()
