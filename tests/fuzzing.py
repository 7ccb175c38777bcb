"""Any input at all, and what must hold of what is made of it; for tests and `benchmarks.fuzz`.

A target takes bytes, raises AssertionError where the product breaks a promise, and lets through
whatever the product raises and should not have raised.
"""

from __future__ import annotations

import signal
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hypothesis import strategies as st

from flows.settings import check_config, mask_url
from monitors.canonical_urls import canonical_url
from monitors.errors import FeedError
from monitors.feed_dates import is_plausible, read_date
from monitors.feed_parts import MAX_ENTRIES, RawDate
from monitors.feeds import absolute_url, parse_feed
from monitors.pages import clean_line, text_of_html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[1]
NOW = datetime(2024, 4, 3, tzinfo=UTC)
DEADLINE_S = 10.0
# What is not linear takes minutes; the seconds of a slow machine must not look like it.
HOSTILE_S = 60


def _is_clean(text: str) -> bool:
    """Each line is as `clean_line` leaves it, and can be encoded."""
    text.encode()
    return all(clean_line(line) == line for line in text.split("\n"))


def _is_web_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and clean_line(url) == url


def feeds(data: bytes) -> None:
    with suppress(FeedError):
        document = parse_feed(data, url="https://post.example/feed", now=NOW)
        assert len(document.entries) <= MAX_ENTRIES
        assert document.url is None or _is_web_address(document.url)
        assert _is_clean(document.title)
        assert "\n" not in document.title
        ids = [entry.entry_id for entry in document.entries]
        assert all(ids)
        assert len(set(ids)) == len(ids)
        for entry in document.entries:
            assert all(map(_is_clean, (entry.entry_id, entry.title, entry.text, entry.summary)))
            assert entry.url is None or _is_web_address(entry.url)
            dates = filter(None, (entry.published_at, entry.updated_at))
            assert all(is_plausible(moment, NOW) for moment in dates)


def html(data: bytes) -> None:
    text = text_of_html(data.decode("utf-8", "surrogateescape"))
    assert _is_clean(text)
    assert text == text.strip()


def dates(data: bytes) -> None:
    moment = read_date(RawDate(data.decode("utf-8", "surrogateescape")))
    assert moment is None or moment.tzinfo is UTC


def urls(data: bytes) -> None:
    written = data.decode("utf-8", "surrogateescape")
    mask_url(written)
    for origin in ("", "https://post.example/feed?x=1"):
        url = absolute_url(origin, written)
        if url is not None:
            assert _is_web_address(url)
            assert absolute_url("", url) == url
            canonical = canonical_url(url)
            assert canonical_url(canonical) == canonical
            assert urlsplit(canonical).hostname


def config(data: bytes) -> None:
    """Each file of a configuration with the same content: it fits one, and is refused by others."""
    folder = _folder()
    for name in ("feeds.toml", "alerts.toml", "settings.toml", "actors.toml", "topics/fuzz.toml"):
        (folder / name).write_bytes(data)
    for problem in check_config(folder, {}):
        assert problem.problem


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="fuzz"))
    (folder / "topics").mkdir()
    return folder


# --- where mutations begin ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """What is run, seeds that it accepts, and pieces that mean something to it."""

    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    pieces: tuple[bytes, ...]


def _files(*patterns: str) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for each in patterns for path in sorted(ROOT.glob(each)))


