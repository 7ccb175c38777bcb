from __future__ import annotations

import gzip
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from flows.ingest import ingest
from flows.parse import FolderBody, feed_workers, parse_in
from flows.sources import folders
from flows.sources.folders import list_folder, read_folder
from flows.store.rows import Row, select
from monitors.errors import FetchError
from monitors.records import Feed
from tests.archives import HTML, page, write_warc
from tests.builders import NOW, ROOT, rss
from tests.fakes import FakeClock, ScriptedInstallation, scripted

if TYPE_CHECKING:
    from pathlib import Path

    from flows.store import Database
    from monitors.records import Entry, FeedDocument

WORDS = "The minister said that the government would not change its mind about it."
REPORT = " ".join(f"{WORDS[:-1]} in {year}." for year in range(2021, 2025))
WRITTEN_AT = datetime(2024, 3, 20, 8, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "articles"
    made.mkdir()
    return made


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (WRITTEN_AT.timestamp(), WRITTEN_AT.timestamp()))
    return path


def feed(folder: Path) -> Feed:
    return Feed("own", "Own", "Own outlet", path=str(folder), is_folder=True)


def read(folder: Path, max_bytes: int = 100_000) -> FeedDocument:
    return read_folder(feed(folder), max_bytes, NOW)


def only(folder: Path) -> Entry:
    document = read(folder)
    assert document.problems == ()
    (entry,) = document.entries
    return entry


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "a.md",
            (
                '---\ntitle: "A turn: at last"\ndate: 2024-03-02\nurl: https://x.example/a\n'
                f"outlet: Courier\ntags: [a]\n---\n# Heading\n\n{WORDS}\n"
            ),
        ),
        (
            "a.txt",
            (
                "Title: A turn: at last\nDate: 2 March 2024\nAuthor: A. Writer\n"
                f"URL: https://x.example/a\nOutlet: Courier\n\n{WORDS}\n"
            ),
        ),
        (
            "a.txt",
            (
                "Date: Sat, 02 Mar 2024 00:00:00 GMT\r\nSubject: A turn: at last\r\n"
                f"Link: https://x.example/a\r\nSource: Courier\r\n\r\n{WORDS}"
            ),
        ),
        (
            "a.html",
            (
                "---\ntitle: A turn: at last\ndate: March 2, 2024\nurl: https://x.example/a\n"
                f"outlet: Courier\n---\n<h1>Other</h1><p>{WORDS}</p><script>alert(1)</script>"
            ),
        ),
    ],
)
def test_a_header_says_what_a_file_is(folder: Path, name: str, content: str) -> None:
    put(folder, name, content)
    entry = only(folder)
    assert entry.title == "A turn: at last"
    assert entry.published_at == datetime(2024, 3, 2, tzinfo=UTC)
    assert entry.date_source == "published"
    assert (entry.url, entry.outlet) == ("https://x.example/a", "Courier")
    assert entry.text.split("\n\n")[-1] == WORDS
    assert "alert" not in entry.text
    assert "tags" not in entry.text


def test_a_file_without_a_date_has_the_time_it_was_written_and_is_marked(folder: Path) -> None:
    put(folder, "deep/er/a.txt", f"A headline\n\n{WORDS}")
    entry = only(folder)
    assert (entry.published_at, entry.date_source) == (WRITTEN_AT, "file")
    assert (entry.entry_id, entry.title, entry.url) == ("deep/er/a.txt", "A headline", None)


def test_lines_with_a_colon_are_no_header_by_themselves(folder: Path) -> None:
    text = f"Source: nobody knows.\n\n{WORDS}"
    put(folder, "a.txt", text)
    assert only(folder).text == text


def test_the_seed_article_names_its_day(folder: Path) -> None:
    put(folder, "a.txt", (ROOT / "seeds" / "000_5b06adfc48943693.txt").read_bytes())
    entry = only(folder)
    assert entry.published_at == datetime(2024, 4, 2, tzinfo=UTC)
    assert entry.text.startswith("The president of United States, Joe Biden")


