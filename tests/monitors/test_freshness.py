"""What headers say of when to ask again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.freshness import fresh_seconds, retry_at

NOW = datetime(2024, 4, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Cache-Control": "max-age=300"}, 300),
        ({"Cache-Control": 'public, MAX-AGE = "300"'}, 300),
        ({"Cache-Control": "max-age=300", "Age": "100"}, 200),
        ({"Cache-Control": "max-age=300", "Age": "400"}, 0),
        ({"Cache-Control": "max-age=300", "Age": "old"}, 300),
        ({"Cache-Control": "max-age=300, no-cache"}, 0),
        ({"Cache-Control": "no-store"}, 0),
        ({"Cache-Control": "max-age=99999999999999999999"}, 86_400),
        ({"Cache-Control": "max-age=-1"}, None),
        ({"Cache-Control": "private"}, None),
        ({"Expires": "Tue, 02 Apr 2024 12:10:00 GMT"}, 600),
        (
            {
                "Expires": "Tue, 02 Apr 2024 11:10:00 GMT",
                "Date": "Tue, 02 Apr 2024 11:00:00 GMT",
            },
            600,
        ),
        ({"Expires": "Tue, 02 Apr 2024 12:10:00 GMT", "Cache-Control": "max-age=5"}, 5),
        ({"Expires": "Tue, 02 Apr 2024 11:10:00 GMT"}, 0),
        ({"Expires": "Fri, 02 Apr 2094 11:10:00 GMT"}, 86_400),
        ({"Expires": "0"}, 0),
    ],
)
def test_how_long_an_answer_stays_fresh(headers: dict[str, str], seconds: float | None) -> None:
    assert fresh_seconds(headers.get, NOW) == seconds


@given(st.text(max_size=40), st.sampled_from(["Cache-Control", "Expires", "Age", "Date"]))
def test_no_header_makes_a_wait_of_more_than_a_day(value: str, name: str) -> None:
    for known in ({}, {"Cache-Control": "max-age=9"}, {"Expires": "Tue, 02 Apr 2024 13:00:00 GMT"}):
        seconds = fresh_seconds({**known, name: value}.get, NOW)
        assert seconds is None or 0 <= seconds <= 86_400
    asked = retry_at(value, NOW)
    assert asked is None or NOW <= asked <= NOW + timedelta(days=1)
