from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from flows.admit import Draft, admit
from flows.deliver import deliver
from flows.replay import replay
from flows.store import Database, transaction
from flows.store.analysis import held_stances
from flows.store.rows import Row, select
from flows.store.series import load_states, observations_of
from flows.watch import WatchReport, watch
from monitors.shifts.observing import HeldStance, observe
from tests.builders import day, draft
from tests.fakes import FakeClock, FakePost, ScriptedInstallation, scripted

if TYPE_CHECKING:
    from pathlib import Path

    from monitors.records import Alert, Label

AGAINST, FAVOR = "[united-states tiktok against]", "[united-states tiktok favor]"


def story(number: int, script: str, **changes: Any) -> Draft:
    """A text of its own, `number` days after the start, with a stance in it."""
    words = " ".join(f"word{number}x{index}" for index in range(60))
    outlets = ("Courier", "Ledger", "Tribune")
    values = {"published_at": day(number), "outlet": outlets[number % 3], **changes}
    return draft(f"Report {number}: {script} {words}", **values)


def arrive(installation: ScriptedInstallation, *drafts: Draft) -> WatchReport:
    with installation.database.write() as connection, transaction(connection):
        admit(connection, drafts)
    return watch(installation)


def rows(installation: ScriptedInstallation, query: str) -> list[Row]:
    with installation.database.read() as connection:
        return select(connection, query)


def live(installation: ScriptedInstallation, clock: FakeClock, *drafts: Draft) -> tuple[Alert, ...]:
    """Each draft is decided on at its own time, all in one batch."""
    (replayed,) = replay(installation, [drafts])
    clock.now = drafts[-1].first_seen_at
    return replayed.alerts


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def installation(database: Database, clock: FakeClock) -> ScriptedInstallation:
    return scripted(database, clock)


OLD_SIDE = [story(number, AGAINST) for number in range(20)]
NEW_SIDE = [story(number, FAVOR) for number in range(20, 26)]


def test_reversal_alerts_once_with_quotes_of_both_sides(
    installation: ScriptedInstallation, clock: FakeClock
) -> None:
    (alert,) = live(installation, clock, *OLD_SIDE, *NEW_SIDE)
    assert (alert.actor_id, alert.from_label, alert.to_label) == (
        "united-states",
        "against",
        "favor",
    )
    assert alert.changed_at == day(20)
    assert [len(alert.before), len(alert.after)] == [2, 2]
    assert all(AGAINST in evidence.quote for evidence in alert.before)
    assert len({evidence.outlet for evidence in alert.after}) == 2
    (row,) = rows(installation, "FROM alerts")
    assert row["body"].count(f": {FAVOR} word") >= 2
    evidence = rows(installation, "FROM alert_evidence WHERE quoted")
    assert [row["side"] for row in evidence].count("before") == 2


def test_article_by_article_and_in_one_batch_are_the_same(
    installation: ScriptedInstallation, clock: FakeClock, tmp_path: Path
) -> None:
    drafts = (*OLD_SIDE, *NEW_SIDE)
    together = live(installation, clock, *drafts)
    other = scripted(Database(tmp_path / "other.duckdb"), clock)
    apart = [alert for each in drafts for alert in live(other, clock, each)]
    assert tuple(apart) == together
    query = "SELECT * EXCLUDE (updated_at) FROM series"
    assert rows(installation, query) == rows(other, query)


def test_nothing_is_said_twice(installation: ScriptedInstallation, clock: FakeClock) -> None:
    live(installation, clock, *OLD_SIDE, *NEW_SIDE)
    before = {t: rows(installation, f"FROM {t}") for t in ("stances", "series", "shifts", "alerts")}
    report = arrive(installation, *OLD_SIDE, *NEW_SIDE)
    assert (report.articles, report.alerts) == (0, ())
    assert before == {table: rows(installation, f"FROM {table}") for table in before}


def test_one_article_never_fires(installation: ScriptedInstallation, clock: FakeClock) -> None:
    assert live(installation, clock, *OLD_SIDE, NEW_SIDE[0]) == ()


def test_flood_of_copies_is_one_observation(
    installation: ScriptedInstallation, clock: FakeClock
) -> None:
    flood = [
        story(20, FAVOR, outlet=f"Outlet {number}", url=f"https://copy.example/{number}")
        for number in range(30)
    ]
    assert live(installation, clock, *OLD_SIDE, *flood) == ()
    (row,) = rows(installation, "FROM observations WHERE label = 'favor'")
    assert len(row["outlets"]) == 30


def test_old_news_that_arrives_late_never_fires(
    installation: ScriptedInstallation, clock: FakeClock
) -> None:
    live(installation, clock, *OLD_SIDE)
    clock.now = day(200)
    backfill = [story(number, FAVOR, first_seen_at=day(200)) for number in range(20, 30)]
    assert arrive(installation, *backfill).alerts == ()


