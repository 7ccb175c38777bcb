"""Text -> all that is read from it: the one place where the spaCy pipeline is put together.

    tokens -> sentences -> topics -> actors -> reports (who is said to say what) -> stances

The components hand on through the extension attributes of the `Doc` that are registered here and
nowhere else; the stances are asked of the backend when the document is complete.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from monitors.actors import ActorMatcher
from monitors.attribution import find_reports, finish, quoted_flags
from monitors.candidates import CandidateFinder, Reading
from monitors.dates import said_in
from monitors.deadlines import check, in_time, never, score_in_time
from monitors.encoder.model import load_encoder
from monitors.records import Analysis, Mention, Stance
from monitors.references import References
from monitors.sentences import find_sentences, mark_sentences
from monitors.tokenizer import NewsTokenizer, tokens_of
from monitors.topics import Screen, TopicMatcher

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from monitors.candidates import Candidate
    from monitors.deadlines import Expired
    from monitors.encoder.model import Encoder
    from monitors.records import Attribution, Span, Watchlist
    from monitors.stance.queries import StanceBackend, StanceScore

READ_AT_MOST = 200_000
# spaCy keeps every word it has seen; a process that reads for weeks starts afresh now and then.
_MOST_WORDS = 300_000
# Raise it with every change of the rules: stances of another version are read again.
RULES_VERSION = 7
# Who speaks is looked for around the sentences that name a topic; it is the dearest step.
_SENTENCES_BEFORE, _SENTENCES_AFTER = 4, 3
# … and so much text of one article at most: five times what an article has on the average.
_SEARCHED_AT_MOST = 30_000
# How much less sure than its opposite a side is that was misread.
_DOUBT = 0.2
# What a backend is asked about one article; an article on a topic has about ten questions.
_QUESTIONS_AT_MOST = 300


class TopicComponent:
    """Sets `doc._.topic_mentions`."""

    def __init__(self) -> None:
        self.matcher = TopicMatcher(())

    def __call__(self, doc: Doc) -> Doc:
        doc._.topic_mentions = self.matcher.find(tokens_of(doc))
        return doc


class ActorComponent:
    """Sets `doc._.actor_names`, in tokens."""

    def __init__(self) -> None:
        self.matcher = ActorMatcher(())

    def __call__(self, doc: Doc) -> Doc:
        doc._.actor_names = self.matcher.find_named(tokens_of(doc))
        return doc


class ReportComponent:
    """Sets `doc._.reports`: who is reported to say what, the speakers not yet resolved.

    Searches around the topic mentions, or everywhere where `doc._.whole` is set.
    """

    def __init__(self) -> None:
        self.encoder: Encoder | None = None

    def __call__(self, doc: Doc) -> Doc:
        assert self.encoder is not None
        tokens = tokens_of(doc)
        sentences = find_sentences(tokens.text)
        spans = [(0, len(tokens.text))] if doc._.whole else _around(sentences, doc._.topic_mentions)
        doc._.reports = find_reports(self.encoder, tokens, in_time(spans, doc._.expired))
        return doc


def _around(sentences: Sequence[Span], mentions: Sequence[Mention]) -> list[Span]:
    """The sentences that name a topic with some before and after, joined where they touch."""
    starts = [start for start, _ in sentences]
    near: set[int] = set()
    for mention in mentions:
        number = max(0, bisect_right(starts, mention.start) - 1)
        near.update(range(number - _SENTENCES_BEFORE, number + _SENTENCES_AFTER + 1))
    spans: list[Span] = []
    for number, (start, end) in enumerate(sentences):
        if number in near and number - 1 in near and spans:
            spans[-1] = (spans[-1][0], end)
        elif number in near:
            spans.append((start, end))
    return list(_shortened(spans))


def _shortened(spans: Sequence[Span]) -> Iterator[Span]:
    left = _SEARCHED_AT_MOST
    for start, end in spans:
        if left > 0:
            yield start, min(end, start + left)
            left -= end - start


def build_pipeline(watchlist: Watchlist, encoder: Encoder) -> Language:
    """A blank English pipeline with this project's tokenizer and components."""
    for name in ("topic_mentions", "actor_names", "reports", "whole", "expired"):
        Doc.set_extension(name, default=None, force=True)
    Language.component("news_sentences", func=mark_sentences, assigns=["token.is_sent_start"])
    Language.factory("topic_mentions", func=_make_topics, assigns=["doc._.topic_mentions"])
    Language.factory("actor_names", func=_make_actors, assigns=["doc._.actor_names"])
    Language.factory("reports", func=_make_reports, assigns=["doc._.reports"])
    nlp = spacy.blank("en")
    nlp.tokenizer = NewsTokenizer(nlp.vocab)
    nlp.add_pipe("news_sentences")
    topics, actors = nlp.add_pipe("topic_mentions"), nlp.add_pipe("actor_names")
    reports = nlp.add_pipe("reports")
    assert isinstance(topics, TopicComponent)
    assert isinstance(actors, ActorComponent)
    assert isinstance(reports, ReportComponent)
    topics.matcher = TopicMatcher(watchlist.topics)
    actors.matcher = ActorMatcher(watchlist.actors)
    reports.encoder = encoder
    return nlp