def test_a_page_is_read_with_its_own_title_charset_and_date(folder: Path) -> None:
    source = (
        '<html><head><meta charset="windows-1251"><title>Поворот</title>'
        '<script type="application/ld+json">{"@type": "NewsArticle", '
        '"datePublished": "2024-03-03T10:00:00+01:00"}</script>'
        "</head><body><p>Слова</p></body></html>"
    )
    put(folder, "a.htm", source.encode("cp1251"))
    entry = only(folder)
    assert (entry.title, entry.text) == ("Поворот", "Слова")
    assert (entry.published_at, entry.date_source) == (
        datetime(2024, 3, 3, 9, tzinfo=UTC),
        "page",
    )


def test_of_a_whole_page_the_article_is_read_without_what_surrounds_it(folder: Path) -> None:
    put(folder, "a.html", (ROOT / "tests" / "pages" / "article.html").read_bytes())
    entry = only(folder)
    assert entry.title == "Senate backs TikTok divestiture bill"
    assert entry.text.startswith("The Senate voted on Tuesday for a bill")
    assert "newsletter" not in entry.text


@pytest.mark.parametrize(
    "source",
    [
        f"<p>{WORDS}</p>",
        f"<html><body><pre>{WORDS}</pre></body></html>",
        f"<table><tr><td>{WORDS}</td></tr></table>",
        f"Not even a tag: {WORDS}",
    ],
)
def test_a_page_that_is_short_or_oddly_built_is_read_as_it_stands(
    folder: Path, source: str
) -> None:
    put(folder, "a.html", source)
    assert WORDS in only(folder).text


def test_markdown_is_read_as_a_person_sees_it(folder: Path) -> None:
    put(
        folder,
        "a.md",
        "A _turn_\n========\n\nHe **will not** [say](https://x.example/(a) so\\*.\n\n"
        "![picture](a.png)\n\n> quoted `word`\n\n- one\n- two_three_four\n\n```\ncode()\n```\n"
        "---\n\n[1]: https://x.example\n\n2 < 3 & 4\n",
    )
    entry = only(folder)
    assert entry.title == "A turn"
    assert entry.text.split("\n\n")[:1] == ["A turn"]
    assert "quoted word" in entry.text
    assert "two_three_four" in entry.text
    assert "2 < 3 & 4" in entry.text
    for gone in ("code", "picture", "https", "**", "===", "---"):
        assert gone not in entry.text


def test_rows_archives_and_feeds_in_a_folder_are_read(folder: Path) -> None:
    rows = [
        {
            "id": 1,
            "text": WORDS,
            "published": "2024-03-04",
            "outlet": "Ledger",
            "url": "javascript:",
        },
        {"id": 2, "text": WORDS},
    ]
    lines = "\n".join(map(json.dumps, rows))
    put(folder, "rows.jsonl.gz", gzip.compress(lines.encode()))
    item = {"title": "Of a feed", "text": WORDS}
    write_warc(
        folder / "crawl.warc.gz",
        ("https://www.courier.example/a", HTML, page("A page", REPORT, "2024-03-05")),
        ("https://www.courier.example/b", HTML, page("Undated", REPORT)),
        ("https://www.courier.example/c", "image/png", b"\x89PNG"),
        ("https://feeds.tribune.example/rss", "application/rss+xml", rss(item)),
    )
    put(folder, "kept.rss", rss({"title": "Kept", "text": WORDS}))
    put(folder, "notes.pdf", b"%PDF")
    document = read(folder)
    assert document.problems == ()
    found = {entry.entry_id: entry for entry in document.entries}
    assert (found["rows.jsonl.gz#1"].outlet, found["rows.jsonl.gz#1"].url) == ("Ledger", None)
    assert found["rows.jsonl.gz#2"].date_source == "file"
    dated, undated = (found[f"https://www.courier.example/{name}"] for name in "ab")
    assert (dated.title, dated.outlet) == ("A page", "courier.example")
    assert dated.published_at == datetime(2024, 3, 5, tzinfo=UTC)
    assert (undated.published_at, undated.date_source) == (
        datetime(2024, 3, 1, 12, tzinfo=UTC),
        "file",
    )
    titles = {entry.title: entry.outlet for entry in document.entries}
    assert titles["Of a feed"] == "tribune.example"
    assert titles["Kept"] == ""
    assert len(found) == 6


