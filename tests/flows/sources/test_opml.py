from __future__ import annotations

import re
import tarfile
from pathlib import Path
from typing import Any

import pytest

from flows.sources.opml import MAX_LIST, read_list, write_list
from monitors.errors import FeedError
from monitors.records import Feed
from tests.builders import ROOT

LISTS = ROOT.parent / "shared" / "benchmarks" / "feeds"
HOSTILE = b"""<?xml version="1.0"?>
<opml version="2.0"><head><title>Mine</title></head><body>
  <outline text="Good" type="rss" xmlUrl="https://good.example/rss?a=1&amp;b=2"/>
  <outline text="File" type="rss" xmlUrl="file:///etc/passwd"/>
  <outline text="Metadata" type="rss"
    xmlUrl="http://169.254.169.254/latest/meta-data/"/>
  <outline text="Hex" xmlUrl="http://0x7f000001/"/><outline text="Own" xmlUrl="http://10.1.2.3/rss"/>
  <outline text="Name" xmlUrl="http://metadata.google.internal/"/>
  <outline text="Here" xmlUrl='http://localhost:8080/rss'/>
  <outline text="Script" xmlUrl="javascript:alert(1)"/>
  <outline text="Bent" xmlUrl="https://good.example\\@10.0.0.1/"/>
</body></opml>"""


def test_what_is_not_for_the_web_is_rejected_with_its_line() -> None:
    listed = read_list(HOSTILE)
    assert listed.title == "Mine"
    rejected = {feed.title: feed.line for feed in listed.feeds if feed.problem}
    assert rejected == {
        "File": 4,
        "Metadata": 6,
        "Hex": 7,
        "Own": 7,
        "Name": 8,
        "Here": 9,
        "Script": 10,
        "Bent": 11,
    }
    (good,) = [feed for feed in listed.feeds if not feed.problem]
    assert good.url == "https://good.example/rss?a=1&b=2"


def test_a_host_of_the_users_own_network_may_be_allowed() -> None:
    problems = {feed.title: feed.problem for feed in read_list(HOSTILE, {"10.1.2.3"}).feeds}
    assert problems["Own"] is None
    assert problems["Metadata"] is not None


def test_what_is_written_is_read_back() -> None:
    feeds = [
        Feed("a", 'A "title" <b> & more', "A", url="https://a.example/rss?x=1&y=2"),
        Feed("b", "朝日新聞", "B", url="https://b.example/ö"),
        Feed("c", "A file", "C", path="/tmp/c.xml"),
    ]
    listed = read_list(write_list(feeds, "Mine").encode())
    assert [(feed.title, feed.url) for feed in listed.feeds] == [
        (feed.title, feed.url) for feed in feeds[:2]
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Log in</body></html>",
        b"\x89PNG\r\n\x1a\n" + bytes(200),
        b'<opml><outline text="a" xmlUrl="http://x.example/">' * 30_000,
        b'<opml><body><outline a"' * 60_000,
        b"<opml>" + b" " * MAX_LIST,
    ],
)
def test_what_is_no_list_or_without_end_is_refused_at_once(body: bytes) -> None:
    with pytest.raises(FeedError):
        read_list(body)


def test_entities_of_a_list_are_not_expanded() -> None:
    body = b"""<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/passwd">]><opml><body>
    <outline text="&a;" xmlUrl="https://x.example/&a;"/></body></opml>"""
    assert "root" not in str(read_list(body))


def files_of(name: str) -> dict[str, bytes]:
    path = LISTS / f"{name}.tar.gz"
    if not path.exists():
        pytest.skip("the collection is not on this machine")
    with tarfile.open(path) as archive:
        return {
            member.name: file.read()
            for member in archive.getmembers()
            if Path(member.name).suffix in {".xml", ".opml"}
            and (file := archive.extractfile(member))
        }


def test_the_lists_of_listparser_are_read_as_they_say() -> None:
    checked = 0
    for name, body in files_of("listparser").items():
        try:
            found = [{"url": f.url, "title": f.title} for f in read_list(body).feeds]
        except FeedError:
            assert name.endswith("unknown-namespace.xml")
            found = []
        result: dict[str, Any] = {"feeds": found}
        for claim in re.findall(r"Eval: (.*?result\['feeds'\].*)", body.decode("utf-8", "replace")):
            if "categories" not in claim and "tags" not in claim:
                assert eval(claim, {"result": result}), f"{name}: {claim}"
                checked += 1
    assert checked >= 40


def test_every_feed_of_the_awesome_lists_is_found_with_its_line() -> None:
    found = listed = 0
    for body in files_of("awesome-rss-feeds").values():
        feeds = read_list(body).feeds
        found += len(feeds)
        listed += len(set(re.findall(r'xmlUrl="\s*([^"]*?)\s*"', body.decode())))
        assert all(feed.line and not feed.problem for feed in feeds)
    assert found == listed == 1572
