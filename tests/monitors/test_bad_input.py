"""Whatever a text is: it is read without a crash, in bounded time, with spans that are right."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.errors import AnalysisTimeoutError
from monitors.language import READ_AT_MOST, Analyser
from monitors.records import Actor, Analysis, Office, Topic, Watchlist
from monitors.stance import load_backend
from monitors.stance.queries import StanceQuery, StanceScore
from monitors.tokens import split_tokens
from tests.fuzzing import HOSTILE_S

DAY = date(2024, 4, 2)
TOPICS = (
    Topic(
        "taiwan",
        "Taiwan",
        ("Taiwan", "Taiwan Strait", "cross-strait"),
        "backs Taiwan's self-rule",
        "claims sovereignty over Taiwan",
        excluded=("Taiwan Semiconductor",),
    ),
    Topic("tiktok", "TikTok", ("TikTok", "Tik Tok"), "wants to save TikTok", "wants it banned"),
    Topic(
        "tools",
        "Tools",
        ("machine tools",),
        "sells them",
        "forbids it",
        near=("Russia",),
        near_words=9,
        context=("war", "sanctions"),
    ),
)
ACTORS = (
    Actor("us", "United States", "state", ("United States", "U.S.", "Washington")),
    Actor("china", "China", "state", ("China", "Beijing")),
    Actor("biden", "Joe Biden", "person", ("Joe Biden", "Biden"), (Office("us"),)),
    Actor("xi", "Xi Jinping", "person", ("Xi Jinping", "Xi"), (Office("china"),)),
)
ANALYSER = Analyser(Watchlist(TOPICS, ACTORS, "v1"), load_backend(), min_confidence=0.3)
NAMES = {topic.topic_id: topic.phrases for topic in TOPICS} | {
    actor.actor_id: (actor.name, *actor.aliases) for actor in ACTORS
}


def checked(
    text: str, analyser: Analyser = ANALYSER, names: dict[str, tuple[str, ...]] = NAMES
) -> Analysis:
    """What is read from `text`, after every span was held against the text."""
    analysis = analyser.analyse(text, DAY)
    known = {each: {tuple(split_tokens(n).folded) for n in names[each]} for each in names}
    spans = [(stance.start, stance.end) for stance in analysis.stances]
    for mention in analysis.mentions:
        spans.append((mention.start, mention.end))
        words = tuple(split_tokens(text[mention.start : mention.end]).folded)
        assert words in known[mention.id]
    for one in analysis.attributions:
        assert one.content
        spans += [*one.source, *one.cue, *one.content]
    assert all(0 <= start < end <= min(len(text), READ_AT_MOST) for start, end in spans)
    # What is shown begins and ends with something that can be seen.
    assert [span for span in spans if text[slice(*span)] != text[slice(*span)].strip()] == []
    if any(mention.kind == "topic" for mention in analysis.mentions):
        assert analyser.worth_reading(text)
    for stance in analysis.stances:
        places = [m for m in analysis.mentions if m.kind == "topic" and m.id == stance.topic_id]
        assert places
        assert -1 <= stance.score <= 1
        assert 0.3 <= stance.confidence <= 1
    return analysis


ORDINARY = "Biden banned TikTok. \u201cTikTok is a threat,\u201d Xi said of Taiwan in Washington."
SHOUTED = "BIDEN BANNED TIKTOK, AND CHINA CLAIMED TAIWAN. "
BAD = {
    "empty": "",
    "blanks": " \n\n\t\u00a0\u2009\u3000\ufeff " * 500,
    "5 MB": "China claims Taiwan, and Biden said he would not have it. " * 90_000,
    "5 MB of one word": "TikTok" * 850_000,
    "50,000 characters without an end": ("Biden banned TikTok and " * 2_100)[:50_000],
    "50,000 characters in quotation marks": f"“{'Taiwan is ours, ' * 3_100}” Xi said.",
    "mixed scripts": "拜登 Biden запретил TikTok в 美国, η China την Taiwan। ताइवान 台湾 ",
    "letters that look alike": "Вiden bаnned TіkTok; Biden banned TikTok; Ｔａｉｗａｎ",  # noqa: RUF001
    "right to left": "\u202bبايدن Biden حظر TikTok\u202c אמר Xi\u2067Taiwan\u2069.",  # noqa: RUF001
    "control characters": "Biden\x00 banned\x07 TikTok.\x1b[0m \x85 Xi\x0b said\x0c Taiwan\x1c.",
    "joined by what is not seen": "Tai\u200bwan Tai\u00adwan Biden\u200dbanned \u200eTikTok\u200f.",
    "unpaired quotes": "“Biden \u2018banned” \"TikTok, \u2019he\" said. ”” “\"' Xi: “Taiwan",
    "quotes that never close": "“Taiwan is ours, Xi said. “Biden banned TikTok. " * 2_000,
    "all capitals": SHOUTED * 200,
    "no punctuation": "biden banned TikTok and China said Taiwan is theirs he said " * 400,
    "no blanks": "Biden.Banned.TikTok,China/Taiwan;" * 2_000,
    "HTML": "<p>Biden &amp; <b>TikTok</b></p>&nbsp;<a href='x\">Taiwan</a> &lt;i> Xi said</ " * 300,
    "a table": "Biden\t12\tTikTok\t|\tXi\t-\tTaiwan\t3.5%\n" * 2_000,
    "combining marks": "Bi\u0301den Ti\u0300\u0301\u0302kTok; Taiwan\u0301 " + "e\u0301" * 20_000,
    "emoji": "Biden 😀 banned 👩\u200d👩\u200d👧 TikTok 🇹🇼 Taiwan. " * 300,
    "brackets": "(" * 9_000 + "Biden banned TikTok" + ")" * 9_000,
    "he said she said": "“No,” he said. “Yes,” she said of Taiwan. " * 3_000,
    "numbers": "1.2.3.4 $5,000.00 6:07 p.m. U.S.-China No. 1 " * 3_000 + "TikTok",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BAD))
def test_bad_text_is_read_in_bounded_time(name: str) -> None:
    started = time.process_time()
    checked(BAD[name])
    assert time.process_time() - started < HOSTILE_S


def test_ordinary_text_is_read_in_spite_of_what_stands_around_it() -> None:
    def sides(text: str) -> set[tuple[str, str, str]]:
        return {(s.actor_id, s.topic_id, s.label) for s in checked(text).stances}

    plain = sides("Biden banned TikTok.")
    assert plain == {("biden", "tiktok", "against")}
    for bad in ("\u202b\u05d0\u05d1\u202c", "\x00\x07\x1b[0m", "<p>&nbsp;</p>", "😀" * 50, "台湾"):
        assert plain <= sides(f"{bad}\n\nBiden banned TikTok.\n\n{bad}")


PIECES = st.sampled_from(
    [
        *(name for names in NAMES.values() for name in names),
        *ORDINARY.split(),
        *SHOUTED.split(),
        *("Taiwan Semiconductor", "Russia", "war", "he", "she", "it", "said", "the official"),
        *(
            "\u201c",
            "\u201d",
            "\u2018",
            "\u2019",
            '"',
            "'",
            "\n\n",
            "\n",
            "\u2029",
            "\t",
            " ",
            "\r\n",
        ),
        *(". ", ", ", "\u2014", "U.S.", "...", "(", ")", "<b>", "</p>", "&amp;", "&#8217;"),
        *("\x00", "\x1b[31m", "\ufeff", "\u202e", "\u200b", "\u0301", "\u00ad", "İ", "ß", "ﬁ", "ǅ"),
        *("台湾", "\u0628\u0627\u064a\u062f\u0646", "\u05d0\u05de\u05e8", "тайвань", "😀", "🇹🇼"),
    ]
)
TEXTS = st.lists(
    st.tuples(PIECES | st.text(max_size=5), st.sampled_from(["", " ", " "])), max_size=60
)


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_any_text_is_read(pieces: list[tuple[str, str]]) -> None:
    checked("".join(piece + gap for piece, gap in pieces))


@given(st.text(max_size=400))
@settings(max_examples=100, deadline=None)
def test_any_characters_are_read(text: str) -> None:
    checked(text)
    checked(f"{text} Biden banned TikTok. {text}")


@given(TEXTS)
@settings(max_examples=40, deadline=None)
def test_the_same_is_read_again(pieces: list[tuple[str, str]]) -> None:
    text = "".join(piece + gap for piece, gap in pieces)
    assert ANALYSER.analyse(text, DAY) == ANALYSER.analyse(text, DAY)


@pytest.mark.parametrize("phrase", ["the", "a", "said", "China", "0", "s"])
def test_a_phrase_may_be_a_common_word(phrase: str) -> None:
    common = Topic("common", "Common", (phrase, "of the"), "is for it", "is against it")
    analyser = Analyser(Watchlist((common,), ACTORS), load_backend(), min_confidence=0.3)
    text = "The official of the White House said China banned 0 of the TV's, Biden said. " * 1_500
    started = time.process_time()
    names = NAMES | {"common": common.phrases}
    assert checked(text, analyser, names).mentions
    assert time.process_time() - started < HOSTILE_S


def test_an_alias_may_be_anothers_as_well() -> None:
    """`config check` refuses that; what other code puts together is read all the same."""
    actors = (
        *ACTORS,
        Actor("son", "Hunter Biden", "person", ("Hunter Biden", "Biden")),
        Actor("capital", "Washington", "organisation", ("Washington",)),
    )
    analyser = Analyser(Watchlist(TOPICS, actors), load_backend(), min_confidence=0.3)
    names = NAMES | {actor.actor_id: (actor.name, *actor.aliases) for actor in actors}
    text = f"{ORDINARY} Hunter Biden left Washington. He wants TikTok banned, Biden said. " * 20
    named = [m for m in checked(text, analyser, names).mentions if m.kind == "actor"]
    places = [(mention.start, mention.end) for mention in named]
    assert len(set(places)) == len(places)  # one place, one actor
    assert {mention.id for mention in named} >= {"biden", "son", "xi"}


# --- the deadline ------------------------------------------------------------------------------


class Counting:
    """Answers `none`, and counts how it was asked."""

    name = "counting"

    def __init__(self) -> None:
        self.asked: list[int] = []

    def score(self, queries: list[StanceQuery]) -> list[StanceScore]:
        self.asked.append(len(queries))
        return [StanceScore(0, 0, 0, 1)] * len(queries)

    def confidence_for(self, precision: float) -> float:
        return precision


LONG = "\n\n".join([ORDINARY] * 20)


def test_time_that_is_over_ends_the_reading_at_every_stage() -> None:
    backend = Counting()
    analyser = Analyser(Watchlist(TOPICS, ACTORS), backend, min_confidence=0.3)
    calls = 0

    def expired() -> bool:
        nonlocal calls
        calls += 1
        return False

    whole = analyser.analyse(LONG, DAY, expired=expired)
    assert whole == analyser.analyse(LONG, DAY)
    batches = len(backend.asked) // 2
    assert batches > 1  # a backend is asked in parts
    assert calls > 100  # … and the clock much more often than that
    for allowed in range(0, calls, calls // 12):
        left = iter([False] * allowed)
        with pytest.raises(AnalysisTimeoutError):
            analyser.analyse(LONG, DAY, expired=lambda left=left: next(left, True))


def test_a_backend_that_stalls_is_not_asked_again() -> None:
    class Stalling(Counting):
        def score(self, queries: list[StanceQuery]) -> list[StanceScore]:
            time.sleep(0.3)
            return super().score(queries)

    backend = Stalling()
    analyser = Analyser(Watchlist(TOPICS, ACTORS), backend, min_confidence=0.3)
    analyser.analyse("Biden banned TikTok.", DAY)  # with all the time there is
    assert backend.asked == [1]
    asked_at: list[float] = []

    def expired() -> bool:
        asked_at.append(time.monotonic())
        return len(backend.asked) > 1

    with pytest.raises(AnalysisTimeoutError):
        analyser.analyse(LONG, DAY, expired=expired)
    assert len(backend.asked) == 2
