"""Copies of articles as newsrooms make them, and reports that only look like copies."""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SENTENCE = re.compile(r"(?<=[.!?\"\u201d])\s+(?=[A-Z\"\u201c])")
_AGENCIES = (
    ("WASHINGTON (Reuters) - ", "(Reporting by Jane Doe; Editing by John Roe)"),
    ("LONDON (AP) \u2014 ", "Associated Press writer Jane Doe in Rome contributed to this report."),
    ("PARIS (AFP) - ", "\u00a9 2024 AFP"),
    ("BEIJING, April 2 (Xinhua) -- ", ""),
    ("New Delhi, Apr 2 (PTI) ", "(This story has not been edited and is auto-generated.)"),
    ("", "With files from The Canadian Press"),
    ("SEOUL, April 2 (Yonhap) -- ", "jane@yna.example"),
)
_BOILERPLATE = (
    """Sign up for our morning newsletter and never miss what matters. You can unsubscribe at any \
time. By signing up you agree to our terms of service and privacy policy.""",
    "Read more: What we know so far. Five charts that explain it. Our full coverage is here.",
    """This article is free for everybody, thanks to our members. If you value independent \
journalism, please consider a contribution of any size. It takes a minute.""",
    """Follow us on all platforms, share this article with a friend, and tell us in the comments \
below what you think. Comments are moderated and close after three days.""",
)
_SPELLING = {
    "organiz": "organis",
    "recogniz": "recognis",
    "criticiz": "criticis",
    "emphasiz": "emphasis",
    "defense": "defence",
    "color": "colour",
    "labor": "labour",
    "favor": "favour",
    "neighbor": "neighbour",
    "behavior": "behaviour",
    "center": "centre",
    "program ": "programme ",
    "percent": "per cent",
    "traveling": "travelling",
    "canceled": "cancelled",
    "U.S.": "US",
    "Mr. ": "Mr ",
}
_MARKS = str.maketrans({"\u201c": "'", "\u201d": "'", '"': "'", "\u2019": "'", "\u2014": "-"})
_HEADS = ("Analysis", "Update", "Live", "Explained", "In brief", "World")


@dataclass(frozen=True, slots=True)
class Piece:
    """A headline and its paragraphs."""

    title: str
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n\n".join([self.title, *self.paragraphs])


def dice(*names: str) -> random.Random:
    """Dice that fall the same way for the same names, in every process."""
    return random.Random(hashlib.sha256("/".join(names).encode()).digest())  # noqa: S311 - no secret


# --- what houses do to a report -----------------------------------------------------------------


def agency_lines(piece: Piece, _: Piece, die: random.Random) -> Piece:
    dateline, credit = die.choice(_AGENCIES)
    first, *rest = piece.paragraphs
    return Piece(piece.title, (dateline + first, *rest, *([credit] if credit else [])))


def trimmed(piece: Piece, _: Piece, die: random.Random) -> Piece:
    """Cut from the end, to no less than three tenths and sixty words."""
    words = sum(len(p.split()) for p in piece.paragraphs)
    wanted, kept = max(60.0, words * die.uniform(0.3, 0.8)), []
    for paragraph in piece.paragraphs:
        if wanted <= 0:
            break
        kept.append(paragraph)
        wanted -= len(paragraph.split())
    return Piece(piece.title, tuple(kept))


def other_title(piece: Piece, _: Piece, die: random.Random) -> Piece:
    words = piece.title.split()
    die.shuffle(words)
    return Piece(f"{die.choice(_HEADS)}: {' '.join(words[: die.randint(2, 7)])}", piece.paragraphs)


def other_first_paragraph(piece: Piece, other: Piece, die: random.Random) -> Piece:
    """The first paragraph in other words, with the names that it has."""
    names = [word for word in piece.paragraphs[0].split() if word[:1].isupper()]
    words = " ".join(other.paragraphs).split()[: die.randint(20, 45)]
    for name in names[:6]:
        words.insert(die.randrange(len(words) + 1), name)
    return Piece(piece.title, (" ".join(words), *piece.paragraphs[1:]))


def fewer_sentences(piece: Piece, _: Piece, die: random.Random) -> Piece:
    """One sentence in eight gone, the first one kept."""
    first, *rest = piece.paragraphs
    kept = [
        " ".join(s for s in _SENTENCE.split(paragraph) if die.random() > 1 / 8)
        for paragraph in rest
    ]
    return Piece(piece.title, (first, *filter(None, kept)))


