"""Markup to text: what stays, what goes, and what hostile input costs."""

from __future__ import annotations

import time

import pytest

from monitors.pages import clean_line, clean_text, text_of_html


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("<p>One.</p><p>Two<br>lines.<br><br>Three.</p>", "One.\n\nTwo\nlines.\n\nThree."),
        ("<div><h2>Head</h2>\n\n<p>Body  text</p></div>", "Head\n\nBody text"),
        ("<ul><li>one<li>two</ul>", "one\n\ntwo"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("Some <b>bold</b>ly put <a href='/x'>words</a>.", "Some boldly put words."),
        ("<script>alert('<p>')</script>In<style>p{}</style><!-- no -->side", "Inside"),
        ("<img src=x onerror=alert(1)>left", "left"),
        ("<o:p>Office</o:p>", "Office"),
        ("<![CDATA[kept <b>this</b>]]>", "kept this"),
        ("<?xml version='1.0' encoding='koi8-r'?><p>caf\u00e9</p>", "caf\u00e9"),
        ("", ""),
        ("</div>", ""),
        ("<script>never closed", ""),
    ],
)
def test_markup_becomes_text(fragment: str, text: str) -> None:
    assert text_of_html(fragment) == text


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("AT&amp;T", "AT&T"),
        ("&amp;lt;b&amp;gt; &amp;amp;", "&lt;b&gt; &amp;"),
        ("R&D &nosuch; &#8217;tis &hellip;", "R&D &nosuch; \u2019tis \u2026"),
        ("a&nbsp;b", "a b"),
        ("1&#0;2&#x202e;3&#2;4&#3;5", "12345"),
    ],
)
def test_entities_are_decoded_once(fragment: str, text: str) -> None:
    assert text_of_html(fragment) == text


@pytest.mark.parametrize(
    "text",
    [
        "a < b and c > d",
        "x<y, y>z",
        "I <3 this",
        "profits down <5%",
        "<name> said that",
        "ends with <",
        "ends within <b",
        "5 &lt 6".replace("&lt", "<"),
    ],
)
def test_a_less_than_sign_in_plain_text_survives(text: str) -> None:
    assert text_of_html(text) == text
    assert clean_text(text) == text


def test_without_markup_blank_lines_part_paragraphs() -> None:
    plain = "One\nline.\r\n\r\nTwo &amp; <i>three</i>.\n \n\n Four."
    assert text_of_html(plain) == "One line.\n\nTwo & three.\n\nFour."
    assert clean_text("One\nline.\n\n\nTwo <i>") == "One line.\n\nTwo <i>"


def test_what_is_not_seen_is_removed() -> None:
    dirty = "\ufeffA\x00b\x1b[31m\u202egnp\u2066.exe\u2069 so\u00adft\u200b\ud800 \x85\u2028end\x07"
    clean = "Ab[31mgnp.exe soft end"
    assert clean_line(dirty) == clean
    assert text_of_html(f"<p>{dirty}</p>") == clean
    assert clean_line(" several\n\t words\u00a0here ") == "several words here"


def test_joiners_that_scripts_need_stay() -> None:
    assert clean_line("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645") == (
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    )


@pytest.mark.parametrize(
    "hostile",
    [
        "<div>" * 50_000 + "deep" + "</div>" * 50_000,
        "<b>" * 50_000 + "deep",
        "<table><tr><td>" * 20_000 + "deep",
        "deep" + "<" * 200_000,
        "deep" + "<!--" * 50_000,
        "deep" + "<a " * 100_000,
        "deep" + "&#" * 200_000,
        "<p>deep" + " " * 500_000 + "<br>",
        "deep" + "\n \n" * 200_000,
        "deep" + "<br> " * 100_000,
        "deep" + "<![CDATA[" * 50_000,
    ],
    ids=lambda text: text[:12],
)
def test_hostile_markup_costs_little(hostile: str) -> None:
    started = time.perf_counter()
    assert "deep" in text_of_html(hostile)
    assert time.perf_counter() - started < 2
