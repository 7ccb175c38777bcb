from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.settings import check_config, default_directory, load_config
from flows.sources.packs import read_packs
from flows.sources.subscriptions import Candidate, add_feeds, plan_feeds
from monitors.errors import ConfigError
from monitors.records import Feed
from tests.builders import day, rss
from tests.loopback import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from tests.feed_server import FeedServer

OWN = """\
# My feeds.
[[feed]]
id = "one" # the first
title = "One"
url = "https://one.example/rss"
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "settings.toml").write_text(SETTINGS)
    return folder


def stancewatch(*args: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, list(args), input=typed)


def feeds_in(folder: Path) -> dict[str, str]:
    return {feed.feed_id: feed.url or "" for feed in load_config(folder, {}).feeds}


def test_ids_come_from_titles_and_one_site_is_one_outlet() -> None:
    existing = [Feed("one", "One", "One News", url="https://www.one.example/rss")]
    planned, refused = plan_feeds(
        [
            Candidate("http://www.one.example/rss?utm_source=x", "Again"),
            Candidate("https://feeds.one.example/asia", "Ünö: Asia & more"),
            Candidate("https://two.example/a", "Two | A"),
            Candidate("https://two.example/b", "Two | A"),
            Candidate("https://two.example/b", "Twice"),
            Candidate("https://feeds.feedburner.com/x", "X news"),
            Candidate("https://feeds.feedburner.com/y", "Y news"),
            Candidate("https://news.example/朝日", "朝日新聞"),
            Candidate("https://bad.example/ x", "Bad"),
        ],
        existing,
    )
    assert [(feed.feed_id, feed.outlet) for feed in planned] == [
        ("uno-asia-more", "One News"),
        ("two-a", "two.example"),
        ("two-a-2", "two.example"),
        ("x-news", "X news"),
        ("y-news", "Y news"),
        ("news-example", "朝日新聞"),
    ]
    assert [one.reason for one in refused] == [
        'followed already as "one"',
        'followed already as "two-a-2"',
        "`url` has a blank or a backslash in it",
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_block_is_appended_and_the_rest_stays_to_the_letter(mine: Path, newline: str) -> None:
    path = mine / "feeds.toml"
    before = OWN.rstrip("\n").replace("\n", newline).encode()
    path.write_bytes(before)
    path.chmod(0o600)
    title = 'A "quoted" \\ title, 朝日'
    add_feeds(path, [Feed("two", title, "Two", url="https://two.example/rss")], ())
    after = path.read_bytes()
    assert after.startswith(before)
    assert (b"\r\n" in after) == (newline == "\r\n")
    assert after.count(b"\n") == after.count(newline.encode())
    rows = tomllib.loads(after.decode().replace("\r\n", "\n"))["feed"]
    assert rows[1] == {
        "id": "two",
        "title": title,
        "outlet": "Two",
        "url": "https://two.example/rss",
    }
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(one.name for one in mine.iterdir()) == ["feeds.toml", "settings.toml"]


@pytest.mark.parametrize("broken", ["[[feed]\n", "feed = []\n", '[[feed]]\nid = "x"\n'])
def test_a_file_that_cannot_be_added_to_is_left_alone(mine: Path, broken: str) -> None:
    path = mine / "feeds.toml"
    path.write_text(broken)
    with pytest.raises(ConfigError, match="cannot be added to"):
        add_feeds(path, [Feed("two", "Two", "Two", url="https://two.example/rss")], ())
    assert path.read_text() == broken


@pytest.fixture
def pack(tmp_path: Path, server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """A pack of four feeds, of which two answer, one is gone and one is none."""
    server.put("a", rss(item("A", 0)))
    server.put("b", rss(item("B", 0), item("C", 0)))
    server.put("gone", status=410)
    server.put("page", "<html><body>Log in</body></html>", content_type="text/html")
    blocks = "".join(
        f'[[feed]]\nid = "{name}-news"\ntitle = "{name}"\nurl = "{server.url(name)}"\n'
        for name in ("a", "b", "gone", "page")
    )
    (tmp_path / "own.toml").write_text(f'title = "Own"\nabout = "Mine."\n{blocks}')
    packs = read_packs(tmp_path)
    monkeypatch.setattr("flows.sources.packs.read_packs", lambda: packs)
    return "own"


def test_the_first_feed_of_ones_own_takes_no_default_one_away(mine: Path, pack: str) -> None:
    before = {feed.feed_id for feed in load_config(None, {}).feeds if feed.url}
    done = stancewatch("feeds", "add", "--pack", pack, "--config", str(mine), "--yes")
    assert done.exit_code == 0, done.output
    assert before < feeds_in(mine).keys()
    assert check_config(mine, {}) == []


def test_of_a_pack_those_that_answer_are_added_and_the_others_are_told(
    mine: Path, pack: str, server: FeedServer
) -> None:
    (mine / "feeds.toml").write_text(OWN)
    add = ("feeds", "add", "--pack", pack, "--config", str(mine))
    refused = stancewatch(*add, typed="n\n")
    assert refused.exit_code == 1
    assert feeds_in(mine).keys() == {"one"}
    done = stancewatch(*add, "--yes")
    assert done.exit_code == 0, done.output
    assert "2 of 4 answer" in done.output
    for told in ("gone-news: gone", "page-news: ", server.url("gone"), "2 added to"):
        assert told in done.output.replace("\n", " ")
    assert feeds_in(mine).keys() == {"one", "a-news", "b-news"}
    again = stancewatch(*add, "--yes")
    assert again.exit_code == 1
    assert "0 of 2 answer" in again.output
    server.put("gone", rss(item("D", 0)))
    server.put("page", rss(item("E", 0)))
    assert "2 added to" in stancewatch(*add, "--yes").output
    assert "No feed that is not followed already" in stancewatch(*add, "--yes").output


def test_the_configuration_that_ships_is_never_written(tmp_path: Path) -> None:
    before = (default_directory() / "feeds.toml").read_bytes()
    path = tmp_path / "x.opml"
    path.write_text('<opml><outline text="X" xmlUrl="https://x.example/rss"/></opml>')
    for args in (("add", "--pack", "europe", "--yes"), ("import", str(path), "--write")):
        done = stancewatch("feeds", *args)
        assert isinstance(done.exception, ConfigError)
        assert "mkdir mine" in str(done.exception)
    assert (default_directory() / "feeds.toml").read_bytes() == before


def test_packs_can_be_used_together_and_name_a_newsroom_as_the_default_does() -> None:
    feeds = list(load_config(None, {}).feeds)
    outlets = {feed.url: feed.outlet for feed in feeds}
    packs = read_packs()
    assert len(packs) >= 8
    for pack in packs:
        assert pack.about
        assert len(pack.feeds) >= 10
        for candidate in pack.feeds:
            assert outlets.setdefault(candidate.url, candidate.outlet) == candidate.outlet
        planned, refused = plan_feeds(pack.feeds, feeds)
        assert all(one.reason.startswith("followed already") for one in refused)
        feeds += planned
    ids = [feed.feed_id for feed in feeds]
    assert len(ids) == len(set(ids))
    listed = stancewatch("feeds", "packs").output
    assert all(pack.name in listed for pack in packs)
    assert isinstance(stancewatch("feeds", "packs", "europa").exception, ConfigError)


def test_a_list_is_shown_first_and_written_when_told(mine: Path, tmp_path: Path) -> None:
    (mine / "feeds.toml").write_text(OWN)
    path = tmp_path / "list.opml"
    path.write_text(
        '<opml version="2.0"><body>\n<outline text="One again" xmlUrl="http://one.example/rss"/>\n'
        '<outline text="Two" xmlUrl="https://two.example/rss"/>\n'
        '<outline text="Bad" xmlUrl="http://169.254.169.254/"/>\n</body></opml>'
    )
    shown = stancewatch("feeds", "import", str(path), "--config", str(mine))
    assert f"{path}:4: http://169.254.169.254/ leads into a private network" in shown.output
    assert "1 would be added" in shown.output
    assert (mine / "feeds.toml").read_text() == OWN
    stancewatch("feeds", "import", str(path), "--config", str(mine), "--write")
    assert feeds_in(mine) == {"one": "https://one.example/rss", "two": "https://two.example/rss"}
    assert (mine / "feeds.toml").read_text().startswith(OWN)


def test_export_leaves_out_addresses_with_secrets(mine: Path) -> None:
    secret = '[[feed]]\nid = "two"\ntitle = "Two"\nurl = "https://user:hunter2@two.example/"\n'
    (mine / "feeds.toml").write_text(OWN + secret)
    told = stancewatch("feeds", "export", "--config", str(mine))
    assert "hunter2" not in told.output
    assert "two: left out" in told.output
    whole = stancewatch("feeds", "export", "--config", str(mine), "--with-secrets")
    assert "hunter2" in whole.output


def item(title: str, number: int) -> dict[str, object]:
    return {"title": title, "text": f"{title}. Words.", "published_at": day(-number)}


def test_a_feed_is_tried_shown_and_added(mine: Path, server: FeedServer) -> None:
    (mine / "feeds.toml").write_text(OWN)
    url = server.put("rss", rss(item("China on Taiwan", 1), item("Weather", 2), title="The Feed"))
    done = stancewatch("feeds", "add", url, "--config", str(mine), typed="y\n")
    assert done.exit_code == 0, done.output
    for words in ("The Feed", "entries: 2, 2024-03-31 to 2024-04-01", "1 on a watched topic"):
        assert words in done.output
    assert "China on Taiwan [taiwan]" in done.output
    assert "Weather" not in done.output
    assert feeds_in(mine) == {"one": "https://one.example/rss", "the-feed": url}
    again = stancewatch("feeds", "add", url, "--config", str(mine), "--yes")
    assert again.exit_code == 1
    assert 'followed already as "the-feed"' in again.output


def test_nothing_is_written_without_a_yes(mine: Path, server: FeedServer) -> None:
    (mine / "feeds.toml").write_text(OWN)
    url = server.put("rss", rss(item("News", 1)))
    assert stancewatch("feeds", "add", url, "--config", str(mine), typed="n\n").exit_code == 1
    assert (mine / "feeds.toml").read_text() == OWN


def test_the_feeds_of_a_site_are_found_by_what_its_page_says(
    mine: Path, server: FeedServer
) -> None:
    (mine / "feeds.toml").write_text(OWN)
    server.put(
        "news/",
        '<html><head><base href="/"><link rel="alternate" type="application/rss+xml" '
        'title="Comments" href="comments"><link rel="alternate" type="application/atom+xml" '
        'href="main"><link rel=alternate type=application/rss+xml href="http://169.254.169.254/">'
        '<link rel="alternate" hreflang="de" href="/de"></head><body><a href="/x/rss">RSS</a>',
        content_type="text/html",
    )
    server.put("main", rss(item("Main", 1), title="Main"))
    server.put("comments", rss(item("Said", 1), title="Comments"))
    done = stancewatch(
        "feeds", "add", server.url("news/"), "--config", str(mine), "--id", "x", typed="1\ny\n"
    )
    assert done.exit_code == 0, done.output
    assert [request.name for request in server.requests] == ["news/", "main", "comments", "x/rss"]
    assert feeds_in(mine)["x"] == server.url("main")


def test_common_places_are_tried_last_and_requests_are_few(mine: Path, server: FeedServer) -> None:
    (mine / "feeds.toml").write_text(OWN)
    server.put("", "<html><body>Welcome</body></html>", content_type="text/html")
    none = stancewatch("feeds", "add", server.url(""), "--config", str(mine), "--yes")
    assert isinstance(none.exception, Exception)
    assert "no feed was found" in str(none.exception)
    assert len(server.requests) == 8
    server.put("feed.xml", rss(item("Found", 1), title="Found"))
    done = stancewatch("feeds", "add", server.url(""), "--config", str(mine), "--yes")
    assert done.exit_code == 0, done.output
    assert feeds_in(mine)["found"] == server.url("feed.xml")
