"""Pages made for the test, as newsrooms and their walls write them."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from monitors.extraction import MAX_PAGE, Page, extract_page
from monitors.page_quality import misses_article
from tests.builders import ROOT

NOW = datetime(2024, 4, 2, 12, tzinfo=UTC)
URL = "https://harbor-courier.example/2024/tiktok?page=1"


def page(name: str) -> bytes:
    return (ROOT / "tests" / "pages" / f"{name}.html").read_bytes()


def read(body: bytes | str, content_type: str | None = "text/html") -> Page:
    return extract_page(body.encode() if isinstance(body, str) else body, content_type, URL, NOW)


def test_an_article_comes_without_all_that_surrounds_it() -> None:
    found = read(page("article"))
    assert found.problem is None
    assert found.title == "Senate backs TikTok divestiture bill"
    paragraphs = found.text.split("\n\n")
    assert paragraphs[0].startswith("The Senate voted on Tuesday for a bill")
    assert paragraphs[-1].startswith("Beijing objected at once.")
    assert '"Congress is acting to prevent foreign adversaries' in found.text
    for foreign in ("cookies", "Most read", "Ten walks", "newsletter", "Weather", "never run"):
        assert foreign not in found.text


def test_an_article_says_who_wrote_it_when_and_where_it_belongs() -> None:
    found = read(page("article"))
    assert found.author == "Maria Okafor"
    assert found.published_at == datetime(2024, 4, 2, 7, 15, tzinfo=UTC)
    assert found.modified_at == datetime(2024, 4, 2, 8, 40, tzinfo=UTC)
    assert (found.published_source, found.modified_source) == ("json-ld", "json-ld")
    assert found.canonical_url == "https://harbor-courier.example/politics/senate-backs-tiktok-bill"
    assert found.language == "en"


def test_dates_come_from_meta_elements_where_nothing_better_is_there() -> None:
    html = page("article").decode().replace("NewsArticle", "Thing")
    found = read(html)
    assert (found.published_source, found.modified_source) == ("meta", "meta")
    assert found.published_at == datetime(2024, 4, 2, 7, 15, tzinfo=UTC)


def test_a_date_that_cannot_be_right_is_not_believed() -> None:
    html = page("article").decode().replace("2024-04-02T0", "2031-04-02T0")
    found = read(html)
    assert found.published_at is None or found.published_at <= NOW
    assert found.modified_at != datetime(2031, 4, 2, 8, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("paywall", "paywall"),
        ("consent", "consent"),
        ("captcha", "captcha"),
        ("login", "login"),
        ("missing", "error"),
    ],
)
def test_what_stands_in_place_of_an_article_is_told(name: str, problem: str) -> None:
    assert read(page(name)).problem == problem


def test_a_page_of_headlines_is_no_article() -> None:
    assert read(page("front")).problem in {"links", "empty"}


@pytest.mark.parametrize("name", ["article", "cookies-article", "german"])
def test_an_article_is_not_taken_for_a_wall(name: str) -> None:
    found = read(page(name))
    assert found.problem is None
    assert len(found.text) > 500


def test_an_article_that_is_not_free_but_there_in_full_is_read() -> None:
    more = "".join(
        f"<p>Paragraph {number}: the committee heard from the company's lawyers, who said that "
        "the sale could not be completed in the time that the bill allows.</p>"
        for number in range(12)
    )
    html = (
        page("article")
        .decode()
        .replace('"isAccessibleForFree": true', '"isAccessibleForFree": false')
    )
    assert read(html).problem == "paywall"
    assert read(html.replace("</article>", f"{more}</article>")).problem is None


@pytest.mark.parametrize(
    "sentence",
    [
        "Sweden, already a member of the bloc, said Ukraine should become a member by 2030.",
        "Protesters reject all claims by Beijing and accept all outcomes of the vote.",
        "The storm killed 404 people, and 503 more were not found by Friday.",
        "Access denied: the coast guard turned the boats away, the ministry said.",
        "Regulators want sites to ask for the consent of users before they store cookies.",
    ],
)
def test_words_of_walls_in_a_short_report_do_not_make_it_one(sentence: str) -> None:
    rest = "The talks go on next week in Geneva, where both sides will meet again in public."
    paragraphs = f"<p>{sentence}</p><p>{rest}</p><p>{rest[:-1]} and in private.</p>"
    html = f"<html><body><article><h1>News</h1>{paragraphs}</article></body></html>"
    assert read(html).problem is None


def test_text_in_an_old_encoding_is_read_by_what_the_page_declares() -> None:
    found = read(page("german"))
    assert "Außenministeriums" in found.text
    assert found.language == "de"


@pytest.mark.parametrize("body", [b"", b"\x00\xff\xfe", b"%PDF-1.7 binary", b"<", b"<html></html>"])
def test_what_is_no_page_is_empty(body: bytes) -> None:
    assert read(body).problem == "empty"


def test_control_characters_and_markup_do_not_reach_the_text() -> None:
    html = (
        page("article")
        .decode()
        .replace("Beijing objected", "Beijing\u202e\x07 obj&#8203;ected &lt;script&gt;")
    )
    text = read(html).text
    assert "Beijing objected <script>" in text
    assert not set(text) & {"\u202e", "\x07", "\u200b"}


def test_only_the_start_of_a_huge_page_is_read() -> None:
    rest = "<p>" + "padding " * 700_000 + "</p>"
    html = page("article").decode().replace("</article>", f"</article>{rest}")
    assert len(html) > 2 * MAX_PAGE
    assert "Senator Mark Warner" in read(html).text


def test_a_tree_50_000_deep_is_survived() -> None:
    assert read("<div>" * 50_000 + "deep" + "</div>" * 50_000).problem is not None


def test_broken_json_and_hostile_links_are_passed_over() -> None:
    html = page("article").decode()
    html = html.replace('{"@context": "https://schema.org", "@graph"', "[" * 5_000 + '{"@graph"')
    html = html.replace('href="/politics/senate-backs-tiktok-bill"', 'href="javascript:alert(1)"')
    found = read(html)
    assert (found.problem, found.canonical_url, found.published_source) == (None, None, "meta")


def test_a_page_must_say_what_the_feed_announced() -> None:
    summary = "The Senate voted for a bill that would force the owner of TikTok to sell the app."
    text = read(page("article")).text
    assert misses_article(text, "Senate backs TikTok bill", summary) is None
    other = read(page("cookies-article")).text.replace("TikTok", "Acme")
    assert (
        misses_article(
            other,
            "Harbour bridge closed for repairs",
            "Ferries run every hour until June while engineers inspect cables.",
        )
        == "unrelated"
    )
    assert misses_article(summary[:40], "Senate backs TikTok bill", summary) == "shorter"


def test_extraction_opens_no_socket_and_costs_the_command_line_nothing() -> None:
    code = (
        "import sys, socket, datetime\n"
        "import flows.cli, monitors.extraction as e\n"
        "assert not {'trafilatura', 'py3langid'} & set(sys.modules), 'imported early'\n"
        "def refuse(*a, **k): raise AssertionError('a socket')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "body = open('tests/pages/article.html', 'rb').read()\n"
        "now = datetime.datetime(2024, 4, 2, tzinfo=datetime.UTC)\n"
        "page = e.extract_page(body, None, 'https://news.example/a', now)\n"
        "assert 'trafilatura' in sys.modules and len(page.text) > 500\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
