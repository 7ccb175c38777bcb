"""The day of which a sentence speaks: past days that it names, and nothing it does not."""

from __future__ import annotations

from datetime import date

import pytest

from monitors.dates import said_on

PUBLISHED = date(2024, 4, 3)  # a Wednesday


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("In 2020, Trump tried to ban TikTok.", date(2020, 1, 1)),
        ("He ordered it in August 2020.", date(2020, 8, 1)),
        ("On Aug. 6, 2020, he signed an order.", date(2020, 8, 6)),
        ("He said so on 6 August 2020.", date(2020, 8, 6)),
        ("Back in early 2019 she praised it.", date(2019, 1, 1)),
        ("Last year he opposed it.", date(2023, 1, 1)),
        ("He opposed it last month.", date(2024, 3, 1)),
        ("He said so yesterday.", date(2024, 4, 2)),
        ("Biden told Xi so on Tuesday.", date(2024, 4, 2)),
        ("He said so on Wednesday.", date(2024, 4, 3)),
        ("She said on Thursday that it must end.", date(2024, 3, 28)),
        ("He banned it in November.", date(2023, 11, 1)),
        ("He banned it in March.", date(2024, 3, 1)),
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
def test_said_on(sentence: str, expected: date | None) -> None:
    assert said_on(sentence, PUBLISHED) == expected


def test_impossible_days_are_ignored() -> None:
    assert said_on("He said so on Feb. 31, 2020.", PUBLISHED) is None


def test_long_sentences_take_linear_time() -> None:
    assert said_on("in on last " * 20_000, PUBLISHED) is None
