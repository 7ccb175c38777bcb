"""Alerts in the forms that channels read, and what no text from outside can do in them (row 47)."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from monitors.fitting import fit
from monitors.messages import IN_FULL, compose, compose_group, in_form
from monitors.records import Message
from monitors.wording import ELLIPSIS, cut
from tests.monitors.test_messages import ALERT, BAN, LAW, SAVED

HOSTILE = (
    "<script>alert(1)</script> @everyone <!channel> <@U1> <http://evil.example|x> "
    "[free](http://evil.example) ](x) **b** > q & &amp; {{''.__class__}}"
)
NASTY = replace(SAVED, quote=HOSTILE, title=HOSTILE, outlet=HOSTILE)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.links += [value for name, value in attrs if name == "href"]


def test_markdown_reads_like_this() -> None:
    body = compose(replace(ALERT, before=(), remark="It goes on."), "markdown").body
    assert (
        body
        == """\
**United States has changed sides on TikTok: from against to favor.**
It goes on.

Since: 20 January 2025
How sure: 93 %
Shown by: 5 stories from 4 outlets
Severity: medium
Decided: 22 January 2025, 09:05 UTC

**Before (against)**
(no quote is at hand)

**After (favor)**
> “We have to save TikTok,” the president said.
> [Evening Post, 20 January 2025: President stays the ban](https://post.example/a?id=7&page=2)

> “The order gives it 75 days.”
> [Metro Herald, 20 January 2025: 75 days](https://post.example/a?id=7&page=2)

Alert al0123456789abcdef"""
    )


def test_slack_has_its_own_links_and_bold() -> None:
    body = compose(ALERT, "slack").body
    assert body.startswith("*United States has changed sides on TikTok")
    assert "> <https://post.example/a?id=7&page=2|Evening Post, 20 January 2025: " in body


@pytest.mark.parametrize("text", ["stop !channel>", "!here|x>", "> @U1> !channel", "a!b"])
def test_slack_text_has_nothing_that_apprise_would_make_a_command_of(text: str) -> None:
    item = replace(SAVED, quote=text, title=text, outlet=text)
    body = compose(replace(ALERT, actor_name=text, after=(item,)), "slack").body
    assert not re.search(r"![^ \u200b|]+[|>]|@[^ \u200b|]+[|>]", body)


def test_html_has_our_tags_and_links_and_no_others() -> None:
    html = compose(replace(ALERT, actor_name=HOSTILE, after=(NASTY,)), "html").body
    tags = Tags()
    tags.feed(html)
    assert set(tags.found) == {"p", "strong", "br", "blockquote", "a"}
    assert set(tags.links) == {SAVED.url, BAN.url, LAW.url}


@pytest.mark.parametrize("form", ["text", "markdown", "slack"])
def test_nothing_from_outside_opens_a_tag_a_mention_or_a_link(form: str) -> None:
    message = compose(replace(ALERT, actor_name=HOSTILE, after=(NASTY,)), form)  # type: ignore[arg-type]
    for opener in ("<script", "@everyone", "<!channel", "<@U1", "<http://evil", "](http://evil"):
        assert opener not in message.body
        assert opener not in message.subject
    ours = {"markdown": "](https://", "slack": "<https://", "text": "  https://"}[form]
    assert message.body.count(ours) == 3


def test_a_return_is_told_as_one_and_names_what_it_takes_back() -> None:
    message = compose(replace(ALERT, recovers="al-earlier", kind="hardening"))
    assert message.subject == "United States on TikTok: against -> favor (returned)"
    assert message.body.startswith("United States has returned to favor on TikTok.\n")
    assert "Takes back:alert al-earlier\n" in message.body.replace(" alert", "alert")


@pytest.mark.parametrize("form", ["text", "html", "markdown", "slack"])
def test_a_first_stance_has_nothing_before_it(form: str) -> None:
    message = compose(replace(ALERT, kind="first_stance", before=()), form)  # type: ignore[arg-type]
    assert message.subject == "United States on TikTok: favor (first stance)"
    assert "has taken a side for the first time on TikTok: favor." in message.body
    assert "After (favor)" in message.body
    assert "Before" not in message.body


@pytest.mark.parametrize("form", ["text", "html", "markdown", "slack"])
def test_a_silence_has_nothing_after_it(form: str) -> None:
    message = compose(replace(ALERT, kind="silence", after=()), form)  # type: ignore[arg-type]
    assert message.subject == "United States on TikTok: quiet since 20 January 2025"
    assert "has fallen quiet on TikTok: it was against." in message.body
    assert "the news on the topic since" in message.body
    assert "Before (against)" in message.body
    assert "After" not in message.body


@pytest.mark.parametrize("form", ["text", "html", "markdown", "slack"])
def test_a_group_tells_all_and_ends_with_one_key(form: str) -> None:
    parts = [
        compose(replace(ALERT, alert_id=f"al{number:02}"), form)  # type: ignore[arg-type]
        for number in range(IN_FULL + 2)
    ]
    message = compose_group(parts, "TikTok", "ms1")
    assert (message.subject, message.key, message.form) == ("10 alerts: TikTok", "ms1", form)
    assert message.body.count("How sure") == IN_FULL
    for part in parts:
        assert part.key in message.body
    last = message.body.splitlines()[-1].removeprefix("<p>").removesuffix("</p>")
    assert last.rpartition("<br>")[2].startswith("Message ms1: alerts al00, al01")


def test_plain_words_become_html_that_shows_the_same() -> None:
    message = in_form(Message("s", "a <b>\n  c\n\nd"), "html")
    assert message.body == "<p>a &lt;b&gt;<br>  c</p>\n<p>d</p>"
    assert in_form(Message("s", "a"), "markdown") == Message("s", "a", "markdown")


# --- lengths -----------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [2000, 1500, 1000, 800, 500, 300, 120])
@pytest.mark.parametrize("form", ["text", "markdown", "slack"])
def test_a_message_is_fitted_and_keeps_first_line_id_and_links(form: str, limit: int) -> None:
    long = replace(SAVED, quote="word " * 200, title="a title " * 50)
    body = compose(replace(ALERT, before=(long, long), after=(long, long)), form).body  # type: ignore[arg-type]
    fitted = fit(body, limit)
    assert len(fitted) <= limit
    assert fitted.endswith("Alert al0123456789abcdef")
    assert fitted.splitlines()[0].startswith(("United", "**United", "*United"))
    links = [line for line in fitted.splitlines() if "://" in line]
    assert set(links) <= set(body.splitlines())
    assert len(links) == 4 or limit < 1500
    assert fitted == body or ELLIPSIS in fitted


def test_what_fits_is_left_alone() -> None:
    body = compose(ALERT).body
    assert fit(body, len(body)) == body


def test_where_there_is_no_room_the_id_is_what_is_left() -> None:
    assert fit(compose(ALERT).body, 60).endswith("Alert al0123456789abcdef")
    assert fit(compose(ALERT).body, 10) == "Alert al0…"


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("abcde\u0301fg", 6, "abcd…"),  # an accent stays on its letter
        ("ab\U0001f469\u200d\U0001f469\u200d\U0001f466cd", 5, "ab…"),  # a family in one piece
        ("abc\U0001f44d\U0001f3fdxyz", 5, "abc…"),  # a skin colour
        ("ab\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7x", 6, "ab\U0001f1e9\U0001f1ea…"),  # flags
        ("ab\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7x", 4, "ab…"),
        ("ab❤\ufe0fcd", 4, "ab…"),
        ("\u1112\u1161\u11ab\u1112\u1161\u11ab", 5, "\u1112\u1161\u11ab…"),  # syllables of jamo
        ("a" + "\u0301" * 50, 10, "a" + "\u0301" * 8 + "…"),  # no letter to keep
    ],
)
def test_it_is_cut_between_characters_as_people_see_them(text: str, limit: int, shown: str) -> None:
    assert cut(text, limit) == shown
    assert len(shown) <= limit
