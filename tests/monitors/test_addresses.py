"""One page, one address: whatever wrote it, and never two pages under one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.addresses import canonical_url

PLAIN = [
    "http://example.com/",
    "http://www.example.com/a/b.html?id=7&lang=en",
    "https://example.com//a//b",
    "https://example.com/a%2Fb?q=a%20b&empty=&c",
    "https://example.com/caf%C3%A9",
    "https://example.com/a?url=https://other.example/b",
    "https://example.com/audio/amp",
    "https://example.com/amp",
    "https://example.com/amp/guide",
    "https://example.com/amplifiers",
    "https://example.com/a?amplitude=1&amp=guitar&output=pdf",
    "https://m.blogspot.com/2024/01/post.html",
    "https://m.github.io/post",
    "https://m.co.uk/post",
    "https://m.news.example.com/a",
    "https://mail.example.com/a",
    "https://ampere.example.com/a",
    "https://m.example/a",
    "https://www.google.com/search?q=https://example.com/",
    "https://www.google.com/url?q=not+an+address",
    "https://www.google.com/url?q=javascript:alert(1)",
    "https://www.google.com/url?sa=t",
    "https://example.com/url?q=https://other.example/",
    "https://cdn.ampproject.org/c/s/example.com/a",
    "https://news.google.com/rss/articles/CBMi0wFBVV95cUxO",
]
NESTED = (
    "https://www.google.com/url?q=https%3A%2F%2Fl.facebook.com%2Fl.php"
    "%3Fu%3Dhttps%253A%252F%252Fexample.com%252Fa"
)
SAME = [
    ("HTTPS://News.Example.COM:443/A/b?x=1#top", "https://news.example.com/A/b?x=1"),
    ("http://example.com:80", "http://example.com/"),
    ("http://example.com:8080/", "http://example.com:8080/"),
    ("https://ann:pw@example.com./a", "https://example.com/a"),
    ("https://example.com/a?utm_source=x&id=7&UTM_Medium=y&fbclid=z", "https://example.com/a?id=7"),
    ("https://example.com/a?at_medium=RSS&at_campaign=rss&ns_mchannel=x", "https://example.com/a"),
    ("https://example.com/a?CMP=share&b=2&a=1&gclid=3", "https://example.com/a?b=2&a=1"),
    ("https://example.com/a?cid=5&source=wire&partner=rss", "https://example.com/a?cid=5&source=wire"),
    ("https://b\u00fccher.example/\u00fc", "https://xn--bcher-kva.example/\u00fc"),
    ("http://[2001:DB8::1]:80/x", "http://[2001:db8::1]/x"),
    ("http://[broken/", "http://[broken/"),
    ("http://example.com:port/", "http://example.com:port/"),
    (" not an address ", "not an address"),
    # Percent-encoding and dots, as RFC 3986 has them.
    ("https://example.com/%7eann/%61%2d%62%2fc?q=%c3%a9", "https://example.com/~ann/a-b%2Fc?q=%C3%A9"),
    ("https://example.com/100%/%zz", "https://example.com/100%/%zz"),
    ("https://example.com/a/./b/../c", "https://example.com/a/c"),
    ("https://example.com/../../a/..", "https://example.com/"),
    ("https://example.com/%2e%2E/a", "https://example.com/a"),
    # AMP pages.
    ("https://example.com/2024/04/talks-end-early/amp/", "https://example.com/2024/04/talks-end-early/"),
    ("https://example.com/news/talks-20240402/amp", "https://example.com/news/talks-20240402"),
    ("https://example.com/news/a.html/amp", "https://example.com/news/a.html"),
    ("https://example.com/amp/2024/04/02/talks.html", "https://example.com/2024/04/02/talks.html"),
    ("https://example.com/news/talks-end.amp", "https://example.com/news/talks-end"),
    ("https://example.com/news/talks-end.amp.html", "https://example.com/news/talks-end.html"),
    ("https://example.com/a?amp=1", "https://example.com/a"),
    ("https://example.com/a?amp", "https://example.com/a"),
    ("https://example.com/a?id=2&outputType=amp", "https://example.com/a?id=2"),
    ("https://example.com/a?usqp=mq331AQ&amp_js_v=a6&amp_gsa=1", "https://example.com/a"),
    ("https://amp.example.co.uk/a", "https://www.example.co.uk/a"),
    ("https://www-example-com.cdn.ampproject.org/c/s/www.example.com/a?id=1", "https://www.example.com/a?id=1"),
    ("https://example-com.cdn.ampproject.org/v/example.com/a?amp_js_v=0.1", "http://example.com/a"),
    ("https://www.google.com/amp/s/www.example.com/2024/04/a-b-c/amp/", "https://www.example.com/2024/04/a-b-c/"),
    # Phones.
    ("https://m.example.com/a", "https://www.example.com/a"),
    ("https://mobile.example.com.au/a", "https://www.example.com.au/a"),
    # Redirectors.
    ("https://www.google.com/url?sa=t&url=https%3A%2F%2Fexample.com%2Fa%3Futm_source%3Dx&usg=1", "https://example.com/a"),
    ("https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.com%2Fa%3Fid%3D1&h=AT0", "https://example.com/a?id=1"),
    ("http://news.google.com/news/url?sa=t&url=http://example.com/a", "http://example.com/a"),
    (NESTED, "https://example.com/a"),
]  # fmt: skip


@pytest.mark.parametrize("url", PLAIN)
def test_plain_addresses_stay_and_are_not_merged(url: str) -> None:
    assert canonical_url(url) == url


@pytest.mark.parametrize(("url", "canonical"), SAME)
def test_addresses_of_one_page_become_one(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical


HOSTS = [
    "example.com",
    "m.example.com",
    "amp.example.com",
    "m.m.example.com",
    "www.google.com",
    "l.facebook.com",
    "a.cdn.ampproject.org",
    "B\u00fccher.example:443",
    "ann@example.com.",
    "[::1]:80",
]
PIECES = [
    "/",
    "//",
    "/.",
    "/..",
    "/amp",
    "/c/s/example.com",
    "/url",
    "/l.php",
    "/a-b-2024",
    ".amp",
    ".html",
    "?",
    "&",
    "amp=1",
    "utm_x=1",
    "q=https://m.example.com/amp",
    "url=http%3A%2F%2Fexample.com%2Famp",
    "%2e",
    "%41",
    "%",
    "%25",
    "%%34%31",
    "#",
    ";",
    ":",
    "@",
    "\n",
    "\u00e9",
    "\ud800",
    "[",
]
MADE = st.builds(
    lambda scheme, host, pieces: f"{scheme}://{host}{''.join(pieces)}",
    st.sampled_from(["http", "https", "HTTP", "ftp", "feed"]),
    st.sampled_from(HOSTS),
    st.lists(st.sampled_from(PIECES), max_size=8),
)


@given(st.one_of(st.text(), MADE, st.builds("http://{}".format, st.text())))
def test_any_text_becomes_what_stays_as_it_is(url: str) -> None:
    once = canonical_url(url)
    assert canonical_url(once) == once
    assert len(once) <= 6 * len(url) + 64