def test_broken_files_are_told_and_stop_nothing(folder: Path) -> None:
    put(folder, "good.txt", f"Headline\n\n{WORDS}")
    put(folder, "image.txt", bytes(range(32)) * 50)
    put(folder, "empty.txt", "\n \n")
    put(folder, "large.txt", "x" * 200_000)
    put(folder, "cut.jsonl", json.dumps({"id": "1", "text": WORDS}) + '\n{"id": "2", "te')
    put(folder, "cut.jsonl.gz", gzip.compress(b"{" * 90_000)[:50])
    put(folder, "no.warc.gz", b"\x1f\x8bnothing")
    put(folder, "page.rss", "<html><body>Log in</body></html>")
    whole = write_warc(folder / "whole.warc", ("https://x.example/a", HTML, page("A", REPORT)))
    put(folder, "cut.warc", whole.read_bytes() + b"WARC/1.0\r\nbroken")
    put(folder, os.fsdecode(b"na\xefme.txt"), f"Another\n\n{WORDS}")
    secret = put(folder, "secret.txt", "x")
    secret.chmod(0)
    document = read(folder)
    ids = {entry.entry_id for entry in document.entries}
    assert ids >= {"good.txt", "na?me.txt", "cut.jsonl#1", "https://x.example/a"}
    told = " ".join(document.problems)
    for name in ("image.txt", "empty.txt", "large.txt", "cut.jsonl:", "cut.jsonl.gz", "no.warc.gz"):
        assert name in told
    assert "page.rss: not_a_feed" in told
    if os.geteuid():
        assert "secret.txt: cannot be read" in told


def test_nothing_outside_the_folder_is_read(folder: Path, tmp_path: Path) -> None:
    put(folder, "good.txt", f"Headline\n\n{WORDS}")
    outside = put(tmp_path, "outside/secret.txt", "Secret\n\nsecret words")
    (folder / "link.txt").symlink_to(outside)
    (folder / "linked").symlink_to(outside.parent)
    (folder / "zero.txt").symlink_to("/dev/zero")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.txt")
    document = read(folder)
    assert [entry.entry_id for entry in document.entries] == ["good.txt"]
    assert document.problems == ("symbolic links were left out",)


def test_a_file_that_becomes_a_link_meanwhile_is_not_followed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = put(tmp_path, "outside/a.txt", "Secret\n\nsecret words")
    put(folder, "in/a.txt", f"Headline\n\n{WORDS}")
    put(folder, "b.txt", f"Headline\n\n{WORDS}")
    found = folders.find_files(folder)
    monkeypatch.setattr(folders, "find_files", lambda _: found)
    (folder / "in" / "a.txt").unlink()
    (folder / "in").rmdir()
    (folder / "in").symlink_to(outside.parent)
    (folder / "b.txt").unlink()
    os.mkfifo(folder / "b.txt")
    document = read(folder)
    assert document.entries == ()
    assert len(document.problems) == 2


def test_a_page_that_is_no_article_is_told_and_left_out(folder: Path) -> None:
    wall = (ROOT / "tests" / "pages" / "paywall.html").read_bytes()
    put(folder, "wall.html", wall)
    write_warc(folder / "a.warc", ("https://x.example/a", HTML, wall))
    document = read(folder)
    assert document.entries == ()
    assert sorted(document.problems) == [
        "pages that are no articles were left out (paywall)",
        "wall.html: is no article (paywall)",
    ]