def test_what_others_claim_of_an_actor_does_not_count(
    installation: ScriptedInstallation, clock: FakeClock
) -> None:
    claim = "[united-states tiktok favor says china]"
    claims = [story(number, claim) for number in range(20, 30)]
    assert live(installation, clock, *OLD_SIDE, *claims) == ()
    assert len(rows(installation, "FROM stances WHERE reported_by = 'china'")) == 10
    assert rows(installation, "FROM observations WHERE label = 'favor'") == []


def test_background_of_the_past_is_dated_there(
    installation: ScriptedInstallation, clock: FakeClock
) -> None:
    past = [story(number, "[united-states tiktok favor on 2016-03-01]") for number in range(20, 30)]
    assert live(installation, clock, *OLD_SIDE, *past) == ()


def test_person_counts_for_the_institution_only_in_office(
    installation: ScriptedInstallation, clock: FakeClock
) -> None:
    live(installation, clock, story(1, "[joe-biden tiktok against]"))
    arrive(installation, story(2, "[joe-biden tiktok against on 2018-05-01]"))
    held = rows(installation, "FROM stances ORDER BY said_at")
    assert [row["speaks_for"] for row in held] == [[], ["united-states"]]
    assert len(rows(installation, "FROM observations WHERE actor_id = 'united-states'")) == 1
    assert len(rows(installation, "FROM observations WHERE actor_id = 'joe-biden'")) == 2


def test_person_and_institution_make_one_alert(
    installation: ScriptedInstallation, clock: FakeClock
) -> None:
    old = [story(n, "[joe-biden tiktok against]") for n in range(20)]
    new = [story(n, "[joe-biden tiktok favor]") for n in range(20, 26)]
    (alert,) = live(installation, clock, *old, *new)
    assert alert.actor_id == "united-states"
    outcomes = rows(installation, "SELECT actor_id, outcome FROM shifts ORDER BY actor_id")
    assert outcomes == [
        {"actor_id": "joe-biden", "outcome": "covered_by:united-states"},
        {"actor_id": "united-states", "outcome": "alerted"},
    ]


def test_edit_corrects_history_without_a_second_alert(
    installation: ScriptedInstallation, clock: FakeClock
) -> None:
    """Row 26 of the faults."""
    live(installation, clock, *OLD_SIDE, *NEW_SIDE[:2])
    edits = [
        story(number, FAVOR, url=each.url, first_seen_at=day(30))
        for number, each in zip((17, 18, 19), OLD_SIDE[17:], strict=True)
    ]
    clock.now = day(30)
    assert arrive(installation, *edits).alerts == ()
    observed = rows(installation, "FROM observations ORDER BY said_at")
    assert [row["label"] for row in observed] == ["against"] * 17 + ["favor"] * 5


def test_edit_before_the_first_reading_is_still_news(
    installation: ScriptedInstallation, clock: FakeClock
) -> None:
    live(installation, clock, *OLD_SIDE, *NEW_SIDE[:3])
    draft_ = NEW_SIDE[3]
    edited = story(23, FAVOR + " Updated.", url=draft_.url, first_seen_at=draft_.first_seen_at)
    clock.now = draft_.first_seen_at
    with installation.database.write() as connection, transaction(connection):
        admit(connection, [draft_])
    assert len(arrive(installation, edited).alerts) == 1


def test_article_off_topic_is_kept_and_says_why(installation: ScriptedInstallation) -> None:
    report = arrive(installation, draft("Rain is expected over the weekend."))
    assert (report.articles, report.on_topic) == (1, 0)
    (row,) = rows(installation, "FROM articles")
    assert row["skipped"] == "no_topic"


GERMAN = "Am Wochenende wird in weiten Teilen des Landes mit kräftigem Regen gerechnet. "


def test_only_what_names_a_topic_is_asked_for_its_language(
    installation: ScriptedInstallation,
) -> None:
    report = arrive(installation, draft(GERMAN), draft(f"{GERMAN} {AGAINST}"))
    assert (report.on_topic, report.foreign, report.stances) == (0, 1, 0)
    found = rows(installation, "SELECT skipped, language FROM articles ORDER BY skipped")
    assert [tuple(row.values()) for row in found] == [("language", "de"), ("no_topic", None)]


def test_view_and_code_agree_on_observations(
    installation: ScriptedInstallation, clock: FakeClock
) -> None:
    mixed = draft(f"Mixed: {AGAINST} and then {FAVOR} and again {AGAINST}", outlet="Courier")
    dated = draft(f"Dated: {AGAINST} though [united-states tiktok favor on 2016-03-01]")
    live(installation, clock, *OLD_SIDE[:2], mixed, dated)
    with installation.database.read() as connection:
        viewed = observations_of(connection)["united-states", "tiktok"]
        stances = connection.execute(
            "SELECT actor_id, topic_id, s.story_id, label, score, confidence, said_at, "
            "first_seen_at, outlet FROM stances AS s JOIN articles USING (article_id)"
        ).fetchall()
    by_story: dict[str, list[HeldStance]] = {}
    for row in stances:
        by_story.setdefault(row[2], []).append(HeldStance(*row))
    assert len(viewed) == 4
    for observation in viewed:
        expected = observe(by_story[observation.story_id])
        assert expected is not None
        assert observation.score == pytest.approx(expected.score)
        assert observation.label == expected.label
        assert (observation.said_at, observation.seen_at, observation.outlets) == (
            expected.said_at,
            expected.seen_at,
            expected.outlets,
        )


