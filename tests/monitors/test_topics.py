"""Topic mentions, and the screen that must never miss one."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest
import spacy

from monitors.records import Topic
from monitors.tokens import split_tokens
from monitors.topics import Screen, TopicMatcher

if TYPE_CHECKING:
    from collections.abc import Callable


def topic(topic_id: str = "t", **parts: tuple[str, ...]) -> Topic:
    return Topic(
        topic_id, topic_id, parts.pop("phrases", ("Taiwan",)), "backs it", "opposes it", **parts
    )


def found(text: str, *topics: Topic) -> list[str]:
    return [
        f"{mention.id}:{text[mention.start : mention.end]}"
        for mention in TopicMatcher(topics).find(split_tokens(text))
    ]


@pytest.mark.parametrize(
    ("text", "phrases", "expected"),
    [
        ("Taiwan's leader", ("Taiwan",), ["t:Taiwan"]),
        ("Taiwanese leaders", ("Taiwan",), []),
        ("taiwan", ("Taiwan",), []),
        ("TAIWAN WARNS BEIJING", ("Taiwan",), ["t:TAIWAN"]),
        (
            "Export Controls and export controls",
            ("export controls",),
            ["t:Export Controls", "t:export controls"],
        ),
        ("the Taiwan Strait", ("Taiwan", "Taiwan Strait"), ["t:Taiwan Strait"]),
        ("a One-China policy", ("one-China policy",), ["t:One-China policy"]),
        ("a one\u2011China policy", ("one-China policy",), ["t:one\u2011China policy"]),
        ("U.S.-Taiwan ties", ("Taiwan",), ["t:Taiwan"]),
        ("give us arms", ("US",), []),
        ("Louis XI", ("Xi",), []),
        ("Taiwan\nStrait", ("Taiwan Strait",), ["t:Taiwan\nStrait"]),
    ],
)
def test_phrases(text: str, phrases: tuple[str, ...], expected: list[str]) -> None:
    assert found(text, topic(phrases=phrases)) == expected


def test_excluded_phrase_rules_out_only_what_it_holds() -> None:
    chips = topic(excluded=("Taiwan Semiconductor",))
    assert found("Taiwan Semiconductor left Taiwan.", chips) == ["t:Taiwan"]


def test_near_must_stand_in_the_same_paragraph() -> None:
    help_ = topic(phrases=("machine tools",), near=("Russia",))
    assert found("machine tools for Russia", help_) == ["t:machine tools"]
    assert found("machine tools\n\nRussia", help_) == []
    assert found("Russia\nand machine tools", help_) == ["t:machine tools"]


def test_one_place_may_name_two_topics() -> None:
    both = (topic("a"), topic("b", phrases=("Taiwan Strait",)))
    assert found("the Taiwan Strait", *both) == ["a:Taiwan", "b:Taiwan Strait"]


PHRASES = (
    "Taiwan", "one-China policy", "export controls", "U.S. officials", "Tik Tok", "Kim Jong-un",
    "S\u00fcddeutsche", "C++", "\u0399\u03a3", "defense-industrial base", "nine-dash line",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(300))
def test_screen_never_misses_what_the_matcher_finds(seed: int) -> None:
    dice = random.Random(seed)
    watched = topic(phrases=tuple(dice.sample(PHRASES, 3)))
    gaps = (" ", "", "\n", "\n\n", "  ", "-", "\u2011", "\u00a0", ". ", "\u2019s ", "\t", "\u2009")
    pieces = [word for phrase in PHRASES for word in (phrase, *phrase.split())]
    text = "".join(
        dice.choice((str, str.upper, str.lower, str.title))(dice.choice(pieces)) + dice.choice(gaps)
        for _ in range(12)
    )
    if found(text, watched):
        assert Screen([watched]).passes(text)


def test_screen_refuses_what_names_no_topic() -> None:
    screen = Screen([topic(phrases=("Taiwan", "export controls"))])
    assert not screen.passes("The Taiwanese exported controls.")
    assert not screen.passes("")
    assert screen.passes("… EXPORT  Controls …")


def test_screen_is_ten_times_as_fast_as_spacys_tokenizer() -> None:
    dice = random.Random(7)
    text = " ".join("".join(dice.choices("etaoinsrhl", k=6)) for _ in range(800))
    screen, tokenize = Screen([topic(phrases=PHRASES)]), spacy.blank("en").make_doc

    def seconds(work: Callable[[str], object], text: str) -> float:
        started = time.perf_counter()
        work(text)
        return time.perf_counter() - started

    # New words each time, as in the news; spaCy is quick with those that it has seen.
    first = min(seconds(tokenize, text.replace("e", letter)) for letter in "bcdfg")
    assert min(seconds(screen.passes, text) for _ in range(20)) * 10 < first
