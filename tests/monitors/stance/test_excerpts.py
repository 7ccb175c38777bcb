"""Endless texts cut to the part that a question is about."""

from __future__ import annotations

import pytest

from monitors.stance import StanceQuery
from monitors.stance.excerpts import GAP, shorten


def asked(left: int, between: int, right: int, *, turned: bool = False) -> StanceQuery:
    """A holder HH and a target TT with so many letters before, between and after them."""
    text = "a" * left + "HH" + "b" * between + "TT" + "c" * right
    spans = (left, left + 2), (left + 2 + between, left + between + 4)
    holder, target = spans
    if turned:
        text = text.replace("HH", "xx").replace("TT", "HH").replace("xx", "TT")
        target, holder = spans
    return StanceQuery(text, holder, target, "f" * 99, "g" * 99, "x" * 50 + "y" * 50, "t" * 99)


def shortened(query: StanceQuery) -> StanceQuery:
    return shorten(query, most_text=100, most_before=50, most_side=10)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("left", [0, 3, 5_000])
@pytest.mark.parametrize("between", [0, 40, 95, 97, 120, 5_000])
@pytest.mark.parametrize("right", [0, 3, 5_000])
def test_the_spans_stay_on_their_words(
    left: int, between: int, right: int, *, turned: bool
) -> None:
    query = asked(left, between, right, turned=turned)
    short = shortened(query)
    assert short.holder is not None
    assert short.text[slice(*short.holder)] == "HH"
    assert short.text[slice(*short.target)] == "TT"
    assert len(short.text) <= 100 + len(GAP)
    assert len(short.text) >= min(len(query.text), 100)
    assert all(part in query.text for part in short.text.split(GAP))


def test_what_is_short_stays() -> None:
    query = StanceQuery("HH and TT", (0, 2), (7, 9), "f", "g", "before")
    assert shortened(query) == query


def test_the_other_texts_are_cut_too() -> None:
    short = shortened(asked(1, 1, 1))
    assert short.before == "y" * 50
    assert (short.favor, short.against, short.title) == ("f" * 10, "g" * 10, "t" * 10)


def test_a_text_without_a_holder() -> None:
    short = shortened(StanceQuery("a" * 500 + "TT" + "b" * 500, None, (500, 502), "f", "g"))
    assert short.holder is None
    assert short.text == "a" * 49 + "TT" + "b" * 49


def test_names_without_end_lose_theirs() -> None:
    short = shortened(StanceQuery("H" * 900 + "T" * 900, (0, 900), (900, 1800), "f", "g"))
    assert short.holder is not None
    assert set(short.text[slice(*short.holder)]) == {"H"}
    assert set(short.text[slice(*short.target)]) == {"T"}
