"""Which addresses are public, and which URLs programs read in different ways."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.addresses import address_problem, target_problem, url_problem
from monitors.allow_list import AllowList, parse_opening


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("0.0.0.0", "an unspecified address"),
        ("10.255.255.255", "a private address"),
        ("100.64.0.0", "an address of carrier-grade NAT"),
        ("100.127.255.255", "an address of carrier-grade NAT"),
        ("127.255.255.254", "a loopback address"),
        ("169.254.169.254", "a link-local address"),
        ("172.31.255.255", "a private address"),
        ("192.0.0.8", "a reserved address"),
        ("192.0.2.1", "an address for documentation"),
        ("192.88.99.1", "the address of a 6to4 relay"),
        ("192.168.0.1", "a private address"),
        ("198.19.255.255", "an address for benchmarks"),
        ("198.51.100.7", "an address for documentation"),
        ("203.0.113.7", "an address for documentation"),
        ("224.0.0.1", "a multicast address"),
        ("239.255.255.255", "a multicast address"),
        ("240.0.0.1", "a reserved address"),
        ("255.255.255.255", "a reserved address"),
        ("::", "an unspecified address"),
        ("::1", "a loopback address"),
        ("::7f00:1", "an IPv4 address in the guise of IPv6"),
        ("::ffff:127.0.0.1", "an IPv4 address in the guise of IPv6"),
        ("::ffff:8.8.8.8", "an IPv4 address in the guise of IPv6"),
        ("64:ff9b::7f00:1", "an IPv4 address behind NAT64"),
        ("64:ff9b:1::7f00:1", "an IPv4 address behind NAT64"),
        ("100::1", "a reserved address"),
        ("2001::1", "a Teredo address"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "a Teredo address"),
        ("2001:20::1", "a reserved address"),
        ("2001:db8::1", "an address for documentation"),
        ("2002:7f00:1::", "a 6to4 address"),
        ("3fff::1", "an address for documentation"),
        ("4000::1", "a reserved address"),
        ("5f00::1", "a reserved address"),
        ("fd00:ec2::254", "a private address"),
        ("fe80::1%eth0", "a link-local address"),
        ("fec0::1", "a site-local address"),
        ("ff02::1", "a multicast address"),
        ("news.example", "not an address"),
        ("", "not an address"),
    ],
)
def test_row_4_an_address_that_is_not_public_is_told_with_its_kind(
    address: str, problem: str
) -> None:
    assert address_problem(address) == problem


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "9.255.255.255",
        "100.63.255.255",
        "100.128.0.0",
        "172.32.0.1",
        "192.88.98.1",
        "198.20.0.1",
        "223.255.255.255",
        "2001:200::1",
        "2606:4700::1111",
        "2a00:1450::200e",
    ],
)
def test_a_public_address_is_public(address: str) -> None:
    assert address_problem(address) is None


@given(st.ip_addresses(v=4))
def test_row_4_an_address_in_the_guise_of_another_is_never_public(address: IPv4Address) -> None:
    number = int(address)
    disguises = [
        number,  # ::a.b.c.d
        0xFFFF << 32 | number,
        (0x64FF9B << 96) | number,
        (0x64FF9B0001 << 80) | number,
        (0x2002 << 112) | number << 80,
        (0x20010000 << 96) | (number ^ 0xFFFFFFFF),
    ]
    assert all(address_problem(str(IPv6Address(disguise))) for disguise in disguises)


@given(st.ip_addresses())
def test_what_python_calls_private_is_refused(address: IPv4Address | IPv6Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved or address.is_loopback:
        assert address_problem(str(address)) is not None


@pytest.mark.parametrize(
    "url",
    [
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://017700000001/",
        "http://0177.0.0.1/",
        "http://127.0.0.01/",
        "http://127.0.0.1./",
        "http://127.0.0.1.5/",
        "http://1.2.3.0x4/",
        "http://news.example.0x/",
        "http://\uff11\uff12\uff17.0.0.1/",  # fullwidth digits
        "http://127\uff0e0\uff0e0\uff0e1/",  # fullwidth dots
        "http://127\u30020\u30020\u30021/",  # ideographic full stops
        "http://\u0661\u0662\u0667.\u0660.\u0660.\u0661/",  # Arabic digits
        "http://\u24db\u24de\u24d2\u24d0lhost/",  # letters in circles
        "http://news\u3002example/",
        "http://[::ffff:127.0.0.1/",
        "http://[::1]evil.example/",
        "http://[fe80::1%25eth0]/",
        "http://[v1.localhost]/",
    ],
)
def test_row_4_an_address_written_in_other_ways_is_refused(url: str) -> None:
    assert url_problem(url) is not None


@pytest.mark.parametrize(
    "url",
    [
        "http://news.example\\@evil.example/",
        "http://news.example\\.evil.example/",
        "http://a@news.example@evil.example/",
        "http://a:b@c:d@evil.example/",
        "http://news.example:80@evil.example:80:90/",
        "http://news.example:80:90/",
        "http://news.example:8x/",
        "http://news.example:\u0668\u0660/",
        "http://[evil@news.example/",
        "http://news.example /",
        "http://news.example%2fevil.example/",
        "http://news%00.example/",
        "http://new's.example/",
        "http://news.example./",
        "http://news..example/",
        "http://.example/",
        "http://news\u200b.example/",
        "http://news.example\u202e/",
        "http://news.exam\u00adple/",
        "http:///path",
        "http://user@/",
        "http://:80/",
        "news.example/feed",
    ],
)
def test_row_5_what_two_parsers_read_differently_is_refused(url: str) -> None:
    assert url_problem(url) is not None


@pytest.mark.parametrize("place", ["news.ex{}ample/", "news.example/a{}b", "u{}@news.example/"])
@pytest.mark.parametrize("character", ["\r", "\n", "\t", "\0", "\x7f", "\x85", "\u2028", "\ud800"])
def test_row_16_control_characters_in_a_url_are_refused(place: str, character: str) -> None:
    assert url_problem(f"https://{place.format(character)}") is not None


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example/rss?a=b@c#d",
        "https://ann:s3cret@news.example:8443/rss",
        "http://news_2.example:/",
        "https://xn--mnchen-3ya.example/",
        "https://m\u00fcnchen.example/",
        "https://fa\u00df.example/",
        "https://\u65b0\u805e.example/\u65b0\u805e",
        "http://127.0.0.1:8080/",
        "http://[2606:4700::1111]:80/",
        "https://1news.example/",
        "https://4.example/",
    ],
)
def test_proper_addresses_of_the_web_are_none_of_that(url: str) -> None:
    assert url_problem(url) is None


@given(st.text(max_size=40))
def test_any_text_is_judged(text: str) -> None:
    url_problem(text)
    url_problem(f"http://{text}")
    target_problem(text)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["{:#x}", "{:#X}", "{:d}", "0{:o}"]))
def test_row_4_no_single_number_is_a_host(number: int, form: str) -> None:
    assert url_problem(f"http://{form.format(number)}/") is not None


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "x.localhost",
        "metadata",
        "metadata.google.internal",
        "printer.local",
        "router.lan",
        "127.0.0.1",
        "169.254.169.254",
        "::1",
        "fd00:ec2::254",
    ],
)
def test_what_is_plainly_local_is_known_without_looking_it_up(host: str) -> None:
    assert target_problem(host) is not None


@pytest.mark.parametrize("host", ["news.example", "local.example", "1.1.1.1", "2606:4700::1111"])
def test_what_may_be_public_is_left_to_the_dialling(host: str) -> None:
    assert target_problem(host) is None


def opened(*entries: str) -> AllowList:
    return AllowList(tuple(map(parse_opening, entries)))


def test_a_host_is_opened_by_name_with_or_without_a_port() -> None:
    allowed = opened("Intranet.example", "news.example:8080")
    assert allowed.opens_name("intranet.EXAMPLE", 1)
    assert allowed.opens_name("news.example", 8080)
    assert not allowed.opens_name("news.example", 80)
    assert not allowed.opens_name("www.intranet.example", 80)
    assert not allowed.opens_address("10.0.0.1", 8080)


def test_addresses_are_opened_one_by_one_or_by_range() -> None:
    allowed = opened("10.1.0.0/16", "127.0.0.1:8080", "[::1]:8080", "fd00::/8", "::2")
    for address, port in [("10.1.2.3", 1), ("127.0.0.1", 8080), ("::1", 8080), ("fd12::1", 1)]:
        assert allowed.opens_address(address, port)
    for address, port in [("10.2.0.0", 1), ("127.0.0.1", 80), ("::1", 80), ("fe80::1", 1)]:
        assert not allowed.opens_address(address, port)
    assert allowed.opens_address("::2", 1)
    assert not allowed.opens_address("::ffff:10.1.2.3", 1)


@pytest.mark.parametrize(
    "entry",
    [
        "",
        " ",
        "*",
        "*.example",
        "http://news.example",
        "news.example/",
        "news.example:0x1",
        "a b",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "127.1",
        "0177.0.0.1",
        "news.example:99999",
        "::1:x",
        "a@b",
        "[::1",
        "a..b",
        ".a",
        "a.",
    ],
)
def test_what_opens_nothing_that_is_there_is_no_exception(entry: str) -> None:
    with pytest.raises(ValueError, match=r"not|host bits"):
        parse_opening(entry)


@given(st.text(max_size=30))
def test_any_exception_is_read_or_refused(entry: str) -> None:
    try:
        opening = parse_opening(entry)
    except ValueError:
        return
    assert (opening.name is None) != (opening.network is None)


@given(st.ip_addresses())
def test_an_address_opens_itself(address: IPv4Address | IPv6Address) -> None:
    assert opened(str(address)).opens_address(str(address), 1)
