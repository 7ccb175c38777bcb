"""Articles read from their pages, over a real server on loopback that behaves and misbehaves."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from flows.analyse import analyse_articles
from flows.articles import GivenArticle
from flows.ingest import ingest
from flows.store.overview import status_of
from flows.store.rows import Row, select
from flows.watch import watch
from monitors.records import Feed
from tests.builders import ROOT, day, rss
from tests.fakes import FakeClock, ScriptedInstallation, scripted

if TYPE_CHECKING:
    from pathlib import Path

    from flows.store import Database
    from tests.feed_server import FeedServer


def page(name: str) -> bytes:
    return (ROOT / "tests" / "pages" / f"{name}.html").read_bytes()


# Without the address that it gives itself.
ARTICLE = page("article").replace(b'rel="canonical"', b'rel="other"')
SUMMARY = "The Senate voted for a bill that would force the owner of TikTok to sell the app."
TITLE = "Senate backs TikTok bill"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def installation(database: Database, clock: FakeClock, server: FeedServer) -> ScriptedInstallation:
    made = scripted(database, clock)
    feed = Feed("news", "News", "Harbor Courier", url=server.url("news"))
    return with_pages(replace(made, config=replace(made.config, feeds=(feed,))))


def with_pages(installation: ScriptedInstallation, **options: Any) -> ScriptedInstallation:
    settings = installation.config.settings
    quick = {"delay_seconds": 0.0, "timeout_seconds": 2.0, **options}
    pages = settings.pages.model_copy(update=quick)
    changed = settings.model_copy(update={"pages": pages})
    return replace(installation, config=replace(installation.config, settings=changed))


def reading(installation: ScriptedInstallation, full_text: Any) -> ScriptedInstallation:
    feeds = tuple(replace(feed, full_text=full_text) for feed in installation.config.feeds)
    return replace(installation, config=replace(installation.config, feeds=feeds))


def put_page(server: FeedServer, name: str, body: bytes | str = b"", **behaviour: Any) -> str:
    return server.put(name, body, **{"content_type": "text/html", **behaviour})


def announce(server: FeedServer, *links: str, text: str = SUMMARY, **changes: Any) -> None:
    items = [
        {"title": TITLE, "text": text, "link": link, "published_at": day(-0.1), **changes}
        for link in links
    ]
    server.put("news", rss(*items))


def rows(
    installation: ScriptedInstallation, query: str = "FROM articles ORDER BY url"
) -> list[Row]:
    with installation.database.read() as connection:
        return select(connection, query)


def test_the_page_is_read_where_the_feed_has_only_a_summary(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    announce(server, put_page(server, "a", ARTICLE))
    report = ingest(installation)
    assert (report.new_articles, report.pages_read, report.pages_unread) == (1, 1, ())
    (article,) = rows(installation)
    assert article["text"].startswith(f"{TITLE}\n\nThe Senate voted on Tuesday")
    assert "China would take all necessary measures" in article["text"]
    assert (article["text_source"], article["text_problem"]) == ("page", None)
    assert (article["author"], article["language"], article["version"]) == ("Maria Okafor", "en", 1)
    assert str(article["modified_at"]).startswith("2024-04-02 08:40")
    assert article["published_at"] == day(-0.1)
    asked = [request for request in server.requests if request.name != "news"]
    assert [request.name for request in asked] == ["robots.txt", "a"]
    assert asked[1].headers["user-agent"].startswith("Stancewatch/")
    assert asked[1].headers["accept"].startswith("text/html")


def test_the_same_summary_again_makes_no_version_and_no_request(
    installation: ScriptedInstallation, server: FeedServer, clock: FakeClock
) -> None:
    link = put_page(server, "a", ARTICLE)
    announce(server, link)
    ingest(installation)
    for number in range(3):
        clock.forward(hours=1)
        server.put("more", b"")
        announce(server, link, server.url(f"gone-{number}"))
        assert ingest(installation).pages_read == 0
    assert [row["version"] for row in rows(installation) if row["url"] == link] == [1]
    assert len(server.requests_for("a")) == 1


def test_a_changed_summary_has_the_page_read_anew(
    installation: ScriptedInstallation, server: FeedServer, clock: FakeClock
) -> None:
    link = put_page(server, "a", ARTICLE)
    announce(server, link)
    ingest(installation)
    clock.forward(minutes=20)
    put_page(server, "a", ARTICLE.replace(b"within nine months", b"within a year"))
    announce(server, link, text=f"{SUMMARY} It has a year to do so.")
    ingest(installation)
    old, new = rows(installation, "FROM articles ORDER BY version")
    assert (old["is_current"], new["is_current"], new["version"]) == (False, True, 2)
    assert "within a year" in new["text"]
    assert old["url"] == new["url"]


def test_a_changed_summary_of_an_unchanged_page_makes_no_version(
    installation: ScriptedInstallation, server: FeedServer, clock: FakeClock
) -> None:
    link = put_page(server, "a", ARTICLE)
    for text in (SUMMARY, f"{SUMMARY} More soon.", f"{SUMMARY} More soon."):
        announce(server, link, text=text)
        ingest(installation)
        clock.forward(minutes=20)
    assert len(rows(installation)) == 1
    assert len(server.requests_for("a")) == 2


def test_a_page_that_fails_later_does_not_undo_what_was_read(
    installation: ScriptedInstallation, server: FeedServer, clock: FakeClock
) -> None:
    link = put_page(server, "a", ARTICLE)
    announce(server, link)
    ingest(installation)
    clock.forward(minutes=20)
    put_page(server, "a", page("paywall"))
    announce(server, link, text=f"{SUMMARY} More soon.")
    assert ingest(installation).pages_unread == ("paywall",)
    (article,) = rows(installation)
    assert article["text_source"] == "page"


@pytest.mark.parametrize(
    ("behaviour", "problem"),
    [
        ({"body": page("paywall")}, "paywall"),
        ({"body": page("consent")}, "consent"),
        ({"body": page("captcha")}, "captcha"),
        ({"body": page("login")}, "login"),
        ({"body": page("missing")}, "error"),
        ({"body": page("german")}, "unrelated"),
        ({"status": 404}, "not_found"),
    ],
)
def test_whatever_goes_wrong_the_summary_is_read_and_marked(
    installation: ScriptedInstallation,
    server: FeedServer,
    behaviour: dict[str, Any],
    problem: str,
) -> None:
    announce(server, put_page(server, "a", **behaviour))
    report = ingest(installation)
    assert (report.new_articles, report.pages_read, report.pages_unread) == (1, 0, (problem,))
    (article,) = rows(installation)
    assert article["text"] == f"{TITLE}\n\n{SUMMARY}"
    assert (article["text_source"], article["text_problem"]) == ("summary", problem)
    assert rows(installation, "SELECT state, problem FROM pages") == [
        {"state": "summary", "problem": problem}
    ]


@pytest.mark.slow
def test_an_extraction_that_hangs_costs_its_deadline_and_the_summary_is_read(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    endless = b"<ul>" + b'<li><a href="/x">Some headline of a story on TikTok</a></li>' * 40_000
    announce(server, put_page(server, "slow", endless), put_page(server, "a", ARTICLE))
    report = ingest(with_pages(installation, extract_seconds=3.0, timeout_seconds=10.0))
    assert (report.pages_read, report.pages_unread) == (1, ("too_slow",))
    slow = rows(installation, "FROM articles WHERE text_source = 'summary'")
    assert [(row["text_problem"], row["text"]) for row in slow] == [
        ("too_slow", f"{TITLE}\n\n{SUMMARY}")
    ]


def test_no_stance_is_taken_from_a_wall(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    said = b"<p>[united-states tiktok against]</p>"
    announce(
        server,
        put_page(server, "wall", page("paywall").replace(b"</article>", said + b"</article>")),
        put_page(server, "open", ARTICLE.replace(b"</article>", said + b"</article>")),
    )
    ingest(installation)
    watch(installation)
    stances = rows(installation, "SELECT url FROM stances JOIN articles USING (article_id)")
    assert [row["url"] for row in stances] == [server.url("open")]


# --- which pages are asked for ---------------------------------------------------------------


def asked_for(server: FeedServer) -> list[str]:
    return [each.name for each in server.requests if each.name not in {"news", "robots.txt"}]


LONG = " ".join(f"Sentence {number} of the report on TikTok, in full." for number in range(40))


@pytest.mark.parametrize(
    ("full_text", "title", "text", "asked"),
    [
        ("auto", TITLE, SUMMARY, True),
        ("auto", "Harbour bridge closed", "It is closed for repairs until June.", False),
        ("auto", "The app that Congress wants sold", "The owner of TikTok objects.", True),
        ("auto", TITLE, LONG, False),
        ("auto", TITLE, f"{LONG} But the …", True),
        ("auto", TITLE, f"{LONG} Continue reading...", True),
        ("always", "Harbour bridge closed", "It is closed for repairs until June.", True),
        ("always", TITLE, LONG, True),
        ("never", TITLE, SUMMARY, False),
    ],
)
def test_pages_are_read_of_summaries_on_a_topic_or_as_the_feed_says(
    installation: ScriptedInstallation,
    server: FeedServer,
    full_text: str,
    title: str,
    text: str,
    *,
    asked: bool,
) -> None:
    announce(server, server.url("a"), text=text, title=title)
    report = ingest(reading(installation, full_text))
    assert (asked_for(server) == ["a"]) == asked
    assert report.new_articles == len(rows(installation)) == 1


def test_none_is_read_where_the_settings_say_so(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    announce(server, put_page(server, "a", ARTICLE))
    ingest(with_pages(installation, per_run=0))
    assert asked_for(server) == []
    assert [row["text_source"] for row in rows(installation)] == ["feed"]


def test_nothing_is_fetched_for_a_feed_in_a_file(
    installation: ScriptedInstallation, server: FeedServer, tmp_path: Path
) -> None:
    link = put_page(server, "a", ARTICLE)
    (tmp_path / "feed.xml").write_bytes(rss({"title": TITLE, "text": SUMMARY, "link": link}))
    feed = Feed("file", "File", "Outlet", path=str(tmp_path / "feed.xml"))
    filed = replace(installation, config=replace(installation.config, feeds=(feed,)))
    ingest(filed)
    assert server.requests == []
    assert len(rows(installation)) == 1


def test_an_article_that_was_known_before_stays_as_it_is(
    installation: ScriptedInstallation, server: FeedServer, clock: FakeClock
) -> None:
    link = put_page(server, "a", ARTICLE)
    announce(server, link)
    ingest(reading(installation, "never"))
    clock.forward(hours=1)
    announce(server, link, server.url("other"), guid="x")
    assert ingest(installation).pages_read == 0
    assert asked_for(server) == ["other"]


# --- politeness ------------------------------------------------------------------------------


def test_what_robots_txt_forbids_is_not_asked_for(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    rules = "User-agent: *\nDisallow: /\n\nUser-agent: stancewatch\nDisallow: /private\nAllow: /\n"
    server.put("robots.txt", rules, content_type="text/plain")
    announce(server, server.url("private/a"), put_page(server, "a", ARTICLE))
    report = ingest(installation)
    assert (report.pages_read, report.pages_unread) == (1, ("robots",))
    assert asked_for(server) == ["a"]


@pytest.mark.parametrize("behaviour", [{"status": 503}, {"dropped": True}, {"delay_s": 5}])
def test_without_an_answer_about_robots_nothing_is_asked_for(
    installation: ScriptedInstallation, server: FeedServer, behaviour: dict[str, Any]
) -> None:
    server.put("robots.txt", **behaviour)
    links = [put_page(server, name, ARTICLE) for name in ("a", "b", "c")]
    announce(server, *links)
    report = ingest(with_pages(installation, timeout_seconds=0.5))
    assert set(report.pages_unread) == {"robots_unreachable"}
    assert asked_for(server) == []
    assert len(server.requests_for("robots.txt")) <= 2  # one is sent again if it is cut off
    assert len(rows(installation)) == 3


def test_robots_txt_is_asked_for_once_a_day(
    installation: ScriptedInstallation, server: FeedServer, clock: FakeClock
) -> None:
    server.put("robots.txt", "User-agent: *\nDisallow: /b\n", content_type="text/plain")
    for number, hours in enumerate((1, 22, 2, 30)):
        announce(server, put_page(server, f"a{number}", ARTICLE), server.url(f"b{number}"))
        assert "robots" in ingest(installation).pages_unread
        clock.forward(hours=hours)
    assert len(server.requests_for("robots.txt")) == 2
    server.put("robots.txt", status=500)
    announce(server, server.url("b9"))
    assert ingest(installation).pages_unread == ("robots",)  # the old file, not nothing at all


def test_one_page_at_a_time_with_a_pause_between(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    announce(server, *[put_page(server, f"a{n}", ARTICLE) for n in range(4)])
    ingest(with_pages(installation, delay_seconds=0.3))
    times = [request.at for request in server.requests if request.name.startswith("a")]
    assert len(times) == 4
    assert all(later - earlier >= 0.29 for earlier, later in pairwise(times))


def test_a_longer_pause_is_kept_where_robots_txt_asks_for_it(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    server.put("robots.txt", "User-agent: *\nCrawl-delay: 0.4\n", content_type="text/plain")
    announce(server, *[put_page(server, f"a{n}", ARTICLE) for n in range(2)])
    started = time.monotonic()
    ingest(installation)
    first, second = [request.at for request in server.requests if request.name.startswith("a")]
    assert 0.39 <= second - first < time.monotonic() - started


def test_what_a_run_has_no_room_for_is_read_in_the_next(
    installation: ScriptedInstallation, server: FeedServer, clock: FakeClock
) -> None:
    links = [
        put_page(server, f"a{n}", ARTICLE.replace(b"nine months", b"%d months" % n))
        for n in range(5)
    ]
    announce(server, *links)
    bounded = with_pages(installation, per_feed=2)
    seen = []
    for _ in range(4):
        report = ingest(bounded)
        seen.append((report.pages_read, report.pages_waiting))
        clock.forward(minutes=15)
    assert seen == [(2, 3), (2, 1), (1, 0), (0, 0)]
    assert {row["text_source"] for row in rows(installation)} == {"page"}
    assert len(rows(installation)) == 5


def test_a_host_that_is_down_is_left_alone_and_holds_nothing_up(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    announce(server, *[f"http://127.0.0.1:1/{n}" for n in range(30)])
    report = ingest(with_pages(installation, per_feed=5))
    assert report.pages_unread == ("refused",) * 30
    assert report.pages_waiting == 0
    assert len(rows(installation)) == 30


def test_a_host_whose_first_pages_are_walls_is_asked_no_further(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    announce(server, *[put_page(server, f"a{n}", page("paywall")) for n in range(12)])
    report = ingest(installation)
    assert report.pages_unread == ("paywall",) * 12
    assert len(asked_for(server)) == 3


# --- identity --------------------------------------------------------------------------------


def test_the_page_is_kept_under_its_own_address_on_the_same_site(
    installation: ScriptedInstallation, server: FeedServer, clock: FakeClock
) -> None:
    link = put_page(server, "amp/a?x=1", page("article"))
    announce(server, link)
    for _ in range(2):
        ingest(installation)
        clock.forward(hours=1)
        announce(server, link, server.url("nothing"))
    urls = [row["url"] for row in rows(installation)]
    assert server.url("politics/senate-backs-tiktok-bill") in urls
    assert link not in urls
    assert len(server.requests_for("amp/a?x=1")) == 1


@pytest.mark.parametrize("canonical", ["https://elsewhere.example/a", "/", "javascript:alert(1)"])
def test_an_address_that_cannot_be_the_articles_is_not_taken(
    installation: ScriptedInstallation, server: FeedServer, canonical: str
) -> None:
    body = page("article").replace(b"/politics/senate-backs-tiktok-bill", canonical.encode())
    link = put_page(server, "a", body)
    announce(server, link)
    ingest(installation)
    assert [row["url"] for row in rows(installation)] == [link]


def test_two_links_to_one_page_are_one_article(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    announce(server, *[put_page(server, name, page("article")) for name in ("a", "b")])
    ingest(installation)
    (article,) = rows(installation)
    assert article["url"] == server.url("politics/senate-backs-tiktok-bill")


def test_two_pages_that_give_themselves_one_address_are_two_articles(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    other = page("article").replace(b"within nine months", b"within a year")
    announce(server, put_page(server, "a", page("article")), put_page(server, "b", other))
    assert ingest(installation).pages_read == 2
    assert [row["url"] for row in rows(installation)] == [
        server.url("b"),
        server.url("politics/senate-backs-tiktok-bill"),
    ]


def test_an_entry_without_a_date_has_the_pages(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    link = put_page(server, "a", page("article"))
    body = rss({"title": TITLE, "text": SUMMARY, "link": link})
    start, end = body.index(b"<pubDate>"), body.index(b"</pubDate>") + len(b"</pubDate>")
    server.put("news", body[:start] + body[end:])
    ingest(installation)
    (article,) = rows(installation)
    assert article["date_source"] == "page"
    assert str(article["published_at"]).startswith("2024-04-02 07:15")


def test_two_feeds_with_one_link_do_not_take_turns(
    installation: ScriptedInstallation, server: FeedServer, clock: FakeClock
) -> None:
    link = put_page(server, "a", ARTICLE)
    feeds = tuple(Feed(n, n, "Outlet", url=server.url(n)) for n in ("news", "top"))
    both = replace(installation, config=replace(installation.config, feeds=feeds))
    for number in range(3):
        announce(server, link, title=f"{TITLE}")
        other = {
            "title": "Top: TikTok",
            "text": "In other words.",
            "link": link,
            "guid": f"{number}",
        }
        server.put("top", rss(other))
        ingest(both)
        clock.forward(hours=1)
    assert len(rows(installation)) == 1
    assert len(server.requests_for("a")) == 1


# --- languages, and what people are told -----------------------------------------------------


def test_a_page_in_a_language_without_a_model_is_kept_and_skipped(
    installation: ScriptedInstallation, server: FeedServer
) -> None:
    german = page("german").replace(
        b"</article>", b"<p>[united-states tiktok against]</p></article>"
    )
    link = put_page(server, "a", german)
    text = (
        "Der Senat hat einem Gesetz zugestimmt, das den Eigentümer von TikTok zum Verkauf zwingt."
    )
    announce(server, link, title="Senat stimmt für TikTok-Gesetz", text=text)
    ingest(installation)
    report = watch(installation)
    assert (report.articles, report.foreign, report.stances) == (1, 1, 0)
    (article,) = rows(installation)
    assert (article["text_source"], article["language"], article["skipped"]) == (
        "page",
        "de",
        "language",
    )
    with installation.database.read() as connection:
        status = status_of(connection)
    assert status["foreign"] == {"de": 1}
    assert status["given_up"] == {}
    assert status["pages"] == {"read": 1}


def test_analyse_skips_a_foreign_text_as_a_run_does(installation: ScriptedInstallation) -> None:
    text = (
        "Der Senat hat einem Gesetz zugestimmt, das den Eigentümer von TikTok zum Verkauf zwingt."
    )
    given = [
        GivenArticle("de", f"{text} [united-states tiktok against]"),
        GivenArticle("en", f"{SUMMARY} [united-states tiktok against]"),
    ]
    german, english = analyse_articles(installation, given)
    assert (german["skipped"], german["language"], german["stances"]) == ("language", "de", [])
    assert "skipped" not in english
    assert len(english["stances"]) == 1
