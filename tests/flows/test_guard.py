"""The guard: what is not public is not dialled, against real servers on loopback.

A server's `accepted` shows that no byte was sent: not even a connection was made. The rows are
those of the table of faults that the product holds itself to.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from flows.fetch import FetchSettings, open_session
from flows.http_feeds import Answer, get
from monitors.errors import FetchError
from tests.feed_server import FeedServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BODY = b"<rss version='2.0'><channel><title>News</title></channel></rss>"
CLOSED = FetchSettings()
PUBLIC, PUBLIC_TOO, PUBLIC_6 = "93.184.215.14", "1.1.1.1", "2606:4700::1111"


class Names(AbstractResolver):
    """Resolves names as told; a list of answers is gone through, question by question."""

    def __init__(self, answers: Mapping[str, list[list[str]]]) -> None:
        self.answers = {name: list(each) for name, each in answers.items()}
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked.append(host)
        answers = self.answers[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            ResolveResult(hostname=host, host=each, port=port, family=family, proto=0, flags=0)
            for each in addresses
        ]

    async def close(self) -> None:
        """Nothing is held open."""


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        running.put("rss", BODY)
        yield running


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that a connection was begun to; those off this machine then refuse."""
    seen: list[str] = []
    real = asyncio.SelectorEventLoop.sock_connect

    async def connect(loop: Any, sock: socket.socket, address: Any) -> None:
        seen.append(address[0])
        if not address[0].startswith("127."):
            raise ConnectionRefusedError
        await real(loop, sock, address)

    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", connect)
    return seen


def ask(
    *urls: str, settings: FetchSettings = CLOSED, names: AbstractResolver | None = None
) -> list[Answer | FetchError]:
    """What comes of each URL, one after the other in one session, each name looked up anew."""

    async def run() -> list[Answer | FetchError]:
        outcomes: list[Answer | FetchError] = []
        async with open_session(settings, names) as session:
            for url in urls:
                try:
                    outcomes.append(await get(session, url, {}, 1_000_000))
                except FetchError as error:
                    outcomes.append(error)
                session.connector.clear_dns_cache()  # type: ignore[union-attr]
        return outcomes

    return asyncio.run(run())


def reasons(outcomes: list[Answer | FetchError]) -> list[str]:
    return [each.reason if isinstance(each, FetchError) else "answered" for each in outcomes]


def opening(*entries: str) -> FetchSettings:
    return replace(CLOSED, allow_hosts=entries)


# --- where names lead


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "a loopback address"),
        ("10.0.0.1", "a private address"),
        ("169.254.169.254", "a link-local address"),
        ("100.64.0.1", "an address of carrier-grade NAT"),
        ("::1", "a loopback address"),
        ("::ffff:127.0.0.1", "an IPv4 address in the guise of IPv6"),
        ("64:ff9b::7f00:1", "an IPv4 address behind NAT64"),
    ],
)
def test_row_1_a_name_that_leads_to_an_address_that_is_not_public_is_refused(
    server: FeedServer, dialled: list[str], address: str, kind: str
) -> None:
    url = f"http://news.example:{server.port}/rss"
    (error,) = ask(url, names=Names({"news.example": [[address]]}))
    assert isinstance(error, FetchError)
    assert (error.reason, error.retryable) == ("blocked", False)
    assert error.detail == f"news.example leads to {address}, {kind}"
    assert (server.accepted, dialled) == ([], [])


def test_row_1_the_real_name_of_this_machine_is_refused(server: FeedServer) -> None:
    assert reasons(ask(f"http://localhost:{server.port}/rss")) == ["blocked"]
    assert server.accepted == []


def test_row_1_an_address_in_the_url_is_refused_though_it_is_never_looked_up(
    server: FeedServer,
) -> None:
    urls = [server.url("rss"), f"http://[::ffff:127.0.0.1]:{server.port}/rss", "http://[::1]:1/"]
    outcomes = ask(*urls)
    assert reasons(outcomes) == ["blocked"] * 3
    assert "127.0.0.1, a loopback address" in str(outcomes[0])
    assert server.accepted == []


def test_row_1_a_host_is_opened_by_name_and_no_other_name_with_it(server: FeedServer) -> None:
    names = Names({"intranet.example": [["127.0.0.1"]], "evil.example": [["127.0.0.1"]]})
    urls = [f"http://{host}:{server.port}/rss" for host in names.answers]
    urls.append(server.url("rss"))
    outcomes = ask(*urls, settings=opening("intranet.example"), names=names)
    assert reasons(outcomes) == ["answered", "blocked", "blocked"]
    assert len(server.accepted) == len(server.requests) == 1