@pytest.mark.slow
def test_a_page_that_hangs_costs_only_itself(folder: Path) -> None:
    endless = '<li><a href="/x">Some headline of a story on TikTok</a></li>' * 40_000
    put(folder, "endless.html", f"<ul>{endless}")
    put(folder, "good.html", f"<p>{WORDS}</p>")
    body = FolderBody(feed(folder), 5_000_000, NOW, page_seconds=3.0)
    with feed_workers() as workers:
        document = parse_in(workers, body)
    assert [entry.text for entry in document.entries] == [WORDS]
    assert document.problems == ("endless.html: is no article (too_slow)",)


def test_a_folder_without_end_is_cut(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MAX_ENTRIES", 3)
    for number in range(5):
        put(folder, f"{number}.txt", f"Headline {number}\n\n{WORDS}")
    document = read(folder)
    assert len(document.entries) == 3
    assert document.problems == ("there is more; `stancewatch backfill` takes in large archives",)


def test_a_packed_line_without_end_does_not_fill_memory(folder: Path) -> None:
    put(folder, "bomb.jsonl.gz", gzip.compress(b'{"id": "' + b"x" * 60_000_000))
    (problem,) = read(folder).problems
    assert "longer than any article" in problem


def test_the_list_changes_with_any_file_and_only_then(folder: Path) -> None:
    path = put(folder, "a.txt", "one")
    seen = [list_folder(feed(folder)), list_folder(feed(folder))]
    path.write_text("two")
    seen.append(list_folder(feed(folder)))
    put(folder, "b/b.txt", "three")
    seen.append(list_folder(feed(folder)))
    (folder / "b" / "b.txt").unlink()
    (folder / "notes.pdf").write_text("not read")
    seen.append(list_folder(feed(folder)))
    assert seen[0] == seen[1]
    assert len(set(seen)) == 3
    assert seen[4] == seen[2]
    with pytest.raises(FetchError, match="no such folder"):
        list_folder(feed(folder / "none"))
    with pytest.raises(FetchError, match="not a folder"):
        list_folder(feed(path))


def rows_of(installation: ScriptedInstallation, query: str) -> list[Row]:
    with installation.database.read() as connection:
        return select(connection, query)


def test_a_folder_is_polled_like_a_feed(database: Database, folder: Path) -> None:
    clock = FakeClock()
    made = scripted(database, clock)
    gone = Feed("gone", "Gone", "Gone", path=str(folder / "none"), is_folder=True)
    installation = replace(made, config=replace(made.config, feeds=(feed(folder), gone)))
    put(folder, "a.txt", f"Date: 2024-03-02\nOutlet: Courier\n\n{WORDS}")
    put(folder, "bad.txt", b"\x00\x01\x02")
    seen = []
    for step in range(4):
        if step == 2:
            put(folder, "a.txt", f"Date: 2024-03-02\nOutlet: Courier\n\n{WORDS} He did.")
            put(folder, "b.txt", f"Headline\n\n{WORDS}")
        report = ingest(installation)
        seen.append((report.feeds[0].status, report.new_articles, report.feeds[1].status))
        clock.forward(hours=1)
    assert seen == [
        ("degraded", 1, "unreadable"),
        ("unchanged", 0, "unreadable"),
        ("degraded", 2, "unreadable"),
        ("unchanged", 0, "unreadable"),
    ]
    articles = rows_of(installation, "FROM articles ORDER BY url, version")
    assert [
        (row["url"], row["version"], row["outlet"], row["date_source"]) for row in articles
    ] == [
        ("feed:own/a.txt", 1, "Courier", "published"),
        ("feed:own/a.txt", 2, "Courier", "published"),
        ("feed:own/b.txt", 1, "Own outlet", "file"),
    ]
    (fetch,) = rows_of(installation, "FROM feeds WHERE feed_id = 'own'")
    assert fetch["location"] == str(folder)
