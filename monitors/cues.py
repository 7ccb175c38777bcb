"""The words by which news reports what somebody says or thinks: verbs in all their forms.

Checked against the cues of the training half of PolNeAR; the lists are this project's own.
"""

from __future__ import annotations

from typing import Literal

from monitors.wordlists import word_set

CueKind = Literal["speech", "attitude"]


# What is said: the content is a clause or a quotation, and the speaker may come after the verb.
_SPEECH = sorted(
    word_set(
        """say tell ask add note report announce suggest argue explain acknowledge declare claim
    warn urge insist write tweet post state reply respond answer continue conclude respond
    agree assert stress emphasize emphasise underscore underline reiterate repeat remark
    observe comment admit concede confess confirm deny predict promise pledge vow swear
    threaten recall reveal disclose indicate signal hint imply allege charge accuse complain
    lament joke quip caution advise counsel estimate forecast propose recommend mention
    clarify elaborate boast brag contend maintain affirm reaffirm assure inform remind
    testify allow counter retort protest object demand request plead beg instruct order
    proclaim pronounce cite describe characterize characterise call label dub brand express
    voice echo highlight outline detail describe read show find learn decline refuse dismiss
    reject rebuff rebuke chide condemn denounce decry deplore blast slam criticize criticise
    attack praise hail laud applaud welcome thank blame mock ridicule deride question
    challenge dispute refute rebut defend discuss address shout chant whisper murmur tease
    brief preach summarize summarise speculate guess muse quote relay telegraph convey argue
    reason apologize apologise"""
    )
)
# What is thought, wanted or stood for: the content is the object, the holder comes first.
_ATTITUDE = sorted(
    word_set(
        """believe think know feel want wish hope fear expect intend plan seek consider regard view
    see deem doubt suspect worry assume prefer favor favour support back oppose endorse
    resist advocate champion embrace regret resent hate love dislike need aim try
    attempt push press decide determine agree disagree accept approve disapprove trust
    distrust fear recognise recognize assess judge understand appreciate envision anticipate
    imagine remember"""
    )
)
_PAST = {
    "say": "said said", "tell": "told told", "write": "wrote written", "swear": "swore sworn",
    "read": "read read", "show": "showed shown", "find": "found found", "think": "thought thought",
    "know": "knew known", "feel": "felt felt", "seek": "sought sought", "see": "saw seen",
    "understand": "understood understood", "plead": "pleaded pleaded", "learn": "learned learned",
    "deny": "denied denied", "forecast": "forecast forecast",
}  # fmt: skip
# Verbs whose last consonant doubles.
_DOUBLED = word_set("admit rebut quip slam plan beg brag refer regret")
_MORE = ["speak", "point", "refer", "talk", "lash", "rail"]
AUXILIARIES = word_set(
    """has have had is are was were be been being will would can could may might must should
    shall do does did also not never n't later then now once again still already ever just
    even only repeatedly previously recently subsequently reportedly publicly privately
    often long always first further simply himself herself itself themselves both all since
    soon"""
)


def _forms(lemma: str) -> set[str]:
    third = lemma + ("es" if lemma.endswith(("s", "sh", "ch", "x", "o")) else "s")
    if lemma.endswith("y") and lemma[-2] not in "aeiou":
        third = lemma[:-1] + "ies"
    past = _PAST.get(lemma, _past(lemma)).split()
    return {lemma, third, _stem(lemma) + "ing", *past}


def _stem(lemma: str) -> str:
    if lemma in _DOUBLED:
        return lemma + lemma[-1]
    return lemma[:-1] if lemma.endswith("e") and not lemma.endswith(("ee", "oe")) else lemma


def _past(lemma: str) -> str:
    if lemma.endswith("e"):
        return lemma + "d"
    if lemma.endswith("y") and lemma[-2] not in "aeiou":
        return lemma[:-1] + "ied"
    return _stem(lemma) + "ed"


def _table() -> dict[str, CueKind]:
    kinds: dict[str, CueKind] = dict.fromkeys(_ATTITUDE, "attitude")
    kinds |= dict.fromkeys([*_SPEECH, *_MORE], "speech")
    table = {word: kind for lemma, kind in kinds.items() for word in _forms(lemma)}
    return table | {"spoke": "speech", "spoken": "speech"}


CUES = _table()
