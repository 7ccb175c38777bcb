from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.polling import (
    DAY,
    Move,
    Rhythm,
    failure_kind,
    next_poll,
    next_try,
    observe_entries,
    poll_interval,
    share_of,
    sight_move,
    wants_whole,
)
from tests.builders import NOW, day

QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)


def back(**span: float) -> datetime:
    return NOW - timedelta(**span)


def document(dates: list[datetime], before: Rhythm | None = None) -> Rhythm:
    return observe_entries(before or Rhythm(), dates, entries=len(dates), arrived=0, now=NOW)


# --- the rhythm ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dates", "per_day"),
    [
        ([back(hours=n) for n in range(30)], 24),
        ([back(days=n) for n in range(10)], 1),
        # The last two weeks count, not the archive that is carried along.
        ([back(days=n) for n in range(400)], 1),
        ([back(minutes=5), back(minutes=10), *(back(days=40 * n) for n in range(1, 9))], 2 / 14),
        # A silence since then changes nothing of what is usual.
        ([back(days=60, hours=n) for n in range(30)], 24),
    ],
)
def test_what_is_usual_is_read_from_dates(dates: list[datetime], per_day: float) -> None:
    assert document(dates).entries_per_day == pytest.approx(per_day)


def test_window_is_the_time_in_which_the_newer_half_came() -> None:
    rhythm = document([back(hours=n) for n in range(20)])
    assert rhythm.window_s == timedelta(hours=10).total_seconds()


def test_dates_to_come_are_not_believed() -> None:
    assert document([day(30), back(hours=4), back(hours=8)]).newest_at == NOW


@pytest.mark.parametrize("dates", [[], [NOW] * 20, [back(days=3), back(days=1)]])
def test_without_telling_dates_the_arrivals_count(dates: list[datetime]) -> None:
    rhythm = observe_entries(Rhythm(), dates, entries=20, arrived=20, now=back(days=2))
    assert (rhythm.entries_per_day, rhythm.newest_at) == (None, back(days=2))
    rhythm = observe_entries(rhythm, dates, entries=20, arrived=6, now=NOW)
    assert (rhythm.entries_per_day, rhythm.newest_at) == (3, NOW)
    assert rhythm.window_s == 10 / 3 * DAY.total_seconds()
    again = observe_entries(rhythm, dates, entries=20, arrived=0, now=day(5))
    assert again == rhythm


def test_empty_document_tells_nothing() -> None:
    before = Rhythm(3, back(days=1), 600)
    assert observe_entries(before, [], entries=0, arrived=0, now=NOW) == before


# --- how long a feed can wait -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rhythm", "max_age_s", "interval"),
    [
        (Rhythm(), None, QUARTER),
        (Rhythm(100, back(minutes=5), 3 * 3600), None, QUARTER),
        (Rhythm(24, NOW, 12 * 3600), None, QUARTER),
        (Rhythm(4, back(hours=2), 10 * 3600), None, timedelta(minutes=45)),
        (Rhythm(1, back(hours=2), 5 * 86400), None, timedelta(hours=3)),
        (Rhythm(0.1, back(days=2), 50 * 86400), None, DAY),
        # The night of a busy feed does not make it rare; a week without a word does.
        (Rhythm(50, back(hours=9), 5 * 3600), None, QUARTER),
        (Rhythm(50, back(days=8), 5 * 3600), None, timedelta(hours=4)),
        (Rhythm(50, back(days=800), 5 * 3600), None, DAY),
        # What the server says holds, unless entries would be lost or it cannot be meant.
        (Rhythm(24, NOW, 12 * 3600), 7200, timedelta(hours=2)),
        (Rhythm(24, NOW, 3600), 7200, HOUR),
        (Rhythm(200, NOW, 60), 7200, QUARTER),
        (Rhythm(24, NOW, 12 * 3600), 365 * 86400, QUARTER),
        (Rhythm(24, NOW, 12 * 3600), -5, QUARTER),
        (Rhythm(24, NOW, 12 * 3600), float("nan"), QUARTER),
        # A burst of long ago binds nobody.
        (Rhythm(500, back(days=900), 60), None, DAY),
    ],
)
def test_interval(rhythm: Rhythm, max_age_s: float | None, interval: timedelta) -> None:
    assert poll_interval(rhythm, least=QUARTER, now=NOW, max_age_s=max_age_s) == interval


def polls(dates: list[datetime], days: float, **known: object) -> list[datetime]:
    """When a feed is asked over so many days, in runs that start now and then a little early."""
    asked, next_at = [], NOW
    for slot in range(int(days * 96)):
        now = NOW + slot * QUARTER + timedelta(seconds=(7 * slot) % 40)
        if now >= next_at:
            carried = [date for date in dates if date <= now][-20:]
            rhythm = observe_entries(Rhythm(), carried, entries=len(carried), arrived=0, now=now)
            asked.append(now)
            next_at = next_poll("feed", rhythm, least=QUARTER, now=now, **known)  # type: ignore[arg-type]
    return asked


