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
from monitors.encoder.inputs import WINDOW
from monitors.quotes import Quote, Speech, find_quotes, is_speech
from monitors.records import Attribution
from monitors.tagging import CONTENT, CUE, SOURCE, Bounds, Run, Stretch, find_runs
from monitors.tokens import find_paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from monitors.encoder.model import Encoder
    from monitors.records import AttributionKind, Span
    from monitors.tagging import Floats
    from monitors.tokens import Tokens

# What a content neither begins nor ends with.
_MARKS = frozenset(".,;:-\u2013\u2014()[]")
_QUOTES = frozenset("\"'\u2018\u2019\u201c\u201d")
# Chosen on one half of the development articles and the same for the other.
_CUE, _SOURCE, _CONTENT = Bounds(0.63, 0.45, 0), Bounds(0.4, 0.3, 0), Bounds(0.5, 0.3, 1)
_UNCLAIMED, _SOMEBODY, _LEAST = Bounds(0.8, 0.5, 1), Bounds(0.5, 0.4, 0), 0.1
# How much it counts that a word is content of anybody, beside content of this cue.
_OWN_WEIGHT = 0.2
_SHORTEST = 3


@dataclass(slots=True)
class Report:
    """An attribution on its way: token places, and the characters of what is reported."""

    source: tuple[int, int] | None
    cue: tuple[int, int] | None
    content: list[Span]
    kind: AttributionKind


def finish(tokens: Tokens, report: Report, actor_id: str | None) -> Attribution:
    """The attribution that a report makes, once its source is known (or not)."""
    source = () if report.source is None else (tokens.span(*report.source),)
    cue = () if report.cue is None else (tokens.span(*report.cue),)
    return Attribution(source, cue, tuple(report.content), report.kind, actor_id)


def find_reports(encoder: Encoder, tokens: Tokens, spans: Iterable[Span]) -> list[Report]:
    """The reports in these stretches of a text, in text order."""
    quotes = find_quotes(tokens.text)
    speech = Speech([quote for quote in quotes if is_speech(tokens.text, quote)])
    edges = [start for start, _ in find_paragraphs(tokens.text)]
    reports: list[Report] = []
    for span in spans:
        stretch = Stretch.read(encoder, tokens, span)
        parts = stretch.parts()
        found = list(_in_stretch(tokens, stretch, parts, speech))
        _give_away_quotes(edges, found, speech, span)
        reports += found
        reports += _unclaimed(tokens, stretch, parts, found, speech)
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


def _in_stretch(
    tokens: Tokens, stretch: Stretch, parts: Floats, speech: Speech
) -> Iterator[Report]:
    somebody = find_runs(parts[:, SOURCE], stretch.first, _SOMEBODY)
    for cue in find_runs(parts[:, CUE], stretch.first, _CUE):
        linked = stretch.linked(cue)
        low = bisect_left(somebody, (cue.first - WINDOW,))
        near = somebody[low : bisect_left(somebody, (cue.last + WINDOW,))]
        source = _source(linked[:, 0], near, stretch.first)
        content = linked[:, 1] ** (1 - _OWN_WEIGHT) * parts[:, CONTENT] ** _OWN_WEIGHT
        spans = list(_contents(tokens, find_runs(content, stretch.first, _CONTENT)))
        if spans:
            yield Report(
                None if source is None else (source.first, source.last),
                (cue.first, cue.last),
                spans,
                _kind(tokens, cue, spans, speech),
            )


def _source(linked: Floats, somebody: Sequence[Run], start: int) -> Run | None:
    """The likeliest source of a cue, else what is a source of somebody and may be one of it."""
    runs = find_runs(linked, start, _SOURCE)
    if runs:
        return max(runs, key=lambda run: run.mass)
    chances = [float(linked[run.first - start : run.last - start].mean()) for run in somebody]
    best = max(range(len(chances)), key=chances.__getitem__, default=None)
    return somebody[best] if best is not None and chances[best] > _LEAST else None


def _unclaimed(
    tokens: Tokens, stretch: Stretch, parts: Floats, reports: Sequence[Report], speech: Speech
) -> Iterator[Report]:
    """What somebody is reported to say though no cue tells who: reports without a source."""
    left = parts[:, CONTENT].copy()
    for report in reports:
        for start, end in report.content:
            first, last = bisect_left(tokens.starts, start), bisect_left(tokens.starts, end)
            left[max(first - stretch.first, 0) : max(last - stretch.first, 0)] = 0
    for run in find_runs(left, stretch.first, _UNCLAIMED):
        first, last = _trimmed(tokens, run)
        if last - first >= _SHORTEST:
            spans = [tokens.span(first, last)]
            direct = _is_direct(spans, speech)
            yield Report(None, None, spans, "direct_quote" if direct else "indirect_speech")


def _contents(tokens: Tokens, runs: Sequence[Run]) -> Iterator[Span]:
    """The longest run, and those beside it that are more than a word or two."""
    trimmed = [_trimmed(tokens, run) for run in runs]
    longest = max((last - first for first, last in trimmed), default=0)
    for first, last in trimmed:
        if last - first >= min(_SHORTEST, longest):
            yield tokens.span(first, last)


def _trimmed(tokens: Tokens, run: Run) -> tuple[int, int]:
    """The run without the marks at its edges, which are the sentence's and not its own."""
    first, last = run.first, run.last
    while first < last - 1 and (tokens.forms[first] in _MARKS or _closes(tokens, first)):
        first += 1
    while first < last - 1 and tokens.forms[last - 1] in _MARKS:
        last -= 1
    return first, last


def _closes(tokens: Tokens, place: int) -> bool:
    """Whether the token is a quotation mark with white space behind it."""
    end = tokens.span(place, place + 1)[1]
    return tokens.forms[place] in _QUOTES and tokens.text[end : end + 1].isspace()


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
