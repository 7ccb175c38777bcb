"""Reading whole texts: who holds which stance, whose words they are, and what is left alone."""

from __future__ import annotations

import random
import re
import time
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows.settings import load_config
from monitors.language import READ_AT_MOST, Analyser
from monitors.records import Actor, Analysis, Office, Stance, Topic, Watchlist
from monitors.stance import StanceQuery, StanceScore, load_backend
from tests.fuzzing import HOSTILE_S

if TYPE_CHECKING:
    from collections.abc import Sequence

SEED = Path(__file__).resolve().parents[2] / "seeds" / "000_5b06adfc48943693.txt"
DAY = date(2024, 4, 2)
TOPICS = (
    Topic(
        "taiwan",
        "Taiwan's self-rule",
        ("Taiwan", "Taiwan Strait"),
        "backs Taiwan's self-rule, stresses peace and stability, or opposes a forcible change",
        "claims sovereignty over Taiwan, calls it a red line, condemns separatists",
    ),
    Topic(
        "tiktok",
        "TikTok",
        ("TikTok",),
        "defends TikTok, saves it or keeps it alive",
        "wants it banned, sold or its ownership to change hands, or calls it a threat",
    ),
)
ACTORS = (
    Actor("us", "United States", "state", ("United States", "U.S.", "Washington", "White House")),
    Actor("china", "China", "state", ("China", "Beijing", "Chinese Foreign Ministry", "Xinhua")),
    Actor("taiwan-gov", "Taiwan", "state", ("Taiwan", "Taipei")),
    Actor(
        "biden",
        "Joe Biden",
        "person",
        ("Joe Biden", "Biden"),
        (Office("us", date(2021, 1, 20), date(2025, 1, 20)),),
    ),
    Actor("trump", "Donald Trump", "person", ("Donald Trump", "Trump")),
    Actor("xi", "Xi Jinping", "person", ("Xi Jinping", "Xi"), (Office("china"),)),
    Actor("pelosi", "Nancy Pelosi", "person", ("Nancy Pelosi", "Pelosi")),
)  # fmt: skip
# The lexicon explains itself: what is tested here is who is asked about, not how it is judged.
LEXICON = load_backend("lexicon")
ANALYSER = Analyser(Watchlist(TOPICS, ACTORS, "v1"), LEXICON, min_confidence=0.5)


def read(text: str, day: date | None = DAY) -> Analysis:
    return ANALYSER.analyse(text, day)


def sides(text: str) -> set[tuple[str, str, str, str | None]]:
    return {(s.actor_id, s.topic_id, s.label, s.reported_by) for s in read(text).stances}