def test_what_is_recalled_of_a_month_or_a_year_is_kept_and_counts_in_no_series(
    installation: ScriptedInstallation, clock: FakeClock
) -> None:
    recalling = draft("Trump once fought it [united-states tiktok against around 2016-01-01].")
    live(installation, clock, *OLD_SIDE[:1], recalling)
    with installation.database.read() as connection:
        assert connection.execute("SELECT count(*) FROM stances").fetchone() == (2,)
        assert len(observations_of(connection)["united-states", "tiktok"]) == 1
        state = load_states(connection, [("united-states", "tiktok")], "sequential")
    assert state["united-states", "tiktok"].count == 1


def test_view_and_code_agree_whatever_is_read(installation: ScriptedInstallation) -> None:
    dice = random.Random(8)
    words: tuple[Label, ...] = ("favor", "against", "neutral")
    rows_ = [
        {
            "stance_id": f"st{number}",
            "article_id": f"a{number % 90}",
            "story_id": f"s{number % 30}",
            "actor_id": "united-states",
            "topic_id": "tiktok",
            "label": words[dice.randrange(1 + number % 3)],
            "score": dice.uniform(-1, 1),
            "confidence": dice.choice([0.0, 0.3, 0.5, 0.8, dice.random()]),
            "said_at": day(number % 30 - dice.choice([0, 0, 0, 1, 20])),
        }
        for number in range(300)
    ]
    fill = "SELECT 0 AS span_start, 1 AS span_end, '' AS evidence, 'description' AS kind, "
    with installation.database.write() as connection:
        admit(connection, [story(number, "", outlet=f"O{number % 7}") for number in range(90)])
        connection.execute(
            "UPDATE articles SET article_id = 'a' || (regexp_extract(title, '(\\d+)')::INT)"
        )
        connection.execute(
            "UPDATE articles SET agency = if(hash(title) % 2 = 0, 'AP', 'Reuters') "
            "WHERE hash(title) % 5 = 0"
        )
        for row in rows_:
            connection.execute(
                f"INSERT INTO stances BY NAME {fill} []::VARCHAR[] AS speaks_for, "
                "'made' AS backend, 'v' AS analysis_version, "
                + ", ".join(f"${name} AS {name}" for name in row),
                row,
            )
        viewed = observations_of(connection)["united-states", "tiktok"]
        held = held_stances(connection)
    by_story = {
        one.story_id: [other for other in held if other.story_id == one.story_id] for one in held
    }
    expected = [one for one in map(observe, by_story.values()) if one is not None]
    assert len(viewed) == len(expected) > 20
    for one, other in zip(
        sorted(viewed, key=lambda each: each.story_id),
        sorted(expected, key=lambda each: each.story_id),
        strict=True,
    ):
        assert replace(one, score=0, confidence=0) == replace(other, score=0, confidence=0)
        assert (one.score, one.confidence) == pytest.approx((other.score, other.confidence))
    assert {one.label for one in viewed} == set(words)


@pytest.mark.parametrize("label", ["favor", "against", "neutral"])
def test_a_lone_unsure_stance_keeps_its_label_and_shows_its_words(
    installation: ScriptedInstallation, label: str
) -> None:
    arrive(installation, story(0, f"[united-states tiktok {label}]"))
    with installation.database.write() as connection:
        connection.execute("UPDATE stances SET score = 0.05, confidence = 0.4")
    [row] = rows(installation, "FROM current_stances")
    assert (row["label"], row["said_by"]) == (label, "united-states")
    assert "tiktok" in str(row["evidence"])


def test_outbox_is_filled_with_the_shift_and_emptied_once(
    installation: ScriptedInstallation, clock: FakeClock
) -> None:
    live(installation, clock, *OLD_SIDE, *NEW_SIDE)
    post = FakePost()
    assert deliver(installation, post).delivered == 1
    assert deliver(installation, post).delivered == 0
    assert [channel for channel, _ in post.sent] == ["console"]


def test_failed_batch_leaves_nothing_and_is_read_again(
    installation: ScriptedInstallation, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(installation, clock, *OLD_SIDE, *NEW_SIDE[:3])
    with monkeypatch.context() as patch:
        patch.setattr("flows.telling.put_in_outbox", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            arrive(installation, NEW_SIDE[3])
    assert rows(installation, "FROM alerts") == []
    assert len(watch(installation).alerts) == 1
    assert len(rows(installation, "FROM deliveries")) == 1
