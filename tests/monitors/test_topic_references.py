"""What stands for a topic without naming it, and what only looks like it."""

from __future__ import annotations

import pytest

from monitors.records import Topic
from monitors.sentences import find_sentences
from monitors.tokens import split_tokens
from monitors.topic_references import TopicReferences, topic_nouns
from monitors.topics import TopicMatcher

DEAL = Topic("deal", "Iran deal", ("nuclear deal", "JCPOA"), "backs it", "opposes it")
APP = Topic("app", "TikTok", ("TikTok",), "defends it", "wants it banned")
TARIFFS = Topic("tariffs", "Tariffs on China", ("tariffs", "trade war"), "backs it", "opposes it")
PACT = Topic("pact", "Trade with Asia", ("Pacific trade pact",), "backs it", "opposes it")


def found(text: str, *topics: Topic) -> list[str]:
    tokens = split_tokens(text)
    references = TopicReferences({topic.topic_id: topic for topic in topics})
    mentions = TopicMatcher(topics).find(tokens)
    quoted = [False] * len(tokens)
    return [
        f"{mention.id}:{text[mention.start : mention.end]}"
        for mention in references.find(tokens, find_sentences(text), quoted, mentions)
    ]


def test_nouns_come_from_the_phrases_and_their_kind() -> None:
    assert topic_nouns(DEAL) == {"deal", "agreement", "accord", "pact", "treaty"}
    assert topic_nouns(TARIFFS) == {"war", "tariff", "tariffs", "duties", "levies"}
    assert topic_nouns(APP) == frozenset()


@pytest.mark.parametrize(
    ("text", "topics", "expected"),
    [
        ("The JCPOA holds. France backs the deal.", (DEAL,), ["deal:the deal"]),
        ("The JCPOA holds.\n\nFrance backs the accord.", (DEAL,), ["deal:the accord"]),
        ("The JCPOA holds. It is old. Iran keeps that pact.", (DEAL,), ["deal:that pact"]),
        ("TikTok grew. Trump may ban it.", (APP,), ["app:it"]),
        # a chain of them goes on
        (
            "The JCPOA holds. The deal is old. It is long. It is dull. The deal stays.",
            (DEAL,),
            ["deal:The deal"],
        ),
        (
            "The JCPOA holds. The deal is old. It is long. The deal stays.",
            (DEAL,),
            ["deal:The deal", "deal:The deal"],
        ),
        # another one, or perhaps another one
        ("The JCPOA holds. France backs the deal with Mexico.", (DEAL,), []),
        ("The JCPOA holds. France backs a deal.", (DEAL,), []),
        ("The JCPOA holds. France backs the trade deal.", (DEAL,), []),
        ("The JCPOA and the Pacific trade pact hold. France backs the pact.", (DEAL, PACT), []),
        ("TikTok and the JCPOA hold. Trump may ban it.", (DEAL, APP), []),
        ("TikTok grew. It is raining.", (APP,), []),
        # too far away
        ("The JCPOA holds. A. Rain fell. Snow fell. Wind blew. Iran keeps the deal.", (DEAL,), []),
        # named in the sentence itself
        ("The JCPOA holds. Iran keeps the deal, the JCPOA.", (DEAL,), []),
    ],
)  # fmt: skip
def test_references(text: str, topics: tuple[Topic, ...], expected: list[str]) -> None:
    assert found(text, *topics) == expected
