"""The news agency that a text comes from, where the text itself says so.

Only credits count, by their form and their place: a dateline, a byline, a line at the end. A text
that quotes an agency ("told Reuters") or shows its photo credits nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# How each agency is called where it is credited; the first name is the one that is kept.
_NAMES = (
    ("Reuters", "REUTERS", "Thomson Reuters", "Reuters News Agency"),
    ("AP", "Associated Press", "ASSOCIATED PRESS", "A.P."),
    ("AFP", "Agence France-Presse", "Agence France Presse", "AGENCE FRANCE-PRESSE"),
    ("UPI", "United Press International"),
    ("Bloomberg", "Bloomberg News", "BLOOMBERG"),
    ("dpa", "DPA", "Deutsche Presse-Agentur", "German Press Agency"),
    ("PA", "Press Association", "PA Media", "PA news agency"),
    ("Canadian Press",),
    ("AAP", "Australian Associated Press"),
    ("Xinhua", "XINHUA", "Xinhua News Agency"),
    ("TASS", "Tass", "ITAR-TASS", "Itar-Tass"),
    ("Interfax", "Interfax-Ukraine"),
    ("RIA Novosti",),
    ("Ukrinform",),
    ("Kyodo", "KYODO", "Kyodo News"),
    ("Jiji", "Jiji Press", "JIJI"),
    ("Yonhap", "YONHAP", "Yonhap News Agency", "Yonhap News"),
    ("KCNA", "Korean Central News Agency"),
    ("CNA", "Central News Agency"),
    ("PTI", "Press Trust of India"),
    ("ANI", "Asian News International"),
    ("IANS", "Indo-Asian News Service"),
    ("APP", "Associated Press of Pakistan"),
    ("Bernama", "BERNAMA"),
    ("Antara", "ANTARA"),
    ("VNA", "Vietnam News Agency"),
    ("ANSA", "Ansa"),
    ("EFE", "Agencia EFE"),
    ("Europa Press",),
    ("Lusa",),
    ("APA", "Austria Presse Agentur"),
    ("PAP", "Polish Press Agency"),
    ("Anadolu", "Anadolu Agency", "AA"),
    ("IRNA", "Islamic Republic News Agency"),
    ("SANA", "Syrian Arab News Agency"),
    ("SPA", "Saudi Press Agency"),
    ("WAM", "Emirates News Agency"),
    ("PR Newswire", "PRNewswire", "PRNEWSWIRE"),
    ("Business Wire", "BUSINESS WIRE"),
    ("GlobeNewswire", "GLOBE NEWSWIRE", "GLOBENEWSWIRE"),
)
_AGENCY = {name: names[0] for names in _NAMES for name in names}


def _any_of(names: Iterator[str]) -> str:
    # The longest first, or "Xinhua" would hide "Xinhua News Agency".
    return "|".join(map(re.escape, sorted(names, key=len, reverse=True)))


_NAME = rf"(?:[Tt]he )?(?P<name>{_any_of(iter(_AGENCY))})"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?"
_DAY = rf"(?:{_MONTH} \d{{1,2}}|\d{{1,2}} {_MONTH})(?:, \d{{4}})?"
_DASH = r"(?:[-\u2010-\u2015]+|--+)"
_MARKED = rf"(?:\({_NAME}\)|/{_NAME.replace('?P<name>', '?P<slashed>')}/)"
_DATELINE = (
    # (ANSA) - ROME, APR 2 - ...
    re.compile(
        rf"(?P<place>)\({_NAME}(?P<slashed>)\)\s?{_DASH}\s?[A-Z][A-Z ]+, [A-Z]+ \d+ {_DASH}\s?"
    ),
    # LONDON (Reuters) - ...; BEIJING, April 2 (Xinhua) -- ...; MOSCOW, April 2. /TASS/. ...
    re.compile(rf"(?P<place>[^\n()]{{0,70}}?)\s?{_MARKED}\s?(?:\.?\s?{_DASH}|\.(?=\s)|:)\s*"),
    # New Delhi, Apr 2 (PTI) The ...: without a dash it takes a date.
    re.compile(rf"(?P<place>[^\n()]{{2,60}}?,? {_DAY}),? {_MARKED}\s+(?=[A-Z])"),
)
_PLACE_WORD = re.compile(
    r"[A-Z0-9\u00c0-\u00de\[].*|[-/|,.:\u2010-\u2015]+|d[aeiou]s?|el|al|la|le|of|and|the|on|sur|am"
)
_BYLINE = re.compile(
    rf"(?:(?:By|BY|From|Von|Par)\b:? (?:[^\n.]{{0,80}}?(?:,| for| of| \||/| -| \u2014) ?)?{_NAME}"
    rf"(?: (?:[Ss]taff|[Ww]riters?|[Cc]orrespondents?|[Rr]eporters?|news agency))*"
    rf"|{_NAME.replace('?P<name>', '?P<slashed>')} (?:Staff|staff|Staff Writers?))[.,]?"
)
_REUTERS_DESK = re.compile(
    r"\(?(?:Additional )?[Rr]eporting (?:and writing )?by .+[;,.] ?"
    r"(?:[Ww]riting by .+)?[Ee]diting by "
    r"|.*Thomson Reuters Trust Principles",
    re.DOTALL,
)
_LAST_LINES = tuple(
    re.compile(rf"\W*{form}", re.DOTALL)
    for form in (
        # (c) 2024 AFP; Copyright 2024 The Associated Press. All rights reserved.
        (
            r"(?:\u00a9|\([Cc]\)|[Cc]opyright)[\s\u00a9\d,\-]*(?:\([Cc]\) ?)?(?:\d{4},? ?)?"
            rf"(?:by )?{_NAME}\b.{{0,240}}"
        ),
        # Those of the agency who wrote it, and where they were.
        (
            rf"{_NAME}(?: \w+)? "
            r"(?:[Ww]riters?|[Rr]eporters?|[Cc]orrespondents?|[Jj]ournalists?) .{1,300}"
        ),
        # Jane Doe and The Associated Press contributed to this report.
        (
            rf"(?:.{{0,240}}(?:,|;| and| &) )?{_NAME}(?:(?:,| and| &|;) [^.]{{1,160}})?"
            r" contributed (?:reporting )?to this (?:report|story|article|dispatch).{0,120}"
        ),
        # With files from The Canadian Press; Additional reporting by Reuters
        (
            r"(?:(?:[Ww]ith|[Aa]dditional|[Ss]ome)\s)*"
            r"(?:(?:agency )?(?:inputs?|files?|material|reporting|information)\s)?(?:additional\s)?"
            rf"(?:from|by|[Ww]ith)\s(?:[^.]{{0,80}}(?:,| and|/|&)\s?)?{_NAME}"
            r"(?:(?:,| and|/|&)[^.]{1,80})?\W*"
        ),
        rf"[Ss]ource:? {_NAME}\W*",
        rf"[Cc]ontributing: (?:[^.]{{0,120}}, )?{_NAME}\b.{{0,160}}",
        # This report by The Canadian Press was first published ...
        (
            r"[Tt]his (?:article|report|story|content)(?: \w+)?"
            rf" (?:by|from|was (?:\w+ ){{0,2}}(?:by|from|on)) {_NAME}\b.{{0,200}}"
        ),
        # The agency's name in brackets and nothing else.
        rf"(?<=[\[(\s]){_NAME}[\])]",
    )
)
_LAST_WORD = re.compile(
    rf"(?<=[.!?\"'\u201d\u2019])\s*(?:\({_NAME}\)|\[{_NAME.replace('?P<name>', '?P<slashed>')}\]"
    rf"|{_DASH} ?{_NAME.replace('?P<name>', '?P<dashed>')})\.?$"
)
# So many paragraphs from the top (a headline, a caption, a byline) and from the end are looked at.
_TOP, _END = 6, 6
_LONGEST_LINE = 400
_LONGEST_NAME = 60


def credited_agency(text: str) -> str | None:
    """The agency that `text` is credited to, by its usual short name; the dateline's first."""
    return next((agency for _, _, agency in _credits(text)), None)


