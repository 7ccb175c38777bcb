from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from flows.backfill import LeftOut, backfill
from flows.cli import app
from flows.sources.archives import Scope
from flows.sources.politeness import PoliteClient
from flows.sources.sitemaps import SiteReader
from flows.store.backfill import known_pages
from flows.store.rows import Row, select
from monitors.errors import FeedError, FetchError
from monitors.extraction import extract_page
from monitors.sitemaps import parse_sitemap
from tests.archives import HTML, page
from tests.builders import NOW, day
from tests.fakes import FakeClock, ScriptedInstallation, scripted
from tests.loopback import SETTINGS, fetch_settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from flows.admit import Draft
    from flows.store import Database
    from tests.feed_server import FeedServer

AGAINST = "[united-states tiktok against]"


@pytest.fixture
def installation(database: Database) -> ScriptedInstallation:
    return scripted(database, FakeClock(NOW))


def text(name: str) -> str:
    return f"Report {name}: {AGAINST} " + " ".join(f"word{name}x{n}" for n in range(60))


def urlset(*rows: tuple[str, str]) -> str:
    inner = "".join(
        f"<url><loc>{url}</loc>{f'<lastmod>{date}</lastmod>' if date else ''}</url>"
        for url, date in rows
    )
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inner}</urlset>'


def index(*rows: tuple[str, str]) -> str:
    inner = "".join(
        f"<sitemap><loc>{url}</loc><lastmod>{date}</lastmod></sitemap>" for url, date in rows
    )
    return (
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inner}</sitemapindex>'
    )


def put_site(server: FeedServer) -> str:
    """A site with an index of sitemaps, a news sitemap among them, and pages of every kind."""
    server.put("robots.txt", f"User-agent: *\nDisallow: /private\nSitemap: {server.url('all.xml')}")
    server.put(
        "all.xml",
        index(
            (server.url("2024.xml.gz"), "2024-03-20"),
            (server.url("2020.xml"), "2020-02-01"),
            (server.url("news.xml"), "2024-03-20"),
            ("https://elsewhere.example/sitemap.xml", "2024-03-20"),
        ),
    )
    in_2024 = urlset(
        (server.url("a"), "2024-03-01"),
        (server.url("b"), ""),
        (server.url("private/c"), "2024-03-02"),
        (server.url("missing"), "2024-03-03"),
        (server.url("picture"), "2024-03-04"),
        (server.url("old"), "2019-01-01"),
        ("https://elsewhere.example/d", "2024-03-05"),
        ("http://169.254.169.254/latest", "2024-03-05"),
    )
    server.put("2024.xml.gz", gzip.compress(in_2024.encode()), content_type="application/gzip")
    server.put("2020.xml", urlset((server.url("old"), "2020-01-01")))
    server.put(
        "news.xml",
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url>'
        f"<loc>{server.url('e')}</loc><lastmod>2024-03-19</lastmod><news:news>"
        "<news:publication_date>2024-03-06T08:00:00+01:00</news:publication_date>"
        "<news:title>E</news:title></news:news></url></urlset>",
    )
    server.put("a", page("A", text("a"), "2024-02-29"), content_type=HTML)
    server.put("b", page("B", text("b")), content_type=HTML)
    server.put("e", page("E", text("e")), content_type=HTML)
    server.put("picture", b"\x89PNG", content_type="image/png")
    return server.url("")


class Pauses(list[float]):
    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def read_site(
    installation: ScriptedInstallation, url: str, pauses: Pauses, delay_s: float = 0.0
) -> list[Draft | LeftOut]:
    def known(urls: Sequence[str]) -> set[str]:
        with installation.database.read() as connection:
            return known_pages(connection, urls)

    with installation.database.write():
        pass
    scope = Scope(NOW, since=day(-60), until=day(0))
    settings = fetch_settings(timeout_s=2, retries=0)
    with PoliteClient(settings, delay_s, installation.clock, pause=pauses) as client:
        reader = SiteReader(client, scope, extract_page, known, 100_000)
        return list(reader.read_pages(reader.find_pages(url)))


