"""Articles -> how often each topic and each of its phrases hits, with hits to judge by eye."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from monitors.tokens import split_tokens
from monitors.topics import Screen, TopicMatcher

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitors.records import Topic
    from monitors.senses import Hit, Judged
    from monitors.tokens import Tokens

SAMPLES = 10
_AROUND = 90
# Below so many articles, or hits, nothing is said about what is too broad.
_FEW = 20
# More of all news than any one topic has: a common word.
_OF_ALL = 0.1
# Less than that, but still much, in so many times the articles of the topic's other phrases
# together, and mostly just once: what an article is about is named again and again.
_MUCH, _TIMES_OTHERS, _SINGLE = 0.02, 4, 0.6
_RULED_OUT = 0.5


@dataclass(frozen=True, slots=True)
class Sample:
    """A hit in its surroundings, on one line: `before` + `phrase` + `after`."""

    article_id: str
    before: str
    phrase: str
    after: str


@dataclass(frozen=True, slots=True)
class PhraseCount:
    """How one phrase fares.

    `hits` and `articles` are those that count; `ruled_out` says how many do not, by what spoke
    against them; `too_broad` says why the phrase looks so, or nothing.
    """

    phrase: str
    hits: int
    articles: int
    ruled_out: dict[str, int]
    too_broad: str = ""

    @property
    def dead(self) -> bool:
        """Whether it stood nowhere, not even where something spoke against it."""
        return not self.hits and not self.ruled_out


@dataclass(frozen=True, slots=True)
class TopicPreview:
    """What a topic finds in the `of_articles` articles that were looked through.

    `phrases` are in the order of the topic; `cancelled` counts the hits that each phrase of `not`
    ruled out; `samples` are hits drawn at random, each as likely as any other.
    """

    topic_id: str
    title: str
    of_articles: int
    articles: int
    hits: int
    phrases: tuple[PhraseCount, ...]
    cancelled: dict[str, int]
    ruled_out: dict[str, int]
    samples: tuple[Sample, ...]

    @property
    def share(self) -> float:
        """The share of all articles that name the topic, from 0 to 1."""
        return self.articles / self.of_articles if self.of_articles else 0.0


def preview_topics(
    topics: Sequence[Topic], articles: Iterable[tuple[str, str]], *, seed: int = 0
) -> list[TopicPreview]:
    """Look through `articles`, pairs of id and text, once; nothing of them is held but counts.

    The same articles in the same order and the same `seed` give the same samples.
    """
    screen, matcher = Screen(topics), TopicMatcher(topics)
    tallies = {topic.topic_id: _Tally(topic, seed) for topic in topics}
    total = 0
    for article_id, text in articles:
        total += 1
        if screen.passes(text):
            tokens = split_tokens(text)
            found: defaultdict[str, list[Judged]] = defaultdict(list)
            for topic_id, judged in matcher.judge(tokens):
                found[topic_id].append(judged)
            for topic_id, hits in found.items():
                tallies[topic_id].add(article_id, tokens, hits)
    return [tally.preview(total) for tally in tallies.values()]


class _Tally:
    """The counts of one topic on their way."""

    def __init__(self, topic: Topic, seed: int) -> None:
        self._topic = topic
        # Dice of its own: what one topic shows does not depend on the others.
        self._dice = Random(f"{seed}/{topic.topic_id}")  # noqa: S311 - a sample, not a secret
        self._hits, self._articles, self._singles = Counter[str](), Counter[str](), Counter[str]()
        self._ruled_out: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._cancelled = Counter[str]()
        self._named_in = self._seen = 0
        self._samples: list[Sample] = []

    def add(self, article_id: str, tokens: Tokens, hits: Sequence[Judged]) -> None:
        in_article = Counter[str]()
        for judged in sorted(hits):
            phrase = judged.hit.phrase
            if judged.verdict == "counted":
                in_article[phrase] += 1
                self._offer(article_id, tokens, judged.hit)
                self._hits[phrase] += 1
            else:
                self._ruled_out[phrase][judged.verdict] += 1
                self._cancelled[judged.by] += judged.verdict == "not"
        self._articles.update(in_article.keys())
        self._named_in += bool(in_article)
        if in_article.total() == 1:
            self._singles.update(in_article)

    def _offer(self, article_id: str, tokens: Tokens, hit: Hit) -> None:
        """Keep a fair sample of hits however many come (Vitter 1985, algorithm R)."""
        self._seen += 1
        place = self._dice.randrange(self._seen)
        if len(self._samples) < SAMPLES:
            self._samples.append(_excerpt(article_id, tokens, hit))
        elif place < SAMPLES:
            self._samples[place] = _excerpt(article_id, tokens, hit)

    def preview(self, total: int) -> TopicPreview:
        topic = self._topic
        return TopicPreview(
            topic_id=topic.topic_id,
            title=topic.title,
            of_articles=total,
            articles=self._named_in,
            hits=self._seen,
            phrases=tuple(self._count(phrase, total) for phrase in topic.phrases),
            cancelled={phrase: self._cancelled[phrase] for phrase in topic.excluded},
            ruled_out=dict(sum(self._ruled_out.values(), Counter[str]())),
            samples=tuple(self._samples),
        )

    def _count(self, phrase: str, total: int) -> PhraseCount:
        return PhraseCount(
            phrase,
            self._hits[phrase],
            self._articles[phrase],
            dict(self._ruled_out[phrase]),
            self._too_broad(phrase, total),
        )

    def _too_broad(self, phrase: str, total: int) -> str:
        mine, ruled_out = self._articles[phrase], self._ruled_out[phrase]
        if total >= _FEW and mine > _OF_ALL * total:
            return f"stands in {mine / total:.0%} of all articles"
        others = self._articles.total() - mine
        if (
            mine >= max(_FEW, _MUCH * total, _TIMES_OTHERS * others)
            and self._singles[phrase] > _SINGLE * mine
        ):
            return f"hits {mine:,} articles, mostly just once; the other phrases hit {others:,}"
        missed = ruled_out["near"] + ruled_out["context"]
        if missed + self._hits[phrase] >= _FEW and missed > _RULED_OUT * (
            missed + self._hits[phrase]
        ):
            return f"{missed} of its {missed + self._hits[phrase]} hits lack `near` or `context`"
        return ""


def _excerpt(article_id: str, tokens: Tokens, hit: Hit) -> Sample:
    start, end = tokens.span(hit.first, hit.last)
    text = tokens.text
    before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    _, broken, last = before.rpartition("\n\n")
    before = last if broken or start <= _AROUND else "… " + before.partition(" ")[2]
    first, broken, _ = after.partition("\n\n")
    after = first if broken or end + _AROUND >= len(text) else after.rpartition(" ")[0] + " …"
    return Sample(article_id, _one_line(before), _one_line(text[start:end]), _one_line(after))


def _one_line(text: str) -> str:
    """The text with single blanks for all white space, at its edges too."""
    lead, trail = text[:1].isspace(), text[-1:].isspace() and bool(text.strip())
    return " " * lead + " ".join(text.split()) + " " * trail
