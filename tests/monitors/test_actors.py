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


def test_mentions_never_overlap_and_are_in_order() -> None:
    text = "President Joe Biden of the United States met Beijing's Xinhua in Washington. " * 20
    mentions = ActorMatcher(ACTORS).find(split_tokens(text))
    assert len(mentions) == 100
    assert all(a.end <= b.start for a, b in pairwise(mentions))