def test_row_1_an_opening_with_a_port_opens_no_other_port(server: FeedServer) -> None:
    with FeedServer() as other:
        other.put("rss", BODY)
        settings = opening(f"127.0.0.1:{server.port}")
        outcomes = ask(server.url("rss"), other.url("rss"), settings=settings)
        assert reasons(outcomes) == ["answered", "blocked"]
        assert other.accepted == []


def test_row_1_a_range_opens_its_addresses_to_every_name(server: FeedServer) -> None:
    url = f"http://news.example:{server.port}/rss"
    names = Names({"news.example": [["127.0.0.1"]]})
    assert reasons(ask(url, settings=opening("127.0.0.0/8"), names=names)) == ["answered"]


def test_row_1_of_many_addresses_only_the_public_ones_are_dialled(
    server: FeedServer, dialled: list[str]
) -> None:
    names = Names({"news.example": [["127.0.0.1", PUBLIC, "::1", PUBLIC_6, "10.0.0.1"]]})
    outcomes = ask(f"http://news.example:{server.port}/rss", names=names)
    assert reasons(outcomes) == ["refused"], "the public ones did not answer"
    assert set(dialled) == {PUBLIC, PUBLIC_6}
    assert server.accepted == []


def test_row_1_the_second_address_is_tried_when_the_first_is_refused(server: FeedServer) -> None:
    with FeedServer("127.0.0.2", server.port) as closed:
        names = Names({"news.example": [["127.0.0.2", "127.0.0.1"]]})
        url = f"http://news.example:{server.port}/rss"
        outcomes = ask(url, settings=opening("127.0.0.1"), names=names)
        assert reasons(outcomes) == ["answered"]
        assert closed.accepted == []


def test_feeds_are_fetched_over_ipv6() -> None:
    with FeedServer("::1") as server:
        url = server.put("rss", BODY)
        assert reasons(ask(url, settings=opening("::1"))) == ["answered"]
        assert reasons(ask(url)) == ["blocked"]
        assert server.accepted == ["::1"]


# --- answers that change


def test_row_2_a_name_is_asked_once_and_that_answer_is_dialled(dialled: list[str]) -> None:
    names = Names({"rebind.example": [[PUBLIC], ["127.0.0.1"]]})
    assert reasons(ask("http://rebind.example/", names=names)) == ["refused"]
    assert (names.asked, dialled) == (["rebind.example"], [PUBLIC])


def test_row_2_an_answer_that_has_turned_private_is_refused_when_it_is_dialled(
    server: FeedServer, dialled: list[str]
) -> None:
    names = Names({"rebind.example": [[PUBLIC], ["127.0.0.1"], [PUBLIC_TOO, "127.0.0.1"]]})
    url = f"http://rebind.example:{server.port}/rss"
    assert reasons(ask(url, url, url, names=names)) == ["refused", "blocked", "refused"]
    assert dialled == [PUBLIC, PUBLIC_TOO]
    assert server.accepted == []


def test_row_2_an_answer_that_leaves_what_is_open_is_refused(server: FeedServer) -> None:
    with FeedServer("127.0.0.2", server.port) as second:
        second.put("rss", BODY)
        server.put("rss", BODY, headers={"Connection": "close"})
        names = Names({"rebind.example": [["127.0.0.1"], ["127.0.0.2"]]})
        url = f"http://rebind.example:{server.port}/rss"
        outcomes = ask(url, url, settings=opening("127.0.0.1"), names=names)
        assert reasons(outcomes) == ["answered", "blocked"]
        assert second.accepted == []


# --- where redirects lead


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://127.0.0.1:{port}/rss", "blocked"),
        ("//127.0.0.1:{port}/rss", "blocked"),
        ("http://localhost:{port}/rss", "blocked"),
        ("http://2130706433:{port}/rss", "blocked"),
        ("http://0x7f.1:{port}/rss", "blocked"),
        ("http://[::ffff:7f00:1]:{port}/rss", "blocked"),
        ("http://evil.example:{port}/rss", "blocked"),
        ("http://intranet.example:{port}\\@evil.example/rss", "blocked"),
        ("http://a@intranet.example@evil.example:{port}/rss", "blocked"),
        ("http://evil.example:{port}/\trss", "blocked"),
        ("http://169.254.169.254/latest/meta-data/", "blocked"),
        ("file:///etc/passwd", "blocked_scheme"),
        ("FILE:/etc/passwd", "blocked_scheme"),
        ("gopher://127.0.0.1:{port}/", "blocked_scheme"),
    ],
)
@pytest.mark.parametrize("hops", [1, 2])
def test_row_3_a_redirect_to_where_nobody_may_go_is_refused_at_that_hop(
    server: FeedServer, target: str, reason: str, hops: int
) -> None:
    with FeedServer() as inner:
        inner.put("rss", BODY)
        server.put("hop-2", redirect="/hop-1")
        server.put("hop-1", redirect=target.format(port=inner.port))
        names = Names({name: [["127.0.0.1"]] for name in ("intranet.example", "evil.example")})
        names.answers["localhost"] = [["127.0.0.1"]]
        url = f"http://intranet.example:{server.port}/hop-{hops}"
        outcomes = ask(url, settings=opening(f"intranet.example:{server.port}"), names=names)
        assert reasons(outcomes) == [reason]
        assert len(server.requests) == hops
        assert inner.accepted == []