MARKUP = (
    b"<", b">", b"</", b"/>", b"&", b";", b"&amp;", b"&#", b"&#x", b"&nbsp;", b"<![CDATA[", b"]]>",
    b"<!--", b"-->", b"<?", b"?>", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"\x00", b"\xff", b"\xe2\x80",
    b"\xef\xbb\xbf", b"\xed\xa0\x80", b" ", b"\n", b"'", b'"', b"=", b":", b"\xe2\x80\xae",
)  # fmt: skip
TAGS = (
    b"<item>", b"</item>", b"<entry>", b"</entry>", b"<title>", b"</title>", b"<link>", b"<guid>",
    b"<author>", b"<rss>", b"</rss>", b"<feed>", b"<channel>", b'<title type="xhtml"><div>',
    b'<content type="text/html" mode="base64">', b"<dc:date>", b"<pubDate>", b"<x:y>",
    b' xml:base="a"', b' xmlns="http://www.w3.org/2005/Atom"', b'<link href="', b"<media:content>",
    b'<?xml version="1.0" encoding="utf-16"?>', b"<source>", b"<image>", b'{"items": [', b"]}",
)  # fmt: skip
HTML = (
    b"<p>", b"<br>", b"<script>", b"</script>", b"<div>", b"</div>", b"<table>", b"<svg>", b"<o:p>",
    b"<plaintext>", b"<title>", b"<style>", b"<select>", b"<template>", b"<frameset>",
)  # fmt: skip
DATES = (
    b"2024", b"-", b"/", b".", b"04", b"02", b"T", b":", b"10:00", b"Z", b"+", b" ", b"GMT", b"EST",
    b"Europe/Paris", b"Tue, ", b"Apr", b"\xe5\xb9\xb4", b"pm", b"a.m.", b"99999999999", b"0", b",",
)  # fmt: skip
URLS = (
    b"http://", b"https://", b"//", b"/", b"\\", b"@", b":", b"?", b"#", b"[", b"]", b"%", b"%00",
    b"..", b"javascript:", b"post.example", b"user:pass@", b"::1", b"&utm_source=x", b"xn--", b"\t",
    b"amp/", b"m.", b"www.", b":80", b":99999", b"\xc3\xa9", b"\xe2\x80\x8b", b"=", b"&", b" ",
)  # fmt: skip
TOML = (
    b"[", b"]", b"[[", b"]]", b"=", b'"', b"'", b'"""', b"'''", b"\n", b"#", b".", b"{", b"}", b",",
    b"true", b"1", b"1e400", b"inf", b"2024-01-01", b"07:30:00", b"id", b"url", b"[[feed]]", b"\\",
    b"[[actor]]", b"\\u0000", b"\xff", b"\r", b"$HOME", b"-1", b"9999999999999999999999", b"[x]",
)  # fmt: skip

TARGETS = {
    "feeds": Target(
        feeds, _files("tests/monitors/feeds/*", "seeds/seed-feed.xml"), (*MARKUP, *TAGS, *DATES)
    ),
    "html": Target(
        html,
        (
            b"<p>One <b>two</b> &amp; three</p><ul><li>four<li>five</ul><script>x</script>",
            b"a &lt; b<br/>c<table><tr><td>1<td>2</table><!-- no --><![CDATA[yes]]>",
        ),
        (*MARKUP, *HTML),
    ),
    "dates": Target(
        dates,
        (
            b"Tue, 02 Apr 2024 10:00:00 +0200",
            b"2024-04-02T10:00:00.5Z",
            b"April 2nd, 2024, 10:00 p.m. EST",
            b"02.04.2024 10.00.00",
        ),
        DATES,
    ),
    "urls": Target(
        urls,
        (
            b"https://user:pass@www.post.example:443/a/../b?utm_source=x&id=1#frag",
            b"//cdn.example/%7Ea b",
            b"news/1?x=%E9",
        ),
        URLS,
    ),
    "config": Target(
        config, _files("config/feeds.toml", "config/alerts.toml", "config/topics/tiktok.toml"), TOML
    ),
}


@st.composite
def mutations(draw: st.DrawFn, target: Target) -> bytes:
    """A seed with some of it cut, doubled or overwritten; or pieces in any order; or any bytes."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(st.binary(max_size=200))
    piece = st.sampled_from(target.pieces) | st.binary(max_size=4)
    if kind == 1:
        return b"".join(draw(st.lists(piece, max_size=40)))
    data = draw(st.sampled_from(target.seeds))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        until = at + draw(st.sampled_from((0, 0, 1, 3, 20, 200)))
        put = draw(piece) * draw(st.sampled_from((1, 1, 1, 2, 30)))
        data = data[:at] + put + data[until:]
    return data


@contextmanager
def within(cpu_s: float, clock_s: float = 0) -> Iterator[None]:
    """Raise TimeoutError if what follows takes more CPU time, or longer by the clock.

    The clock is for what sleeps; it is left to others (pytest, libFuzzer) where it is 0.
    """
    timers = ((signal.SIGPROF, signal.ITIMER_PROF, cpu_s),)
    timers += ((signal.SIGALRM, signal.ITIMER_REAL, clock_s),) * bool(clock_s)
    late = False

    def stop(number: int, _: object) -> None:
        nonlocal late
        late = True
        raise TimeoutError(signal.Signals(number).name)

    before = [signal.signal(number, stop) for number, _, _ in timers]
    for _, timer, seconds in timers:
        signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        for (number, timer, _), handler in zip(timers, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)
    if late:  # what is being run may take a TimeoutError for one of its own
        raise TimeoutError(f"not done within {cpu_s:g} s of CPU")
