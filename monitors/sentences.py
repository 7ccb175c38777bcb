"""Tokens -> sentences of news prose.

A paragraph break always ends a sentence. Closing quotes and brackets stay with the sentence they
close, opening ones go to the next. An abbreviation does not end a sentence; an initialism such as
"U.S." does only before a word that cannot be part of a name ("in the U.S. He left").
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, cast

import numpy as np

from monitors.tokenizer import tokens_of
from monitors.tokens import find_paragraphs
from monitors.wordlists import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc
    from thinc.types import Ints2d

    from monitors.records import Span

# A full stop (or several), what closes with it, and white space.
# The look-behind keeps a long run of stops from being tried from each of its places.
_END = re.compile(
    r"(?<![.!?\u2026])(?P<stop>[.!?\u2026]++)(?P<close>[\"'\u201d\u2019\u00bb)\]]*+)(?P<gap>\s++)"
)
_LAST_WORD = re.compile(r"[\w.'\u2019&-]{1,24}$")
_ABBREVIATIONS = word_set(
    """mr mrs ms dr prof sen sens rep reps gov govs gen col lt maj capt cmdr adm sgt cpl pvt
    brig hon rev fr sr jr st mt ft nos vs v etc fig al inc corp co ltd bros dept dist est
    univ jan feb mar apr jun jul aug sept sep oct nov dec mon tue tues wed thu thur thurs
    fri sat sun ala ariz ark calif colo conn del fla ga ill ind kan ky la md mass mich minn
    miss mo mont neb nev okla ore pa tenn tex va vt wash wis wyo atty asst assoc supt amb
    pres sec treas messrs mmes approx ca cf e.g i.e eg ie a.m p.m"""
)
_OPENING = frozenset("\u201c\u201e\u00ab")
_INITIALS = re.compile(r"(?:\w\.)*\w")
_OPENERS = word_set(
    """the a an he she it they we i you this that these those but and in on at for from with
    his her its their our there however meanwhile when while if as after before although
    what who why how yet so then still now"""
)
_NEXT_WORD = re.compile(r"\w+")


def find_sentences(text: str) -> list[Span]:
    """The sentences of `text` in order, as code-point spans without outer white space."""
    return [
        span for start, end in find_paragraphs(text) for span in _in_paragraph(text, start, end)
    ]


def _in_paragraph(text: str, start: int, end: int) -> Iterator[Span]:
    for match in _END.finditer(text, start, end):
        cut = match.start("gap")
        if not _ends_sentence(text, match, end):
            continue
        yield start, cut
        start = match.end()
    if start < end:
        yield start, end


def _ends_sentence(text: str, match: re.Match[str], end: int) -> bool:
    after = _NEXT_WORD.search(text, match.end(), min(end, match.end() + 40))
    if after is None:
        return match.end() >= end or "!" in match["stop"] or "?" in match["stop"]
    if after.group()[0].islower() and text[match.end()] not in _OPENING:
        return False
    if match["stop"] != "." or match["close"]:
        return True
    return not _abbreviated(text, match.start(), after.group())


def _abbreviated(text: str, stop: int, following: str) -> bool:
    word = _LAST_WORD.search(text, max(0, stop - 24), stop)
    if word is None:
        return False
    last = word.group().rsplit("-", 1)[-1].strip("'\u2019")
    if last.casefold() == "no":  # "No. 10", but not the answer "No."
        return following[0].isdigit()
    if last.casefold() in _ABBREVIATIONS:
        return last[0].isupper() or not following[0].isupper() or last.casefold() in {"vs", "v"}
    if _INITIALS.fullmatch(last) and last[0].isalpha():
        return "." not in last or following.casefold() not in _OPENERS
    return False


def mark_sentences(doc: Doc) -> Doc:
    """Set the sentence starts of `doc`; white space belongs to the sentence before it."""
    places = [int(place) for place in doc.to_array("IDX")] if len(doc) else []
    flags = np.full(len(doc), -1, dtype="int64")
    for start, _ in find_sentences(tokens_of(doc).text)[1:]:
        flags[bisect_left(places, start)] = 1
    if len(doc):
        flags[0] = 1
        doc.from_array(["SENT_START"], cast("Ints2d", flags.reshape(-1, 1).astype("uint64")))
    return doc