def _make_topics(nlp: Language, name: str) -> TopicComponent:  # noqa: ARG001
    return TopicComponent()


def _make_actors(nlp: Language, name: str) -> ActorComponent:  # noqa: ARG001
    return ActorComponent()


def _make_reports(nlp: Language, name: str) -> ReportComponent:  # noqa: ARG001
    return ReportComponent()


class Analyser:
    """Reads articles for a watchlist; holds no state between them."""

    def __init__(
        self, watchlist: Watchlist, backend: StanceBackend, *, min_confidence: float
    ) -> None:
        self._backend, self._min_confidence = backend, min_confidence
        self._watchlist, self._encoder = watchlist, load_encoder("attribution")
        self._nlp = build_pipeline(watchlist, self._encoder)
        self._screen = Screen(watchlist.topics)
        self._actors = {actor.actor_id: actor for actor in watchlist.actors}
        topics = {topic.topic_id: topic for topic in watchlist.topics}
        self._finder = CandidateFinder(self._actors, topics)
        versions = f"{backend.name}|{self._encoder.version}|{RULES_VERSION}"
        key = f"{watchlist.version}|{versions}|{min_confidence}"
        self._version = hashlib.sha256(key.encode()).hexdigest()[:16]

    @property
    def version(self) -> str:
        """A hash of all that decides what is read from a text."""
        return self._version

    def worth_reading(self, text: str) -> bool:
        """Whether `text` can name a watched topic at all; fast, and never wrongly False."""
        return self._screen.passes(text[:READ_AT_MOST])

    def analyse(self, text: str, published: date | None, *, expired: Expired = never) -> Analysis:
        """All mentions, attributions and stances of `text` (its first 200,000 code points).

        `published` dates what the text says where it names no day itself, and decides which
        offices were held. `expired` is asked again and again whether the time for it is over.

        Raises:
            AnalysisTimeoutError: it was.
        """
        if len(self._nlp.vocab) > _MOST_WORDS:
            self._nlp = build_pipeline(self._watchlist, self._encoder)
        reading = self._read(text[:READ_AT_MOST], published, expired=expired)
        found = in_time(self._finder.find(reading, published), expired)
        candidates = list(islice(found, _QUESTIONS_AT_MOST))
        queries = [candidate.query for candidate in candidates]
        scores = score_in_time(self._backend, queries, expired)
        stances = [
            stance
            for candidate, score in zip(candidates, scores, strict=True)
            if (stance := self._stance(reading.tokens.text, candidate, score, published))
        ]
        return Analysis(
            mentions=tuple(_mentions(reading)),
            attributions=tuple(
                finish(reading.tokens, report, actor_id) for report, actor_id in reading.reports
            ),
            stances=tuple(_consistent(_best(stances))),
        )

    def candidates(self, text: str, published: date | None) -> Iterator[Candidate]:
        """What the stance backend would be asked about the text, in text order."""
        yield from self._finder.find(self._read(text[:READ_AT_MOST], published), published)

    def attributions(self, text: str, published: date | None = None) -> tuple[Attribution, ...]:
        """The attributions of the whole text, not only those around its topic mentions."""
        reading = self._read(text[:READ_AT_MOST], published, whole=True)
        return tuple(finish(reading.tokens, *report) for report in reading.reports)

    def _read(
        self, text: str, published: date | None, *, whole: bool = False, expired: Expired = never
    ) -> Reading:
        doc = self._nlp.make_doc(text)
        check(expired)
        doc._.whole, doc._.expired = whole, expired
        doc = self._nlp(doc)
        tokens, names = tokens_of(doc), doc._.actor_names
        sentences, quoted = find_sentences(text), quoted_flags(tokens)
        starts = [bisect_left(tokens.starts, start) for start, _ in sentences]
        references = References(tokens, starts, quoted, names, actors=self._actors, day=published)
        reports = [
            (report, None if report.source is None else references.resolve(*report.source))
            for report in in_time(doc._.reports, expired)
        ]
        topics = doc._.topic_mentions
        return Reading(
            tokens=tokens,
            sentences=sentences,
            quoted=quoted,
            topics=topics,
            names=names,
            reports=reports,
            references=references,
            sentence_starts=[start for start, _ in sentences],
            name_firsts=[name.first for name in names],
            topical=frozenset(((topic.start, topic.end), topic.id) for topic in topics),
        )

    def _stance(
        self, text: str, candidate: Candidate, score: StanceScore, published: date | None
    ) -> Stance | None:
        label = score.answer
        confidence: float = getattr(score, label)
        if label == "none" or confidence < self._min_confidence:
            return None
        start, end = candidate.evidence
        period = None if published is None else said_in(text[start:end], published)
        spoken_on = period.first if period else published
        actor = self._actors[candidate.actor_id]
        return Stance(
            actor_id=candidate.actor_id,
            topic_id=candidate.topic_id,
            label=label,
            score=score.score,
            confidence=confidence,
            start=start,
            end=end,
            kind=candidate.kind,
            backend=self._backend.name,
            reported_by=candidate.reported_by,
            said_on=period.first if period else None,
            is_recalled=period is not None and not period.is_day,
            speaks_for=() if spoken_on is None else actor.speaks_for(spoken_on),
        )


