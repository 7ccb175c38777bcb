"""Who says what: quotations, reporting clauses, and text that is broken."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from monitors.attribution import find_reports, finish
from monitors.encoder.model import load_encoder
from monitors.quotes import find_quotes
from monitors.tokens import split_tokens
from tests.fuzzing import HOSTILE_S

if TYPE_CHECKING:
    from monitors.records import Attribution

ENCODER = load_encoder("attribution")


def attributions(text: str) -> list[Attribution]:
    tokens = split_tokens(text)
    reports = find_reports(ENCODER, tokens, [(0, len(text))])
    return [finish(tokens, report, None) for report in reports]


def read(text: str) -> list[tuple[str, str, str, str]]:
    def words(spans: tuple[tuple[int, int], ...]) -> str:
        found = " … ".join(text[start:end] for start, end in spans)
        return found.removeprefix("that ").rstrip(".,:")

    return [
        (found.kind, words(found.source), words(found.cue), words(found.content))
        for found in attributions(text)
    ]


DIRECT, INDIRECT, DESCRIBED = "direct_quote", "indirect_speech", "description"


@pytest.mark.parametrize(
    ("text", "kind", "source", "cue", "content"),
    [
        ("“We will go,” said Biden.", DIRECT, "Biden", "said", "“We will go,”"),
        ('"We will go," Biden said.', DIRECT, "Biden", "said", '"We will go,"'),
        ("“We will go now,” explained the official, who asked not to be named.", DIRECT,
         "the official", "explained", "“We will go now,”"),
        ("Biden said: “We will go.”", DIRECT, "Biden", "said", "“We will go.”"),
        ("Biden told reporters, “We will go now.”", DIRECT, "Biden", "told", "“We will go now.”"),
        ("\u2018We will go,\u2019 said Biden.", DIRECT, "Biden", "said", "\u2018We will go,\u2019"),
        ("''We will go now,'' Biden said.", DIRECT, "Biden", "said", "''We will go now,''"),
        ("Biden Says He Will Go", INDIRECT, "Biden", "Says", "He Will Go"),
        ("Biden said that he would go.", INDIRECT, "Biden", "said", "he would go"),
        ("Biden has repeatedly said he would go.", INDIRECT, "Biden", "has repeatedly said",
         "he would go"),
        ("The talks were good, the White House said on Monday.", INDIRECT, "the White House",
         "said", "The talks were good"),
        ("According to the ministry, the talks were good.", INDIRECT, "the ministry",
         "According to", "the talks were good"),
        ("The talks were good, according to Xinhua.", INDIRECT, "Xinhua", "according to",
         "The talks were good"),
        ("In a statement, Huawei denied the charge.", INDIRECT, "Huawei", "denied", "the charge"),
        ("Kirby, a spokesman for the council, warned of war.", INDIRECT,
         "Kirby, a spokesman for the council", "warned of", "war"),
        ("China considers the island part of its territory.", DESCRIBED, "China", "considers",
         "the island part of its territory"),
        ("France opposes the deal.", DESCRIBED, "France", "opposes", "the deal"),
        ("Xi told Biden that Taiwan is a red line.", INDIRECT, "Xi", "told",
         "Taiwan is a red line"),
    ],
)  # fmt: skip
def test_one_attribution(text: str, kind: str, source: str, cue: str, content: str) -> None:
    assert (kind, source, cue, content) in read(text)


def test_quote_with_the_speaker_in_the_middle() -> None:
    found = read("“We will go,” Biden said, “and we will come back again.”")
    assert {source for _, source, _, _ in found} == {"Biden"}
    contents = " ".join(content for *_, content in found)
    assert "“We will go,”" in contents
    assert "“and we will come back again.”" in contents


def test_quotes_in_a_row_keep_their_speaker() -> None:
    found = read("“We will go now,” Biden said. “We shall see.”")
    assert any("We shall see" in content for _, source, _, content in found if source == "Biden")


def test_a_quotation_reopened_in_the_next_paragraph_goes_on() -> None:
    found = read("Biden said: “We will go now, all of us.\n\n“And we will come back again.”")
    contents = [content for _, source, _, content in found if source == "Biden"]
    assert any("And we will come back again" in content for content in contents)


def test_second_verb_of_a_speaker() -> None:
    found = read("Biden praised the deal and warned that time was short.")
    assert (INDIRECT, "Biden", "warned", "time was short") in found


@pytest.mark.parametrize(
    "text",
    [
        "The United States went home.",
        "He won the battleground states.",
        "The report was long.",
        "His claims were many.",
        "Hello.",
    ],
)
def test_no_attribution(text: str) -> None:
    assert read(text) == []


def test_unpaired_marks_end_with_their_paragraph() -> None:
    text = "He said “we will go.\n\nThe rest is news.\n\nIt has “no end"
    assert [text[quote.start : quote.end] for quote in find_quotes(text)] == [
        "“we will go.",
        "“no end",
    ]


BROKEN = (
    "",
    " ",
    "”””",
    "“",
    '"',
    "said",
    "said said said",
    "according to",
    "“” said",
    "\u202e“abc” said Biden\u202c",
    "x\x00“y z w v,” said\x07 Biden.",
    "<p>“We go,” said Biden.</p>",
    "BIDEN SAID THE DEAL WAS GOOD.",
    "“\u2018“\u2018“\u2018 said Biden",
    ", , , said , , ,",
    "\u0627\u0644 said \u0627",
    "''''' said ''",
)


@pytest.mark.parametrize("text", BROKEN)
def test_broken_text_gives_spans_inside_the_text(text: str) -> None:
    for found in attributions(text):
        for start, end in (*found.source, *found.cue, *found.content):
            assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "said " * 40_000,
        "“a b c d,” he said. " * 8_000,
        "according to " * 15_000,
        '" ' * 100_000,
        "' 'a " * 40_000,
        "Biden, " * 30_000,
        "x" * 200_000,
        "A\n\n" * 60_000,
    ],
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    started = time.process_time()
    attributions(text[:30_000])
    assert time.process_time() - started < HOSTILE_S
