"""Sentences of news prose: where they end, and that nothing is lost in between."""

from __future__ import annotations

import time

import pytest
import spacy

from monitors.sentences import find_sentences, mark_sentences
from monitors.tokenizer import NewsTokenizer
from monitors.tokens import find_paragraphs, split_tokens


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in find_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He left. She stayed.", ["He left.", "She stayed."]),
        ("A headline without a stop\n\nThe text.", ["A headline without a stop", "The text."]),
        ("“We will go.” Then he went.", ["“We will go.”", "Then he went."]),
        ("He went. “We will go,” he said.", ["He went.", "“We will go,” he said."]),
        ('It ended. "It is over," he said.', ["It ended.", '"It is over," he said.']),
        ('He said "No." "Yes," she said.', ['He said "No."', '"Yes," she said.']),
        ("“Why?” he asked. Nobody knew.", ["“Why?” he asked.", "Nobody knew."]),
        ("The U.S. Senate met Mr. Smith.", ["The U.S. Senate met Mr. Smith."]),
        ("Sen. J. D. Vance spoke on Jan. 6.", ["Sen. J. D. Vance spoke on Jan. 6."]),
        ("He lives in the U.S. She does not.", ["He lives in the U.S.", "She does not."]),
        ("Made in the U.S.\n\nOther news.", ["Made in the U.S.", "Other news."]),
        ("See No. 10 for that. No. It is shut.", ["See No. 10 for that.", "No.", "It is shut."]),
        ("It grew by 2.5 percent. Good.", ["It grew by 2.5 percent.", "Good."]),
        ("at 5 p.m. on Monday. Then", ["at 5 p.m. on Monday.", "Then"]),
        ("Wait ... what? Yes!", ["Wait ... what?", "Yes!"]),
        ("(It was late.) They left.", ["(It was late.)", "They left."]),
        ("", []),
        (" \n\n \t ", []),
    ],
)
def test_splits(text: str, expected: list[str]) -> None:
    assert split(text) == expected


def test_single_line_breaks_are_white_space() -> None:
    assert split("The minister\nsaid so. He left.") == ["The minister\nsaid so.", "He left."]


def test_spacy_gets_the_same_sentences() -> None:
    nlp = spacy.blank("en")
    nlp.tokenizer = NewsTokenizer(nlp.vocab)
    text = "  He left.  “No,” she said.\n\nU.S. officials stayed. "
    doc = mark_sentences(nlp(text))
    assert doc.text == text
    assert [sent.text.strip() for sent in doc.sents] == split(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\n",
        "a",
        "a  b",
        "\tx\u00a0y",
        "U.S.-China",
        "x\x00y\x1f",
        "\u202eabc\u202c",
        "😀!",
    ],
)
def test_tokenizer_keeps_every_character(text: str) -> None:
    nlp = spacy.blank("en")
    assert NewsTokenizer(nlp.vocab)(text).text == text
    tokens = split_tokens(text)
    assert [text[a:b] for a, b in zip(tokens.starts, tokens.ends, strict=True)] == tokens.forms


def test_typographic_marks_do_not_move_offsets() -> None:
    tokens = split_tokens("China\u2019s one\u2011China")
    assert tokens.forms == ["China", "'", "s", "one", "-", "China"]
    assert tokens.span(5, 6) == (12, 17)


def test_paragraphs_have_no_outer_white_space() -> None:
    text = "  one\n\n\n  two \n three\n \n"
    assert [text[a:b] for a, b in find_paragraphs(text)] == ["one", "two \n three"]


@pytest.mark.parametrize("text", ["." * 200_000, "a. " * 60_000, " " * 200_000, '."' * 100_000])
def test_hostile_text_takes_linear_time(text: str) -> None:
    started = time.process_time()
    find_sentences(text)
    assert time.process_time() - started < 3
