"""Templates of the user's own: what they may say, and that no more gets out of them (row 49)."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from jinja2 import TemplateError

from monitors.facts import facts_of
from monitors.messages import compose
from monitors.templates import LONGEST_MESSAGE, render, template_fault
from tests.monitors.test_messages import ALERT, SAVED

FACTS = facts_of(ALERT)


def test_a_template_shows_facts_chooses_and_loops() -> None:
    source = (
        "{{ actor|upper }} on {{ topic }}{% if remark %}: {{ remark }}{% endif %}\n"
        "\n{% for quote in after %}\n"
        "{{ loop.index }}. {{ quote.words|truncate(20) }} {{ quote.url }}\n"
        "{% endfor %}\n{% for name, value in lines %}{{ name }}={{ value }};{% endfor %}"
    )
    text = render("text", source, FACTS)
    assert text.startswith("UNITED STATES on TikTok\n1. “We have to save... https://post")
    assert "How sure=93 %;" in text


@pytest.mark.parametrize(
    ("source", "line", "problem"),
    [
        ("{{''.__class__}}", 1, '"__class__"'),
        ("a\n\n{{ subject['__class__'] }}", 3, '"__class__"'),
        ("{{ (before|first).__init__.__globals__ }}", 1, '"__'),
        ("{{ before|attr('__class__') }}", 1, 'filter "attr"'),
        ("{{ subject['__cla' ~ 'ss__'] }}", 1, "in brackets"),
        ("{{ actor.upper() }}", 1, "a call"),
        ("{{ self }}{{ self.__dict__ }}", 1, '"__dict__"'),
        ("{{ range(10)|length }}", 1, "a call"),
        ("{{ 'x' * 1000000000 }}", 1, "*"),
        ("{{ 9 ** 9 ** 9 }}", 1, "**"),
        ("{{ '%1000000000d' % 1 }}", 1, "%"),
        ("{{ 'x'|center(1000000000) }}", 1, 'filter "center"'),
        ("{{ actor|safe }}", 1, 'filter "safe"'),
        ("{% set x = 'a' %}", 1, "set"),
        ("{% macro f() %}{{ f() }}{% endmacro %}", 1, "macro"),
        ("{% include 'text.j2' %}", 1, "include"),
        ("{% import 'os' as os %}", 1, "import"),
        ("{% autoescape false %}{{ actor }}{% endautoescape %}", None, "autoescape"),
        ("x\n" + "{% for a in actor %}" * 3 + "{% endfor %}" * 3, 2, "loops in loops"),
        ("{% for a in before recursive %}{% endfor %}", 1, "loops in loops"),
        ("a\n{{ actor", 2, ""),
        ("a\n{% if %}", 2, ""),
        ("x" * 20_001, None, "20,001 characters"),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", None, "nested"),
        ("{% if actor %}" * 150 + "{% endif %}" * 150, None, "nested"),
    ],
)  # fmt: skip
def test_whatever_could_get_out_or_go_on_for_ever_is_refused(
    source: str, line: int | None, problem: str
) -> None:
    started = time.monotonic()
    fault = template_fault("text", source)
    assert fault is not None
    assert (fault.line, problem in fault.problem) == (line, True), fault
    with pytest.raises(TemplateError):
        render("text", source, FACTS)
    assert time.monotonic() - started < 2


def test_a_name_that_is_not_known_and_too_long_a_message_are_errors() -> None:
    with pytest.raises(TemplateError, match="actr"):
        render("text", "{{ actr }}", FACTS)
    long = "{% for a in headline %}{% for b in headline %}{{ headline }}{% endfor %}{% endfor %}"
    with pytest.raises(TemplateError, match=f"{LONGEST_MESSAGE:,}"):
        render("text", long, FACTS)


def test_html_is_escaped_whatever_the_news_says() -> None:
    hostile = replace(SAVED, quote="<script>alert(1)</script>", title="<b>x</b> & y")
    facts = facts_of(replace(ALERT, actor_name="A & B <i>", after=(hostile,)))
    source = "<p>{{ headline }}</p>{% for quote in after %}<q>{{ quote.words }}</q>{% endfor %}"
    html = render("html", source, facts)
    assert html.count("<") == 4
    assert "A &amp; B &lt;" in html


def test_what_the_news_says_is_never_a_template() -> None:
    hostile = replace(SAVED, quote="{{''.__class__}} {% raw %}")
    text = render("text", "{{ (after|first).words }}", facts_of(replace(ALERT, after=(hostile,))))
    assert "__class__" not in text or "{{" not in text


def test_own_words_take_the_place_of_ours_and_the_id_stays() -> None:
    templates = {"subject": "[SW]\n {{ actor }}", "text": "Look: {{ headline }}", "slack": "*x*"}
    message = compose(ALERT, "text", templates)
    assert message.subject == "[SW] United States"
    assert message.body == (
        "Look: United States has changed sides on TikTok: from against to favor.\n\n"
        "Alert al0123456789abcdef"
    )
    assert compose(ALERT, "slack", templates).body == "*x*\n\nAlert al0123456789abcdef"
    assert compose(ALERT, "html", templates).body == compose(ALERT, "html").body


def test_an_alert_goes_out_even_if_its_template_fails() -> None:
    broken = {"text": "{{ (before|first).words.nothing.more }}", "subject": "{{ nobody }}"}
    assert compose(ALERT, "text", broken) == compose(ALERT)