AGAINST_APP, FOR_APP = ("tiktok", "against", None), ("tiktok", "favor", None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # deeds and wishes of the one who is named
        ("Biden banned TikTok.", {("biden", *AGAINST_APP)}),
        ("Trump vowed to save TikTok.", {("trump", *FOR_APP)}),
        ("Washington wants TikTok banned.", {("us", *AGAINST_APP)}),
        ("TikTok was banned by the United States.", {("us", *AGAINST_APP)}),
        ("Trump opposes a ban on TikTok.", {("trump", *FOR_APP)}),
        ("Biden signed a law on Monday that will ban TikTok.", {("biden", *AGAINST_APP)}),
        ("China claims sovereignty over Taiwan.", {("china", "taiwan", "against", None)}),
        # the speaker's own words, before, after and through an office
        ("“TikTok is a threat,” said Biden.", {("biden", *AGAINST_APP)}),
        ("According to Biden, TikTok is a threat.", {("biden", *AGAINST_APP)}),
        ("“TikTok is a threat,” a White House official said.", {("us", *AGAINST_APP)}),
        ("A White House official spoke on Monday. “TikTok is a threat,” the official said.",
         {("us", *AGAINST_APP)}),
        ("“TikTok is a threat,” said Chinese Foreign Ministry spokesman Wang Wenbin.",
         {("china", *AGAINST_APP)}),
        # pronouns go back to a person that fits, within reach
        ("Biden met reporters on Monday. He banned TikTok.", {("biden", *AGAINST_APP)}),
        ("Biden met reporters. “TikTok is a threat,” he said.", {("biden", *AGAINST_APP)}),
        ("Biden said that he wants TikTok banned.", {("biden", *AGAINST_APP)}),
        ("Pelosi met Biden on Monday. She banned TikTok.", {("pelosi", *AGAINST_APP)}),
        ("Biden spoke first. John Kirby was next. He banned TikTok.", set()),
        ("The White House met. He banned TikTok.", set()),
        # what goes on in the next sentence
        ("Beijing speaks of Taiwan. Washington supports it.", {("us", "taiwan", "favor", None)}),
        ("TikTok spreads lies, some say. China denies it.", set()),
        # reported by another, by a colleague, and by nobody who is watched
        ("Trump said that Biden banned TikTok.", {("biden", "tiktok", "against", "trump")}),
        ("Biden banned TikTok, the White House said.", {("biden", *AGAINST_APP)}),
        ("Critics said that Biden banned TikTok.", set()),
        # nobody's stance
        ("Biden flew to Taiwan.", set()),
        ("“This was not a ban on TikTok,” Biden said.", set()),
        ("Biden may ban TikTok.", set()),
        ("Will Biden ban TikTok?", set()),
        ("Biden's rival banned TikTok.", set()),
        ("Supporters of Trump defend TikTok.", set()),
        ("Biden met Trump, who defends TikTok.", {("trump", *FOR_APP)}),
        ("Biden did not ban TikTok.", set()),
        ("The Bank of China defends TikTok.", set()),
        ("“Biden banned TikTok,” said John Smith.", set()),
        # an actor is not the holder where its name is the topic
        ("Taiwan banned chips.", set()),
    ],
)  # fmt: skip
def test_stances(text: str, expected: set[tuple[str, str, str, str | None]]) -> None:
    assert sides(text) == expected


def test_evidence_is_the_sentence_word_for_word() -> None:
    text = "Headline\n\n  It rained. “We know TikTok is a threat,” Biden said.  The rest."
    [stance] = read(text).stances
    assert text[stance.start : stance.end] == "“We know TikTok is a threat,” Biden said."
    assert stance.kind == "direct_quote"
    assert stance.backend == "lexicon"


def test_a_quote_in_a_row_names_its_speaker_elsewhere() -> None:
    text = "“We have looked at it,” Biden said. “TikTok is a threat.”"
    [stance] = read(text).stances
    assert (stance.actor_id, stance.label) == ("biden", "against")
    assert text[stance.start : stance.end] == "“TikTok is a threat.”"


def test_offices_hold_between_their_dates() -> None:
    def spoke_for(text: str, day: date | None) -> tuple[str, ...]:
        [stance] = read(text, day).stances
        return stance.speaks_for

    assert spoke_for("Biden banned TikTok.", DAY) == ("us",)
    assert spoke_for("Biden banned TikTok.", date(2018, 5, 1)) == ()
    assert spoke_for("Biden banned TikTok.", None) == ()
    assert spoke_for("In 2018, Biden banned TikTok.", DAY) == ()


def test_a_past_day_in_the_sentence_is_the_day_of_the_stance() -> None:
    [stance] = read("On 6 August 2020, Trump banned TikTok.").stances
    assert (stance.said_on, stance.is_recalled) == (date(2020, 8, 6), False)
    [stance] = read("Trump banned TikTok.").stances
    assert (stance.said_on, stance.is_recalled) == (None, False)


def test_what_is_told_of_a_month_or_a_year_that_is_over_is_recalled() -> None:
    [stance] = read("In August 2020, Trump banned TikTok.").stances
    assert (stance.said_on, stance.is_recalled) == (date(2020, 8, 1), True)


def test_two_persons_of_one_body_do_not_report_each_other() -> None:
    assert sides("Xi condemned separatists on Taiwan, according to Xinhua.") == {
        ("xi", "taiwan", "against", None)
    }


