"""A stance query -> what the encoder reads: one sequence of two segments.

    [CLS] before <text> … <h> holder </h> … <t> target </t> …
    [SEP] title <side> favor <side> against [SEP]

The marks around holder and target are those of Baldini Soares et al. 2019, "Matching the Blanks".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitors.encoder.inputs import CLS, SEP, Pieces, word_pieces

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from monitors.stance.queries import StanceQuery

# Places of the vocabulary that its makers left free ("[unused0]" …) serve as marks.
HOLDER, HOLDER_END, TARGET, TARGET_END, TEXT, SIDE, NOBODY = range(1, 8)

MOST_BEFORE = 48
MOST_TEXT = 144
MOST_DEFINITION = 40
MOST_TITLE = 20


def query_pieces(tokenizer: Tokenizer, query: StanceQuery) -> Pieces:
    """A stance query in at most 48 + 144 + 20 + 2 * 40 tokens and their marks.

    What is too long is cut where it matters least: the sentence before at its start, the sentence
    itself around the holder and the target.
    """
    before = word_pieces(tokenizer, query.before)[-MOST_BEFORE:] if query.before else []
    text = _fit(_marked(tokenizer, query))
    title = word_pieces(tokenizer, query.title)[:MOST_TITLE]
    favor = word_pieces(tokenizer, query.favor)[:MOST_DEFINITION]
    against = word_pieces(tokenizer, query.against)[:MOST_DEFINITION]
    read = [CLS, *before, TEXT, *text, SEP]
    asked = [*title, SIDE, *favor, SIDE, *against, SEP]
    return Pieces([*read, *asked], [0] * len(read) + [1] * len(asked))


def _marked(tokenizer: Tokenizer, query: StanceQuery) -> list[int]:
    """The ids of the sentence with markers around holder and target."""
    marks = [(query.target, TARGET, TARGET_END)]
    if query.holder is not None:
        marks.append((query.holder, HOLDER, HOLDER_END))
    edges = sorted(
        edge
        for number, ((start, end), opened, closed) in enumerate(marks)
        for edge in ((start, 1, number, opened), (end, 0, number, closed))
    )
    ids, at = ([] if query.holder is not None else [HOLDER, NOBODY, HOLDER_END]), 0
    for place, _, _, mark in edges:
        ids += word_pieces(tokenizer, query.text[at:place])
        ids.append(mark)
        at = place
    return ids + word_pieces(tokenizer, query.text[at:])


def _fit(ids: list[int]) -> list[int]:
    """At most MOST_TEXT of the ids, the markers among them where they lie that close together."""
    if len(ids) <= MOST_TEXT:
        return ids
    marked = [place for place, one in enumerate(ids) if one <= NOBODY]
    first, last = marked[0], marked[-1]
    if last - first >= MOST_TEXT:
        half = MOST_TEXT // 2
        return ids[first : first + half] + ids[last + 1 - half : last + 1]
    spare = MOST_TEXT - (last + 1 - first)
    start = max(0, min(first - spare // 2, len(ids) - MOST_TEXT))
    return ids[start : start + MOST_TEXT]
