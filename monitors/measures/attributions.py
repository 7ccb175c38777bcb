"""Who is reported to say what in an article: words, spans, and whole attributions.

Words are runs of non-space. A part's words are those that any of its spans touches, whichever
attribution the span is of. Its spans are exact if they agree in both ends, character for
character; they have the same words whatever marks cling to these. An attribution is linked to
another one, one to one, if in source, cue and content their words agree with a Dice coefficient of
at least one half, and exact if all their spans are.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from monitors.measures.evaluations import Evaluation, Miss, with_intervals
from monitors.measures.scores import f1_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from monitors.measures.intervals import Figures, Places
    from monitors.records import Span

    Counts = tuple[int, int, int]  # hits, given, wanted

_WORD = re.compile(r"\S+")
_ENOUGH = 0.5
_AROUND = 80
_SHOWN = 100


class Parts(NamedTuple):
    """The spans of an attribution, in code points of the article; a part may be empty."""

    source: tuple[Span, ...]
    cue: tuple[Span, ...]
    content: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class AttributionItem:
    """An article with its attributions."""

    place: str
    text: str
    wanted: tuple[Parts, ...]


class _InWords(NamedTuple):
    """An attribution with the numbers of the words of each part, and of each span of the part."""

    parts: Parts
    words: tuple[frozenset[int], ...]
    runs: tuple[frozenset[range], ...]


FIGURES = (
    *(f"{part} word F1" for part in Parts._fields),
    *(f"{part} exact span F1" for part in Parts._fields),
    *(f"{part} same words F1" for part in Parts._fields),
    "linked F1",
    "linked exact F1",
)


def evaluate_attributions(
    items: Sequence[AttributionItem], given: Sequence[Sequence[Parts]]
) -> Evaluation:
    """The figures of the attributions `given` for each article, in order."""
    counts, misses = [], []
    for item, found in zip(items, given, strict=True):
        ours, theirs = list(_in_words(item.text, found)), list(_in_words(item.text, item.wanted))
        linked = list(_links(ours, theirs))
        counts.append(_counts(ours, theirs, len(linked)))
        misses += list(_misses(item, ours, theirs, linked))
    table = np.array(counts, np.int64).reshape(-1, len(FIGURES), 3)

    def figures(places: Places) -> Figures:
        sums = table[places].sum(0)
        return {name: f1_of(*row) for name, row in zip(FIGURES, sums.tolist(), strict=True)}

    misses.sort(key=lambda pair: -pair[0])
    return Evaluation(
        "attribution",
        len(items),
        with_intervals(figures, [item.place for item in items]),
        misses=tuple(miss for _, miss in misses),
    )


def _in_words(text: str, attributions: Sequence[Parts]) -> Iterator[_InWords]:
    spans = [match.span() for match in _WORD.finditer(text)]
    starts, ends = [start for start, _ in spans], [end for _, end in spans]
    for one in attributions:
        runs = tuple(
            frozenset(
                range(bisect_right(ends, start), bisect_left(starts, end)) for start, end in part
            )
            for part in one
        )
        yield _InWords(one, tuple(frozenset().union(*part) for part in runs), runs)


def _counts(ours: Sequence[_InWords], theirs: Sequence[_InWords], linked: int) -> list[Counts]:
    words = [_overlap(_union(ours, part), _union(theirs, part)) for part in range(3)]
    spans = [_overlap(_spans(ours, part), _spans(theirs, part)) for part in range(3)]
    runs = [_overlap(_runs(ours, part), _runs(theirs, part)) for part in range(3)]
    whole = _overlap({one.parts for one in ours}, {one.parts for one in theirs})
    return [*words, *spans, *runs, (linked, len(ours), len(theirs)), whole]


def _union(attributions: Sequence[_InWords], part: int) -> set[object]:
    return {word for one in attributions for word in one.words[part]}


def _spans(attributions: Sequence[_InWords], part: int) -> set[object]:
    return {span for one in attributions for span in one.parts[part]}


def _runs(attributions: Sequence[_InWords], part: int) -> set[object]:
    return {run for one in attributions for run in one.runs[part]}


def _overlap(given: set[object] | set[Parts], wanted: set[object] | set[Parts]) -> Counts:
    return len(given & wanted), len(given), len(wanted)


def _links(ours: Sequence[_InWords], theirs: Sequence[_InWords]) -> Iterator[tuple[int, int]]:
    """Which of ours is which of theirs, the most alike first."""
    alike = [
        (min(dices), sum(dices), here, there)
        for here, one in enumerate(ours)
        for there, other in enumerate(theirs)
        if min(dices := _dices(one, other)) >= _ENOUGH
    ]
    taken: set[tuple[str, int]] = set()
    for _, _, here, there in sorted(alike, key=lambda one: (-one[1], one[2], one[3])):
        if taken.isdisjoint({("our", here), ("their", there)}):
            taken |= {("our", here), ("their", there)}
            yield here, there


def _dices(one: _InWords, other: _InWords) -> list[float]:
    return [
        2 * len(a & b) / (len(a) + len(b)) if a or b else 1.0
        for a, b in zip(one.words, other.words, strict=True)
    ]


def _misses(
    item: AttributionItem,
    ours: Sequence[_InWords],
    theirs: Sequence[_InWords],
    linked: Sequence[tuple[int, int]],
) -> Iterator[tuple[int, Miss]]:
    """The attributions that answer to no other, each with how many words that makes wrong."""
    mine, found = {here for here, _ in linked}, {there for _, there in linked}
    missed = [one for there, one in enumerate(theirs) if there not in found]
    for here, one in enumerate(ours):
        if here in mine:
            continue
        near = max(missed, key=lambda other: sum(_dices(one, other)), default=None)
        if near is not None and any(a & b for a, b in zip(one.words, near.words, strict=True)):
            missed.remove(near)
            yield _size(one, near), _miss(item, near.parts, _said(item, near), _said(item, one))
        else:
            yield _size(one, None), _miss(item, one.parts, "nothing", _said(item, one))
    for one in missed:
        yield _size(one, None), _miss(item, one.parts, _said(item, one), "nothing")


def _size(one: _InWords, other: _InWords | None) -> int:
    others = other.words if other else (frozenset[int](),) * 3
    return sum(len(a ^ b) for a, b in zip(one.words, others, strict=True))


def _said(item: AttributionItem, one: _InWords) -> str:
    told = []
    for name, spans in zip(Parts._fields, one.parts, strict=True):
        words = " … ".join(item.text[start:end] for start, end in spans) or "none"
        told.append(f"{name}: {words if len(words) <= _SHOWN else words[:_SHOWN] + '…'}")
    return "; ".join(told)


def _miss(item: AttributionItem, parts: Parts, wanted: str, given: str) -> Miss:
    """The stretch of the article around `parts`, with them marked in it."""
    spans = [(name, span) for name, part in zip(Parts._fields, parts, strict=True) for span in part]
    low = max(0, min((start for _, (start, _) in spans), default=0) - _AROUND)
    high = max((end for _, (_, end) in spans), default=0) + _AROUND
    marks = tuple((name, (start - low, end - low)) for name, (start, end) in spans)
    return Miss(item.place, item.text[low:high], marks, wanted, given)
