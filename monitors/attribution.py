"""Document -> who is reported to say, think or want what.

Reporting verbs are looked for outside quotation marks, sentence by sentence; each brings its
subject (before it, after it, or the one of the clause before) and its content (after it, or all
that stands before it). Quotations that no verb of their own sentence claims go to the speaker of
the same paragraph, or to the one whose quotation they carry on.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitors import clauses, cues
from monitors.clauses import Sentence
from monitors.quotes import Quote, Speech, find_quotes, is_speech
from monitors.records import Attribution
from monitors.sentences import find_sentences
from monitors.tokens import find_paragraphs, tokens_of
from monitors.wordlists import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spacy.tokens import Doc

    from monitors.records import AttributionKind, Span
    from monitors.tokens import Tokens

# In a headline that capitals run through, only plain reporting verbs are taken for verbs.
_HEADLINE_CUES = word_set("says said tells told vows warns urges denies calls accuses slams")
_TELLING = word_set("tell inform remind assure advise brief warn urge ask")
# Longer "sentences" are tables, lists or noise; the bound keeps the work linear in them.
_CONTENT_REACH = 300
_SKIPPED_AFTER_CUE = frozenset({"that", ":", ","})


@dataclass(slots=True)
class Report:
    """An attribution on its way: token places, and the characters of what is reported."""

    source: tuple[int, int] | None
    cue: tuple[int, int]
    content: list[Span]
    kind: AttributionKind
    sentence: Sentence
    spoken: bool = field(default=False)


def find_attributions(doc: Doc) -> Iterator[Attribution]:
    """The attributions of `doc` in text order, their speakers not yet resolved."""
    tokens = tokens_of(doc)
    for report in find_reports(tokens, find_sentences(tokens.text), find_quotes(tokens.text)):
        yield finish(tokens, report, None)


def finish(tokens: Tokens, report: Report, actor_id: str | None) -> Attribution:
    """The attribution that a report makes, once its source is known (or not)."""
    source = () if report.source is None else (tokens.span(*report.source),)
    cue = (tokens.span(*report.cue),) if report.cue[0] < report.cue[1] else ()
    return Attribution(source, cue, tuple(report.content), report.kind, actor_id)


def find_reports(
    tokens: Tokens, sentences: Sequence[Span], quotes: Sequence[Quote]
) -> list[Report]:
    """All reports of a text, in the order of their cues."""
    speech = Speech([quote for quote in quotes if is_speech(tokens.text, quote)])
    quoted = _flags(tokens, speech.quotes)
    reports: list[Report] = []
    for start, end in sentences:
        first, last = bisect_left(tokens.starts, start), bisect_left(tokens.starts, end)
        reports += _in_sentence(Sentence(tokens, first, last, quoted), speech)
    _give_away_quotes(tokens, reports, speech, quoted)
    return sorted(reports, key=_place)


def _place(report: Report) -> int:
    return report.content[0][0] if report.content else report.sentence.first


def quoted_flags(tokens: Tokens) -> list[bool]:
    """For each token whether it stands in quoted speech, its marks included."""
    quotes = find_quotes(tokens.text)
    return _flags(tokens, [quote for quote in quotes if is_speech(tokens.text, quote)])


def _flags(tokens: Tokens, speech: Sequence[Quote]) -> list[bool]:
    flags = [False] * len(tokens)
    for quote in speech:
        first, last = bisect_left(tokens.starts, quote.start), bisect_left(tokens.starts, quote.end)
        flags[first:last] = [True] * (last - first)
    return flags


def _in_sentence(sentence: Sentence, speech: Speech) -> list[Report]:
    found: list[Report] = []
    folded = sentence.tokens.folded
    for place in range(sentence.first, sentence.last):
        word = folded[place]
        if sentence.quoted[place]:
            continue
        if word in cues.CUES and _may_be_verb(sentence, place):
            report = _from_verb(sentence, place, found)
        elif word == "according" and folded[place + 1 : place + 2] == ["to"]:
            report = _from_according(sentence, place)
        else:
            continue
        if report is not None and report.content:
            report.content = _with_quotes(report.content, speech)
            if _is_direct(report.content, speech):
                report.kind = "direct_quote"
            found.append(report)
    return found


def _may_be_verb(sentence: Sentence, place: int) -> bool:
    """A capital amid a sentence makes a name of it ("the United States")."""
    tokens = sentence.tokens
    return tokens.forms[place].islower() or (
        tokens.folded[place] in _HEADLINE_CUES and clauses.is_headline(sentence)
    )


def _from_verb(sentence: Sentence, place: int, found: Sequence[Report]) -> Report | None:
    tokens, cue = sentence.tokens, cues.CUES[sentence.tokens.folded[place]]
    group = clauses.verb_group(sentence, place)
    if clauses.is_noun(sentence, place) or _is_passive(tokens, group, place, cue):
        return None
    end = _cue_end(sentence, place, cue)
    kind: AttributionKind = "indirect_speech" if cue.kind == "speech" else "description"
    finite = cue.kind == "speech" and group == place and cue.form in {"past", "third"}
    if finite and clauses.is_inverted(sentence, place):
        subject = clauses.name_after(sentence, place + 1)
        content = _before(sentence, place)
        return Report(subject, (place, place + 1), content, kind, sentence)
    subject = _subject(sentence, group, place, cue, found)
    if subject is None:
        return None
    after = clauses.skip_person(sentence, end) if cue.lemma in _TELLING else end
    if cue.kind == "speech" and clauses.is_tail(sentence, subject, after):
        return Report(subject, (group, end), _before(sentence, subject[0]), kind, sentence)
    return Report(
        subject,
        (group, end),
        _after(sentence, end, addressed=cue.lemma in _TELLING and end == place + 1),
        kind,
        sentence,
    )


def _is_passive(tokens: Tokens, group: int, place: int, cue: cues.Cue) -> bool:
    participle = cue.form in {"past", "participle"}
    return participle and any(word in cues.PASSIVES for word in tokens.folded[group:place])


def _cue_end(sentence: Sentence, place: int, cue: cues.Cue) -> int:
    particles = cues.PARTICLES.get(cue.lemma, "").split()
    follows = place + 1 < sentence.last and sentence.tokens.folded[place + 1] in particles
    return place + 2 if follows else place + 1


def _subject(
    sentence: Sentence, group: int, place: int, cue: cues.Cue, found: Sequence[Report]
) -> tuple[int, int] | None:
    tokens = sentence.tokens
    before = tokens.folded[group - 1] if group > sentence.first else ""
    if before in {"and", "but", "to"} or (cue.form == "gerund" and group == place):
        # "…, adding that", "said … and warned": the speaker of the clause before goes on.
        last = next((report for report in reversed(found) if report.source), None)
        if last is not None and (before != "to" or last.kind == "description"):
            return last.source
        if before in {"and", "but"} and cue.form != "gerund" and cue.kind == "speech":
            return clauses.subject_first(sentence)
        if before in {"to", ""} or cue.form != "gerund":
            return None
    subject = clauses.subject_before(sentence, group)
    if subject is None:
        return None
    if cue.form == "base" and group == place and not _is_plural(tokens, *subject):
        return None
    return subject


def _is_plural(tokens: Tokens, first: int, last: int) -> bool:
    head = tokens.folded[last - 1]
    return (
        head.endswith("s")
        or head in {"they", "we", "i", "you", "who", "people", "police", "men"}
        or ("and" in tokens.folded[first:last])
    )


def _from_according(sentence: Sentence, place: int) -> Report | None:
    source = clauses.name_after(sentence, place + 2)
    if source is None:
        return None
    if place - sentence.first > 2:  # noqa: PLR2004
        content = _before(sentence, place)
    else:
        content = _after_mark(sentence, source[1])
    return Report(source, (place, place + 2), content, "indirect_speech", sentence)


def _before(sentence: Sentence, end: int) -> list[Span]:
    """From the start of the sentence up to token `end`, without the last comma."""
    tokens, first = sentence.tokens, max(sentence.first, end - _CONTENT_REACH)
    while end > first and tokens.forms[end - 1] == "," and not sentence.quoted[end - 1]:
        end -= 1
    return [tokens.span(first, end)] if end > first else []


def _after(sentence: Sentence, start: int, *, addressed: bool) -> list[Span]:
    tokens = sentence.tokens
    if addressed and start < sentence.last:
        start = clauses.skip_addressee(sentence, start)
    while start < sentence.last and tokens.folded[start] in _SKIPPED_AFTER_CUE:
        if sentence.quoted[start]:
            break
        start += 1
    return _to_end(sentence, start)


def _after_mark(sentence: Sentence, start: int) -> list[Span]:
    while start < sentence.last and sentence.tokens.forms[start] in ",:":
        start += 1
    return _to_end(sentence, start)


def _to_end(sentence: Sentence, start: int) -> list[Span]:
    tokens, end = sentence.tokens, min(sentence.last, start + _CONTENT_REACH)
    for place in range(start + 1, end):
        if tokens.folded[place] == "according" and not sentence.quoted[place]:
            end = place - 1 if tokens.forms[place - 1] == "," else place
            break
    while end > start and tokens.forms[end - 1] in ".;" and not sentence.quoted[end - 1]:
        end -= 1
    return [tokens.span(start, end)] if end > start else []


def _with_quotes(content: list[Span], speech: Speech) -> list[Span]:
    """Let the content take in whole quotations that it begins or ends in."""
    widened = []
    for start, end in content:
        touched = [q for q in speech.near(start, end) if q.start < end and start < q.end]
        widened.append(
            (min([start, *(q.start for q in touched)]), max([end, *(q.end for q in touched)]))
        )
    return widened


def _is_direct(content: list[Span], speech: Speech) -> bool:
    """Whether what is reported is for the greater part between quotation marks."""
    size = sum(end - start for start, end in content)
    inside = sum(
        max(0, min(end, quote.end) - max(start, quote.start))
        for start, end in content
        for quote in speech.near(start, end)
    )
    return 2 * inside > size


def _give_away_quotes(
    tokens: Tokens, reports: list[Report], speech: Speech, quoted: list[bool]
) -> None:
    """Give quotations that no clause claimed to the speaker before them, where that is safe."""
    owners = _owners(reports, speech)
    edges = [start for start, _ in find_paragraphs(tokens.text)]
    previous: tuple[int, Report] | None = None
    for number, quote in enumerate(speech.quotes):
        paragraph = bisect_right(edges, quote.start)
        owner = owners.get(number)
        if owner is None and previous is not None:
            goes_on = quote.continues or previous[0] == paragraph
            if goes_on:
                owner = _carry_on(tokens, previous[1], quote, quoted)
                reports.append(owner)
        previous = None if owner is None else (paragraph, owner)


def _owners(reports: Sequence[Report], speech: Speech) -> dict[int, Report]:
    owners: dict[int, Report] = {}
    for report in reports:
        for start, end in report.content:
            for number in speech.numbers(start, end):
                owners.setdefault(number, report)
    return owners


def _carry_on(tokens: Tokens, before: Report, quote: Quote, quoted: list[bool]) -> Report:
    first, last = bisect_left(tokens.starts, quote.start), bisect_left(tokens.starts, quote.end)
    sentence = Sentence(tokens, first, last, quoted)
    content = [(quote.start, quote.end)]
    return Report(before.source, before.cue, content, "direct_quote", sentence, spoken=True)