def test_row_3_a_redirect_to_another_open_host_is_followed(server: FeedServer) -> None:
    with FeedServer() as other:
        server.put("moved", redirect=other.put("rss", BODY))
        settings = opening(server.host, other.host)
        assert reasons(ask(server.url("moved"), settings=settings)) == ["answered"]


# --- how URLs are written


@pytest.mark.parametrize(
    "host",
    [
        "0x7f000001",
        "127.1",
        "2130706433",
        "0177.0.0.1",
        "127.0.0.1.",
        "\uff11\uff12\uff17.0.0.1",
        "127\u30020\u30020\u30021",
        "[::ffff:127.0.0.1]",
        "192.88.99.1",
        "224.0.0.1",
        "[ff02::1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
        "[::127.0.0.1]",
        "[fec0::1]",
        "0.0.0.0",
        "0",
    ],
)
def test_row_4_an_address_however_it_is_written_is_refused(
    server: FeedServer, dialled: list[str], host: str
) -> None:
    """Not even `allow_hosts` makes another spelling of an open address good."""
    for settings in (CLOSED, opening("127.0.0.1")):
        assert reasons(ask(f"http://{host}:{server.port}/rss", settings=settings)) == ["blocked"]
    assert (server.accepted, dialled) == ([], [])


@pytest.mark.parametrize(
    "form",
    [
        "http://news.example\\@127.0.0.1:{port}/rss",
        "http://127.0.0.1:{port}\\@news.example/rss",
        "http://news.example@127.0.0.1:{port}@news.example/rss",
        "http://news.example:80@127.0.0.1:{port}:80/rss",
        "http://127.0.0.1:{port} @news.example/rss",
        "http://127.0.0.1%2f:{port}/rss",
        "http://127.0.0.1%00:{port}/rss",
        "http:\\\\127.0.0.1:{port}/rss",
        "http:///127.0.0.1:{port}/rss",
    ],
)
def test_row_5_a_url_that_two_parsers_read_differently_is_refused(
    server: FeedServer, form: str
) -> None:
    outcomes = ask(form.format(port=server.port), settings=opening("127.0.0.1", "news.example"))
    assert reasons(outcomes) == ["blocked"]
    assert server.accepted == []


@pytest.mark.parametrize("character", ["\r", "\n", "\r\nX-Evil: 1\r\n", "\t"])
@pytest.mark.parametrize("place", ["http://127.{}0.0.1:{}/rss", "http://127.0.0.1:{1}/r{0}ss"])
def test_row_16_a_line_break_in_a_url_is_refused(
    server: FeedServer, place: str, character: str
) -> None:
    url = place.format(character, server.port)
    assert reasons(ask(url, settings=opening("127.0.0.1"))) == ["blocked"]
    assert server.accepted == []


def test_row_16_a_tab_in_a_redirect_is_refused_and_not_dropped(server: FeedServer) -> None:
    server.put("moved", redirect="/r\tss")
    outcomes = ask(server.url("moved"), settings=opening("127.0.0.1"))
    assert reasons(outcomes) == ["blocked"]
    assert len(server.requests) == 1


def test_what_the_session_itself_is_asked_is_guarded_as_well(server: FeedServer) -> None:
    """Whoever forgets `get` and lets the library follow redirects gets no further."""

    async def run() -> None:
        async with open_session(opening("intranet.example"), names) as session:
            await session.get(f"http://intranet.example:{server.port}/moved")

    server.put("moved", redirect=f"http://127.0.0.1:{server.port}/rss")
    names = Names({"intranet.example": [["127.0.0.1"]]})
    with pytest.raises(FetchError, match=r"blocked: 127\.0\.0\.1, a loopback address"):
        asyncio.run(run())
    assert len(server.requests) == 1
