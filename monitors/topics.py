"""Text -> mentions of the watched topics, and the screen that comes before."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from monitors import roles
from monitors.namesakes import Named, Namesakes
from monitors.phrases import PhraseIndex
from monitors.records import Actor, Mention
from monitors.senses import Hit, Senses
from monitors.tokens import flatten, split_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from monitors.records import Topic
    from monitors.senses import Judged
    from monitors.tokens import Tokens


class TopicMatcher:
    """Finds the topics' phrases as whole words, where they mean the topic.

    Of matches of one topic that overlap, the longest counts; `monitors.senses` says which do not,
    and of a topic that is a person `monitors.namesakes` says which surnames are somebody else's.
    """

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._senses = {topic.topic_id: Senses(topic) for topic in topics}
        self._people = {topic.topic_id: person for topic in topics if (person := _person(topic))}
        self._namesakes = Namesakes(list(self._people.values()))
        self._index = PhraseIndex[tuple[str, str, str]](
            (phrase, (topic.topic_id, key, phrase))
            for topic in topics
            for key, phrases in (
                ("phrases", topic.phrases),
                ("near", topic.near),
                ("not", topic.excluded),
                ("context", topic.context),
            )
            for phrase in phrases
        )

    def find(self, tokens: Tokens) -> list[Mention]:
        """The mentions in text order; one place may name several topics."""
        mentions = [
            Mention("topic", topic_id, *tokens.span(judged.hit.first, judged.hit.last))
            for topic_id, judged in self.judge(tokens)
            if judged.verdict == "counted"
        ]
        return sorted(mentions, key=lambda mention: (mention.start, mention.end, mention.id))

    def judge(self, tokens: Tokens) -> Iterator[tuple[str, Judged]]:
        """Every place where a topic's phrase stands, with the topic and what became of it."""
        hits: defaultdict[str, defaultdict[str, list[Hit]]] = defaultdict(lambda: defaultdict(list))
        for first, last, (topic_id, key, phrase) in self._index.find(tokens):
            hits[topic_id][key].append(Hit(first, last, phrase))
        for topic_id, found in hits.items():
            if "phrases" in found:
                judged = list(self._senses[topic_id].judge(found, tokens))
                if topic_id in self._people:
                    judged = self._without_namesakes(topic_id, judged, tokens)
                yield from ((topic_id, one) for one in judged)

    def _without_namesakes(
        self, topic_id: str, judged: Sequence[Judged], tokens: Tokens
    ) -> list[Judged]:
        named = [
            Named(one.hit.first, one.hit.last, topic_id)
            for one in judged
            if one.verdict == "counted"
        ]
        meant = {name.first for name in self._namesakes.without(tokens, named)}
        return [
            one._replace(verdict="sense")
            if one.verdict == "counted" and one.hit.first not in meant
            else one
            for one in judged
        ]


class Screen:
    """Tells over raw text whether an article can name a topic at all.

    For each phrase its longest run of plain words is looked for as a substring, the fastest thing
    there is; only where that hits, a regular expression made of the phrase's own tokens looks
    closer. It never misses what `TopicMatcher` finds; it looks at no other words than the phrases.
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


def _person(topic: Topic) -> Actor | None:
    """The person that a topic is: its phrases are a full name and that name's surname."""
    for phrase in topic.phrases:
        first, _, rest = phrase.partition(" ")
        surname = rest.rpartition(" ")[2]
        if first.casefold() in roles.FIRST_NAMES and surname in topic.phrases:
            return Actor(topic.topic_id, phrase, "person", topic.phrases)
    return None


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
