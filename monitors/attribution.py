"""Document -> who is reported to say, think or want what.

The encoder marks the cues ("said", "according to", "hopes") and, for each, the words of its source
and of its content; quotations that no cue claims go to the speaker of the same paragraph, or to
the one whose quotation they carry on.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitors.cues import CUES
from monitors.quotes import Quote, Speech, find_quotes, is_speech
from monitors.records import Attribution
from monitors.tagging import CONTENT, CUE, Bounds, Run, Stretch, find_runs
from monitors.tokens import find_paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from monitors.encoder.model import Encoder
    from monitors.records import AttributionKind, Span
    from monitors.tokens import Tokens

_MARKS = frozenset(".,;:")
# Chosen on one half of the development articles and the same for the other.
_CUE, _SOURCE, _CONTENT = Bounds(0.43, 0.43, 0), Bounds(0.4, 0.3, 1), Bounds(0.5, 0.3, 1)
# How much it counts that a word is content of anybody, beside content of this cue.
_OWN_WEIGHT = 0.3
_SHORTEST = 3


@dataclass(slots=True)
class Report:
    """An attribution on its way: token places, and the characters of what is reported."""

    source: tuple[int, int] | None
    cue: tuple[int, int]
    content: list[Span]
    kind: AttributionKind


def finish(tokens: Tokens, report: Report, actor_id: str | None) -> Attribution:
    """The attribution that a report makes, once its source is known (or not)."""
    source = () if report.source is None else (tokens.span(*report.source),)
    return Attribution(
        source, (tokens.span(*report.cue),), tuple(report.content), report.kind, actor_id
    )


def find_reports(encoder: Encoder, tokens: Tokens, spans: Iterable[Span]) -> list[Report]:
    """The reports in these stretches of a text, in text order."""
    quotes = find_quotes(tokens.text)
    speech = Speech([quote for quote in quotes if is_speech(tokens.text, quote)])
    edges = [start for start, _ in find_paragraphs(tokens.text)]
    reports: list[Report] = []
    for span in spans:
        stretch = Stretch.read(encoder, tokens, span)
        found = list(_in_stretch(tokens, stretch, speech))
        _give_away_quotes(edges, found, speech, span)
        reports += found
    return sorted(reports, key=_place)


def _place(report: Report) -> int:
    return report.content[0][0]


def quoted_flags(tokens: Tokens) -> list[bool]:
    """For each token whether it stands in quoted speech, its marks included."""
    flags = [False] * len(tokens)
    for quote in find_quotes(tokens.text):
        if is_speech(tokens.text, quote):
            first = bisect_left(tokens.starts, quote.start)
            last = bisect_left(tokens.starts, quote.end)
            flags[first:last] = [True] * (last - first)
    return flags


def _in_stretch(tokens: Tokens, stretch: Stretch, speech: Speech) -> Iterator[Report]:
    parts = stretch.parts()
    for cue in find_runs(parts[:, CUE], stretch.first, _CUE):
        chances = stretch.linked(cue)
        sources = find_runs(chances[:, 0], stretch.first, _SOURCE)
        source = max(sources, key=lambda run: run.mass, default=None)
        content = chances[:, 1] ** (1 - _OWN_WEIGHT) * parts[:, CONTENT] ** _OWN_WEIGHT
        spans = list(_contents(tokens, list(find_runs(content, stretch.first, _CONTENT))))
        if spans:
            yield Report(
                None if source is None else (source.first, source.last),
                (cue.first, cue.last),
                spans,
                _kind(tokens, cue, spans, speech),
            )


def _contents(tokens: Tokens, runs: Sequence[Run]) -> Iterator[Span]:
    """The longest run, and those beside it that are more than a word or two."""
    longest = max((run.last - run.first for run in runs), default=0)
    for run in runs:
        first = run.first
        while first < run.last - 1 and tokens.forms[first] in _MARKS:
            first += 1
        if run.last - first >= min(_SHORTEST, longest):
            yield tokens.span(first, run.last)


def _kind(tokens: Tokens, cue: Run, contents: Sequence[Span], speech: Speech) -> AttributionKind:
    if _is_direct(contents, speech):
        return "direct_quote"
    words = tokens.folded[cue.first : cue.last]
    attitude = any(CUES.get(word) == "attitude" for word in words)
    return "description" if attitude else "indirect_speech"


def _is_direct(content: Sequence[Span], speech: Speech) -> bool:
    """Whether what is reported is for the greater part between quotation marks."""
    size = sum(end - start for start, end in content)
    inside = sum(
        max(0, min(end, quote.end) - max(start, quote.start))
        for start, end in content
        for quote in speech.near(start, end)
    )
    return 2 * inside > size


def _give_away_quotes(
    edges: Sequence[int], reports: list[Report], speech: Speech, span: Span
) -> None:
    """Give quotations that no cue claimed to the speaker before them, where that is safe."""
    owners = _owners(reports, speech)
    previous: tuple[int, Report] | None = None
    for number in speech.numbers(*span):
        quote = speech.quotes[number]
        paragraph = bisect_right(edges, quote.start)
        owner = owners.get(number)
        if owner is None and previous is not None:
            goes_on = quote.continues or previous[0] == paragraph
            if goes_on:
                owner = _carry_on(previous[1], quote)
                reports.append(owner)
        previous = None if owner is None else (paragraph, owner)


def _owners(reports: Sequence[Report], speech: Speech) -> dict[int, Report]:
    """For each quotation whose greater part is reported, by which report."""
    owners: dict[int, Report] = {}
    for report in reports:
        for start, end in report.content:
            for quote in speech.near(start, end):
                shared = min(end, quote.end) - max(start, quote.start)
                if 2 * shared > quote.end - quote.start:
                    owners.setdefault(bisect_left(speech.starts, quote.start), report)
    return owners


def _carry_on(before: Report, quote: Quote) -> Report:
    return Report(before.source, before.cue, [(quote.start, quote.end)], "direct_quote")
