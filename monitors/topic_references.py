"""Topic mentions -> the words that stand for a topic without naming it: "it", "the deal".

After a sentence that names the Iran nuclear deal, "the deal" and "the accord" are that one. What a
topic can be called is read off its phrases: their last words where these are common nouns, and
other nouns for the same kind of thing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING

from monitors.records import Mention
from monitors.stance.words import OPPOSE, SUPPORT, stem
from monitors.tokens import split_tokens
from monitors.wordlists import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from monitors.records import Span, Topic
    from monitors.tokens import Tokens

_KINDS = tuple(
    map(
        word_set,
        (
            "deal agreement accord pact treaty",
            "law bill legislation act measure reform statute",
            "tariff tariffs duties levies",
            "inquiry probe investigation",
            "talks negotiations summit",
            "strike strikes attack attacks",
            "alliance bloc",
            "ban prohibition",
        ),
    )
)
_DETERMINERS = frozenset({"the", "this", "that", "these", "those"})
# "The deal with Mexico" need not be the one that was named.
_SPECIFIED = frozenset({"of", "with", "between", "on", "over", "in"})
_SENTENCES_AFTER = 2
_JOINING = frozenset("'-\u2019")
_NOT_OF_TOPICS = frozenset({"deny", "doubt", "say", "call", "mak", "believ"})


def topic_nouns(topic: Topic) -> frozenset[str]:
    """The common nouns that a topic is called by once it was named."""
    lasts = {form for phrase in topic.phrases for form in split_tokens(phrase).forms[-1:]}
    nouns = {form for form in lasts if form.isalpha() and form.islower()}
    return frozenset(nouns.union(*(kind for kind in _KINDS if kind & nouns)))


class TopicReferences:
    """Finds what stands for the topics of a watchlist in documents."""

    def __init__(self, topics: Mapping[str, Topic]) -> None:
        self._nouns = {topic_id: topic_nouns(topic) for topic_id, topic in topics.items()}

    def find(
        self,
        tokens: Tokens,
        sentences: Sequence[Span],
        quoted: Sequence[bool],
        mentions: Sequence[Mention],
    ) -> Iterator[Mention]:
        """At most one mention per topic and sentence, in sentences that do not name the topic."""
        starts = [start for start, _ in sentences]
        named: defaultdict[int, set[str]] = defaultdict(set)
        for mention in mentions:
            named[max(0, bisect_right(starts, mention.start) - 1)].add(mention.id)
        left: dict[str, int] = {}
        for number, (start, end) in enumerate(sentences):
            left = {topic: more - 1 for topic, more in left.items() if more > 0}
            here = dict.fromkeys(sorted(named[number]), _SENTENCES_AFTER)
            if left:
                first, last = bisect_left(tokens.starts, start), bisect_left(tokens.starts, end)
                before = named[number - 1] if number else set()
                for topic_id in [topic for topic in left if topic not in here]:
                    place = self._called(tokens, first, last, topic_id, left)
                    if place is None and before == {topic_id}:
                        place = _pronoun(tokens, first, last, quoted)
                    if place is not None:
                        here[topic_id] = _SENTENCES_AFTER
                        yield Mention("topic", topic_id, *tokens.span(*place))
            left |= here

    def _called(
        self, tokens: Tokens, first: int, last: int, topic_id: str, near: Mapping[str, int]
    ) -> tuple[int, int] | None:
        """The tokens of "the deal" where no other topic near by can be meant."""
        nouns = self._nouns[topic_id]
        for place in range(first, last - 1):
            noun = tokens.folded[place + 1]
            if tokens.folded[place] not in _DETERMINERS or noun not in nouns:
                continue
            follows = tokens.forms[place + 2] if place + 2 < last else "."
            others = (self._nouns[other] for other in near if other != topic_id)
            specified = follows in _SPECIFIED or follows[0] in _JOINING
            if not specified and not any(noun in other for other in others):
                return place, place + 2
        return None


def _pronoun(
    tokens: Tokens, first: int, last: int, quoted: Sequence[bool]
) -> tuple[int, int] | None:
    """The first "it" or "them", where a verb that takes sides has it for an object."""
    for place in range(first + 1, last):
        if tokens.folded[place] in {"it", "them"} and not quoted[place]:
            verb = stem(tokens.folded[place - 1])
            sided = verb in SUPPORT | OPPOSE and verb not in _NOT_OF_TOPICS
            return (place, place + 1) if sided else None
    return None
