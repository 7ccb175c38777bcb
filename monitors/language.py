"""Text -> all that is read from it: the one place where the spaCy pipeline is put together.

    tokens -> sentences -> topics -> actors -> reports (quotations, speakers) -> stances

The components hand on through the extension attributes of the `Doc` that are registered here and
nowhere else; the stances are asked of the backend when the document is complete.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from typing import TYPE_CHECKING

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from monitors.actors import ActorMatcher
from monitors.attribution import find_reports, finish, quoted_flags
from monitors.candidates import CandidateFinder, Reading
from monitors.dates import said_on
from monitors.quotes import find_quotes
from monitors.records import Analysis, Mention, Stance
from monitors.references import References
from monitors.sentences import find_sentences, mark_sentences
from monitors.tokens import NewsTokenizer, tokens_of
from monitors.topics import Screen, TopicMatcher

if TYPE_CHECKING:
    from datetime import date

    from monitors.candidates import Candidate
    from monitors.records import Watchlist
    from monitors.stance.queries import StanceBackend, StanceScore

READ_AT_MOST = 200_000
# spaCy keeps every word it has seen; a process that reads for weeks starts afresh now and then.
_MOST_WORDS = 300_000
# Raise it with every change of the rules: stances of another version are read again.
RULES_VERSION = 1


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


def _mark_reports(doc: Doc) -> Doc:
    """Set `doc._.reports`: who is reported to say what, the speakers not yet resolved."""
    tokens = tokens_of(doc)
    doc._.reports = find_reports(tokens, find_sentences(tokens.text), find_quotes(tokens.text))
    return doc


def build_pipeline(watchlist: Watchlist) -> Language:
    """A blank English pipeline with this project's tokenizer and components."""
    for name in ("topic_mentions", "actor_names", "reports"):
        Doc.set_extension(name, default=None, force=True)
    Language.component("news_sentences", func=mark_sentences, assigns=["token.is_sent_start"])
    Language.factory("topic_mentions", func=_make_topics, assigns=["doc._.topic_mentions"])
    Language.factory("actor_names", func=_make_actors, assigns=["doc._.actor_names"])
    Language.component("reports", func=_mark_reports, assigns=["doc._.reports"])
    nlp = spacy.blank("en")
    nlp.tokenizer = NewsTokenizer(nlp.vocab)
    nlp.add_pipe("news_sentences")
    topics, actors = nlp.add_pipe("topic_mentions"), nlp.add_pipe("actor_names")
    assert isinstance(topics, TopicComponent)
    assert isinstance(actors, ActorComponent)
    topics.matcher = TopicMatcher(watchlist.topics)
    actors.matcher = ActorMatcher(watchlist.actors)
    nlp.add_pipe("reports")
    return nlp


def _make_topics(nlp: Language, name: str) -> TopicComponent:  # noqa: ARG001
    return TopicComponent()


def _make_actors(nlp: Language, name: str) -> ActorComponent:  # noqa: ARG001
    return ActorComponent()


class Analyser:
    """Reads articles for a watchlist; holds no state between them."""

    def __init__(
        self, watchlist: Watchlist, backend: StanceBackend, *, min_confidence: float
    ) -> None:
        self._backend, self._min_confidence = backend, min_confidence
        self._watchlist = watchlist
        self._nlp = build_pipeline(watchlist)
        self._screen = Screen(watchlist.topics)
        self._actors = {actor.actor_id: actor for actor in watchlist.actors}
        topics = {topic.topic_id: topic for topic in watchlist.topics}
        self._finder = CandidateFinder(self._actors, topics)
        key = f"{watchlist.version}|{backend.name}|{RULES_VERSION}|{min_confidence}"
        self._version = hashlib.sha256(key.encode()).hexdigest()[:16]

    @property
    def version(self) -> str:
        """A hash of all that decides what is read from a text."""
        return self._version

    def worth_reading(self, text: str) -> bool:
        """Whether `text` can name a watched topic at all; fast, and never wrongly False."""
        return self._screen.passes(text[:READ_AT_MOST])

    def analyse(self, text: str, published: date | None) -> Analysis:
        """All mentions, attributions and stances of `text` (its first 200,000 code points).

        `published` dates what the text says where it names no day itself, and decides which
        offices were held.
        """
        if len(self._nlp.vocab) > _MOST_WORDS:
            self._nlp = build_pipeline(self._watchlist)
        reading = self._read(text[:READ_AT_MOST], published)
        candidates = list(self._finder.find(reading, published))
        scores = self._backend.score([candidate.query for candidate in candidates])
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
            stances=tuple(_best(stances)),
        )

    def _read(self, text: str, published: date | None) -> Reading:
        doc = self._nlp(text)
        tokens, names = tokens_of(doc), doc._.actor_names
        sentences, quoted = find_sentences(text), quoted_flags(tokens)
        starts = [bisect_left(tokens.starts, start) for start, _ in sentences]
        references = References(tokens, starts, quoted, names, actors=self._actors, day=published)
        reports = [
            (report, None if report.source is None else references.resolve(*report.source))
            for report in doc._.reports
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
        day = None if published is None else said_on(text[start:end], published)
        spoken_on = day or published
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
            said_on=day,
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
