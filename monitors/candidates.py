"""A read document -> the questions worth asking a stance backend.

For each mention of a topic its sentence is searched for holders: the speaker in whose words the
mention stands, the actors named in the sentence, and pronouns that stand for one. Nobody else can
hold a stance there. What an actor is said by another to want is marked as reported.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from monitors import roles
from monitors.stance.queries import StanceQuery
from monitors.topic_references import TopicReferences
from monitors.wordlists import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from monitors.attribution import Report
    from monitors.namesakes import Named
    from monitors.records import Actor, AttributionKind, Mention, Span, Topic
    from monitors.references import References
    from monitors.tokens import Tokens

_MENTIONS_PER_SENTENCE = 1
# A long "sentence" is a table or a list: too much stands between its names to relate them.
_LONGEST_SENTENCE = 1500
# ... and so it does where the page's links to other articles have run into the sentence: "Senator
# Ann LeeLee opens inquiry Poll: Lee far ahead MORE (R-Ky.)".
_RUN_IN_LINKS = re.compile(r"[a-z]{2}[A-Z].{40,} MORE\b", re.DOTALL)
_SENTENCE_BEFORE = 400
_FIRST_PERSON = word_set("i we me my our mine ours myself ourselves")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the pipeline found in one text; `reports` are in text order with their actors."""

    tokens: Tokens
    sentences: Sequence[Span]
    quoted: Sequence[bool]
    topics: Sequence[Mention]
    names: Sequence[Named]
    reports: Sequence[tuple[Report, str | None]]
    references: References
    sentence_starts: Sequence[int]  # in characters
    name_firsts: Sequence[int]  # in tokens
    topical: frozenset[tuple[Span, str]]  # the places of the topic mentions

    def names_in(self, first: int, last: int) -> Sequence[Named]:
        """The actors named by tokens from `first` up to `last`, excluded."""
        low = bisect_left(self.name_firsts, first)
        return self.names[low : bisect_left(self.name_firsts, last)]


class Candidate(NamedTuple):
    """A question for the backend, and what its answer would be a stance of."""

    actor_id: str
    topic_id: str
    query: StanceQuery
    evidence: Span
    kind: AttributionKind
    reported_by: str | None


class _Holder(NamedTuple):
    actor_id: str
    span: Span | None  # None: the speaker is named in another sentence
    kind: AttributionKind
    reported_by: str | None


class CandidateFinder:
    """Finds the candidates of documents for one watchlist."""

    def __init__(self, actors: Mapping[str, Actor], topics: Mapping[str, Topic]) -> None:
        self._actors, self._topics = actors, topics
        self._references = TopicReferences(topics)

    def find(self, reading: Reading, day: date | None) -> Iterator[Candidate]:
        """The candidates in text order; `day` decides who spoke for whom."""
        covering = _covering(reading)
        seen: defaultdict[tuple[str, int], int] = defaultdict(int)
        restated = self._references.find(
            reading.tokens, reading.sentences, reading.quoted, reading.topics
        )
        for mention in [*reading.topics, *restated]:
            number = _sentence_of(reading, mention.start)
            seen[mention.id, number] += 1
            if seen[mention.id, number] <= _MENTIONS_PER_SENTENCE and _relates_its_names(
                reading.tokens.text[slice(*reading.sentences[number])]
            ):
                for holder in self._holders(reading, mention, number, covering[number], day):
                    yield self._candidate(reading, mention, number, holder)

    def _holders(
        self,
        reading: Reading,
        mention: Mention,
        number: int,
        reports: Sequence[tuple[Report, str | None]],
        day: date | None,
    ) -> Iterator[_Holder]:
        enclosing = [item for item in reports if _covers(item[0], mention)]
        enclosing.sort(key=lambda item: _size(item[0]))
        speaker = enclosing[0][1] if enclosing else None
        mention_quoted = _is_quoted(reading, mention.start)
        told: set[tuple[str, Span]] = set()
        if speaker is not None:
            holder = self._speaker(reading, number, enclosing, day)
            told.add((holder.actor_id, holder.span or (0, 0)))
            if mention_quoted or _is_told_here(reading, number, holder):
                yield holder
        for report, actor_id in _spoken_by(reading, mention):
            # "Huawei denied it": what is talked about speaks for itself.
            told.add((actor_id, (mention.start, mention.end)))
            yield _Holder(actor_id, (mention.start, mention.end), report.kind, None)
        for actor_id, span in self._in_sentence(reading, number):
            inside = _is_quoted(reading, span[0])
            if (actor_id, span) in told or (span[0] < mention.end and mention.start < span[1]):
                continue
            if actor_id != speaker and (span, mention.id) in reading.topical:
                continue  # "TikTok" is what is talked about, not who talks
            if inside and (not mention_quoted or speaker is None):
                continue
            around = [item for item in enclosing if _covers_span(item[0], span)]
            if any(_is_outsider(reading.tokens, item[0]) for item in around if item[1] is None):
                continue
            kind: AttributionKind = "indirect_speech" if around else "description"
            reporter = self._reporter(actor_id, around, day)
            yield _Holder(actor_id, span, kind, reporter)
            if (
                speaker is not None
                and speaker != actor_id
                and actor_id in self._bodies(speaker, day)
            ):
                # "Russia opposes it, its spokesman said": the position is his as well.
                yield _Holder(speaker, span, kind, None)

    def _speaker(
        self,
        reading: Reading,
        number: int,
        enclosing: Sequence[tuple[Report, str | None]],
        day: date | None,
    ) -> _Holder:
        report, actor_id = enclosing[0]
        assert actor_id is not None
        reporter = self._reporter(actor_id, enclosing[1:], day)
        return _Holder(
            actor_id, self._source_in(reading, number, report, actor_id), report.kind, reporter
        )

    def _source_in(
        self, reading: Reading, number: int, report: Report, actor_id: str
    ) -> Span | None:
        """The words that stand for the speaker, where they are in this sentence."""
        if report.source is None:
            return None
        span = reading.tokens.span(*report.source)
        start, end = reading.sentences[number]
        if not (start <= span[0] and span[1] <= end):
            return None
        for name in reading.names_in(*report.source):
            if name.actor_id == actor_id:
                return reading.tokens.span(name.first, name.last)
        return span

    def _in_sentence(self, reading: Reading, number: int) -> Iterator[tuple[str, Span]]:
        """The actors that the sentence names, and the pronouns that stand for one."""
        tokens = reading.tokens
        start, end = reading.sentences[number]
        first, last = bisect_left(tokens.starts, start), bisect_left(tokens.starts, end)
        for name in reading.names_in(first, last):
            yield name.actor_id, tokens.span(name.first, name.last)
        for place in range(first, last):
            if tokens.folded[place] in {"he", "she"} and not reading.quoted[place]:
                actor_id = reading.references.pronoun(place)
                if actor_id is not None:
                    yield actor_id, tokens.span(place, place + 1)

    def _reporter(
        self, actor_id: str, around: Sequence[tuple[Report, str | None]], day: date | None
    ) -> str | None:
        """Who claims it, unless that is the holder or somebody who speaks for the same body."""
        own = self._bodies(actor_id, day)
        claimed = [reporter for _, reporter in around if reporter is not None]
        return next((one for one in claimed if not own & self._bodies(one, day)), None)

    def _bodies(self, actor_id: str, day: date | None) -> set[str]:
        actor = self._actors[actor_id]
        return {actor_id, *(actor.speaks_for(day) if day is not None else ())}

    def _candidate(
        self, reading: Reading, mention: Mention, number: int, holder: _Holder
    ) -> Candidate:
        start, end = reading.sentences[number]
        text, shift = reading.tokens.text[start:end], -start
        span = holder.span
        if span is None:
            name = self._actors[holder.actor_id].name
            text, shift = f"{name} said: {text}", len(name) + len(" said: ") - start
            at: Span = (0, len(name))
        else:
            at = (span[0] + shift, span[1] + shift)
        topic = self._topics[mention.id]
        before = ""
        if number:
            from_, to = reading.sentences[number - 1]
            before = reading.tokens.text[max(from_, to - _SENTENCE_BEFORE) : to]
        query = StanceQuery(
            text=text,
            holder=at,
            target=(mention.start + shift, mention.end + shift),
            favor=topic.favor,
            against=topic.against,
            before=before,
            title=topic.title,
        )
        return Candidate(
            holder.actor_id, mention.id, query, (start, end), holder.kind, holder.reported_by
        )


