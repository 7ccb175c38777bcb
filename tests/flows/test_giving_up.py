"""Articles that take too long to read, or break the reader: kept, marked, and not tried again."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from flows.admit import Draft, admit
from flows.analyse import analyse_articles
from flows.articles import GivenArticle
from flows.cli import app
from flows.settings import Config, load_config
from flows.store import Database, transaction
from flows.store.overview import status_of
from flows.store.rows import Row, select
from flows.watch import WatchReport, watch
from flows.wiring import Installation
from monitors.errors import BackendError
from monitors.language import Analyser
from monitors.stance.queries import StanceScore
from tests.builders import day, draft
from tests.fakes import FakeClock, ScriptedAnalyser, ScriptedInstallation

if TYPE_CHECKING:
    from monitors.records import Analysis
    from monitors.stance.queries import StanceQuery

AGAINST = "[united-states tiktok against]"


def arrive(installation: Installation, *drafts: Draft) -> WatchReport:
    with installation.database.write() as connection, transaction(connection):
        admit(connection, drafts)
    return watch(installation)


def rows(installation: Installation, query: str) -> list[Row]:
    with installation.database.read() as connection:
        return select(connection, query)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


class StallingBackend:
    """Sees every holder in favour; about TikTok it thinks for a long time."""

    name = "stalling"
    asked = 0

    def score(self, queries: list[StanceQuery]) -> list[StanceScore]:
        self.asked += 1
        if any("TikTok" in query.text for query in queries):
            time.sleep(1.2)
        return [StanceScore(1, 0, 0, 0)] * len(queries)

    def confidence_for(self, precision: float) -> float:
        return precision


class StallingInstallation(Installation):
    """Reads with the real pipeline, as long as `timeout_seconds` allow."""

    @cached_property
    def backend(self) -> StallingBackend:
        return StallingBackend()

    @cached_property
    def analyser(self) -> Any:
        return Analyser(self.config.watchlist, self.backend, min_confidence=0.5)


def with_timeout(seconds: float) -> Config:
    config = load_config(None, {})
    analysis = config.settings.analysis.model_copy(update={"timeout_seconds": seconds})
    return replace(config, settings=config.settings.model_copy(update={"analysis": analysis}))


SLOW = draft("Joe Biden banned TikTok on Monday.", published_at=day(1))
QUICK = draft("China claims sovereignty over Taiwan.", published_at=day(2))


def test_article_that_takes_too_long_is_kept_marked_and_never_tried_again(
    database: Database, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    installation = StallingInstallation(with_timeout(1), database, clock)
    installation.analyser.analyse(QUICK.text, None)  # what the first reading loads
    report = arrive(installation, SLOW, QUICK)
    assert (report.articles, report.on_topic, report.given_up) == (2, 1, 1)
    query = "SELECT url, skipped, analysed_at IS NULL AS waits FROM articles ORDER BY published_at"
    assert rows(installation, query) == [
        {"url": SLOW.url, "skipped": "timeout", "waits": False},
        {"url": QUICK.url, "skipped": None, "waits": False},
    ]
    assert {row["article_id"] for row in rows(installation, "FROM stances")} == {
        row["article_id"] for row in rows(installation, "FROM articles WHERE skipped IS NULL")
    }
    assert "given up after 1 seconds" in caplog.text
    with database.read() as connection:
        assert status_of(connection)["given_up"] == {"timeout": 1}
    shown = CliRunner().invoke(app, ["status", "--database", str(database.path)])
    assert "Given up   1 timeout (" in shown.stdout
    asked = installation.backend.asked
    assert watch(installation).articles == 0
    assert installation.backend.asked == asked


def test_with_more_time_the_same_article_is_read(database: Database, clock: FakeClock) -> None:
    report = arrive(StallingInstallation(with_timeout(60), database, clock), SLOW)
    assert (report.on_topic, report.given_up) == (1, 0)
    assert report.stances > 0


def test_chat_model_gets_the_time_that_its_requests_may_take() -> None:
    settings = with_timeout(20).settings
    chatting = settings.analysis.model_copy(update={"backend": "llm"})
    assert settings.analysis_seconds == 20
    slow = settings.model_copy(update={"analysis": chatting})
    assert slow.analysis_seconds == 10 * settings.llm.request_timeout_seconds


class BreakingAnalyser(ScriptedAnalyser):
    """Breaks on texts that say how."""

    def analyse(self, text: str, *args: Any, **options: Any) -> Analysis:
        if "BREAK" in text:
            raise RecursionError("too deep")
        if "STOP" in text:
            raise BackendError("nobody answers", retryable=True)
        return super().analyse(text, *args, **options)


class BreakingInstallation(ScriptedInstallation):
    analyser: Any = property(lambda self: BreakingAnalyser(self.config.watchlist))


def test_article_that_breaks_the_reader_does_not_hold_up_the_others(
    database: Database, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    installation = BreakingInstallation(load_config(None, {}), database, clock)
    broken = draft(f"{AGAINST} BREAK")
    report = arrive(installation, broken, draft(AGAINST), draft("Rain."))
    assert (report.articles, report.on_topic, report.given_up) == (3, 1, 1)
    (row,) = rows(installation, "FROM articles WHERE skipped = 'unreadable'")
    assert row["url"] == broken.url
    assert "RecursionError: too deep" in caplog.text
    assert watch(installation).articles == 0


@pytest.mark.parametrize(("script", "error"), [("BREAK", RecursionError), ("STOP", BackendError)])
def test_where_nothing_can_be_read_articles_go_on_waiting(
    database: Database, clock: FakeClock, script: str, error: type[Exception]
) -> None:
    installation = BreakingInstallation(load_config(None, {}), database, clock)
    fine = [draft(AGAINST)] if script == "STOP" else [draft("Rain.")]
    with pytest.raises(error):
        arrive(installation, *fine, draft(f"{AGAINST} {script}"))
    waiting = rows(installation, "FROM articles WHERE analysed_at IS NULL")
    assert len(waiting) == 2
    assert rows(installation, "FROM stances") == []


def test_analyse_gives_up_as_well(database: Database, clock: FakeClock) -> None:
    installation = StallingInstallation(with_timeout(1), database, clock)
    installation.analyser.analyse(QUICK.text, None)
    given = [GivenArticle("slow", SLOW.text), GivenArticle("quick", QUICK.text)]
    slow, quick = analyse_articles(installation, given)
    assert (slow["skipped"], slow["stances"]) == ("timeout", [])
    assert "skipped" not in quick
    assert quick["stances"]
