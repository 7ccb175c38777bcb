"""Where the parts of a reporting clause begin and end, without a parser.

All functions work on token places within one sentence `[a, b)` and are told which tokens stand in
quotation marks; noun phrases are what lies between a verb and the nearest word that cannot belong
to one. They look at a bounded number of tokens, so the work stays linear.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitors import cues, roles
from monitors.wordlists import word_set

if TYPE_CHECKING:
    from monitors.tokens import Tokens

_REACH = 22
_SHORTEST_HEADLINE, _LONGEST_HEADLINE = 3, 20
# Words that end a noun phrase when one walks back from its verb.
_STOPS = word_set(
    """that but when while as if because which after before since although though where than so
    then whether until unless once how why what or nor yet said says saying is are was were
    be been has have had will would could should can may might must do does did not to"""
)
_LEADS = word_set(
    """but and however meanwhile still yet also so then instead moreover earlier later
    separately indeed nevertheless nonetheless though although because while when as if
    after before since for in on at by with from during despite amid last where what how why
    that than"""
)
_AFTER_NAME = word_set(
    """that who which in on at during after before when while as to if because since but and
    with about by from late early monday tuesday wednesday thursday friday saturday sunday
    yesterday today last this whose where adding citing referring of"""
) - {"of"}
_ADJUNCTS = _AFTER_NAME - {"that", "if", "and", "but", "this"} | word_set(
    "of for via through without late early then according"
)
_MARKS = frozenset(",;:.!?()[]\u2014\u2013\u2026/|*\u2022")
_QUOTE_MARKS = frozenset('"\u201c\u201d\u00ab\u00bb\u201e')
_DETERMINERS = word_set(
    """the a an his her its their our my your this that these those no any some every each such
    another of 's s new recent latest first"""
)
_ADDRESSEES = word_set("""him her them us me reporters journalists lawmakers supporters""")
PRONOUNS = word_set("he she it they we i you who")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as tokens `[first, last)`, with a flag per token of the text: quoted or not."""

    tokens: Tokens
    first: int
    last: int
    quoted: list[bool]

    def breaks(self, place: int) -> bool:
        """Whether the token at `place` parts phrases: a mark, a quotation mark, quoted speech."""
        form = self.tokens.forms[place]
        if self.quoted[place] or form in _QUOTE_MARKS:
            return True
        return form in _MARKS and not self._abbreviation_stop(place)

    def _abbreviation_stop(self, place: int) -> bool:
        """As in "U.S." and "Sen." keep their stops: no sentence ends there."""
        return self.tokens.forms[place] == "." and place + 1 < self.last


def is_noun(sentence: Sentence, place: int) -> bool:
    """Whether the word at `place`, a verb in the lists, is rather a noun or an adjective here."""
    tokens = sentence.tokens
    word = tokens.folded[place]
    before = tokens.folded[place - 1] if place > sentence.first else ""
    if before in _DETERMINERS and before != "that":
        return True
    if word not in cues.NOUNS or before in PRONOUNS:
        return False
    follows = tokens.folded[place + 1] if place + 1 < sentence.last else ""
    if word.endswith("s") and not (follows == "that" or _names_one(tokens, place - 1)):
        return True  # "battleground states", "air attacks"
    return follows in {"of", "from", "to", "for", "by", "is", "was", "were", "are", "and", "."} or (
        place == sentence.first
    )


def _names_one(tokens: Tokens, place: int) -> bool:
    """Whether the word at `place` may be the one whose verb follows: a name, "he", "also"."""
    word = tokens.folded[place]
    return tokens.forms[place][0].isupper() or word in PRONOUNS | cues.AUXILIARIES | {"'", ",", ")"}


def is_headline(sentence: Sentence) -> bool:
    """Whether capitals run through the sentence, as in some headlines."""
    forms = sentence.tokens.forms[sentence.first : sentence.last]
    words = [form for form in forms if form[0].isalpha()]
    capitals = sum(form[0].isupper() for form in words)
    return _SHORTEST_HEADLINE <= len(words) <= _LONGEST_HEADLINE and 10 * capitals >= 7 * len(words)


def subject_first(sentence: Sentence) -> tuple[int, int] | None:
    """The pronoun or the name that the sentence begins with."""
    tokens, first = sentence.tokens, sentence.first
    if tokens.folded[first] in PRONOUNS:
        return (first, first + 1)
    last = first + (tokens.folded[first] in {"the", "a", "an"})
    while last < sentence.last and tokens.forms[last][0].isupper():
        last += 1
    return (first, last) if last > first and tokens.forms[last - 1][0].isupper() else None


def verb_group(sentence: Sentence, place: int) -> int:
    """The first token of the verb group whose main verb stands at `place`."""
    tokens, first = sentence.tokens, place
    while first > sentence.first and not sentence.quoted[first - 1]:
        word = tokens.folded[first - 1]
        if word in cues.AUXILIARIES or (word.endswith("ly") and len(word) > 4):  # noqa: PLR2004
            first -= 1
        elif word == "t" and first - 3 >= sentence.first and tokens.forms[first - 2] == "'":
            first -= 3
        else:
            break
    return first


def subject_before(sentence: Sentence, end: int) -> tuple[int, int] | None:
    """The noun phrase that ends just before token `end`, with its apposition if it has one."""
    if end <= sentence.first:
        return None
    tokens = sentence.tokens
    if tokens.folded[end - 1] == "who":
        end -= 1
    if end > sentence.first and tokens.forms[end - 1] in ",)":
        return _around_apposition(sentence, end)
    first = _walk_back(sentence, end)
    return (first, end) if first < end else None


def _walk_back(sentence: Sentence, end: int) -> int:
    tokens, first = sentence.tokens, end
    while first > max(sentence.first, end - _REACH):
        word = tokens.folded[first - 1]
        if sentence.breaks(first - 1) or word in _STOPS:
            break
        if word == "and" and not _joins_names(tokens, first - 1, end):
            break
        if word in PRONOUNS and first - 1 != end - 1:
            break
        if (
            word in cues.CUES
            and not is_noun(sentence, first - 1)
            and tokens.forms[first - 1].islower()
        ):
            break
        first -= 1
    return _without_leads(tokens, first, end)


def _without_leads(tokens: Tokens, first: int, end: int) -> int:
    while first < end and (tokens.folded[first] in _LEADS or tokens.forms[first] in "'-."):
        first += 1
    return first


def _joins_names(tokens: Tokens, place: int, end: int) -> bool:
    return (
        0 < place < end - 1
        and tokens.forms[place - 1][0].isupper()
        and (tokens.forms[place + 1][0].isupper() or tokens.folded[place + 1] in {"the", "his"})
    )


def _around_apposition(sentence: Sentence, end: int) -> tuple[int, int] | None:
    """As in "Kirby, a spokesman for the council," -> from Kirby up to the last comma."""
    tokens = sentence.tokens
    opening = "(" if tokens.forms[end - 1] == ")" else ","
    for place in range(end - 2, max(sentence.first, end - _REACH), -1):
        if sentence.quoted[place] or tokens.forms[place] in _QUOTE_MARKS:
            return None
        if tokens.forms[place] == opening:
            first = _walk_back(sentence, place)
            # "In Geneva, on Monday, said": no name before the apposition.
            named = first < place and any(form[0].isupper() for form in tokens.forms[first:place])
            return (first, end - 1) if named else None
    return None


def name_after(sentence: Sentence, start: int) -> tuple[int, int] | None:
    """The noun phrase that starts at token `start`: an inverted subject or a source."""
    tokens, last = sentence.tokens, start
    while last < min(sentence.last, start + _REACH):
        word = tokens.folded[last]
        if sentence.breaks(last) or (
            word in _AFTER_NAME and last > start and not _in_title(tokens, last)
        ):
            break
        if last > start and _is_finite(sentence, last):
            break
        last += 1
    while last > start and tokens.forms[last - 1] in ".'-":
        last -= 1
    return (start, last) if last > start else None


def _is_finite(sentence: Sentence, place: int) -> bool:
    """Whether the word at `place` is a reporting verb in the past or third person."""
    tokens = sentence.tokens
    cue = cues.CUES.get(tokens.folded[place])
    return (
        cue is not None
        and cue.form in {"past", "third"}
        and tokens.forms[place].islower()
        and not is_noun(sentence, place)
    )


def _in_title(tokens: Tokens, place: int) -> bool:
    """As in "the Office of Management and Budget": joined by capitals on both sides."""
    return (
        tokens.folded[place] == "and" and _joins_names(tokens, place, place + 3)
        if (place + 1 < len(tokens))
        else False
    )


def is_inverted(sentence: Sentence, place: int) -> bool:
    """Whether the subject comes after the verb at `place` ("…, explained the official, who …")."""
    tokens = sentence.tokens
    if place == sentence.first:
        before_ends = True
    else:
        before = place - 1
        before_ends = sentence.quoted[before] or tokens.forms[before] in _QUOTE_MARKS | {","}
    if not before_ends or place + 1 >= sentence.last:
        return False
    name = name_after(sentence, place + 1)
    if name is None or tokens.folded[place + 1] in _ADJUNCTS | {"that", "it"}:
        return False
    closes = (
        name[1] >= sentence.last - 1
        or sentence.breaks(name[1])
        or (tokens.folded[name[1]] in _AFTER_NAME)
    )
    pronoun = tokens.folded[name[0]] in PRONOUNS
    return closes and _looks_like_name(tokens, *name) and (not pronoun or name[1] - name[0] == 1)


def _looks_like_name(tokens: Tokens, first: int, last: int) -> bool:
    return (
        tokens.folded[first] in PRONOUNS | {"the", "a", "an", "one", "his", "her", "its"}
        or tokens.forms[first][0].isupper()
        or any(word in roles.OFFICIALS for word in tokens.folded[first:last])
    )


def is_tail(sentence: Sentence, subject: tuple[int, int], after: int) -> bool:
    """Whether what the clause reports stands before it ("…, the White House said on Monday.")."""
    tokens = sentence.tokens
    before = subject[0] - 1
    if before - sentence.first < 1:
        return False
    if not (sentence.quoted[before] or tokens.forms[before] in _QUOTE_MARKS | {","}):
        return False
    if after >= sentence.last or sentence.breaks(after):
        return after >= sentence.last or tokens.forms[after] != ":"
    return tokens.folded[after] in _ADJUNCTS


def skip_person(sentence: Sentence, place: int) -> int:
    """The token after one short addressee ("him", "reporters", "The Times"), if one is there."""
    tokens = sentence.tokens
    if place < sentence.last and tokens.folded[place] in _ADDRESSEES:
        return place + 1
    while place < sentence.last and (
        tokens.forms[place][0].isupper() and not sentence.breaks(place)
    ):
        place += 1
    return place


def skip_addressee(sentence: Sentence, place: int) -> int:
    """The token after "reporters", "Biden that", "CNN on Monday that" behind "told"."""
    tokens = sentence.tokens
    for ahead in range(place, min(sentence.last, place + 14)):
        if tokens.folded[ahead] == "that":
            return ahead
        if sentence.quoted[ahead] or tokens.forms[ahead] in _QUOTE_MARKS | {":", ","}:
            return ahead
        if sentence.breaks(ahead):
            break
    name = place
    while name < sentence.last and (
        tokens.forms[name][0].isupper()
        or (name == place and tokens.folded[name] not in {"to", "the"})
        or tokens.forms[name] in ".'-"
    ):
        name += 1
    return name
