"""Topic mentions, and the screen that must never miss one."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest
import spacy

from flows.settings import load_config
from monitors.records import Topic
from monitors.tokens import split_tokens
from monitors.topics import Screen, TopicMatcher

if TYPE_CHECKING:
    from collections.abc import Callable


def topic(topic_id: str = "t", *, near_words: int | None = None, **parts: tuple[str, ...]) -> Topic:
    return Topic(
        topic_id,
        topic_id,
        parts.pop("phrases", ("Taiwan",)),
        "backs it",
        "opposes it",
        near_words=near_words,
        **parts,
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


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("machine tools for Russia", 1, []),
        ("machine tools for Russia", 2, ["t:machine tools"]),
        ("Russia, \u201c \u2013 machine tools", 1, ["t:machine tools"]),  # marks are no words
        ("Russia\n\nmachine tools", 1, ["t:machine tools"]),
        ("Russia wants machine tools", 1, []),
        ("one machine tools and two of Russia", 3, []),
        ("one machine tools and two of Russia", 4, ["t:machine tools"]),
        ("the Russian machine tools maker", 1, ["t:machine tools"]),  # `near` holds the phrase
        ("Russia a b c d machine tools a b c d machine tools Russia", 2, ["t:machine tools"]),
    ],
)
def test_near_may_be_so_many_words_away(text: str, words: int, expected: list[str]) -> None:
    near = ("Russia", "Russian machine tools maker")
    watched = topic(phrases=("machine tools",), near=near, near_words=words)
    assert found(text, watched) == expected


def test_context_must_stand_somewhere_in_the_document() -> None:
    country = topic(phrases=("Jordan",), context=("Amman", "King Abdullah"))
    assert found("Jordan scored 40 points.\n\nThe Bulls won.", country) == []
    assert found("Jordan closed its border.\n\nIt was quiet in Amman.", country) == ["t:Jordan"]
    assert found("AMMAN \u2013 Jordan closed its border.", country) == ["t:Jordan"]


CHIPS = ("Taiwan Semiconductor", "Taiwan-based", "Taipei 101")
PLAYER = ("Michael Jordan", "Air Jordan", "University of Jordan")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # most mentions are of the company: so are the few others
        (
            "Taiwan Semiconductor earnings rose.\n\nTaiwan Semiconductor employs 50,000 in Taiwan.",
            [],
        ),
        ("Taiwan Semiconductor, the Taiwan-based maker, earned more in Taiwan.", []),
        # as many of the one as of the other, or fewer: they are what they seem
        ("China threatened Taiwan. Taiwan Semiconductor fell.", ["t:Taiwan"]),
        ("Taiwan, Taiwan! Taiwan Semiconductor fell.", ["t:Taiwan", "t:Taiwan"]),
        # a phrase that no company has in its name tells what the document is about
        (
            "Taiwan Semiconductor and Taiwan Semiconductor. Fear in the Taiwan Strait: Taiwan?",
            ["t:Taiwan Strait", "t:Taiwan"],
        ),
        ("Taiwan Semiconductor. Taiwan-based. Taipei.", []),
        # where a report was written shows nothing
        ("TAIPEI, May 3 (Wire) - Taiwan Semiconductor fell.", []),
        ("China threatens\n\nTAIPEI \u2013 Taiwan is calm.", ["t:TAIPEI", "t:Taiwan"]),
        ("TAIPEI FELL AND TAIWAN SEMICONDUCTOR ROSE", ["t:TAIPEI"]),
        ("Taiwan Semiconductor.", []),
    ],
)
def test_a_document_about_something_else_of_that_name(text: str, expected: list[str]) -> None:
    watched = topic(phrases=("Taiwan", "Taipei", "Taiwan Strait"), excluded=CHIPS)
    assert found(text, watched) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Michael Jordan is back. Jordan scored 40. Jordan, 32, was pleased. Jordan!", []),
        # before the full name, one by one, it may be the country; but most are the player
        ("Jordan is back. Michael Jordan scored 40. Jordan was pleased.", []),
        (
            "Jordan closed its border. Jordan's king spoke. Jordan said no. Michael Jordan scored.",
            ["t:Jordan"] * 3,
        ),
        # no name of which Jordan is the last word
        ("The University of Jordan is large. Jordan is small. Jordan!", ["t:Jordan", "t:Jordan"]),
    ],
)
def test_after_a_full_name_its_last_word_is_that_name(text: str, expected: list[str]) -> None:
    assert found(text, topic(phrases=("Jordan",), excluded=PLAYER)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Hillary Clinton spoke. Bill Clinton was there. Clinton left.",
            ["Hillary Clinton", "Clinton"],
        ),
        ("Bill Clinton spoke. Clinton left.", []),
        ("Clinton left. Mr. Clinton stayed.", ["Clinton"]),
        ("Clinton's plan", ["Clinton"]),
    ],
)
def test_of_a_person_a_surname_may_be_somebody_elses(text: str, expected: list[str]) -> None:
    watched = topic(phrases=("Hillary Clinton", "Clinton"))
    assert found(text, watched) == [f"t:{name}" for name in expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("China may answer the tariffs.", ["t:tariffs"]),
        ("Chinese goods and tariffs", ["t:tariffs"]),
        ("Duties on Chinese goods; tariffs", ["t:tariffs"]),
        ("Chile and tariffs", []),
        ("Tariffs on Mexican goods", []),
    ],
)
def test_a_common_word_counts_beside_a_name_of_the_topic(text: str, expected: list[str]) -> None:
    tariffs = Topic("t", "U.S. tariffs on Chinese goods", ("tariffs", "NAFTA"), "", "")
    assert found(text, tariffs) == expected


def test_a_name_is_known_by_more_than_its_first_letters() -> None:
    deal = Topic("t", "The Pacific Partnership", ("trade deal", "TPP"), "", "")
    assert found("The party backs a trade deal.", deal) == []
    assert found("The partners back a trade deal.", deal) == []
    assert found("The Partners back a trade deal.", deal) == ["t:trade deal"]


def test_one_topics_other_sense_says_nothing_of_another_topic() -> None:
    text = "Taiwan Semiconductor and Taiwan Semiconductor in Taiwan."
    watched = (topic("a", excluded=CHIPS), topic("b"))
    assert found(text, *watched) == ["b:Taiwan"] * 3


def test_every_place_gets_a_verdict() -> None:
    text = "Taiwan Semiconductor. Taiwan Strait. Strait of Taiwan"
    watched = topic(phrases=("Taiwan", "Taiwan Strait"), excluded=("Taiwan Semiconductor",))
    judged = [
        (one.hit.phrase, one.verdict, one.by)
        for _, one in TopicMatcher([watched]).judge(split_tokens(text))
    ]
    assert sorted(judged) == [
        ("Taiwan", "counted", ""),
        ("Taiwan", "longer", ""),
        ("Taiwan", "not", "Taiwan Semiconductor"),
        ("Taiwan Strait", "counted", ""),
    ]


def test_time_grows_with_the_mentions_and_not_with_their_square() -> None:
    watched = topic(
        excluded=("Taiwan Semiconductor",), near=("chips",), context=("fab",), near_words=5
    )
    matcher = TopicMatcher([watched])

    def seconds(times: int) -> float:
        tokens = split_tokens("Taiwan Taiwan Taiwan Semiconductor chips fab " * times)
        started = time.process_time()
        assert len(matcher.find(tokens)) == 2 * times
        return time.process_time() - started

    few = min(seconds(1_000) for _ in range(3))
    assert seconds(16_000) < 16 * 6 * few


DEFAULT = load_config(None, {}).watchlist.topics


@pytest.mark.parametrize(
    ("topic_id", "text"),
    [(each.topic_id, one.text) for each in DEFAULT for one in each.examples if one.label != "none"],
)
def test_default_topics_find_their_examples(topic_id: str, text: str) -> None:
    assert any(one.startswith(f"{topic_id}:") for one in found(text, *DEFAULT))


@pytest.mark.parametrize(
    "text",
    [
        "Taiwan Semiconductor earnings up\n\nTAIPEI, May 3 - Taiwan Semiconductor, of Taiwan,",
        "A Taiwan-based maker of bicycles hires.\n\nThe Taiwan-born founder flew in from Taipei.",
        "Shares fell.\n\nThe Taiwan dollar was flat; Taiwan stocks and Taipei 101 lost.",
        "A viral TikTok of cats\n\nThe TikTok video was shot by a TikTok star. Watch it on TikTok",
        "Congress sent lethal aid to Ukraine, to fight Russia.",
        "He was convicted of material support for a group. A Russian witness spoke.",
        "Its oil export ban ends.\n\nThe oil export ban and a technology export ban were one law.",
    ],
)
def test_default_topics_keep_other_senses_out(text: str) -> None:
    assert found(text, *DEFAULT) == []


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
    watched = topic(phrases=tuple(dice.sample(PHRASES, 3)), excluded=tuple(dice.sample(PHRASES, 2)))
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