def test_newest_item_of_a_busy_feed_is_seen_within_a_slot() -> None:
    # One an hour by day, none by night, and none at the weekend.
    dates = [day(n / 24) for n in range(-24 * 14, 24 * 14) if 8 <= n % 24 < 22 and n // 24 % 7 < 5]
    asked = polls(dates, 14)
    waits = [min(at for at in asked if at >= date) - date for date in dates if date >= NOW][:-1]
    by_day = [wait for wait in waits if wait <= QUARTER + timedelta(minutes=1)]
    # Only the first after a weekend may wait longer, and not for long.
    assert len(waits) - len(by_day) <= 2
    assert max(waits) <= timedelta(hours=2)


def test_quiet_feed_is_asked_once_a_day() -> None:
    asked = polls([back(days=30 * n) for n in range(8, 0, -1)], 10)
    assert all(timedelta(hours=21) <= b - a <= DAY + QUARTER for a, b in pairwise(asked[3:]))


@given(
    rate=st.floats(0.2, 300),
    carried=st.integers(4, 60),
    max_age_s=st.none() | st.floats(0, 10**7),
)
def test_no_entry_of_a_steady_feed_is_lost(
    rate: float, carried: int, max_age_s: float | None
) -> None:
    gap = DAY / rate
    rhythm = document([NOW - n * gap for n in range(carried)])
    wait = poll_interval(rhythm, least=QUARTER, now=NOW, max_age_s=max_age_s)
    assert wait == QUARTER or wait / gap < carried


@given(st.floats(0, 10**6), st.floats(0, 10**9), st.floats(0, 10**9), st.floats(0, 10**9))
def test_wait_is_between_the_least_and_a_day(
    rate: float, silence_s: float, window_s: float, max_age_s: float
) -> None:
    rhythm = Rhythm(rate, NOW - timedelta(seconds=silence_s), window_s)
    at = next_poll("feed", rhythm, least=QUARTER, now=NOW, max_age_s=max_age_s)
    assert 0.75 * QUARTER <= at - NOW <= DAY


def test_feeds_of_one_rhythm_do_not_all_fall_due_at_once() -> None:
    rhythm = Rhythm(0.2, NOW, 40 * 86400)
    times = {next_poll(f"f{n}", rhythm, least=QUARTER, now=NOW) for n in range(50)}
    assert len(times) >= 3
    assert 0 <= share_of("a") < 1
    assert share_of("a") == share_of("a") != share_of("b")


# --- failures -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "http_status", "kind"),
    [
        ("timeout", None, "soft"),
        ("dns", None, "soft"),
        ("refused", None, "soft"),
        ("http_error", 500, "soft"),
        ("http_error", 403, "hard"),
        ("unheard_of", None, "soft"),
        ("rate_limited", 429, "temporary"),
        ("rate_limited", 503, "temporary"),
        ("not_found", 404, "hard"),
        ("tls", None, "hard"),
        ("not_a_feed", 200, "hard"),
        ("blocked", None, "hard"),
        ("gone", 410, "gone"),
    ],
)
def test_failures_are_told_apart(status: str, http_status: int | None, kind: str) -> None:
    assert failure_kind(status, http_status) == kind


@pytest.mark.parametrize(
    ("kind", "answered", "first", "last"),
    [
        ("soft", True, timedelta(minutes=5), timedelta(hours=12)),
        ("soft", False, timedelta(minutes=5), HOUR),
        ("temporary", True, QUARTER, timedelta(hours=12)),
        ("hard", True, HOUR, DAY),
        ("hard", False, HOUR, DAY),
    ],
)
def test_waits_double_up_to_the_longest(
    kind: str, answered: bool, first: timedelta, last: timedelta
) -> None:
    waits = []
    for failures in range(2000):
        at = next_try("feed", kind, failures=failures, answered=answered, now=NOW)  # type: ignore[arg-type]
        assert at is not None
        waits.append(at - NOW)
    assert first <= waits[0] <= first * 1.1
    assert abs(waits[1] - 2 * waits[0]) < timedelta(seconds=1)
    assert waits == sorted(waits)
    assert last <= waits[-1] <= last * 1.1


def test_gone_is_never_tried() -> None:
    assert next_try("feed", "gone", failures=0, answered=True, now=NOW) is None


@pytest.mark.parametrize(
    ("asked", "at"),
    [(NOW + HOUR, NOW + HOUR), (back(hours=1), NOW), (day(30), NOW + DAY)],
)
def test_retry_after_is_kept_to_for_a_day_at_most(asked: datetime, at: datetime) -> None:
    got = next_try("feed", "temporary", failures=9, answered=True, now=NOW, retry_after=asked)
    assert got == at


@pytest.mark.parametrize(
    ("unchanged", "last_body_at", "whole"),
    [
        (0, None, False),
        (19, back(hours=5), False),
        (20, back(hours=5), True),
        (2, back(days=9), False),
        (3, back(days=1), True),
        (3, back(hours=23), False),
    ],
)
def test_unchanged_is_not_believed_for_ever(
    unchanged: int, last_body_at: datetime | None, whole: bool
) -> None:
    assert wants_whole(unchanged, last_body_at, NOW) is whole


# --- moves --------------------------------------------------------------------------------------

THERE = "https://there.example/rss"
ELSEWHERE = "https://elsewhere.example/rss"


@pytest.mark.parametrize(
    ("sightings", "adopted"),
    [
        ([(0, THERE), (0.5, THERE), (1, THERE)], THERE),
        ([(0, THERE), (0.1, THERE), (0.2, THERE), (0.3, THERE)], None),
        ([(0, THERE), (2, THERE)], None),
        ([(0, THERE), (0.5, None), (1, THERE), (1.5, THERE)], None),
        ([(0, THERE), (0.5, ELSEWHERE), (1, THERE), (1.5, THERE)], None),
        # Once adopted, it is asked itself, and may move on.
        ([(0, THERE), (0.5, THERE), (1, THERE), (2, None), (3, None)], THERE),
        ([*((n, THERE) for n in range(3)), *((n, ELSEWHERE) for n in range(3, 6))], ELSEWHERE),
    ],
)
def test_move_is_believed_after_three_answers_over_a_day(
    sightings: list[tuple[float, str | None]], adopted: str | None
) -> None:
    move = Move()
    for number, moved_to in sightings:
        move = sight_move(move, moved_to, day(number))
    assert move.adopted == adopted
