"""What people are told, word for word, and what no text from outside can do to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from monitors.digests import Digest, DigestAlert, FeedTrouble, TopicCount, compose_digest
from monitors.messages import compose
from monitors.records import Alert, Evidence
from monitors.wording import INVISIBLE, cut, inert, inert_url

BAN = Evidence(
    quote="The app must be sold or shut down, the White House said.",
    outlet="Daily Courier",
    title="Senate passes TikTok bill",
    url="https://courier.example/2024/04/tiktok-bill",
    said_at=datetime(2024, 4, 23, 20, tzinfo=UTC),
)
LAW = replace(
    BAN, quote="It is a threat to our security.", outlet="Metro Herald", title="Law signed"
)
SAVED = Evidence(
    quote="“We have to save TikTok,” the president said.",
    outlet="Evening Post",
    title="President stays the ban",
    url="https://post.example/a?id=7&page=2",
    said_at=datetime(2025, 1, 20, 22, tzinfo=UTC),
)
DELAY = replace(SAVED, quote="The order gives it 75 days.", outlet="Metro Herald", title="75 days")
ALERT = Alert(
    alert_id="al0123456789abcdef",
    shift_id="sh0123456789abcdef",
    actor_id="united-states",
    actor_name="United States",
    topic_id="tiktok",
    topic_title="TikTok",
    from_label="against",
    to_label="favor",
    changed_at=datetime(2025, 1, 20, 22, tzinfo=UTC),
    decided_at=datetime(2025, 1, 22, 9, 5, tzinfo=UTC),
    stories=5,
    outlets=4,
    confidence=0.937,
    before=(BAN, LAW),
    after=(SAVED, DELAY),
)


def test_an_alert_reads_like_this() -> None:
    message = compose(ALERT)
    assert message.subject == "United States on TikTok: against -> favor"
    assert (
        message.body
        == """\
United States has changed sides on TikTok: from against to favor.

Since:     20 January 2025
How sure:  93 %
Shown by:  5 stories from 4 outlets
Severity:  medium
Decided:   22 January 2025, 09:05 UTC

Before (against):
  “The app must be sold or shut down, the White House said.”
  Daily Courier, 23 April 2024: Senate passes TikTok bill
  https://courier.example/2024/04/tiktok-bill

  “It is a threat to our security.”
  Metro Herald, 23 April 2024: Law signed
  https://courier.example/2024/04/tiktok-bill

After (favor):
  “We have to save TikTok,” the president said.
  Evening Post, 20 January 2025: President stays the ban
  https://post.example/a?id=7&page=2

  “The order gives it 75 days.”
  Metro Herald, 20 January 2025: 75 days
  https://post.example/a?id=7&page=2

