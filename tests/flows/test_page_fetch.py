"""Fetching pages, against a real server on loopback that behaves and misbehaves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from flows.page_fetch import PageAnswer, PageFetcher
from flows.robots import Robots, RobotsRules, origin_of
from monitors.extraction import MAX_PAGE
from tests.loopback import fetch_settings

if TYPE_CHECKING:
    from tests.feed_server import FeedServer

NOW = datetime(2024, 4, 2, 12, tzinfo=UTC)
BODY = b"<html><body><p>An article.</p></body></html>" * 10


def fetch(*links: str, **changes: Any) -> list[PageAnswer]:
    settings = fetch_settings(**{"timeout_s": 0.7, "max_bytes": 10_000, "retries": 0, **changes})
    return PageFetcher(settings, Robots({}, now=NOW, timeout_s=0.7), 0.0).fetch(links)


@pytest.mark.parametrize(
    ("behaviour", "problem"),
    [
        ({"status": 401}, "login"),
        ({"status": 402}, "paywall"),
        ({"status": 403}, "forbidden"),
        ({"status": 404}, "not_found"),
        ({"status": 410}, "gone"),
        ({"status": 429}, "rate_limited"),
        ({"status": 500}, "http_error"),
        ({"status": 503, "headers": {"Retry-After": "60"}}, "rate_limited"),
        ({"body": BODY, "content_type": "application/pdf"}, "not_html"),
        ({"body": BODY, "sent_bytes": 50}, "broken_off"),
        ({"body": BODY, "delay_s": 5}, "timeout"),
        ({"body": BODY, "trickle_s": 0.1}, "timeout"),
        ({"body": b"x" * 20_000}, "too_large"),
        ({"body": bytes(50_000_000), "gzip": 1}, "too_large"),
        ({"redirect": "file:///etc/passwd"}, "blocked_scheme"),
        ({"redirect": "/a"}, "redirect_loop"),
        ({"dropped": True}, "http_error"),
    ],
)
def test_a_page_that_does_not_come_says_why(
    server: FeedServer, behaviour: dict[str, Any], problem: str
) -> None:
    link = server.put("a", **{"content_type": "text/html", **behaviour})
    (answer,) = fetch(link)
    assert (answer.problem, answer.body) == (problem, None)


def test_a_page_comes_with_where_it_was_in_the_end(server: FeedServer) -> None:
    last = server.put("b", BODY, content_type="text/html; charset=utf-8", gzip=1)
    (answer,) = fetch(server.put("a", redirect="/b"))
    assert answer == PageAnswer(server.url("a"), None, BODY, "text/html; charset=utf-8", last)


def test_of_a_large_page_the_start_is_kept(server: FeedServer) -> None:
    link = server.put("a", BODY + b" " * 5_000_000, content_type=None)
    (answer,) = fetch(link, max_bytes=6_000_000, timeout_s=10)
    assert answer.body is not None
    assert len(answer.body) == MAX_PAGE


def test_a_host_that_does_not_answer_is_asked_once(server: FeedServer) -> None:
    links = [server.put(name, BODY, delay_s=5, content_type="text/html") for name in "abc"]
    server.put("robots.txt", "", content_type="text/plain")
    assert [answer.problem for answer in fetch(*links)] == ["timeout"] * 3
    assert [each.name for each in server.requests] == ["robots.txt", "a"]


def test_a_name_that_does_not_resolve_is_no_fault_of_robots_txt() -> None:
    links = [f"https://news.invalid/{number}" for number in range(5)]
    assert {answer.problem for answer in fetch(*links, timeout_s=5)} <= {
        "dns",
        "robots_unreachable",
    }


@pytest.mark.parametrize(
    ("body", "link", "allowed"),
    [
        ("", "https://a.example/x", True),
        ("User-agent: *\nDisallow: /", "https://a.example/x", False),
        (
            "User-agent: *\nDisallow: /\n\nUser-agent: Stancewatch\nAllow: /",
            "https://a.example/x",
            True,
        ),
        ("User-agent: stancewatch\nDisallow: /x", "https://a.example/x/y", False),
        ("user-agent:STANCEWATCH/2.0 # news\nDisallow: /x", "https://a.example/x", False),
        ("User-agent: stance\nDisallow: /", "https://a.example/x", True),
        ("User-agent: Stancewatch-Images\nDisallow: /", "https://a.example/x", True),
        (
            "User-agent: Stancewatch\nDisallow: /y\n\nUser-agent: stancewatch\nDisallow: /x",
            "https://a.example/x",
            False,
        ),
        ("User-agent: other\nDisallow: /", "https://a.example/x", True),
        ("User-agent: *\nDisallow: /*?print=", "https://a.example/x?print=1", False),
        ("<html>not a robots file</html>", "https://a.example/x", True),
    ],
)
def test_rules(body: str, link: str, allowed: bool) -> None:
    assert RobotsRules(body).allows(link) == allowed


@pytest.mark.parametrize(("written", "expected"), [("2", 2), ("9999", 30), ("-1", 0), ("nan", 0)])
def test_the_pause_that_a_host_asks_for_is_bounded(written: str, expected: float) -> None:
    assert RobotsRules(f"User-agent: *\nCrawl-delay: {written}\n").delay_s == expected


@pytest.mark.parametrize(
    ("behaviour", "problem"),
    [
        ({"status": 404}, None),
        ({"status": 403}, None),
        ({"redirect": "/robots.txt"}, None),
        ({"body": b"\xef\xbb\xbfUser-agent: *\nDisallow: /a"}, "robots"),
        ({"body": b"User-agent: *\nDisallow: /a\n" + b"#" * 600_000}, "robots"),
        ({"body": b"User-agent: *\nDisallow: /a\n" + b"Allow: /b\n" * 60_000, "gzip": 1}, "robots"),
        ({"body": b"User-agent: *\nDisallow: /b\n" * 100, "sent_bytes": 50}, "robots_unreachable"),
        ({"status": 429}, "robots_unreachable"),
        ({"status": 500}, "robots_unreachable"),
        ({"status": 503, "headers": {"Retry-After": "60"}}, "robots_unreachable"),
    ],
)
def test_what_comes_in_place_of_rules_allows_all_or_nothing(
    server: FeedServer, behaviour: dict[str, Any], problem: str | None
) -> None:
    link = server.put("a", BODY, content_type="text/html")
    server.put("robots.txt", **behaviour)
    (answer,) = fetch(link, timeout_s=5)
    assert answer.problem == problem


def test_rules_that_would_be_slow_as_a_pattern_are_quick() -> None:
    rules = RobotsRules("User-agent: *\nDisallow: /" + "*a" * 30 + "b\n")
    assert rules.allows("https://a.example/" + "a" * 2_000)


def test_a_robots_txt_belongs_to_scheme_host_and_port() -> None:
    assert origin_of("HTTPS://ann:pw@News.example:8443/a?b") == "https://news.example:8443"
