"""Text -> mentions of the watched topics, and the screen that comes before."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING

from monitors.phrases import PhraseIndex
from monitors.records import Mention
from monitors.tokens import find_paragraphs, flatten, split_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitors.records import Topic
    from monitors.tokens import Tokens

_Hit = tuple[int, int]


class TopicMatcher:
    """Finds the topics' phrases as whole words.

    Of matches of one topic that overlap, the longest counts. A match inside a phrase of `excluded`
    does not count, nor one whose paragraph has none of the topic's `near` phrases.
    """

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._topics = {topic.topic_id: topic for topic in topics}
        self._index = PhraseIndex[tuple[str, str]](
            (phrase, (role, topic.topic_id))
            for topic in topics
            for role, phrases in (
                ("phrase", topic.phrases),
                ("near", topic.near),
                ("excluded", topic.excluded),
            )
            for phrase in phrases
        )

    def find(self, tokens: Tokens) -> list[Mention]:
        """The mentions in text order; one place may name several topics."""
        hits: defaultdict[tuple[str, str], list[_Hit]] = defaultdict(list)
        for first, last, key in self._index.find(tokens):
            hits[key].append((first, last))
        mentions = [
            Mention("topic", topic_id, *tokens.span(first, last))
            for topic_id in self._topics
            if ("phrase", topic_id) in hits
            for first, last in self._counted(topic_id, hits, tokens)
        ]
        return sorted(mentions, key=lambda mention: (mention.start, mention.end, mention.id))

    def _counted(
        self, topic_id: str, hits: dict[tuple[str, str], list[_Hit]], tokens: Tokens
    ) -> list[_Hit]:
        excluded = hits.get(("excluded", topic_id), [])
        found = [
            hit for hit in hits["phrase", topic_id] if not any(_inside(hit, x) for x in excluded)
        ]
        if self._topics[topic_id].near and found:
            found = _near(found, hits.get(("near", topic_id), []), tokens)
        return longest(found)


def _inside(hit: _Hit, other: _Hit) -> bool:
    return other[0] <= hit[0] and hit[1] <= other[1]


def _near(found: list[_Hit], near: list[_Hit], tokens: Tokens) -> list[_Hit]:
    starts = [start for start, _ in find_paragraphs(tokens.text)]

    def paragraph(hit: _Hit) -> int:
        return bisect_right(starts, tokens.starts[hit[0]])

    places = {paragraph(hit) for hit in near}
    return [hit for hit in found if paragraph(hit) in places]


def longest(hits: Iterable[_Hit]) -> list[_Hit]:
    """Of hits that overlap, the longest, the first of equals; in text order."""
    kept: list[_Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit[0], -hit[1])):
        if kept and hit[0] < kept[-1][1]:
            if hit[1] - hit[0] > kept[-1][1] - kept[-1][0]:
                kept[-1] = hit
        else:
            kept.append(hit)
    return kept


class Screen:
    """Tells over raw text whether an article can name a topic at all.

    For each phrase its longest run of plain words is looked for as a substring, the fastest thing
    there is; only where that hits, a regular expression made of the phrase's own tokens looks
    closer. It never misses what `TopicMatcher` finds; it does not look at `near` and `excluded`.
    """

    def __init__(self, topics: Sequence[Topic]) -> None:
        patterns: defaultdict[str, list[re.Pattern[str]]] = defaultdict(list)
        for phrase in {phrase for topic in topics for phrase in topic.phrases}:
            tokens = split_tokens(phrase).folded
            if tokens:
                patterns[_needle(tokens)].append(_whole(tokens))
        self._patterns = {
            needle: [
                pattern for other in patterns if needle in other for pattern in patterns[other]
            ]
            for needle in patterns
            if not any(other in needle for other in patterns if other != needle)
        }
        self._plain = [(needle.encode(), needle) for needle in self._patterns if needle.isascii()]
        self._other = [needle for needle in self._patterns if not needle.isascii()]

    def passes(self, text: str) -> bool:
        """Whether a phrase of any topic stands in `text`, whatever its case."""
        folded = _single_spaced(flatten(text)).casefold()
        # Most needles are ASCII, and bytes are searched twice as fast as wide characters.
        ascii_only = folded.encode("ascii", "replace")
        hits = [needle for plain, needle in self._plain if plain in ascii_only]
        hits += [needle for needle in self._other if needle in folded]
        return any(pattern.search(folded) for needle in hits for pattern in self._patterns[needle])


def _single_spaced(text: str) -> str:
    """The text with single spaces for all white space; mostly there is little to do."""
    text = text.replace("\n\n", " ").replace("\n", " ")
    return " ".join(text.split()) if "  " in text or not text.isprintable() else text


def _needle(tokens: list[str]) -> str:
    """The longest run of words without a mark between: in the text, single spaces part them."""
    runs = " ".join(token if token[0].isalnum() else "\n" for token in tokens).split("\n")
    return max((run.strip() for run in runs), key=len) or tokens[0]


def _whole(tokens: list[str]) -> re.Pattern[str]:
    """The tokens in a row, as whole words; the first stands first, for that is searched fastest."""
    first, last = re.escape(tokens[0]), tokens[-1]
    start = rf"(?<!\w{first})" if tokens[0][0].isalnum() else ""
    end = r"(?!\w)" if last[-1].isalnum() else ""
    return re.compile(r"\s*".join([first + start, *map(re.escape, tokens[1:])]) + end)