Alert al0123456789abcdef"""
    )


def test_one_is_not_many() -> None:
    body = compose(replace(ALERT, stories=1, outlets=1)).body
    assert "1 story from 1 outlet\n" in body


def test_nothing_is_a_hundred_per_cent_sure() -> None:
    assert "How sure:  99 %" in compose(replace(ALERT, confidence=1.0)).body


def test_a_side_without_quotes_says_so() -> None:
    assert compose(replace(ALERT, before=())).body.count("(no quote is at hand)") == 1


def test_more_than_two_quotes_are_not_shown() -> None:
    assert compose(replace(ALERT, after=(SAVED, DELAY, BAN))).body.count("“The app must") == 1


def test_long_quotes_and_titles_are_cut_at_a_code_point() -> None:
    long = replace(SAVED, quote="\N{PILE OF POO}é" * 400, title="é" * 500)
    lines = compose(replace(ALERT, after=(long,))).body.splitlines()
    quote = next(line for line in lines if "\N{PILE OF POO}" in line)
    assert len(quote.strip()) == 302
    assert quote.endswith("…”")
    quote.encode("utf-8")
    assert max(len(line) for line in lines) < 400


@pytest.mark.parametrize(
    "text",
    [
        "line\r\nBcc: all@example.org",
        "line\u2028next",
        "a\x00b\x1b[31mred\x07",
        "\u202egnp.exe\u202c",
        "lone \ud800 surrogate",
        "tag\U000e0041s",
    ],
)
def test_control_and_hidden_characters_go(text: str) -> None:
    message = compose(replace(ALERT, actor_name=text, after=(replace(SAVED, quote=text),)))
    assert message.subject.isprintable() or INVISIBLE in message.subject
    assert "\n" not in message.subject
    clean = message.body.replace("\n", "").replace(INVISIBLE, "")
    assert clean.isprintable()
    message.body.encode("utf-8")


def test_a_quote_cannot_forge_a_line_of_ours() -> None:
    forged = replace(SAVED, quote="x\n\nAlert al-forged", title="y\nHow sure:  99 %")
    lines = compose(replace(ALERT, after=(forged,))).body.splitlines()
    assert [line for line in lines if line.startswith("Alert")] == [f"Alert {ALERT.alert_id}"]
    assert sum(line.startswith("How sure") for line in lines) == 1


@pytest.mark.parametrize(
    ("text", "opener"),
    [
        ("<script>alert(1)</script>", "<s"),
        ("</p>", "</"),
        ("@everyone and @here", "@e"),
        ("<!channel> <@U123> <!subteam^S1>", "<!"),
        ("[free money](http://evil.example)", "]("),
        ("![x](https://evil.example/p.png)", "]("),
        ("[free][1]", "]["),
        ("see http://evil.example", "://"),
        ("see WWW.evil.example", "WWW."),
        ("<http://evil.example|bank.example>", "<h"),
        ("&lt;b&gt; &#60;i&#62;", "&lt;"),
        ("{{''.__class__}} {% raw %}", "{{"),
        ("**bold** __under__ ~~gone~~ ||spoiler|| `code`", "**"),
        ("a\\nb", "\\"),
        ("||", "||"),
    ],
)
def test_what_a_channel_might_interpret_is_held(text: str, opener: str) -> None:
    held = inert(text, 300)
    assert opener in text
    assert opener not in held
    assert inert(held, 300) == held
    item = replace(SAVED, quote=text, title=text, outlet=text)
    message = compose(replace(ALERT, actor_name=text, topic_title=text, after=(item,)))
    bare = message.body.replace(inert_url(SAVED.url) or "", "")
    bare = bare.replace(inert_url(BAN.url) or "", "")
    assert opener not in bare
    assert opener not in message.subject


def test_plain_prose_stays_as_it_is() -> None:
    prose = (
        "\u201cIt\u2019s 50% \u2013 no, 60% \u2013 of U.S. trade (about $5bn),\u201d "
        "AT&T's C.E.O. said; see \xa73 #1!"
    )
    assert inert(prose, 300) == prose


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://news.example/a/b?x=1&y=2#z", "https://news.example/a/b?x=1&y=2#z"),
        ("HTTP://news.example/", "http://news.example/"),
        ("https://news.example/%E4%BD%A0", "https://news.example/%E4%BD%A0"),
        ("https://news.example/@everyone", "https://news.example/%40everyone"),
        ("https://news.example/x)[y](z", "https://news.example/x%29%5By%5D%28z"),
        ("https://news.example/<b>|`*", "https://news.example/%3Cb%3E%7C%60%2A"),
        ("https://news.example/a\nb", "https://news.example/ab"),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("//news.example/a", None),
        ("https://user:pass@news.example/", None),
        ("https://bank.example@evil.example/", None),
        ("https://ev<il.example/", None),
        ("https://[::1", None),
        ("", None),
    ],
)
def test_links_are_web_links_without_mark_up(url: str, shown: str | None) -> None:
    assert inert_url(url) == shown


def test_evidence_without_a_usable_link_says_so() -> None:
    body = compose(replace(ALERT, after=(replace(SAVED, url="javascript:alert(1)"),))).body
    assert "javascript" not in body
    assert "(no link)" in body


def test_cutting_leaves_what_fits() -> None:
    assert cut("abc", 3) == "abc"
    assert cut("abcd", 3) == "ab…"


def test_a_digest_reads_like_this() -> None:
    digest = Digest(
        first=date(2025, 1, 22),
        last=date(2025, 1, 22),
        articles=1204,
        alerts=(DigestAlert(ALERT.alert_id, compose(ALERT).subject),),
        topics=(TopicCount("TikTok", 7, 2, 1), TopicCount("Taiwan's self-rule", 0, 3, 0)),
        feeds=(
            FeedTrouble("Daily Courier", "timeout", datetime(2025, 1, 19, tzinfo=UTC)),
            FeedTrouble("Metro <b>Herald</b>", "nothing new"),
        ),
    )
    message = compose_digest(digest)
    assert message.subject == "Stancewatch, 22 January 2025: 1 alert"
    assert (
        message.body
        == f"""\
22 January 2025: 1,204 new articles, 13 stances, 1 alert.

Alerts:
  United States on TikTok: against -> favor (alert al0123456789abcdef)

New stances:
  TikTok: 7 favor, 2 against, 1 neutral
  Taiwan's self-rule: 0 favor, 3 against, 0 neutral

Feeds that need a look:
  Daily Courier: timeout since 19 January 2025
  Metro <{INVISIBLE}b>Herald<{INVISIBLE}/b>: nothing new

Digest 2025-01-22"""
    )


def test_a_quiet_day_says_so() -> None:
    message = compose_digest(Digest(date(2025, 1, 23), date(2025, 1, 23), articles=0))
    assert message.subject == "Stancewatch, 23 January 2025: 0 alerts"
    assert message.body.count("  none\n") == 3
