"""The lexicon backend: what its definitions teach it, and the contract that every backend keeps."""

from __future__ import annotations

import pytest

from monitors.errors import BackendError
from monitors.stance import StanceQuery, load_backend
from monitors.stance.definitions import read_definitions
from monitors.stance.lexicon import explain
from monitors.stance.words import stem

FAVOR = "backs the deal or wants it kept"
AGAINST = "opposes the deal, leaves it, breaches it or wants it undone"


def query(text: str, favor: str = FAVOR, against: str = AGAINST) -> StanceQuery:
    """A question about `text`, its holder in [brackets] and its target in {braces}."""
    spans = {}
    for opening, closing in ("[]", "{}"):
        start, end = text.index(opening), text.index(closing)
        before = sum(text[:start].count(mark) for mark in "[]{}")
        spans[opening] = (start - before, end - before - 1)
    plain = text.translate(dict.fromkeys(map(ord, "[]{}")))
    return StanceQuery(plain, spans["["], spans["{"], favor, against)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("[France] backs the {deal}.", "favor"),
        ("[France] has always opposed the {deal}.", "against"),
        ("[France] vowed to defend the {deal}.", "favor"),
        ("[Trump] threatened to quit the {deal}.", "against"),
        ("[Macron] urged Congress to reject the {deal}.", "against"),
        ("[France] opposes a ban on the {deal}.", "favor"),
        ("[Macron] criticised Iran for breaching the {deal}.", "favor"),
        ("[Macron]'s support for the {deal} is firm.", "favor"),
        ("The {deal} was rejected by [Iran] on Monday.", "against"),
        ("[Trump] pulled out of the {deal}.", "against"),
        ("[Trump] called the {deal} a disaster.", "against"),
        ("The {deal} is a disaster, [Trump] said.", "against"),
        ("[Trump] said the {deal} is a great success.", "favor"),
        ("[Obama] signed an order that suspends the ban on the {deal}.", "favor"),
        ("[Trump] says that he will scrap the {deal}.", "against"),
        ("[Trump] praised Xi and attacked the {deal}.", "against"),
        # none of these shows where the holder stands
        ("[France] met Iran to talk about the {deal}.", "none"),
        ("[Trump] met Macron, who backs the {deal}.", "none"),
        ("[France] accused Iran of ramming its boat near the {deal}.", "none"),
        ("Critics of [Trump] back the {deal}.", "none"),
        ("[Trump] said Macron backs the {deal}.", "none"),
        ("Would [France] back the {deal}?", "none"),
        ("[Trump]'s rival opposes the {deal}.", "none"),
        ("[NATO] Secretary General Mark Rutte backs the {deal}.", "none"),
        ("[France] may oppose the {deal}.", "none"),
        ("[France] backs Germany while Iran opposes the {deal}.", "none"),
    ],
)
def test_answers(text: str, answer: str) -> None:
    [score] = load_backend("lexicon").score([query(text)])
    assert score.answer == answer, explain(query(text))


def test_a_negated_deed_is_never_sure() -> None:
    [score] = load_backend("lexicon").score([query("[France] does not back the {deal}.")])
    assert max(score.favor, score.against) < 0.5


TAIWAN = (
    "backs Taiwan's self-rule, stresses peace and stability, or opposes forcible change",
    "claims sovereignty over it, calls it a red line, condemns separatists, rejects independence",
)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("[China] claims sovereignty over {Taiwan}.", "against"),
        ("[Xi] condemned separatists on {Taiwan}.", "against"),
        ("[Biden] stressed peace and stability across the {Taiwan} Strait.", "favor"),
        ("[Biden] “underscored the importance of peace across the {Taiwan} Strait”.", "favor"),
        ("{Taiwan} is a red line, [Xi] said.", "against"),
        ("[Russia] opposes {Taiwan} independence.", "against"),
        ("[Biden] flew to {Taiwan}.", "none"),
    ],
)
def test_definitions_teach_what_a_side_is(text: str, answer: str) -> None:
    [score] = load_backend("lexicon").score([query(text, *TAIWAN)])
    assert score.answer == answer, explain(query(text, *TAIWAN))


def test_vocabulary_of_definitions() -> None:
    vocabulary = read_definitions(*TAIWAN)
    assert vocabulary.things["separatist"] == 1  # to condemn them is against
    assert vocabulary.things["sovereignt"] == -1
    assert vocabulary.things[stem("independence")] == 1
    assert vocabulary.names == {"red": -1}
    assert "line" not in vocabulary.names  # too common to say anything alone


def test_sanctions_are_no_help() -> None:
    sides = ("helps Russia's war", "condemns it or sanctions it")
    [score] = load_backend("lexicon").score(
        [query("[Obama] imposed {sanctions on Russia}.", *sides)]
    )
    assert score.answer == "against"


@pytest.mark.parametrize(
    ("one", "other"),
    [("banned", "ban"), ("selling", "sold"), ("supplies", "supply"), ("opposition", "opposed"),
     ("delays", "delay"), ("stability", "stable"), ("criticised", "criticism")],
)  # fmt: skip
def test_stems_join_the_forms_of_a_word(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_stems_keep_words_apart() -> None:
    assert len({stem(word) for word in ("order", "supporter", "support", "press", "pass")}) == 5


# --- the contract of a backend ----------------------------------------------------------------


def test_scores_are_probabilities_in_the_order_asked() -> None:
    queries = [query("[France] backs the {deal}."), query("[Iran] opposes the {deal}.")] * 20
    scores = load_backend("lexicon").score(queries)
    assert [score.answer for score in scores] == ["favor", "against"] * 20
    assert load_backend("lexicon").score([]) == []
    for score in scores:
        assert score.favor + score.against + score.neutral + score.none == pytest.approx(1)


@pytest.mark.parametrize("text", ["", "   ", "\x00", "x" * 100_000, "“” ' ", "\u202e\u0627\u0644"])
def test_odd_texts_are_none(text: str) -> None:
    asked = StanceQuery(text, (0, len(text)), (0, len(text)), FAVOR, AGAINST)
    assert load_backend("lexicon").score([asked])[0].answer == "none"


def test_without_holder_there_is_no_answer_yet() -> None:
    [score] = load_backend("lexicon").score([StanceQuery("A deal.", None, (2, 6), FAVOR, AGAINST)])
    assert score.answer == "none"


def test_unknown_backends_are_named() -> None:
    with pytest.raises(BackendError, match="tarot"):
        load_backend("tarot")