def agency_named(outlet: str) -> str | None:
    """The agency that an outlet is, by its usual short name."""
    return _AGENCY.get(outlet)


def without_credits(text: str) -> str:
    """The text without the lines and datelines that credit an agency."""
    kept = text
    for start, end, _ in reversed(list(_credits(text))):
        kept = kept[:start] + kept[end:]
    return kept


def _credits(text: str) -> Iterator[tuple[int, int, str]]:
    """Where credits stand, and whom they credit, from the top down."""
    paragraphs = list(_paragraphs(text))
    for place, (start, end) in enumerate(paragraphs):
        if _TOP <= place < len(paragraphs) - _END:
            continue
        top = _top_credit(text[start:end]) if place < _TOP else None
        rest = start + top[0] if top else start
        if top:
            yield start, rest, top[1]
        if place and place >= len(paragraphs) - _END and (last := _end_credit(text[rest:end])):
            yield rest + last[0], end, last[1]


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    for match in re.finditer(r"[^\n]+", text):
        if not match[0].isspace():
            yield match.start(), match.end()


def _top_credit(paragraph: str) -> tuple[int, str] | None:
    """How much of the paragraph's beginning is a credit, and whom it credits."""
    opening = paragraph[:200]
    for form in _DATELINE if "(" in opening or "/" in opening else ():
        match = form.match(opening)
        if match and all(map(_PLACE_WORD.fullmatch, match["place"].split())):
            return match.end(), _AGENCY[match["name"] or match["slashed"]]
    match = _BYLINE.fullmatch(paragraph) if len(paragraph) <= _LONGEST_LINE else None
    return (len(paragraph), _AGENCY[match["name"] or match["slashed"]]) if match else None


def _end_credit(paragraph: str) -> tuple[int, str] | None:
    """From where on the paragraph is a credit, and whom it credits."""
    if len(paragraph) <= _LONGEST_LINE:
        if _REUTERS_DESK.match(paragraph):
            return 0, "Reuters"
        for form in _LAST_LINES:
            match = form.fullmatch(paragraph)
            if match:
                return 0, _AGENCY[match["name"]]
    before = max(0, len(paragraph) - _LONGEST_NAME)
    match = _LAST_WORD.search(paragraph, before)
    if match is None:
        return None
    return match.start(), _AGENCY[match["name"] or match["slashed"] or match["dashed"]]