def house_spelling(piece: Piece, _: Piece, die: random.Random) -> Piece:
    """Spelling, quotation marks and dashes of another house."""
    del die
    text = piece.text
    for american, british in _SPELLING.items():
        text = text.replace(american, british)
    title, *paragraphs = text.translate(_MARKS).split("\n\n")
    return Piece(title, tuple(paragraphs))


def edited_words(piece: Piece, other: Piece, die: random.Random) -> Piece:
    """One word in twenty another one, or gone."""
    spare = " ".join(other.paragraphs).split()

    def edit(paragraph: str) -> str:
        words = [w for w in paragraph.split() if die.random() > 1 / 40]
        return " ".join(die.choice(spare) if die.random() < 1 / 40 else word for word in words)

    return Piece(piece.title, tuple(filter(None, map(edit, piece.paragraphs))))


def house_lines(piece: Piece, _: Piece, die: random.Random) -> Piece:
    """The house's own lines below, and sometimes one above."""
    below = die.sample(_BOILERPLATE, 2)
    above = [f"By our staff | {die.randint(1, 12)} min ago"] if die.random() < 1 / 2 else []
    return Piece(piece.title, (*above, *piece.paragraphs, *below))


def all_together(piece: Piece, other: Piece, die: random.Random) -> Piece:
    """What most copies go through: credit, cut, title, spelling, sentences, house lines."""
    for change in (
        fewer_sentences,
        trimmed,
        agency_lines,
        other_title,
        house_spelling,
        house_lines,
    ):
        piece = change(piece, other, die)
    return piece


def rewritten_and_titled(piece: Piece, other: Piece, die: random.Random) -> Piece:
    """First paragraph and headline written anew, spelling of the house."""
    for change in (other_first_paragraph, other_title, house_spelling):
        piece = change(piece, other, die)
    return piece


COPIES = {
    "agency lines": agency_lines,
    "trimmed": trimmed,
    "other title": other_title,
    "other first paragraph": other_first_paragraph,
    "fewer sentences": fewer_sentences,
    "house spelling": house_spelling,
    "edited words": edited_words,
    "house lines": house_lines,
    "title and first paragraph": rewritten_and_titled,
    "all but the first paragraph": all_together,
}

# --- what only looks like a copy -----------------------------------------------------------------


def follow_up(piece: Piece, other: Piece, die: random.Random) -> Piece:
    """News of its own, over the background of the report: two fifths to two thirds of it."""
    own = _words_of(other, die.randint(90, 220))
    start = int(len(piece.paragraphs) * die.uniform(0.35, 0.6))
    return Piece(other.title, (*own, *piece.paragraphs[start:]))


def same_house(piece: Piece, other: Piece, die: random.Random) -> Piece:
    """Another report between the same lines of the house, some 120 words of them."""
    del piece, die
    return Piece(other.title, (_BOILERPLATE[0], *other.paragraphs[:6], *_BOILERPLATE[1:]))


def live_page(piece: Piece, other: Piece, die: random.Random) -> Piece:
    """The next day of a live page: the same headline and introduction over other posts."""
    del die
    return Piece(piece.title, (*_words_of(piece, 30), *other.paragraphs))


def next_day(piece: Piece, other: Piece, die: random.Random) -> Piece:
    """The next day's report under the same headline: the first half new, the second one kept."""
    del die
    half = len(piece.paragraphs) // 2
    own = _words_of(other, sum(len(p.split()) for p in piece.paragraphs[:half]))
    return Piece(piece.title, (*own, *piece.paragraphs[half:]))


def with_quotes(piece: Piece, other: Piece, die: random.Random) -> Piece:
    """Another report that takes three sentences over word by word."""
    sentences = [s for p in piece.paragraphs for s in _SENTENCE.split(p)]
    taken = die.sample(sentences, min(3, len(sentences)))
    first, *rest = other.paragraphs
    return Piece(other.title, (first, *taken, *rest))


OTHERS = {
    "follow-up over old background": follow_up,
    "same lines of the house": same_house,
    "next day of a live page": live_page,
    "next day under the same headline": next_day,
    "three sentences in common": with_quotes,
}


def _words_of(piece: Piece, count: int) -> Sequence[str]:
    """Paragraphs from the top until there are so many words; the last one may be cut."""
    taken: list[str] = []
    for paragraph in piece.paragraphs:
        words = paragraph.split()[:count]
        if words:
            taken.append(" ".join(words))
        count -= len(words)
    return taken