def test_mentions_are_in_order_and_where_they_say() -> None:
    text = "Biden told Xi about TikTok and the Taiwan Strait."
    mentions = read(text).mentions
    assert [(m.kind, m.id, text[m.start : m.end]) for m in mentions] == [
        ("actor", "biden", "Biden"),
        ("actor", "xi", "Xi"),
        ("topic", "tiktok", "TikTok"),
        ("actor", "taiwan-gov", "Taiwan"),
        ("topic", "taiwan", "Taiwan Strait"),
    ]


def test_attributions_carry_their_actor() -> None:
    found = ANALYSER.attributions("Biden spoke. “We know it well,” he said.")
    assert [(one.kind, one.actor_id) for one in found] == [("direct_quote", "biden")]


def test_one_stance_per_sentence_and_side() -> None:
    stances = read("Biden banned TikTok, and Biden condemned TikTok and TikTok.").stances
    assert len(stances) == 1


class _ByWord:
    """Says what the last words of a sentence tell it to: "favor .9"."""

    name = "by-word"

    def score(self, queries: Sequence[StanceQuery]) -> list[StanceScore]:
        return [self._score(*query.text.rstrip(".").split()[-2:]) for query in queries]

    def _score(self, label: str, hundredths: str) -> StanceScore:
        sure = int(hundredths) / 100
        sides = {"favor": 0.0, "against": 0.0} | {label: sure}
        return StanceScore(sides["favor"], sides["against"], 0.0, 1 - sure)

    def confidence_for(self, precision: float) -> float:
        return precision


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ("Biden on TikTok: favor 90. Biden on TikTok: against 60.", {"favor"}),
        ("Biden on TikTok: favor 90. Biden on TikTok: against 80.", {"favor", "against"}),
        # each side is as sure as the surest that tells it
        (
            "Biden on TikTok: favor 60. Biden on TikTok: favor 90. Biden on TikTok: against 60.",
            {"favor"},
        ),
        # on another day, or somebody else
        (
            "Biden on TikTok: favor 90. On 2 May 2019, Biden on TikTok: against 60.",
            {"favor", "against"},
        ),
        ("Biden on TikTok: favor 90. Trump on TikTok: against 60.", {"favor", "against"}),
    ],
)
def test_of_two_sides_told_at_once_the_less_sure_is_left_out(told: str, left: set[str]) -> None:
    analyser = Analyser(Watchlist(TOPICS, ACTORS), _ByWord(), min_confidence=0.5)
    assert {stance.label for stance in analyser.analyse(told, DAY).stances} == left


def test_the_screen_lets_pass_what_has_a_stance() -> None:
    assert ANALYSER.worth_reading("He banned TikTok.")
    assert not ANALYSER.worth_reading("Biden met Xi in California.")


def test_version_tells_rules_watchlist_and_threshold_apart() -> None:
    watchlist = Watchlist(TOPICS, ACTORS, "v2")
    other = Analyser(watchlist, LEXICON, min_confidence=0.5)
    stricter = Analyser(watchlist, LEXICON, min_confidence=0.6)
    assert len({ANALYSER.version, other.version, stricter.version}) == 3
    again = Analyser(watchlist, LEXICON, min_confidence=0.5)
    assert again.version == other.version


def test_confidence_below_the_threshold_is_not_kept() -> None:
    unsure = Analyser(Watchlist(TOPICS, ACTORS), LEXICON, min_confidence=0.95)
    assert unsure.analyse("Biden banned TikTok.", DAY).stances == ()


# --- the seed article -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seed() -> tuple[str, tuple[Stance, ...]]:
    text = re.sub(r"^\s*date \d{4}-\d\d-\d\d\s+", "", SEED.read_text(encoding="utf-8")).strip()
    watchlist = load_config().watchlist
    analyser = Analyser(watchlist, LEXICON, min_confidence=0.5)
    assert analyser.worth_reading(text)
    return text, analyser.analyse(text, DAY).stances


