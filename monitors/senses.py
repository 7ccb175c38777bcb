"""The phrases of a topic in a document -> which of them mean the topic, and why the others do not.

A word mostly keeps one sense throughout a document (Gale, Church and Yarowsky 1992, "One sense per
discourse"). So a report on the earnings of Taiwan Semiconductor does not name Taiwan, even where it
says "Taiwan" alone, and after "Michael Jordan" a bare "Jordan" is the player.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Literal, NamedTuple

from monitors.phrases import PhraseIndex
from monitors.tokens import find_paragraphs, split_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from monitors.records import Topic
    from monitors.tokens import Tokens

# counted: it is a mention. Otherwise what speaks against it: it stands inside a `not` phrase; the
# document is about those; no `context` or `near` phrase is there, nor, for common words, anything
# that the topic has a name for; a longer phrase holds it.
Verdict = Literal["counted", "not", "sense", "context", "near", "longer"]

_DASHES = frozenset("-\u2013\u2014")
_DATELINE = 12  # tokens


class Hit(NamedTuple):
    """A phrase at the tokens from `first` up to `last`, excluded."""

    first: int
    last: int
    phrase: str


class Judged(NamedTuple):
    """A phrase hit with its verdict; `by` is the `not` phrase that holds it, if one does."""

    hit: Hit
    verdict: Verdict
    by: str = ""


class Senses:
    """Judges the phrases of one topic, a document at a time."""

    def __init__(self, topic: Topic) -> None:
        self._topic = topic
        held = {phrase: _phrases_in(phrase, topic.phrases) for phrase in topic.excluded}
        self._ambiguous = {hit.phrase for hits in held.values() for hit in hits}
        self._named_last = {
            phrase: {hit.phrase for hit in hits if hit.last == _size(phrase)}
            for phrase, hits in held.items()
            if _is_name(phrase)
        }
        names = [phrase for phrase in topic.phrases if phrase != phrase.lower()]
        free = names and not topic.context and not topic.near
        self._common = {phrase for phrase in topic.phrases if free and phrase not in names}
        self._names = _by_size({_name_stem(name) for name in _names_in(topic.title)})

    def judge(self, hits: Mapping[str, Sequence[Hit]], tokens: Tokens) -> Iterator[Judged]:
        """Every hit of `phrases` with its verdict, in no order.

        `hits` are those of this topic by key (`phrases`, `near`, `not`, `context`), in text order.
        """
        excluding = _Cover(hits.get("not", ()))
        bare: list[Hit] = []
        cancelled: list[Judged] = []
        for hit in hits["phrases"]:
            holder = excluding.holder(hit)
            if holder is None:
                bare.append(hit)
            else:
                cancelled.append(Judged(hit, "not", holder.phrase))
        yield from cancelled
        if self._topic.context and not hits.get("context"):
            yield from (Judged(hit, "context") for hit in bare)
            return
        kept = self._own_sense(bare, cancelled, tokens) if cancelled else bare
        if any(hit.phrase in self._common for hit in kept) and not self._is_named(kept, tokens):
            yield from (Judged(hit, "context") for hit in kept)
            kept, bare = [], [hit for hit in bare if hit not in set(kept)]
        near = self._near(kept, hits.get("near", ()), tokens) if self._topic.near else kept
        longest = longest_hits(near)
        yield from _ruled_out(bare, kept, "sense")
        yield from _ruled_out(kept, near, "near")
        yield from _ruled_out(near, longest, "longer")
        yield from (Judged(hit, "counted") for hit in longest)

    def _own_sense(
        self, bare: Sequence[Hit], cancelled: Sequence[Judged], tokens: Tokens
    ) -> Sequence[Hit]:
        """The bare hits, unless the document speaks of what `not` names.

        A phrase that no `not` phrase holds ("Taiwan Strait") shows that the topic is meant. Without
        one, the bare last word of a name is that name once it was given in full; and where most
        mentions are of the other sense, the few that are left are so as well. Where a report was
        written shows nothing.
        """
        if any(hit.phrase not in self._ambiguous for hit in bare):
            return bare
        named: dict[str, int] = {}
        for one in cancelled:
            for phrase in self._named_last.get(one.by, ()):
                named.setdefault(phrase, one.hit.first)
        left = [hit for hit in bare if hit.first < named.get(hit.phrase, hit.last)]
        all_, mine = longest_hits(bare), longest_hits(left)
        others = len(longest_hits([one.hit for one in cancelled])) + len(all_) - len(mine)
        datelines = sum(_is_dateline(hit, tokens) for hit in mine)
        return () if others > len(mine) - datelines else left

    def _is_named(self, hits: Sequence[Hit], tokens: Tokens) -> bool:
        """Whether the document names what the topic is about: "trade deal" alone is any of them."""
        return any(hit.phrase not in self._common for hit in hits) or any(
            form[:size] in stems for size, stems in self._names.items() for form in tokens.forms
        )

    def _near(self, found: Sequence[Hit], near: Sequence[Hit], tokens: Tokens) -> Sequence[Hit]:
        if not found or not near:
            return ()
        if self._topic.near_words is None:
            return _in_same_paragraph(found, near, tokens)
        return _within_words(found, near, tokens, self._topic.near_words)


class _Cover:
    """Finds for a hit the one of `holders` that holds it, in logarithmic time."""

    def __init__(self, holders: Sequence[Hit]) -> None:
        self._firsts = [hit.first for hit in holders]
        self._furthest: list[Hit] = list(accumulate(holders, _further))

    def holder(self, hit: Hit) -> Hit | None:
        place = bisect_right(self._firsts, hit.first) - 1
        furthest = self._furthest[place] if place >= 0 else None
        return furthest if furthest is not None and furthest.last >= hit.last else None


def _further(one: Hit, other: Hit) -> Hit:
    return other if other.last > one.last else one


def longest_hits(hits: Sequence[Hit]) -> list[Hit]:
    """Of hits that overlap, the longest, the first of equals; in text order."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.first, -hit.last)):
        if kept and hit.first < kept[-1].last:
            if hit.last - hit.first > kept[-1].last - kept[-1].first:
                kept[-1] = hit
        else:
            kept.append(hit)
    return kept


