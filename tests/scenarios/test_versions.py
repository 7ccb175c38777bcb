"""A new model or configuration never looks like a change of mind; what comes after it is news."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from flows.admit import admit
from flows.rehearse import apply, rehearse, scratch_of
from flows.store import transaction
from flows.store.rows import Row, select
from flows.watch import watch
from flows.wiring import no_progress
from tests.builders import day, draft
from tests.fakes import FakeClock, ScriptedAnalyser, ScriptedInstallation, scripted
from tests.scenarios.test_timelines import AGAINST, FAVOR, LONG, TURN, news

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from flows.admit import Draft
    from flows.store import Database
    from monitors.records import Alert, Analysis

_OTHER = {"favor": "against", "against": "favor", "neutral": "neutral"}


class OtherAnalyser(ScriptedAnalyser):
    """Another model: it reads every stance as its opposite."""

    version = "other"

    def analyse(self, text: str, published: date | None, **options: Any) -> Analysis:
        read = super().analyse(text, published, **options)
        turned = [replace(s, label=_OTHER[s.label], score=-s.score) for s in read.stances]
        return replace(read, stances=tuple(turned))


class OtherInstallation(ScriptedInstallation):
    analyser: Any = property(lambda self: OtherAnalyser(self.config.watchlist))


@pytest.fixture
def installation(database: Database) -> ScriptedInstallation:
    return scripted(database, FakeClock(day(0)))


@pytest.fixture
def upgraded(installation: ScriptedInstallation) -> OtherInstallation:
    """The same installation with the other model."""
    return OtherInstallation(installation.config, installation.database, installation.clock)


def live(installation: ScriptedInstallation, drafts: Iterable[Draft]) -> list[Alert]:
    """The drafts arrive, each at its own time, and are read at the time of the last."""
    arrived = list(drafts)
    installation.clock.now = arrived[-1].first_seen_at  # type: ignore[attr-defined]
    with installation.database.write() as connection, transaction(connection):
        admit(connection, arrived)
    return list(watch(installation).alerts)


def rows(installation: ScriptedInstallation, query: str) -> list[Row]:
    with installation.database.read() as connection:
        return select(connection, query)


def without_reading_again(installation: OtherInstallation) -> OtherInstallation:
    settings = installation.config.settings
    analysis = settings.analysis.model_copy(update={"reread_minutes": 0})
    changed = settings.model_copy(update={"analysis": analysis})
    return replace(installation, config=replace(installation.config, settings=changed))


def test_a_new_model_raises_nothing_and_later_news_does(
    installation: ScriptedInstallation, upgraded: OtherInstallation
) -> None:
    assert live(installation, LONG) == []
    # To the new model all of it was in favor; so are the next stories: nobody has changed sides.
    assert live(upgraded, news(AGAINST, range(20, 30))) == []
    labels = rows(upgraded, "SELECT DISTINCT label, analysis_version FROM observations")
    assert labels == [{"label": "favor", "analysis_version": "other"}]
    assert rows(upgraded, "SELECT analysis_version FROM series") == [{"analysis_version": "other"}]
    [alert] = live(upgraded, news(FAVOR, range(30, 38)))
    assert (alert.from_label, alert.to_label) == ("favor", "against")


def test_news_waits_while_articles_are_read_again_and_is_told_afterwards(
    installation: ScriptedInstallation, upgraded: OtherInstallation
) -> None:
    live(installation, LONG)
    waiting = without_reading_again(upgraded)
    # Read by the new model alone, 20 stories against and then these would be a steady side.
    assert live(waiting, news(FAVOR, range(20, 28))) == []
    [held] = rows(waiting, "FROM held_shifts")
    assert (held["reason"], held["held_at"]) == ("version_changed", day(20))
    [alert] = live(upgraded, news(FAVOR, (28,)))
    assert (alert.from_label, alert.to_label) == ("favor", "against")
    assert rows(upgraded, "FROM held_shifts WHERE reason = 'version_changed'") == []


def test_a_run_that_was_killed_while_it_read_again_goes_on(
    installation: ScriptedInstallation,
    upgraded: OtherInstallation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live(installation, LONG)
    with monkeypatch.context() as patch:
        patch.setattr("flows.reread.BATCH", 5)
        patch.setattr("flows.reread.save_analyses", _dies_after(2))
        with pytest.raises(KeyboardInterrupt):
            watch(upgraded)
    count = "SELECT count(*) AS n FROM articles WHERE analysis_version = 'other'"
    assert rows(upgraded, count) == [{"n": 10}]
    newest = "SELECT analysis_version AS v FROM articles ORDER BY published_at DESC LIMIT 1"
    assert rows(upgraded, newest) == [{"v": "other"}]
    assert watch(upgraded).read_again == 10
    assert rows(upgraded, "SELECT DISTINCT label FROM observations") == [{"label": "favor"}]


def _dies_after(batches: int) -> Any:
    from flows.store.analysis import save_analyses  # noqa: PLC0415

    left = iter(range(batches))

    def save(*parts: Any, **named: Any) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        save_analyses(*parts, **named)

    return save


def test_articles_on_no_topic_are_looked_at_again_and_old_ones_are_left(
    installation: ScriptedInstallation, upgraded: OtherInstallation
) -> None:
    live(installation, [draft("Rain is expected."), *news(AGAINST, (-900, 1))])
    installation.clock.now = day(2)  # type: ignore[attr-defined]
    assert watch(upgraded).read_again == 2
    versions = rows(upgraded, "SELECT analysis_version AS v FROM articles ORDER BY published_at")
    assert [row["v"] for row in versions] == ["scripted", "other", "other"]
    assert watch(upgraded).read_again == 0


def test_an_applied_replay_tells_nobody_again_and_later_news_does(
    installation: ScriptedInstallation, upgraded: OtherInstallation
) -> None:
    assert len(live(installation, [*LONG, *TURN])) == 1
    before = {table: rows(installation, f"FROM {table}") for table in ("alerts", "deliveries")}
    differences = rehearse(upgraded, no_progress)
    assert {one.change.change for one in differences} == {"added", "gone"}
    assert {(row["was"], row["is"]) for one in differences for row in one.stances} == {
        ("against", "favor"),
        ("favor", "against"),
    }
    assert rows(installation, "SELECT DISTINCT analysis_version AS v FROM articles") == [
        {"v": "scripted"}
    ]
    applied = apply(upgraded, no_progress)
    assert (applied.articles, applied.series, applied.shifts) == (27, 1, 1)
    assert not scratch_of(upgraded).exists()
    assert {table: rows(installation, f"FROM {table}") for table in before} == before
    outcomes = rows(upgraded, "SELECT outcome FROM shifts ORDER BY outcome")
    assert outcomes == [{"outcome": "alerted"}, {"outcome": "replayed"}]
    assert live(upgraded, news(FAVOR, range(27, 60))) == []
    # People heard last that it was in favor: that it is so once more, by another model, is no news.
    assert live(upgraded, news(AGAINST, range(60, 110))) == []
    [alert] = live(upgraded, news(FAVOR, range(110, 140)))
    assert (alert.from_label, alert.to_label) == ("favor", "against")


def test_a_replay_that_was_broken_off_goes_on_where_it_ended(
    installation: ScriptedInstallation,
    upgraded: OtherInstallation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live(installation, LONG)
    monkeypatch.setattr("flows.reread.BATCH", 5)
    with monkeypatch.context() as patch:
        patch.setattr("flows.reread.save_analyses", _dies_after(3))
        with pytest.raises(KeyboardInterrupt):
            rehearse(upgraded, no_progress)
    live(installation, TURN[:1])
    told: list[tuple[int, int]] = []
    rehearse(upgraded, lambda stage, done, total: told.append((done, total)))
    assert told[0] == (5, 6)
