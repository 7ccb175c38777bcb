"""Actor mentions: aliases as whole names, and names that are only part of another."""

from __future__ import annotations

from itertools import pairwise

import pytest

from monitors.actors import ActorMatcher
from monitors.records import Actor
from monitors.tokens import split_tokens

ACTORS = (
    Actor("us", "U.S.", "state", ("United States", "U.S.", "US", "Washington", "White House")),
    Actor("china", "China", "state", ("China", "Beijing", "Chinese Foreign Ministry", "Xinhua")),
    Actor("biden", "Joe Biden", "person", ("Joe Biden", "Biden", "President Biden")),
    Actor("trump", "Donald Trump", "person", ("Donald Trump", "Trump")),
    Actor("sanders", "Bernie Sanders", "person", ("Bernie Sanders", "Sanders")),
    Actor("clinton", "Hillary Clinton", "person", ("Hillary Clinton", "Mrs. Clinton", "Clinton")),
    Actor("bush", "Jeb Bush", "person", ("Jeb Bush", "Bush")),
    Actor("ryan", "Paul Ryan", "person", ("Paul Ryan", "Ryan")),
    Actor("kim", "Kim Jong Un", "person", ("Kim Jong Un", "Kim")),
)  # fmt: skip


def found(text: str) -> list[tuple[str, str]]:
    mentions = ActorMatcher(ACTORS).find(split_tokens(text))
    return [(mention.id, text[mention.start : mention.end]) for mention in mentions]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Joe Biden met Xi", [("biden", "Joe Biden")]),
        ("China's claim", [("china", "China")]),
        ("China\u2019s claim", [("china", "China")]),
        ("U.S.-China talks", [("us", "U.S."), ("china", "China")]),
        ("give us time", []),
        ("the Chinese Foreign Ministry", [("china", "Chinese Foreign Ministry")]),
        ("the Bank of China", []),
        ("the president of China", [("china", "China")]),
        ("the President of China", [("china", "China")]),
        ("the South China Sea", []),
        ("the Washington Post", []),
        ("in Biden County", []),
        ("Hunter Biden left", []),
        ("but Trump left", [("trump", "Trump")]),
        ("But Trump left", [("trump", "Trump")]),
        ("President Biden and Mr. Trump", [("biden", "President Biden"), ("trump", "Trump")]),
        ("Trump Tower", []),
        ("a pro-China party", []),
        ("an anti-Trump march", []),
        ("Trump-backed Republicans", [("trump", "Trump")]),
        ("CHINA DENIES IT", [("china", "CHINA")]),
        ("china plates", []),
        ("Chinas", []),
    ],
)
def test_names(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


SARAH = "Press secretary Sarah Sanders spoke."
BERNIE = "Bernie Sanders spoke."
IVANKA = "His daughter Ivanka Trump spoke."
SAID = "Sanders said so."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Only the namesake is named in full: none is the actor, before and after.
        (f"{SARAH} {SAID} {SAID}", []),
        (f"Sanders: it is so\n\n{SARAH} {SAID}", []),
        (f"Press secretary Sarah Huckabee Sanders spoke. {SAID}", []),
        ("President George W. Bush left. Bush was asked.", []),
        ("Mayor Imelda Sanders left. Sanders was asked.", []),
        ("Kim Yo Jong left. Kim was asked.", []),
        # Both: the one named last.
        (f"{SARAH} {SAID} {BERNIE} {SAID}", ["Bernie Sanders", "Sanders"]),
        (f"{SARAH} {BERNIE} {SAID} {SARAH} {SAID}", ["Bernie Sanders", "Sanders"]),
        # The actor first: the surname stays the actor's.
        (f"Donald Trump left. {IVANKA} Trump was asked.", ["Donald Trump", "Trump"]),
        (f"Bernard Sanders left. {SARAH} {SAID}", ["Sanders"]),
        # … and so does a household name's.
        (f"{'Trump spoke. ' * 5}{IVANKA} Trump was asked.", ["Trump"] * 6),
        (f"{'Trump spoke. ' * 4}{IVANKA} Trump was asked.", []),
        # No namesake was introduced.
        (f"Overnight Sanders lost. {SAID}", ["Sanders"]),
        (f"In the U.S. Sanders lost. {SAID}", ["U.S.", "Sanders", "Sanders"]),
        ("Bernie and Jane Sanders left. Sanders was asked.", ["Sanders"]),
        ("Donald Trump Jr. left. Trump was asked.", ["Trump"]),
        # What stands beside a surname.
        ("Mr. Clinton, Mrs. Trump and Ms. Clinton", ["Clinton"]),
        ("Ryan Zinke met Ryan and Kim Yong Chol", ["Ryan"]),
        ("Ryan Calls for calls", ["Ryan"]),
    ],
)
def test_namesakes(text: str, expected: list[str]) -> None:
    assert [words for _, words in found(text)] == expected


def test_a_watched_namesake_without_the_bare_surname_is_one_too() -> None:
    actors = (*ACTORS, Actor("bill", "Bill Clinton", "person", ("Bill Clinton",)))
    tokens = split_tokens("Bill Clinton left. Clinton was asked.")
    assert [mention.id for mention in ActorMatcher(actors).find(tokens)] == ["bill"]


def test_mentions_never_overlap_and_are_in_order() -> None:
    text = "President Joe Biden of the United States met Beijing's Xinhua in Washington. " * 20
    mentions = ActorMatcher(ACTORS).find(split_tokens(text))
    assert len(mentions) == 100
    assert all(a.end <= b.start for a, b in pairwise(mentions))