def _phrases_in(phrase: str, phrases: Sequence[str]) -> list[Hit]:
    index = PhraseIndex[str]((each, each) for each in phrases)
    return [Hit(*found) for found in index.find(split_tokens(phrase))]


def _ruled_out(hits: Sequence[Hit], kept: Sequence[Hit], why: Verdict) -> Iterator[Judged]:
    if len(kept) < len(hits):
        remaining = set(kept)
        yield from (Judged(hit, why) for hit in hits if hit not in remaining)


def _names_in(title: str) -> list[str]:
    """The capitalised words of a title but its first, which has a capital anyway."""
    return [form for form in split_tokens(title).forms[1:] if form[0].isupper() and len(form) > 1]


def _name_stem(name: str) -> str:
    """What "China" and "Chinese" have in common, "Taiwan" and "Taiwanese", "Iran" and "Iranian"."""
    return name[: max(4, len(name) - 4)]


def _by_size(stems: set[str]) -> dict[int, set[str]]:
    return {size: {stem for stem in stems if len(stem) == size} for size in map(len, stems)}


def _size(phrase: str) -> int:
    return len(split_tokens(phrase))


def _is_name(phrase: str) -> bool:
    """Whether all its words have capitals, as in the full name of a person."""
    return all(form[0].isupper() for form in split_tokens(phrase).forms if form[0].isalnum())


def _is_dateline(hit: Hit, tokens: Tokens) -> bool:
    """Whether it says where a report was written: "TAIPEI, May 3 (Reuters) -"."""
    start = tokens.starts[hit.first]
    starts_line = tokens.text[max(0, start - 3) : start].rstrip(" ")[-1:] in {"", "\n"}
    follows = tokens.forms[hit.last : hit.last + _DATELINE]
    return starts_line and tokens.forms[hit.first].isupper() and not _DASHES.isdisjoint(follows)


def _in_same_paragraph(found: Sequence[Hit], near: Sequence[Hit], tokens: Tokens) -> list[Hit]:
    starts = [start for start, _ in find_paragraphs(tokens.text)]

    def paragraph(hit: Hit) -> int:
        return bisect_right(starts, tokens.starts[hit.first])

    places = {paragraph(hit) for hit in near}
    return [hit for hit in found if paragraph(hit) in places]


def _within_words(
    found: Sequence[Hit], near: Sequence[Hit], tokens: Tokens, words: int
) -> list[Hit]:
    # Marks are tokens too, but not words.
    word = [0, *accumulate(form[0].isalnum() for form in tokens.forms)]
    firsts = [word[hit.first] for hit in near]
    furthest = list(accumulate((word[hit.last] for hit in near), max))

    def is_near(hit: Hit) -> bool:
        place = bisect_left(firsts, word[hit.last] + words) - 1
        return place >= 0 and furthest[place] > word[hit.first] - words

    return [hit for hit in found if is_near(hit)]
