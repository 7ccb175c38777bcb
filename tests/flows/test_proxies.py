"""Proxies from the environment: used, and not a way around the guard."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from yarl import URL

from flows.fetch import FetchRequest, FetchResult, FetchSettings, fetch_feeds
from flows.proxies import proxy_for
from monitors.errors import FetchError
from monitors.records import Feed
from tests.feed_server import FeedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BODY = b"<rss version='2.0'/>"
NAMES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy", "REQUEST_METHOD")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[FeedServer]:
    """A proxy on loopback, which `allow_hosts` does not name; it answers for all hosts itself."""
    with FeedServer() as running:
        monkeypatch.setenv("HTTP_PROXY", f"http://ann:s3cret@{running.host}")
        yield running


def fetch(*urls: str, allow_hosts: tuple[str, ...] = ()) -> list[FetchResult]:
    requests = [FetchRequest(Feed(url, "Feed", "Outlet", url=url)) for url in urls]
    settings = FetchSettings(timeout_s=5, retries=0, allow_hosts=allow_hosts)
    now = datetime(2024, 4, 2, tzinfo=UTC)
    return fetch_feeds(requests, settings, now=now, progress=lambda _: None)


def test_a_proxy_is_asked_for_public_hosts_without_looking_them_up(proxy: FeedServer) -> None:
    urls = [f"http://news.example/{name}" for name in ("a", "b")]
    for url in urls:
        proxy.put(url, BODY)
    assert [result.status for result in fetch(*urls)] == ["fetched"] * 2
    assert len(proxy.accepted) == 1
    for request in proxy.requests:
        assert request.headers["proxy-authorization"].startswith("Basic ")
        assert request.headers["host"] == "news.example"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "169.254.169.254",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "0x7f.1",
        "localhost",
        "metadata.google.internal",
        "metadata",
        "router.local",
    ],
)
def test_row_1_a_proxy_is_not_asked_for_what_is_plainly_local(proxy: FeedServer, host: str) -> None:
    moved = "http://news.example/moved"
    proxy.put(moved, redirect=f"http://{host}/rss")
    results = fetch(f"http://{host}/rss", moved)
    assert [result.status for result in results] == ["blocked"] * 2
    assert [request.name for request in proxy.requests] == [moved]


def test_a_proxy_is_asked_for_local_hosts_that_are_open(proxy: FeedServer) -> None:
    urls = ["http://intranet/rss", "http://10.1.2.3/rss"]
    for url in urls:
        proxy.put(url, BODY)
    results = fetch(*urls, allow_hosts=("intranet", "10.1.0.0/16"))
    assert [result.status for result in results] == ["fetched"] * 2


def test_hosts_that_are_excepted_are_dialled_and_guarded(
    proxy: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with FeedServer() as server:
        url = server.put("rss", BODY)
        assert fetch(url)[0].status == "blocked"
        assert fetch(url, allow_hosts=(server.host,))[0].status == "fetched"
    assert proxy.accepted == []


def test_a_password_in_netrc_is_not_sent_to_feeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password passw0rd\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with FeedServer() as server:
        assert fetch(server.put("rss", BODY), allow_hosts=("127.0.0.1",))[0].status == "fetched"
        assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize(
    ("environment", "url", "expected"),
    [
        ({}, "http://news.example/", None),
        ({"http_proxy": "proxy.example:3128"}, "http://news.example/", "http://proxy.example:3128"),
        ({"http_proxy": "http://proxy.example"}, "https://news.example/", None),
        ({"HTTPS_PROXY": "http://a.example"}, "https://news.example/", "http://a.example"),
        ({"http_proxy": "", "HTTP_PROXY": "http://a.example"}, "http://news.example/", None),
        ({"HTTP_PROXY": "http://a.example", "REQUEST_METHOD": "GET"}, "http://b.example/", None),
        ({"http_proxy": "http://a.example", "no_proxy": ".b.example"}, "http://w.b.example/", None),
    ],
)
def test_which_proxy_the_environment_names(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str, expected: str | None
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(URL(url)) == (URL(expected) if expected else None)


@pytest.mark.parametrize("named", ["socks5://127.0.0.1:9050", "http://", "http://[broken"])
def test_what_is_no_http_proxy_is_not_passed_by(
    monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", named)
    with pytest.raises(FetchError, match="what HTTP_PROXY names is not an HTTP proxy"):
        proxy_for(URL("http://news.example/"))
