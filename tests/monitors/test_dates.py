"""The time of which a sentence speaks: past ones that it names, and nothing it does not."""

from __future__ import annotations

from datetime import date

import pytest

from monitors.dates import Period, said_in

PUBLISHED = date(2024, 4, 3)  # a Wednesday
_YEAR_2020 = Period(date(2020, 1, 1), date(2020, 12, 31))


def _day(day: date) -> Period:
    return Period(day, day)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("In 2020, Trump tried to ban TikTok.", _YEAR_2020),
        ("He ordered it in August 2020.", Period(date(2020, 8, 1), date(2020, 8, 31))),
        ("On Aug. 6, 2020, he signed an order.", _day(date(2020, 8, 6))),
        ("He said so on 6 August 2020.", _day(date(2020, 8, 6))),
        ("Back in early 2019 she praised it.", Period(date(2019, 1, 1), date(2019, 12, 31))),
        ("Last year he opposed it.", Period(date(2023, 1, 1), date(2023, 12, 31))),
        ("He opposed it last month.", Period(date(2024, 3, 1), date(2024, 3, 31))),
        ("He said so yesterday.", _day(date(2024, 4, 2))),
        ("Biden told Xi so on Tuesday.", _day(date(2024, 4, 2))),
        ("He said so on Wednesday.", _day(date(2024, 4, 3))),
        ("She said on Thursday that it must end.", _day(date(2024, 3, 28))),
        ("He banned it in November.", Period(date(2023, 11, 1), date(2023, 11, 30))),
        ("He banned it in March.", Period(date(2024, 3, 1), date(2024, 3, 31))),
        ("So far it has grown in 2024.", None),
        ("He banned it in April.", None),
        ("He banned it on April 5.", _day(date(2023, 4, 5))),
        ("It must be sold by 2030.", None),
        ("It must be sold in 2030.", None),
        ("The 2024 law bans it.", None),
        ("He spent $2020 on it.", None),
        ("In 2020 terms it is cheap, and in 2019 it was not.", None),
        ("He will speak on Friday.", None),
        ("The law of 2020 stands.", None),
        ("It may go on.", None),
        ("In 2020-21 it grew.", None),
        ("", None),
    ],
)
def test_said_in(sentence: str, expected: Period | None) -> None:
    assert said_in(sentence, PUBLISHED) == expected


def test_impossible_days_are_ignored() -> None:
    assert said_in("He said so on Feb. 31, 2020.", PUBLISHED) is None


def test_long_sentences_take_linear_time() -> None:
    assert said_in("in on last " * 20_000, PUBLISHED) is None
