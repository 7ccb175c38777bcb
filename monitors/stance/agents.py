"""Who does what a cue says: the holder, somebody else, or nobody that can be told.

A cue's agent is sought to its left, within reach and within the clause.
"""

from __future__ import annotations

from monitors import roles
from monitors.cues import AUXILIARIES
from monitors.stance import words
from monitors.stance.sentences import HARD, PREPOSITIONS, QUOTES, REACH, Sentence
from monitors.wordlists import word_set

_NAME_REACH = 12
_CONTROL_REACH = 9
_MOST_GOVERNORS = 3
_SHORT = 4
_AFTER_HOLDER = (
    words.VOICES
    | roles.OFFICIALS
    | AUXILIARIES
    | {"himself", "and", "the", "of", "in", "on", "has"}
)
_READY = word_set("willing ready able likely set going trying determined eager")
_PLURALS = word_set("and they we i you gop , who people police men lawmakers")


class Clause(Sentence):
    """A sentence that can be asked who acts in it."""

    def acts(self, verb: int, depth: int = 0) -> bool:
        """Whether the holder is the one who does what the word at `verb` says."""
        verb = self.head(verb)
        place = self.group_start(verb) - 1
        if place < 0 or depth > _MOST_GOVERNORS or (place == verb - 1 and self._is_bare(verb)):
            return False
        word = self.folded[place]
        if self.h0 <= place < self.h1:
            return self._is_subject()
        if word == "to":
            return self._controls(place, depth)
        return self._acts_from_afar(verb, place)

    def _acts_from_afar(self, verb: int, place: int) -> bool:
        word, gerund = self.folded[place], self.folded[verb].endswith("ing")
        if word in {"for", "from", "of"}:  # "blamed B for doing it": B does it
            found = False
        elif word in {"and", "or", "but", ",", "by"} or gerund:
            found = self._leads_clause(place)
        elif word == "who":
            found = place - 2 <= self.h1 <= place
        elif word in {"he", "she", "they", "it"}:
            found = self._is_meant_by(place)
        else:
            found = self._heads_phrase(place)
        return found

    def has_other_agent(self, verb: int) -> bool:
        """Whether somebody else than the holder is named as the doer."""
        place = self.group_start(verb) - 1
        if place > 0 and self.folded[place] == "to":
            place = self.group_start(place - 1) - 1
        if place < 0 or self.h0 <= place < self.h1:
            return False
        return self.folded[place] in {"he", "she", "they", "it", "who"} or self.is_name(place)

    def _is_bare(self, verb: int) -> bool:
        """As in "(have) Britain leave": an infinitive; with one subject it would have its "s"."""
        word, before = self.folded[verb], self.folded[verb - 1]
        if word.endswith(("s", "ed", "ing")) or word in words.PAST_FORMS or before == "to":
            return False
        return not (before.endswith("s") or before in _PLURALS)

    def _controls(self, to: int, depth: int) -> bool:
        """As in "vowed to ___", "urged Congress to ___": whoever vows or urges."""
        for place in range(to - 1, max(-1, to - _CONTROL_REACH), -1):
            if self.h0 <= place < self.h1:
                near = place == to - 1 or self._has_voice(place + 1, to)
                return near and self._is_subject()
            if self.forms[place] in HARD | QUOTES:
                return False
            word = self.stems[place]
            if word in words.PASSING or word in words.REVERSERS or self.sign(place):
                return self.acts(place, depth + 1) or self._owns(place)
            if self.folded[place] in _READY:
                return self.acts(place, depth + 1)
        return False

    def _has_voice(self, first: int, last: int) -> bool:
        return any(word in words.VOICES for word in self.folded[first:last])

    def _owns(self, noun: int) -> bool:
        """As in "Trump's (unexpected) decision", "his decision"."""
        possessive = self.folded[self.h1 : self.h1 + 2] == ["'", "s"]
        return 0 <= self.h1 < noun <= self.h1 + _SHORT and possessive

    def _leads_clause(self, verb: int) -> bool:
        """Whether the holder is the first name of the clause that the verb belongs to."""
        if not 0 <= self.h1 <= verb or verb - self.h1 > 2 * REACH:
            return False
        for place in range(self.h1, verb):
            word, form = self.folded[place], self.forms[place]
            if word in words.CLAUSE_BREAKS - {"but"} or form in HARD | QUOTES:
                return False
            if word in {"that", "he", "she", "they", "we", "i"}:
                return False
        return self._is_first_name() and self._is_subject()

    def _is_first_name(self) -> bool:
        """Whether no other name stands before the holder in its clause."""
        for place in range(self.h0 - 1, -1, -1):
            if self.folded[place] in {"who", "which", "whose", "where"}:
                return False
            if self.folded[place] in words.CLAUSE_BREAKS | {"that"}:
                return True
            if self.forms[place] in HARD | QUOTES | {","}:
                return True
            if self.is_name(place) or (place == 0 and self._may_be_name_at_start()):
                return False
        return True

    def _may_be_name_at_start(self) -> bool:
        word, form = self.folded[0], self.forms[0]
        return (
            form[0].isupper()
            and word not in roles.SENTENCE_WORDS | roles.TITLES
            and (not word.endswith("ly") and word not in roles.DEMONYMS)
        )

    def _is_meant_by(self, pronoun: int) -> bool:
        """A pronoun after the holder means the holder where no other name could be meant."""
        if not 0 <= self.h1 <= pronoun:
            return self.h0 == pronoun
        if any(self.is_name(place) for place in range(self.h1, pronoun)):
            return False
        if self.folded[pronoun] == "they" and not self.folded[self.h1 - 1].endswith("s"):
            return False
        return self._is_first_name() and self._is_subject()

    def _heads_phrase(self, end: int) -> bool:
        """Whether the noun phrase that ends at token `end` is headed by the holder."""
        for place in range(end, max(-1, end - _NAME_REACH), -1):
            if self.h0 <= place < self.h1:
                return self._stays_subject(self.h1, end + 1) and self._is_subject()
            word, form = self.folded[place], self.forms[place]
            if form in HARD | QUOTES or word in words.CLAUSE_BREAKS | {"that", "he", "she", "they"}:
                return False
            if word in {"i", "we", "us"} or (form == "," and not self._opens_apposition(place)):
                return False
        return False

    def _opens_apposition(self, comma: int) -> bool:
        """As in "Trump, a Republican, signed": the holder stands right before the first comma."""
        return self.h1 < comma and self.forms[self.h1] in {",", "("}

    def _stays_subject(self, first: int, last: int) -> bool:
        """Whether what follows the holder up to the verb leaves the holder the subject."""
        if first >= last:
            return True
        inside = self.folded[first:last]
        if inside[:2] == ["'", "s"]:
            return self._has_voice(first + 2, last)
        if self.forms[first] in {",", "("} and self.forms[last - 1] in {",", ")"}:
            return True
        if any(word in roles.OUTSIDERS for word in inside):
            return False
        if any(self.is_name(place) for place in range(first, last)):
            return "and" in inside or "of" in inside
        return all(word in _AFTER_HOLDER or word.endswith("ly") for word in inside)

    def _is_subject(self) -> bool:
        """Whether the holder's own phrase is one that acts.

        Not "critics of Trump", "on China", nor "NATO Secretary General Mark Rutte".
        """
        after = self.folded[self.h1] if self.h1 < self.size else ""
        if after not in words.VOICES | {"press"} and self.h1 < self.size and self.is_name(self.h1):
            return False
        if after in roles.TITLES and self.forms[self.h1][0].isupper():
            return False
        place = self.h0 - 1
        while place > 0 and self.folded[place] in {"the", "president", "mr", "."}:
            place -= 1
        before = self.folded[place] if place >= 0 else ""
        if before not in PREPOSITIONS:
            return True
        near = self.folded[max(0, self.h0 - 5) : self.h0]
        return before in {"of", "from", "in", "at"} and any(
            word in roles.OFFICIALS for word in near
        )
