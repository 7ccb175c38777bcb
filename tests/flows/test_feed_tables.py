from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from rich.console import Console
from typer.testing import CliRunner

from flows.cli import app
from flows.cli.feed_tables import health_of, print_health
from flows.store.feeds import feed_states
from monitors.records import Feed
from tests.builders import NOW

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from flows.store import Database
    from flows.store.rows import Row

GONE: Row = {
    "feed_id": "example-world",
    "state": "gone",
    "last_success_at": NOW - timedelta(days=9),
    "entries_a_day": 0.0,
    "usual_a_day": 14.2,
    "cause": "its server says that it is gone for good; it is not asked any more",
}
WELL: Row = {
    "feed_id": "example-asia",
    "state": "ok",
    "last_success_at": NOW - timedelta(minutes=90),
    "next_fetch_at": NOW + timedelta(hours=5),
    "entries_a_day": 3.1,
    "usual_a_day": None,
    "cause": None,
}


def test_table_says_when_in_words_and_fits_eighty_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.cli.output.console", lambda: Console(width=80))
    print_health([GONE, WELL, {"feed_id": "example-new", "state": "new"}], NOW)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    told = {line.split()[0]: " ".join(line.split()[1:]) for line in lines if "example" in line}
    assert told["example-world"].startswith("gone 9 d ago never 0.0 (14) its server says")
    assert told["example-asia"] == "ok 90 min ago in 5 h 3.1"
    assert told["example-new"] == "new never due"


def test_only_configured_feeds_are_shown_and_those_never_asked_too() -> None:
    feeds = [Feed("example-new", "New", "New", path="/feed.xml"), Feed("example-asia", "A", "A")]
    rows = health_of(feeds, [GONE, WELL])
    assert [(row["feed_id"], row["state"]) for row in rows] == [
        ("example-asia", "ok"),
        ("example-new", "new"),
    ]


def test_a_feed_that_is_pushed_says_so_unless_there_is_more_to_say(
    capsys: pytest.CaptureFixture[str],
) -> None:
    feeds = [Feed(str(row["feed_id"]), "T", "O", url="https://a.example/") for row in (GONE, WELL)]
    until = dict.fromkeys((feed.feed_id for feed in feeds), NOW + timedelta(days=3))
    rows = health_of(feeds, [GONE, WELL], until)
    assert [row["pushed_until"] for row in rows] == list(until.values())
    print_health(rows, NOW)
    told = capsys.readouterr().out
    assert told.count("pushed") == 1
    assert "its server says" in " ".join(told.split())


def test_retry_lets_a_gone_feed_be_asked_again(database: Database, tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text(
        '[[feed]]\nid = "lost"\ntitle = "Lost"\nurl = "https://lost.example/rss"\n'
    )
    with database.write() as connection:
        connection.execute(
            "INSERT INTO feeds (feed_id, title, outlet, location, status, failures, disabled_at) "
            "VALUES ('lost', 'Lost', 'Lost', 'https://lost.example/rss', 'gone', 1, now())"
        )
    where = ["--config", str(tmp_path), "--database", str(database.path)]
    answer = CliRunner().invoke(app, ["feeds", "retry", "lost", *where])
    assert answer.output == "lost: asked at the next run\n"
    with database.read() as connection:
        assert feed_states(connection)["lost"].disabled_at is None
    assert CliRunner().invoke(app, ["feeds", "retry", "other", *where]).exit_code == 2
