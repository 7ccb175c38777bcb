"""What Prefect's pages are given: words from the web must stay words there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from flows.artifacts import (
    MAX_ROWS,
    count_table,
    evidence_key,
    evidence_markdown,
    feed_table,
    inert,
    inert_cell,
    link,
    stance_table,
    summary_line,
)
from flows.ingest import IngestReport
from flows.store.feeds import FetchOutcome
from monitors.records import Alert, Evidence

AT = datetime(2025, 1, 20, 9, 30, tzinfo=UTC)
JOINER = "\u2060"
HOSTILE = (
    "<script>alert(1)</script> [x](javascript:alert(1)) ![i](http://evil.example/i.png) **b** `c`"
)


@dataclass(frozen=True, slots=True)
class Report:
    names: tuple[str, ...]
    new_articles: int
    day: str


def unescaped(markdown: str) -> str:
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown).replace(JOINER, "")


def evidence(quote: str = "It must go.", url: str = "https://example.org/a") -> Evidence:
    return Evidence(quote, "Outlet", "Title", url, AT)


def alert(*before: Evidence) -> Alert:
    labels = ("united-states", "United States", "tiktok", "TikTok", "against", "favor")
    return Alert("al_0F", "sh", *labels, AT, AT, 4, 3, 0.83, before, (evidence("It may stay."),))


def test_every_mark_is_escaped_and_no_character_is_lost() -> None:
    shown = inert(HOSTILE)
    assert not re.search(r"(?<!\\)[!-/:-@\[-`{-~]", re.sub(r"\\.", "", shown))
    assert unescaped(shown) == HOSTILE


def test_text_becomes_one_line_without_invisible_characters() -> None:
    assert inert("a\n\n# b\u202e\x00 c") == r"a \# b c"


@pytest.mark.parametrize(
    "address", ["http://a.example", "www.a.example", "WWW.a.example", "a@b.example"]
)
def test_bare_addresses_are_parted(address: str) -> None:
    for shown in (inert(address), inert_cell(address)):
        assert JOINER in shown
        assert unescaped(shown) == address


@pytest.mark.parametrize("markup", ["<b", "</b", "<!--", "](", "][", "&lt;", "\\*", "# x", "1. x"])
def test_a_cell_has_no_markup_and_no_escapes(markup: str) -> None:
    assert not inert_cell(markup).startswith(markup)
    assert inert_cell(markup).replace(JOINER, "").replace("\u2217", "*") == markup


def test_plain_cells_stay_as_they_are() -> None:
    assert inert_cell("not_a_feed, 30 entries (of 40)") == "not_a_feed, 30 entries (of 40)"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//a.example", "https://", "",
     "https://[bad", "https://a.example/\nx"],
)  # fmt: skip
def test_only_web_addresses_become_links(url: str) -> None:
    assert link(url) == ""


def test_a_link_cannot_be_broken_out_of() -> None:
    assert link('https://a.example/(x)?q="<b>"&r=\\') == (
        "[link](https://a.example/%28x%29?q=%22%3Cb%3E%22&r=%5C)"
    )


def test_evidence_shows_both_sides_and_links() -> None:
    shown = evidence_markdown(alert(evidence(HOSTILE, "javascript:alert(1)")))
    lines = [line for line in shown.splitlines() if line]
    assert lines[0] == "## United States on TikTok\\: against → favor"
    assert lines[1] == "Since 20 January 2025, on 4 stories from 3 outlets, 83% sure."
    assert lines[2] == "### Before: against"
    assert unescaped(lines[3]) == f"> {HOSTILE}"
    assert lines[5:7] == ["### After: favor", "> It may stay\\."]
    assert shown.count("](") - shown.count("\\](") == 1
    assert lines[7].endswith("[link](https://example.org/a)")


def test_a_long_quote_is_cut() -> None:
    quoted = evidence_markdown(alert(evidence("x" * 5_000)))
    assert "x" * 299 + "…" in quoted
    assert "x" * 300 not in quoted


def test_a_key_is_what_prefect_takes() -> None:
    assert evidence_key(alert()) == "alert-al-0f"


def test_a_report_in_a_table_and_in_a_line() -> None:
    report = Report(("a", "b"), 0, "2025-01-20")
    table = count_table(report)
    assert [row["what"] for row in table] == ["names", "new articles", "day"]
    assert [str(row["how many"]).replace(JOINER, "") for row in table] == ["2", "0", "2025-01-20"]
    assert summary_line(report).replace(JOINER, "") == "names 2, day 2025-01-20"
    assert summary_line(Report((), 0, "")) == "nothing to do"


def test_feeds_that_were_not_due_are_listed() -> None:
    failed = FetchOutcome("bbc", "timeout", "no answer <b>", seconds=20.00049)
    table = feed_table(IngestReport((failed,), ("npr",), 0))
    assert table[0]["status"] == "timeout"
    assert table[0]["seconds"] == 20.0
    assert table[0]["detail"] == f"no answer <{JOINER}b>"
    assert table[1] == {"feed id": "npr", "status": "waiting"}


def test_tables_are_bounded() -> None:
    outcomes = tuple(FetchOutcome(f"f{number}", "fetched") for number in range(MAX_ROWS + 50))
    assert len(feed_table(IngestReport(outcomes, ("late",), 0))) == MAX_ROWS


def test_stances_as_they_may_be_shown() -> None:
    row = {
        "actor_id": "china", "topic_id": "taiwan", "label": "against", "confidence": 0.81234,
        "stories": 3, "last_said_at": AT, "evidence": HOSTILE, "outlet": None, "score": -0.5,
    }  # fmt: skip
    (shown,) = stance_table([row])
    assert shown["confidence"] == 0.812
    assert shown["last said at"] == "2025-01-20 09:30 UTC"
    assert shown["outlet"] == ""
    assert f"<{JOINER}script>" in str(shown["evidence"])
    assert "score" not in shown


def test_summary_tells_how_many_feeds_failed() -> None:
    failed = FetchOutcome("npr", "timeout")
    report = IngestReport((failed,), (), 0, ("npr",))
    assert summary_line(report) == "feeds 1, failed 1"