def _relates_its_names(sentence: str) -> bool:
    return len(sentence) < _LONGEST_SENTENCE and not _RUN_IN_LINKS.search(sentence)


def _sentence_of(reading: Reading, place: int) -> int:
    return max(0, bisect_right(reading.sentence_starts, place) - 1)


def _covering(reading: Reading) -> defaultdict[int, list[tuple[Report, str | None]]]:
    """For each sentence the reports whose content reaches into it."""
    starts = reading.sentence_starts
    found: defaultdict[int, list[tuple[Report, str | None]]] = defaultdict(list)
    for report, actor_id in reading.reports:
        numbers = {
            number
            for start, end in report.content
            for number in range(max(0, bisect_right(starts, start) - 1), bisect_left(starts, end))
        }
        for number in numbers:
            found[number].append((report, actor_id))
    return found


def _spoken_by(reading: Reading, mention: Mention) -> Iterator[tuple[Report, str]]:
    """The reports whose speaker the mention names, where that is an actor."""
    for report, actor_id in reading.reports:
        if actor_id is not None and report.source is not None:
            start, end = reading.tokens.span(*report.source)
            if start <= mention.start and mention.end <= end:
                named = reading.names_in(*report.source)
                if any(name.actor_id == actor_id for name in named):
                    yield report, actor_id
                    return


def _is_told_here(reading: Reading, number: int, holder: _Holder) -> bool:
    """Whether the sentence itself shows whose words it reports, or at least that it is somebody's.

    Indirect speech whose speaker was named in another sentence is mostly the writer's next thought.
    """
    if holder.span is not None or holder.kind != "indirect_speech":
        return True
    tokens = reading.tokens
    first, last = (bisect_left(tokens.starts, place) for place in reading.sentences[number])
    return not _FIRST_PERSON.isdisjoint(tokens.folded[first:last])


def _covers(report: Report, mention: Mention) -> bool:
    return _covers_span(report, (mention.start, mention.end))


def _covers_span(report: Report, span: Span) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in report.content)


def _size(report: Report) -> int:
    return sum(end - start for start, end in report.content)


def _is_quoted(reading: Reading, place: int) -> bool:
    token = bisect_right(reading.tokens.starts, place) - 1
    return token >= 0 and reading.quoted[token]


def _is_outsider(tokens: Tokens, report: Report) -> bool:
    """Whether an unwatched voice is a critic, an expert or a bare name rather than officials."""
    if report.source is None:
        return False
    words = tokens.folded[slice(*report.source)]
    return not any(word in roles.OFFICIALS for word in words) or any(
        word in roles.OUTSIDERS for word in words
    )
