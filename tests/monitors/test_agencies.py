"""Whom a text credits: by the form and the place of the credit, never by a mention."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.agencies import credited_agency, without_credits

BODY = (
    "The ministry said on Tuesday that it would review the export rules before the summer.",
    "Officials told reporters that the new list would name forty firms.",
    "Trade groups welcomed the delay but warned that customers were looking elsewhere.",
    "Courts have upheld the rules twice, most recently in January.",
)
TITLE = "Ministry to review export rules"


def report(*, before: str = "", line: str = "", last: str = "", after: str = "") -> str:
    """A report with something before its first sentence, a line above it, and words at its end."""
    paragraphs = [TITLE, line, before + BODY[0], *BODY[1:-1], BODY[-1] + last, after]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


DATELINES = {
    "LONDON (Reuters) - ": "Reuters",
    "(Reuters) - ": "Reuters",
    "LOS ANGELES/CHARLESTON, S.C. (Reuters) - ": "Reuters",
    "LONDON, April 2 (Reuters) \u2013 ": "Reuters",
    "COLUMBIA, S.C. (AP) \u2014 ": "AP",
    "Christchurch, New Zealand (AP) -- ": "AP",
    "Rio de Janeiro (AFP) \u2013 ": "AFP",
    "April 2 (UPI) -- ": "UPI",
    "(Bloomberg) -- ": "Bloomberg",
    "Berlin (dpa) - ": "dpa",
    "BEIJING, April 2 (Xinhua) -- ": "Xinhua",
    "MOSCOW, April 2. /TASS/. ": "TASS",
    "MOSCOW. April 2 (Interfax) - ": "Interfax",
    "TOKYO, April 2 (Kyodo) -- ": "Kyodo",
    "SEOUL, April 2 (Yonhap) -- ": "Yonhap",
    "New Delhi, Apr 2 (PTI) ": "PTI",
    "New Delhi [India], April 2 (ANI): ": "ANI",
    "Taipei, April 2 (CNA) ": "CNA",
    "(ANSA) - ROME, APR 2 - ": "ANSA",
    "Madrid, 2 Apr (EFE).- ": "EFE",
    "NEW YORK, April 2, 2024 /PRNewswire/ -- ": "PR Newswire",
}


@pytest.mark.parametrize(("dateline", "agency"), DATELINES.items())
def test_a_dateline_credits_its_agency_and_is_no_part_of_the_report(
    dateline: str, agency: str
) -> None:
    assert credited_agency(report(before=dateline)) == agency
    assert without_credits(report(before=dateline)) == report()


LINES = {
    "By The Associated Press": "AP",
    "By Jane Doe, Associated Press": "AP",
    "By JANE DOE and JOHN ROE | AP": "AP",
    "By Agence France-Presse": "AFP",
    "By Reuters Staff": "Reuters",
    "Reuters Staff": "Reuters",
    "From Kyodo News": "Kyodo",
}


@pytest.mark.parametrize(("line", "agency"), LINES.items())
def test_a_byline_credits_its_agency(line: str, agency: str) -> None:
    assert credited_agency(report(line=line)) == agency
    assert without_credits(report(line=line)).split() == report().split()


ENDINGS = {
    "The Associated Press contributed to this report.": "AP",
    "Jane Doe and Agence France-Presse contributed to this article": "AFP",
    "Fox News' Jane Doe and The Associated Press contributed to this report.": "AP",
    "Associated Press writers Jane Doe in Rome and John Roe contributed to this report.": "AP",
    "AP reporters Jane Doe and John Roe in Rome contributed to this report.": "AP",
    "(Reporting by Jane Doe; Editing by John Roe)": "Reuters",
    "Reporting by Jane Doe, Al Poe; writing by Ed Roe; editing by Jo Doe": "Reuters",
    "Our Standards: The Thomson Reuters Trust Principles.": "Reuters",
    "\u00a9 2024 AFP": "AFP",
    "Copyright 2024 The Associated Press. All rights reserved.": "AP",
    "(c) 2024 Thomson Reuters": "Reuters",
    "With files from The Canadian Press": "Canadian Press",
    "(With inputs from PTI)": "PTI",
    "With additional reporting by Reuters": "Reuters",
    "Source: Xinhua": "Xinhua",
    "This report by The Canadian Press was first published April 2, 2024.": "Canadian Press",
    "[Yonhap]": "Yonhap",
}  # fmt: skip


@pytest.mark.parametrize(("ending", "agency"), ENDINGS.items())
def test_a_line_at_the_end_credits_its_agency(ending: str, agency: str) -> None:
    assert credited_agency(report(after=ending)) == agency
    assert without_credits(report(after=ending)).split() == report().split()


@pytest.mark.parametrize("last", [" (AFP)", " \u2014 AFP", " [AFP]", " --AFP"])
def test_the_last_words_may_credit(last: str) -> None:
    assert credited_agency(report(last=last)) == "AFP"
    assert without_credits(report(last=last)) == report()


NO_CREDITS = [
    report(),
    report(before='"We are ready", the minister told Reuters. '),
    report(before="A Reuters/Ipsos poll (Reuters) - taken in May - found other things. "),
    report(before="The Associated Press reported on Monday what follows. "),
    report(before="According to Xinhua, "),
    report(before="WASHINGTON (CNN) - "),
    report(line="Jane Doe/Reuters"),
    report(line="A soldier in Riga, February 7. (Ints Kalnins/Reuters)"),
    report(line="The minister in May. (AP Photo/Jane Doe)"),
    report(line="The minister in May. (Reuters photo: Jane Doe)"),
    report(line="By Jane Doe"),
    report(line="Enlarge this image toggle caption AP AP"),
    report(after="The minister told the Associated Press that he would contribute to this reform."),
    report(after="Michael Bloomberg contributed to this campaign."),
    report(after="\u201cLiability should be capped.\u201d \u2014 Jane Doe, Bloomberg"),
    report(after="Reporting by the Associated Press found that nobody had asked."),
    report(after="NY Post Columnist: Michael Bloomberg Should Challenge Him"),
    report(after="Jane Doe of our staff contributed to this report."),
    report(after="A bridge fell in the APA region and the PA in question paid."),
    "Agencies at war: who will buy Reuters",
    "",
]


@pytest.mark.parametrize("text", NO_CREDITS)
def test_a_mention_is_no_credit(text: str) -> None:
    assert credited_agency(text) is None
    assert without_credits(text) == text


def test_the_dateline_wins_over_the_lines_below() -> None:
    text = report(before="PARIS (AFP) - ", after="The Associated Press contributed to this report.")
    assert credited_agency(text) == "AFP"


def test_a_dateline_in_the_middle_credits_nobody() -> None:
    # A round-up of the day carries reports of several agencies and is a copy of none.
    text = "\n\n".join([*BODY, *BODY, "LONDON (Reuters) - " + BODY[0], *BODY, *BODY])
    assert credited_agency(text) is None


@pytest.mark.parametrize("piece", ["By ", "(", "A, ", "AP and ", "- ", "with from ", "(AP) ", "\n"])
def test_no_text_takes_long(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    begun = time.perf_counter()
    credited_agency(text)
    assert time.perf_counter() - begun < 1


@given(st.text(alphabet="\n (AP)-By,.Reuters\u2014"))
def test_credits_of_any_text_leave_words_of_it(text: str) -> None:
    assert len(without_credits(text)) <= len(text)
