"""A query whose texts are endless -> the same query about the part around holder and target."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitors.records import Span
    from monitors.stance.queries import StanceQuery

GAP = " … "


def shorten(query: StanceQuery, *, most_text: int, most_before: int, most_side: int) -> StanceQuery:
    """`query` with each text cut to so many code points (a few more where the text has a gap).

    Of the text, what stands around target and holder is kept, of the sentence before its end, of
    the definitions and the title their start. The spans point into the new text.
    """
    before = query.before[-most_before:] if most_before else ""
    favor, against = query.favor[:most_side], query.against[:most_side]
    title = query.title[:most_side]
    if len(query.text) > most_text:
        query = _cut(query, most_text)
    return replace(query, before=before, favor=favor, against=against, title=title)


def _cut(query: StanceQuery, most: int) -> StanceQuery:
    """The text around the spans, in one piece or two."""
    spans = [query.target] if query.holder is None else [query.target, query.holder]
    size = len(query.text)
    # A name of that length is no name; its start will do.
    spans = [(start, min(end, start + most // (4 * len(spans)))) for start, end in spans]
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    if last - first <= most:
        start = max(0, min(first - (most - (last - first)) // 2, size - most))
        pieces = [(start, start + most)]
    else:
        pieces = [_around(span, most // 2, size) for span in sorted(spans)]
        if pieces[0][1] >= pieces[1][0]:
            pieces = [(pieces[0][0], pieces[1][1])]
    text = GAP.join(query.text[start:end] for start, end in pieces)
    moved = [_move(span, pieces) for span in spans]
    return replace(
        query, text=text, target=moved[0], holder=None if query.holder is None else moved[1]
    )


def _around(span: Span, most: int, size: int) -> Span:
    start = max(0, min((span[0] + span[1] - most) // 2, size - most))
    return start, start + most


def _move(span: Span, pieces: list[Span]) -> Span:
    """Where `span` of the old text stands in the pieces joined."""
    offset = 0
    for start, end in pieces:
        if start <= span[0] and span[1] <= end:
            return span[0] - start + offset, span[1] - start + offset
        offset += end - start + len(GAP)
    raise AssertionError("every span lies in a piece")
