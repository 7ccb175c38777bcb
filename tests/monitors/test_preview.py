"""What a preview counts: hits, phrases that find nothing or too much, and a fair sample."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from monitors.preview import SAMPLES, PhraseCount, TopicPreview, preview_topics
from monitors.records import Topic

if TYPE_CHECKING:
    from collections.abc import Sequence

TAIWAN = Topic(
    "taiwan",
    "Taiwan's self-rule",
    ("Taiwan", "Taiwan Strait", "Formosa"),
    "backs it",
    "opposes it",
    excluded=("Taiwan Semiconductor", "Taipei 101"),
)
TOOLS = Topic(
    "tools", "Tools", ("machine tools",), "for it", "against it", near=("Russia",), context=("war",)
)


def preview(topic: Topic, *texts: str, seed: int = 1) -> TopicPreview:
    (found,) = preview_topics([topic], [(str(n), text) for n, text in enumerate(texts)], seed=seed)
    return found


def phrase(found: TopicPreview, name: str) -> PhraseCount:
    return next(each for each in found.phrases if each.phrase == name)


def test_it_counts_by_topic_and_phrase() -> None:
    found = preview(
        TAIWAN,
        "Taiwan and the Taiwan Strait. Taiwan!",
        "Nothing.",
        "Taiwan Semiconductor, Taiwan Semiconductor; from Taiwan.",
        "Ships left the Taiwan Strait.",
    )
    assert (found.hits, found.articles, found.of_articles, found.share) == (4, 2, 4, 0.5)
    assert phrase(found, "Taiwan") == PhraseCount(
        "Taiwan", 2, 1, {"longer": 2, "not": 2, "sense": 1}
    )
    assert phrase(found, "Taiwan Strait") == PhraseCount("Taiwan Strait", 2, 2, {})
    assert found.cancelled == {"Taiwan Semiconductor": 2, "Taipei 101": 0}
    assert found.ruled_out == {"longer": 2, "not": 2, "sense": 1}


def test_a_phrase_is_dead_where_it_stands_nowhere() -> None:
    found = preview(TAIWAN, "Taiwan Semiconductor")
    assert [each.phrase for each in found.phrases if each.dead] == ["Taiwan Strait", "Formosa"]
    assert found.articles == 0


def test_what_lacks_near_or_context_is_told() -> None:
    found = preview(TOOLS, "machine tools", "machine tools\n\nwar", "machine tools for Russia, war")
    assert phrase(found, "machine tools").ruled_out == {"context": 1, "near": 1}
    assert (found.hits, found.articles) == (1, 1)


OTHER = ["Nothing of note."]


@pytest.mark.parametrize(
    ("topic", "texts", "name", "why"),
    [
        (TAIWAN, ["Taiwan"] * 3 + OTHER * 17, "Taiwan", "stands in 15% of all articles"),
        (TAIWAN, ["Taiwan"] * 2 + OTHER * 18, "Taiwan", ""),
        (TAIWAN, ["Taiwan"] * 3, "Taiwan", ""),  # too few articles to tell
        (
            TAIWAN,
            ["Taiwan"] * 30 + ["Formosa"] * 7 + OTHER * 963,
            "Taiwan",
            "hits 30 articles, mostly just once; the other phrases hit 7",
        ),
        (TAIWAN, ["Taiwan, Taiwan"] * 30 + OTHER * 970, "Taiwan", ""),  # what they are about
        (TAIWAN, ["Taiwan"] * 30 + ["Formosa"] * 8 + OTHER * 962, "Taiwan", ""),
        (
            TOOLS,
            ["machine tools, war"] * 15 + ["machine tools"] + ["machine tools, Russia, war"] * 5,
            "machine tools",
            "16 of its 21 hits lack `near` or `context`",
        ),
    ],
)
def test_a_phrase_that_is_too_broad(
    topic: Topic, texts: Sequence[str], name: str, why: str
) -> None:
    texts = list(texts)
    if why.endswith("context`"):
        texts += OTHER * 180
    assert phrase(preview(topic, *texts), name).too_broad == why


def test_samples_show_the_words_around_on_one_line() -> None:
    long = "word " * 40
    found = preview(TAIWAN, f"Before.\n\n{long}of\n  Taiwan today {long}\n\nAfter.", "Taiwan.")
    first, second = found.samples
    assert (first.article_id, first.phrase) == ("0", "Taiwan")
    assert first.before.startswith("… word")
    assert first.before.endswith("word of ")
    assert first.after.startswith(" today word")
    assert first.after.endswith("word …")
    assert "  " not in first.before
    assert "  " not in first.after
    assert len(first.before) < 100
    assert len(first.after) < 100
    assert (second.before, second.phrase, second.after) == ("", "Taiwan", ".")
    (only,) = preview(TAIWAN, "Before.\n\nTo Taiwan\n\nAfter.").samples
    assert (only.before, only.phrase, only.after) == ("To ", "Taiwan", "")


def test_samples_are_drawn_again_by_seed_and_every_hit_has_its_chance() -> None:
    texts = [f"Taiwan {number}" for number in range(40)]
    assert preview(TAIWAN, *texts).samples == preview(TAIWAN, *texts).samples
    many = [preview(TAIWAN, *texts, seed=seed) for seed in range(200)]
    drawn = Counter(sample.article_id for found in many for sample in found.samples)
    assert drawn.total() == 200 * SAMPLES
    assert set(drawn) == {str(number) for number in range(40)}
    assert all(20 < count < 90 for count in drawn.values())  # 50 each, on the average


def test_another_topic_changes_nothing() -> None:
    articles = [(str(n), f"Taiwan {n}, machine tools, Russia, war") for n in range(40)]
    alone = preview_topics([TAIWAN], articles, seed=3)
    assert preview_topics([TOOLS, TAIWAN], articles, seed=3)[1:] == alone


def test_no_articles_and_no_topics() -> None:
    assert preview(TAIWAN).share == 0
    assert preview_topics([], [("a", "Taiwan")]) == []