def _mentions(reading: Reading) -> list[Mention]:
    names = [
        Mention("actor", name.actor_id, *reading.tokens.span(name.first, name.last))
        for name in reading.names
    ]
    return sorted([*reading.topics, *names], key=lambda item: (item.start, item.end, item.id))


def _best(stances: list[Stance]) -> list[Stance]:
    """One stance per actor, topic and sentence: the surest; none where two sides are as sure."""
    chosen: dict[tuple[str, str, int], Stance] = {}
    torn: set[tuple[str, str, int]] = set()
    for stance in sorted(stances, key=lambda one: -one.confidence):
        key = (stance.actor_id, stance.topic_id, stance.start)
        best = chosen.setdefault(key, stance)
        if best.label != stance.label and best.confidence == stance.confidence:
            torn.add(key)
    return [stance for key, stance in chosen.items() if key not in torn]


def _consistent(stances: list[Stance]) -> list[Stance]:
    """Those left where an article tells both sides of one actor, for one day.

    Hardly anybody takes both at once; a side that is read less surely by `_DOUBT` is a misreading.
    """
    surest: defaultdict[tuple[object, ...], dict[str, float]] = defaultdict(dict)
    for one in stances:
        sides = surest[_account(one)]
        sides[one.label] = max(one.confidence, sides.get(one.label, 0))
    return [one for one in stances if not _is_doubtful(surest[_account(one)], one.label)]


def _is_doubtful(sides: Mapping[str, float], label: str) -> bool:
    return sides[label] < max(sides.values()) - _DOUBT


def _account(stance: Stance) -> tuple[object, ...]:
    return stance.actor_id, stance.topic_id, stance.said_on, stance.reported_by