@pytest.mark.parametrize(
    ("actors", "topic", "label"),
    [
        ({"china", "xi-jinping"}, "taiwan", "against"),
        ({"united-states", "joe-biden"}, "taiwan", "favor"),
        ({"united-states", "joe-biden"}, "tiktok", "against"),
        ({"united-states", "joe-biden"}, "russia-support", "against"),
    ],
)
def test_seed_article(
    seed: tuple[str, tuple[Stance, ...]], actors: set[str], topic: str, label: str
) -> None:
    text, stances = seed
    held = [one for one in stances if one.actor_id in actors and one.topic_id == topic]
    assert {one.label for one in held} == {label}
    assert all(text[one.start : one.end] == text[one.start : one.end].strip() for one in held)
    assert all(one.reported_by is None for one in held)


def test_seed_article_takes_nothing_from_denials(seed: tuple[str, tuple[Stance, ...]]) -> None:
    text, stances = seed
    quotes = [text[one.start : one.end] for one in stances]
    assert not any("denies it" in quote for quote in quotes)
    assert not any(
        one.label == "favor" for one in stances if one.topic_id in {"tiktok", "russia-support"}
    )


# --- bad input --------------------------------------------------------------------------------

BAD = {
    "empty": "",
    "blank": " \n\n\t ",
    "a huge token": "TikTok" + "x" * 1_000_000,
    "right to left": "\u202b\u0628\u064a\u062f\u0646 Biden banned TikTok.\u202c \u05d0\u05d1",
    "control characters": "Biden\x00 banned\x07 TikTok.\x1b[0m \x85 \ufeff",
    "shouting": "BIDEN BANNED TIKTOK, THE WHITE HOUSE SAID.",
    "unpaired marks": "“Biden \u2018banned” “TikTok, \u2019he” said. ”” “",
    "markup": "<p>Biden &amp; <b>TikTok</b>, he said.<br/><script>Taiwan</script>",
    "emoji": "Biden 😀 banned 👩‍👩‍👧 TikTok 🇹🇼.",
    "one long sentence": "Biden banned TikTok and " * 10_000,
    "many quotes": "“TikTok is a threat,” Biden said. " * 5_000,
    "many pronouns": "He banned TikTok. " * 8_000,
    "many paragraphs": "Biden banned TikTok.\n\n" * 8_000,
    "many names": "Biden Xi Trump Washington China TikTok " * 5_000,
    "stops": "." * 150_000 + " TikTok",
    "marks": '" \' “ ‘ ” ’ ' * 15_000 + "TikTok",  # noqa: RUF001
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BAD))
def test_bad_input_is_read_in_linear_time_and_inside_its_bounds(name: str) -> None:
    text = BAD[name]
    started = time.process_time()
    analysis = read(text)
    ANALYSER.worth_reading(text)
    assert time.process_time() - started < HOSTILE_S
    spans = [(one.start, one.end) for one in (*analysis.mentions, *analysis.stances)]
    spans += [
        span for one in analysis.attributions for span in (*one.source, *one.cue, *one.content)
    ]
    assert all(0 <= start < end <= min(len(text), READ_AT_MOST) for start, end in spans)


def test_shuffled_news_never_fails() -> None:
    dice = random.Random(11)
    words = SEED.read_text(encoding="utf-8").split(" ")
    for _ in range(30):
        dice.shuffle(words)
        text = " ".join(words)
        analysis = read(text)
        places = [one.start for one in analysis.mentions]
        assert all(a <= b for a, b in pairwise(places))


def test_reading_does_not_depend_on_what_was_read_before() -> None:
    text = SEED.read_text(encoding="utf-8")
    first = read(text)
    read("Biden banned TikTok. “He did,” said Xi.")
    assert read(text) == first


def test_a_long_life_does_not_gather_words(monkeypatch: pytest.MonkeyPatch) -> None:
    analyser = Analyser(Watchlist(TOPICS, ACTORS), LEXICON, min_confidence=0.5)
    before = len(analyser._nlp.vocab)
    monkeypatch.setattr("monitors.language._MOST_WORDS", before + 500)
    for number in range(20):
        text = " ".join(f"w{number}x{place}" for place in range(200)) + ". Biden banned TikTok."
        assert len(analyser.analyse(text, DAY).stances) == 1
        assert len(analyser._nlp.vocab) < before + 800
