"""Fetching, against a real server on loopback that behaves and misbehaves."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from flows.fetch import FetchRequest, FetchResult, FetchSettings, fetch_feeds
from monitors.records import Feed
from tests.feed_server import FeedServer

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2024, 4, 2, 12, tzinfo=UTC)
BODY = b"<rss version='2.0'><channel><title>News</title></channel></rss>"
LOCAL = FetchSettings(allow_hosts=("127.0.0.1",))
QUICK = replace(LOCAL, timeout_s=5.0, retries=0)


def fetch(
    *urls: str, settings: FetchSettings = QUICK, etag: str | None = None, since: str | None = None
) -> list[FetchResult]:
    requests = [
        FetchRequest(Feed(f"feed-{number}", "Feed", "Outlet", url=url), etag, since)
        for number, url in enumerate(urls)
    ]
    return fetch_feeds(requests, settings, now=NOW, progress=lambda _: None)


def test_a_feed_comes_with_all_that_the_next_request_needs(server: FeedServer) -> None:
    url = server.put("news", BODY, etag='"v1"', last_modified="Tue, 02 Apr 2024 10:00:00 GMT")
    (result,) = fetch(url)
    assert result.status == "fetched"
    assert result.body == BODY
    assert (result.etag, result.last_modified) == ('"v1"', "Tue, 02 Apr 2024 10:00:00 GMT")
    assert (result.http_status, result.url) == (200, url)
    assert result.content_type == "application/rss+xml; charset=utf-8"
    sent = server.requests[0].headers
    assert sent["user-agent"].startswith("Stancewatch/")
    assert "if-none-match" not in sent


def test_an_unchanged_feed_is_not_sent_again(server: FeedServer) -> None:
    by_etag = server.put("etag", BODY, etag='"v1"')
    by_date = server.put("date", BODY, last_modified="Tue, 02 Apr 2024 10:00:00 GMT")
    results = fetch(by_etag, by_date, etag='"v1"', since="Tue, 02 Apr 2024 10:00:00 GMT")
    assert [(r.status, r.body, r.http_status) for r in results] == [("unchanged", None, 304)] * 2


def test_row_16_an_etag_with_a_line_break_is_not_sent(server: FeedServer) -> None:
    (result,) = fetch(server.put("news", BODY), etag='"x"\r\nX-Evil: 1')
    assert result.status == "fetched"
    assert "if-none-match" not in server.requests[0].headers
    assert "x-evil" not in server.requests[0].headers


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (404, "not_found"),
        (410, "gone"),
        (403, "http_error"),
        (500, "http_error"),
        (503, "http_error"),
        (429, "rate_limited"),
        (302, "http_error"),
    ],
)
def test_statuses(server: FeedServer, status: int, expected: str) -> None:
    (result,) = fetch(server.put("news", BODY, status=status))
    assert (result.status, result.http_status, result.body) == (expected, status, None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", NOW + timedelta(seconds=120)),
        ("Tue, 02 Apr 2024 13:00:00 GMT", NOW + timedelta(hours=1)),
        ("99999999999999999", NOW + timedelta(days=1)),
        ("Fri, 02 Apr 2094 13:00:00 GMT", NOW + timedelta(days=1)),
        ("Mon, 01 Apr 2024 13:00:00 GMT", NOW),
        ("soon", None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_row_10_the_wait_that_a_server_asks_for_is_told_and_capped(
    server: FeedServer, status: int, value: str, expected: datetime | None
) -> None:
    url = server.put("news", status=status, headers={"Retry-After": value})
    (result,) = fetch(url, settings=replace(LOCAL, timeout_s=5, retries=3))
    assert (result.status, result.retry_after) == ("rate_limited", expected)
    assert len(server.requests) == 1


def test_a_retryable_fault_is_tried_once_more(server: FeedServer) -> None:
    settings = replace(LOCAL, timeout_s=5, retries=1)
    flaky = server.put("flaky", BODY, failures=1)
    down = server.put("down", BODY, failures=9)
    missing = server.url("missing")
    results = fetch(flaky, down, missing, settings=settings)
    assert [result.status for result in results] == ["fetched", "http_error", "not_found"]
    assert [len(server.requests_for(name)) for name in ("flaky", "down", "missing")] == [2, 2, 1]


def test_feeds_of_one_host_share_a_connection(server: FeedServer) -> None:
    """After a full answer, a redirect, an unchanged one and an error alike."""
    urls = [server.put(f"feed-{number}", BODY, etag=f'"{number}"') for number in range(4)]
    urls.append(server.put("moved", redirect="/feed-0"))
    results = fetch(*urls, server.url("missing"), etag='"3"')
    assert [result.http_status for result in results] == [200, 200, 200, 304, 200, 404]
    assert len(server.accepted) == 1


def test_the_last_feed_of_a_host_lets_its_connection_go(server: FeedServer) -> None:
    """Kept open, those of 2,000 hosts would be more files than a process may usually open."""
    fetch(*(server.put(f"feed-{number}", BODY) for number in range(3)))
    asked = [request.headers.get("connection") for request in server.requests]
    assert asked == [None, None, "close"]


@pytest.mark.parametrize(
    ("hops", "moved"),
    [
        ((), False),
        ((301,), True),
        ((308, 301), True),
        ((302,), False),
        ((301, 302), False),
        ((307, 308), False),
        ((303, 301), False),
    ],
)
def test_where_lasting_redirects_led_is_told(
    server: FeedServer, hops: tuple[int, ...], moved: bool
) -> None:
    for place, status in enumerate(hops):
        server.put(f"hop-{place}", status=status, redirect=f"/hop-{place + 1}")
    last = server.put(f"hop-{len(hops)}", BODY, etag='"1"')
    url = server.url("hop-0", user="ann:s3cret")
    for etag, status in [(None, "fetched"), ('"1"', "unchanged")]:
        (result,) = fetch(url, etag=etag)
        assert (result.status, result.moved_to) == (status, last if moved else None)


def test_a_lasting_redirect_to_nothing_is_no_move(server: FeedServer) -> None:
    (result,) = fetch(server.put("moved", status=301, redirect="/missing"))
    assert (result.status, result.moved_to) == ("not_found", None)


def test_blanks_in_the_path_of_a_redirect_do_no_harm(server: FeedServer) -> None:
    server.put("the%20news", BODY)
    (result,) = fetch(server.put("moved", redirect=" /the news "))
    assert result.status == "fetched"


def test_how_long_an_answer_stays_fresh_is_told(server: FeedServer) -> None:
    headers = {"Cache-Control": "public, max-age=900"}
    url = server.put("news", BODY, etag='"1"', headers=headers)
    assert [fetch(url, etag=etag)[0].max_age_s for etag in (None, '"1"')] == [900, 900]
    assert fetch(server.put("silent", BODY))[0].max_age_s is None


def test_results_come_in_order_and_one_failure_stops_nobody(server: FeedServer) -> None:
    urls = [
        server.put("slow", BODY, delay_s=0.3),
        server.put("dropped", dropped=True),
        "http://127.0.0.1:1/closed",
        "ftp://127.0.0.1/feed",
        "http://[broken/",
        "http://no-such-host.invalid/feed",
        server.put("good", BODY),
    ]
    heard: list[str] = []
    requests = [
        FetchRequest(Feed(str(place), "", "", url=url), None, None)
        for place, url in enumerate(urls)
    ]
    settings = replace(LOCAL, timeout_s=10, retries=0, per_host=8)
    results = fetch_feeds(
        requests, settings, now=NOW, progress=lambda result: heard.append(result.feed_id)
    )
    assert [result.feed_id for result in results] == list("0123456")
    assert [result.status for result in results] == [
        "fetched",
        "http_error",
        "refused",
        "blocked_scheme",
        "blocked_scheme",
        "dns",
        "fetched",
    ]
    assert sorted(heard) == list("0123456")
    assert heard.index("6") < heard.index("0"), "the quick one is heard of before the slow one"


def test_row_13_silence_ends_at_the_deadline(server: FeedServer) -> None:
    url = server.put("silent", BODY, delay_s=30)
    started = time.monotonic()
    (result,) = fetch(url, settings=replace(LOCAL, timeout_s=0.4, retries=3))
    assert result.status == "timeout"
    assert time.monotonic() - started < 2


def test_row_13_a_trickle_of_bytes_does_not_stretch_the_deadline(server: FeedServer) -> None:
    url = server.put("trickle", BODY * 20, trickle_s=0.05)
    started = time.monotonic()
    (result,) = fetch(url, settings=replace(LOCAL, timeout_s=0.5))
    assert result.status == "timeout"
    assert 0.4 < time.monotonic() - started < 2
    assert result.seconds == pytest.approx(0.5, abs=0.3)


def test_waiting_for_a_slow_neighbour_is_not_held_against_a_feed(server: FeedServer) -> None:
    urls = [server.put(f"slow-{number}", BODY, delay_s=0.4) for number in range(3)]
    results = fetch(*urls, settings=replace(LOCAL, timeout_s=0.8, per_host=1, retries=0))
    assert [result.status for result in results] == ["fetched"] * 3
    assert server.busiest == 1


def test_a_name_server_that_never_answers_costs_the_deadline_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    released = threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        released.wait(20)
        raise socket.gaierror("nobody")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    started = time.monotonic()
    results = fetch(
        *(f"http://host-{number}.invalid/" for number in range(3)),
        settings=replace(LOCAL, timeout_s=0.4),
    )
    elapsed = time.monotonic() - started
    released.set()
    assert [result.status for result in results] == ["timeout"] * 3
    assert elapsed < 2


def test_without_a_network_a_long_list_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    started = time.monotonic()
    results = fetch(
        *(f"https://news-{number}.example/rss" for number in range(60)), settings=FetchSettings()
    )
    assert {result.status for result in results} == {"dns"}
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("hops", [5, 6])
def test_row_7_redirects_are_followed_five_hops_far(server: FeedServer, hops: int) -> None:
    for hop in range(hops):
        server.put(f"hop-{hop}", redirect=f"/hop-{hop + 1}")
    last = server.put(f"hop-{hops}", BODY)
    (result,) = fetch(server.url("hop-0"))
    if hops == 5:
        assert (result.status, result.url) == ("fetched", last)
    else:
        assert (result.status, result.body) == ("redirect_loop", None)
        assert not server.requests_for("hop-6")


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "javascript:1", "http://[broken/"]
)
def test_row_3_a_redirect_leads_nowhere_but_the_web(server: FeedServer, target: str) -> None:
    (result,) = fetch(server.put("news", redirect=target))
    assert (result.status, result.body) == ("blocked_scheme", None)


def test_a_body_over_the_cap_is_refused(server: FeedServer) -> None:
    settings = replace(LOCAL, max_bytes=10_000, retries=0)
    at_cap, over = server.put("at", b"x" * 10_000), server.put("over", b"x" * 10_001)
    assert [result.status for result in fetch(at_cap, over, settings=settings)] == [
        "fetched",
        "too_large",
    ]


def test_row_12_a_compressed_body_is_measured_as_it_unpacks(server: FeedServer) -> None:
    settings = replace(LOCAL, max_bytes=1_000_000, retries=0)
    good = server.put("good", BODY * 100, gzip=1)
    bomb = server.put("bomb", bytes(200_000_000), gzip=1)
    nested = server.put("nested", BODY, gzip=2)
    results = fetch(good, bomb, nested, settings=settings)
    assert [result.status for result in results] == ["fetched", "too_large", "http_error"]
    assert results[0].body == BODY * 100


def test_a_body_that_breaks_off_is_kept_but_asked_for_again(server: FeedServer) -> None:
    url = server.put("cut", BODY, etag='"v1"', sent_bytes=40)
    (result,) = fetch(url, settings=replace(LOCAL, timeout_s=5, retries=1))
    assert (result.status, result.body, result.etag) == ("fetched", BODY[:40], None)
    assert result.detail == "the answer broke off"
    assert len(server.requests) == 2


def test_a_compressed_body_that_breaks_off_is_noticed(server: FeedServer) -> None:
    body = bytes(range(256)) * 40
    url = server.put("cut", body, gzip=1, sent_bytes=150, headers={"Content-Length": "150"})
    (result,) = fetch(url)
    assert result.status == "fetched"
    assert result.detail == "the answer broke off"


def test_user_and_password_are_used_and_never_shown(server: FeedServer) -> None:
    server.put("private", BODY)
    server.put("moved", redirect="/private")
    results = fetch(
        server.url("moved", user="ann:s3cret"),
        "http://ann:s3cret@127.0.0.1:1/closed",
        "http://ann:s3cret@host with space/",
        "gopher://ann:s3cret@host/",
    )
    assert server.requests[0].headers["authorization"].startswith("Basic ")
    assert results[0].url == server.url("private")
    assert results[0].body == BODY
    assert "s3cret" not in repr(results)


def test_a_password_does_not_follow_to_another_host(server: FeedServer) -> None:
    with FeedServer() as other:
        server.put("moved", redirect=other.put("feed", BODY))
        (result,) = fetch(server.url("moved", user="ann:s3cret"))
        assert result.status == "fetched"
        assert "authorization" not in other.requests[0].headers


def test_what_does_not_speak_http_is_an_error_not_a_crash() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_answer_once, args=(listener, b"SSH-2.0-OpenSSH\r\n"))
        thread.start()
        (result,) = fetch(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join()
    assert (result.status, result.body) == ("http_error", None)


def test_broken_encryption_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_answer_once, args=(listener, b"no TLS here\r\n"))
        thread.start()
        (result,) = fetch(f"https://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join()
    assert (result.status, result.body) == ("tls", None)


def _answer_once(listener: socket.socket, answer: bytes) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(answer)


def test_feeds_are_read_from_files(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(BODY)
    (tmp_path / "large.xml").write_bytes(b"x" * 101)
    paths = ["feed.xml", "large.xml", "missing.xml", ".", "nul\0"]
    requests = [
        FetchRequest(Feed(path, "", "", path=str(tmp_path / path)), None, None) for path in paths
    ]
    results = fetch_feeds(requests, replace(LOCAL, max_bytes=100), now=NOW, progress=lambda _: None)
    assert [result.status for result in results] == [
        "fetched",
        "too_large",
        "unreadable",
        "unreadable",
        "unreadable",
    ]
    assert (results[0].body, results[0].url) == (BODY, "")


def test_nothing_to_fetch_is_fine() -> None:
    assert fetch() == []
