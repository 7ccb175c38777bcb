"""Which texts are copies of one report."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from monitors.copies import is_copy, sketch

ROOT = Path(__file__).parents[2]
LEDE = (
    "The foreign minister told parliament on Tuesday that his government would lift the export "
    "rules on chip-making tools before the summer, ending a dispute that has soured talks with two "
    "neighbours for more than a year and cost local makers a fifth of their orders."
)
MIDDLE = (
    "Opposition members called the move a gift to rivals. Trade officials, who spoke on condition "
    "that they were not named, said the text had been settled over the weekend after a call "
    "between both leaders, and that only the list of companies was still open.\n\n"
    "Shares of the largest maker rose four percent by noon. Its chairman thanked the ministry and "
    "promised to hire again in both plants that were closed last autumn."
)
BACKGROUND = (
    "The rules were brought in two years ago after customs officers found parts of military use in "
    "a shipment declared as farm machinery. They ask every exporter for a licence that takes, on "
    "average, ninety working days. Industry groups have called them slow, costly and useless, "
    "while the army has defended them before three committees of the lower house. Courts have "
    "upheld them twice. A report by the audit office, published in January, found that four out "
    "of ten requests were never answered, and that smaller companies had stopped asking at all."
)
REPORT = f"Minister promises end of export rules\n\n{LEDE}\n\n{MIDDLE}\n\n{BACKGROUND}"


def test_a_sketch_is_the_same_in_every_process() -> None:
    code = f"from monitors.copies import sketch; print(sketch({REPORT!r}))"
    other = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=ROOT,
    )
    assert other.stdout.strip() == str(sketch(REPORT))


def test_a_sketch_is_pinned() -> None:
    bands = sketch(REPORT)
    assert len(bands) == 24 + 16
    assert all(0 <= band < 2**64 for band in bands)
    assert bands[:2] == (4001422498160498359, 7764651739033089161)


@pytest.mark.parametrize("text", ["", "One", "Seven words are too few to compare"])
def test_a_short_text_has_one_band_and_only_equals(text: str) -> None:
    assert len(sketch(text)) == 1
    assert is_copy(text, f" {text.upper()}\n")
    assert not is_copy(text, f"{text} extra")
    assert not is_copy(text, REPORT)


def _edited(text: str, rate: float) -> str:
    chance = random.Random(7)
    words = [word for word in text.split(" ") if chance.random() > rate / 2]
    return " ".join("other" if chance.random() < rate / 2 else word for word in words)


COPIES = {
    "the same": REPORT,
    "another headline": REPORT.replace("Minister promises end of", "Relief in sight over"),
    "agency lines": REPORT.replace("The foreign", "CAPITAL (Wire) - The foreign")
    + "\n\nReporting by A. Writer; editing by B. Editor. Our standards: trust principles.",
    "its tail trimmed": REPORT[: int(len(REPORT) * 0.6)],
    "its head only": f"Minister promises end of export rules\n\n{LEDE}",
    "edited words": _edited(REPORT, 0.05),
    "other quotes and breaks": REPORT.replace("\n\n", " ").replace("-", " "),
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES.keys())
def test_copies_are_found(copy: str) -> None:
    assert set(sketch(REPORT)) & set(sketch(copy))
    assert is_copy(REPORT, copy)
    assert is_copy(copy, REPORT)


OTHERS = {
    "own report of the same event": (
        "Chip tool curbs to go, says minister\n\nA two-year row over the export of chip-making "
        "machines is near its end: the rules go before the summer, the foreign minister said in "
        "parliament. Trade officials confirmed that the text had been settled over the weekend. "
        "Shares of the largest maker rose four percent by noon, and unions spoke of a good day."
    ),
    "a new lede over the same background": (
        "Court clears way for export rules\n\nA high court threw out the third complaint against "
        "the licences on Thursday, to the dismay of small exporters who had hoped that judges "
        "would do what the ministry has put off for two years.\n\n" + BACKGROUND
    ),
    "another report with the same quote": (
        "Rival maker plans second plant\n\nThe country's second maker of lithography parts will "
        'build in the north. "Its chairman thanked the ministry and promised to hire again in '
        'both plants that were closed last autumn", a spokesman recalled, and said that demand '
        "for parts had doubled since spring while prices held steady across the region."
    ),
    "something else": "Storm closes ports\n\nHeavy seas kept ferries in harbour for a third day, "
    "and the coast guard warned that the worst was still to come over the weekend.",
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_other_reports_are_no_copies(other: str) -> None:
    assert not is_copy(REPORT, other)
    assert not is_copy(other, REPORT)


def test_the_same_blurb_under_two_headlines_is_two_reports() -> None:
    blurb = "Our correspondents follow the day's events around the world and tell what matters most"
    assert not is_copy(
        f"Ministers meet over grain prices in the capital\n\n{blurb}",
        f"Three climbers rescued from a glacier after storm\n\n{blurb}",
    )
