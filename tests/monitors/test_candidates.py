"""What a sentence is asked about, by what surrounds the topic in it."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import pytest

from monitors.actors import ActorMatcher
from monitors.attribution import Report, quoted_flags
from monitors.candidates import CandidateFinder, Reading
from monitors.records import Actor, Topic
from monitors.references import References
from monitors.sentences import find_sentences
from monitors.tokens import split_tokens
from monitors.topics import TopicMatcher

if TYPE_CHECKING:
    from monitors.records import AttributionKind

TOPIC = Topic("tiktok", "TikTok", ("TikTok",), "defends TikTok", "wants TikTok banned")
BIDEN = Actor("biden", "Joe Biden", "person", ("Joe Biden", "Biden"))


def questions(text: str, kind: AttributionKind) -> list[str]:
    """What is asked where "Biden" is the source of all that the second sentence says."""
    tokens, sentences = split_tokens(text), find_sentences(text)
    names = ActorMatcher((BIDEN,)).find_named(tokens)
    topics, quoted = TopicMatcher((TOPIC,)).find(tokens), quoted_flags(tokens)
    starts = [bisect_left(tokens.starts, start) for start, _ in sentences]
    actors = {"biden": BIDEN}
    report = Report(source=(0, 1), cue=(1, 2), content=[sentences[1]], kind=kind)
    reading = Reading(
        tokens=tokens,
        sentences=sentences,
        quoted=quoted,
        topics=topics,
        names=names,
        reports=[(report, "biden")],
        references=References(tokens, starts, quoted, names, actors=actors, day=None),
        sentence_starts=[start for start, _ in sentences],
        name_firsts=[name.first for name in names],
        topical=frozenset(((topic.start, topic.end), topic.id) for topic in topics),
    )
    found = CandidateFinder(actors, {"tiktok": TOPIC}).find(reading, None)
    return [candidate.query.text for candidate in found]


@pytest.mark.parametrize(
    ("sentence", "kind", "asked"),
    [
        ("TikTok is a threat.", "direct_quote", True),
        ("“TikTok is a threat.”", "indirect_speech", True),
        ("We must ban TikTok.", "indirect_speech", True),
        # Mostly the writer's next thought.
        ("TikTok is a threat.", "indirect_speech", False),
    ],
)
def test_a_speaker_named_in_the_sentence_before(
    sentence: str, kind: AttributionKind, *, asked: bool
) -> None:
    assert questions(f"Biden spoke.\n\n{sentence}", kind) == asked * [f"Joe Biden said: {sentence}"]


def test_nothing_is_asked_where_links_to_other_articles_run_into_the_sentence() -> None:
    links = "BidenSenators balk at a ban Poll: voters are split on TikTok"
    text = f"Biden spoke.\n\nPresident Joe Biden {links} MORE (D) signed the order on TikTok."
    assert questions(text, "description") == []
    assert questions(text.replace(" MORE", ""), "description")