def rows_of(installation: ScriptedInstallation, query: str) -> list[Row]:
    with installation.database.read() as connection:
        return select(connection, query)


def test_a_site_is_read_by_its_sitemaps_within_the_dates_wanted(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    report = backfill(installation, read_site(installation, put_site(server), Pauses()))
    stored = rows_of(installation, "SELECT url, published_at, date_source FROM articles ORDER BY 1")
    assert [tuple(row.values()) for row in stored] == [
        (server.url("a"), datetime(2024, 2, 29, tzinfo=UTC), "page"),
        (server.url("e"), datetime(2024, 3, 6, 7, tzinfo=UTC), "published"),
    ]
    assert report.left_out == {"no_date": 1, "robots": 1, "not_found": 1, "not_html": 1}
    assert report.stances == 2
    asked = {request.name for request in server.requests}
    assert not asked & {"2020.xml", "old", "private/c"}


def test_a_second_start_asks_for_no_page_again(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    url = put_site(server)
    backfill(installation, read_site(installation, url, Pauses()))
    server.requests.clear()
    again = backfill(installation, read_site(installation, url, Pauses()))
    asked = {request.name for request in server.requests}
    assert asked == {"robots.txt", "all.xml", "2024.xml.gz", "news.xml"}
    assert again.left_out == {"known": 6}
    vain = rows_of(installation, "SELECT status FROM backfill_pages ORDER BY status")
    assert [row["status"] for row in vain] == ["no_date", "not_found", "not_html", "robots"]


def test_half_a_page_is_asked_for_again_and_what_is_forbidden_is_not(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    pages = ((server.url("cut"), "2024-03-01"), (server.url("secret"), "2024-03-02"))
    server.put("map.xml", urlset(*pages))
    server.put("cut", page("Cut", text("a")), content_type=HTML, sent_bytes=300)
    server.put("secret", status=403)
    found = read_site(installation, server.url("map.xml"), Pauses())
    assert [(one.reason, one.for_good) for one in found if isinstance(one, LeftOut)] == [
        ("broken_off", False),
        ("forbidden", True),
    ]


def test_a_host_is_left_in_peace_between_requests_as_its_robots_txt_wants(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    put_site(server)
    server.put("robots.txt", "User-agent: Stancewatch\nCrawl-delay: 7\nDisallow: /a")
    server.put("sitemap.xml", urlset((server.url("a"), ""), (server.url("e"), "2024-03-06")))
    pauses = Pauses()
    found = read_site(installation, server.url(""), pauses, 0.5)
    assert [request.name for request in server.requests] == ["robots.txt", "sitemap.xml", "e"]
    assert [round(pause) for pause in pauses] == [7, 7]
    assert sorted(type(one).__name__ for one in found) == ["Draft", "LeftOut"]


@pytest.mark.parametrize(
    ("retry_after", "expected"),
    [
        ("12", [12, 12]),
        (format_datetime(NOW + timedelta(seconds=12)), [12, 12]),
        ("soon", [30, 30]),
        ("3600", []),
        (format_datetime(NOW + timedelta(hours=1)), []),
    ],
)
def test_a_server_that_asks_for_rest_gets_it_and_is_then_left_alone(
    installation: ScriptedInstallation, server: FeedServer, retry_after: str, expected: list[int]
) -> None:
    server.put("map.xml", urlset((server.url("busy"), "2024-03-01")))
    server.put("busy", status=429, headers={"Retry-After": retry_after})
    pauses = Pauses()
    with pytest.raises(FetchError, match="left alone"):
        read_site(installation, server.url("map.xml"), pauses)
    assert pauses == expected
    assert len(server.requests_for("busy")) == len(expected) + 1


@pytest.mark.parametrize("address", ["map.xml", ""])
def test_a_robots_txt_that_fails_forbids_all(
    installation: ScriptedInstallation, server: FeedServer, address: str
) -> None:
    server.put("robots.txt", status=500)
    server.put("map.xml", urlset((server.url("a"), "")))
    with pytest.raises(FetchError, match=r"robots\.txt cannot be read"):
        read_site(installation, server.url(address), Pauses())
    assert [request.name for request in server.requests] == ["robots.txt"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Log in</body></html>",
        b"no address\n",
        b"<rss><channel/></rss>",
        gzip.compress(b"x" * 300_000, mtime=0),
        gzip.compress(urlset().encode(), mtime=0)[:20],
    ],
)
def test_what_is_no_sitemap_is_told(
    installation: ScriptedInstallation, server: FeedServer, body: bytes
) -> None:
    server.put("map.xml", body, content_type="application/octet-stream")
    if not body:
        assert read_site(installation, server.url("map.xml"), Pauses()) == []
        return
    with pytest.raises(FeedError):
        read_site(installation, server.url("map.xml"), Pauses())


def test_sitemaps_that_name_each_other_come_to_an_end(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    for name, other in (("one.xml", "two.xml"), ("two.xml", "one.xml")):
        server.put(name, index((server.url(other), "2024-03-20")))
    assert read_site(installation, server.url("one.xml"), Pauses()) == []
    assert len(server.requests) == 3


def test_entities_of_a_sitemap_are_not_expanded() -> None:
    body = b"""<!DOCTYPE urlset [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "&a;&a;">]>
    <urlset><url><loc>https://x.example/&a;</loc></url><url><loc>javascript:x</loc></url>
    <url><loc> https://x.example/b </loc><lastmod>soon</lastmod></url></urlset>"""
    pages = parse_sitemap(body, url="https://x.example/", now=NOW).pages
    assert "root" not in str(pages)
    assert pages[-1].url == "https://x.example/b"
    assert pages[-1].modified_at is None


def test_a_sitemap_of_plain_lines_is_read() -> None:
    body = b"\xef\xbb\xbfhttps://x.example/a\r\nhttps://x.example/b\r\n"
    pages = parse_sitemap(body, url="https://x.example/", now=NOW).pages
    assert [page.url for page in pages] == ["https://x.example/a", "https://x.example/b"]


def test_the_command_takes_in_a_file_and_a_site(
    tmp_path: Path, server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    url = put_site(server)
    (tmp_path / "settings.toml").write_text(SETTINGS)
    database = ("--database", str(tmp_path / "b.duckdb"), "--config", str(tmp_path))
    site = ["backfill", "--sitemap", url, "--from", "2024-02-01", "--delay", "0.2", *database]
    done = CliRunner().invoke(app, site)
    assert done.exit_code == 0, done.output
    assert "2 articles, 2 of them new" in done.output
    path = tmp_path / "old.jsonl"
    row = {"id": "1", "text": "China said that Taiwan is its own.", "published": "2020-01-01"}
    path.write_text(json.dumps(row) + "\n" + json.dumps({"id": "2", "text": "Undated."}) + "\n")
    done = CliRunner().invoke(app, ["backfill", "--articles", str(path), "--json", *database])
    report = json.loads(done.stdout)
    assert (report["new_articles"], report["left_out"]) == (1, {"no_date": 1})
    assert CliRunner().invoke(app, ["backfill", *database]).exit_code == 2


def test_robots_are_asked_under_our_own_name(server: FeedServer) -> None:
    server.put("robots.txt", "User-agent: *\nDisallow: /\n\nUser-agent: stancewatch\nAllow: /")
    server.put("a", page("A", "x"), content_type=HTML)
    settings = fetch_settings(user_agent="Stancewatch/0.1 (feed reader) (+a@b.example)")
    with PoliteClient(settings, 0.0, FakeClock(NOW)) as client:
        assert client.read(server.url("a")).status == 200
