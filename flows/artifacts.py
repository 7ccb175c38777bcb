"""What a run shows on Prefect's pages: tables of what it did, and the evidence of its alerts.

Prefect has two sets of pages. Both render Markdown artifacts, and one of them renders the cells of
tables as Markdown and HTML too, so every word from outside is written so that it stays a word.
"""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flows.ingest import IngestReport
    from monitors.records import Alert, Evidence

Cell = str | int | float
Table = list[dict[str, Cell]]  # columns by name, row by row

MAX_ROWS = 200
_FEED_COLUMNS = ("feed_id", "status", "new_articles", "entries", "seconds", "detail")
_STANCE_COLUMNS = (
    "actor_id",
    "topic_id",
    "label",
    "confidence",
    "stories",
    "last_said_at",
    "evidence",
    "outlet",
)
_MAX_CELL = 300
_NOTHING: tuple[Cell, ...] = (0, "", "no")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_LINK_BREAKERS = str.maketrans({mark: f"%{ord(mark):02X}" for mark in " \"'()<>[]\\^`{|}"})
# An invisible character that parts what a renderer would take for markup or an address.
_JOINER = "\u2060"
_ADDRESS = re.compile(r"(:(?=//)|www(?=\.)|@)", re.IGNORECASE)
_MARKUP = re.compile(r"([<\]\\&]|^(?=\W|\d))")
_MARKS = str.maketrans({"*": "\u2217", "`": "'", "~": "\u223c"})


def inert(text: str) -> str:
    """One line of Markdown that shows `text` and nothing else: no markup, link, image or HTML.

    CommonMark lets every ASCII punctuation mark be escaped. Bare addresses become links even so,
    unless they are parted.
    """
    return _PUNCTUATION.sub(r"\\\1", _parted(_one_line(text)))


def inert_cell(text: str) -> str:
    """`text` for a cell that is shown as it is on some pages and rendered as Markdown on others.

    Escapes would show on the former; what makes markup is parted or replaced by its like instead.
    """
    return _MARKUP.sub(rf"\1{_JOINER}", _parted(_one_line(text)).translate(_MARKS))


def link(url: str) -> str:
    """A Markdown link to `url`, or nothing where that is not a plain web address."""
    if _UNPRINTABLE.search(url) or not _is_web(url):
        return ""
    return f"[link]({url.translate(_LINK_BREAKERS)})"


def count_table(report: Any) -> Table:
    """What a report says, one row a field; a tuple counts as its length."""
    return [
        {"what": _words(field.name), "how many": _count(getattr(report, field.name))}
        for field in fields(report)
    ]


def record_table(records: Sequence[Any], columns: Sequence[str]) -> Table:
    """These fields of at most `MAX_ROWS` records, a row each."""
    return [
        {_words(column): _cell(getattr(record, column)) for column in columns}
        for record in records[:MAX_ROWS]
    ]


def feed_table(report: IngestReport) -> Table:
    """How each feed answered; those that were not due are listed as waiting."""
    waiting: Table = [
        {"feed id": _cell(feed_id), "status": "waiting"} for feed_id in report.waiting
    ]
    return [*record_table(report.feeds, _FEED_COLUMNS), *waiting][:MAX_ROWS]


def stance_table(rows: Sequence[Mapping[str, object]]) -> Table:
    """Rows of the view `current_stances` as they may be shown."""
    return [
        {_words(column): _cell(row[column]) for column in _STANCE_COLUMNS}
        for row in rows[:MAX_ROWS]
    ]


def summary_line(report: Any) -> str:
    """What a report says in one line, without what is zero or empty."""
    said = [
        f"{row['what']} {row['how many']}"
        for row in count_table(report)
        if row["how many"] not in _NOTHING
    ]
    return ", ".join(said) or "nothing to do"


def evidence_key(alert: Alert) -> str:
    """The artifact's key, of lower-case letters, digits and dashes as Prefect wants it."""
    return "alert-" + re.sub(r"[^a-z0-9]+", "-", alert.alert_id.lower()).strip("-")


def evidence_markdown(alert: Alert) -> str:
    """An alert and the words it rests on, with links to where they stand."""
    title = f"{alert.actor_name} on {alert.topic_title}: {alert.from_label} → {alert.to_label}"
    strength = (
        f"Since {alert.changed_at:%d %B %Y}, on {alert.stories} stories from"
        f" {alert.outlets} outlets, {alert.confidence:.0%} sure."
    )
    before = _side("Before", alert.from_label, alert.before)
    after = _side("After", alert.to_label, alert.after)
    return "\n".join([f"## {inert(title)}", "", strength, "", *before, *after])


def _side(name: str, label: str, quotes: Iterable[Evidence]) -> list[str]:
    lines = [f"### {name}: {label}", ""]
    for quote in quotes:
        where = inert(f"{quote.outlet}, {quote.said_at:%d %B %Y}: {quote.title}")
        lines += [f"> {inert(_shortened(quote.quote))}", "", f"{where} {link(quote.url)}", ""]
    return lines


def _cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return round(value, 3)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, tuple | list):
        value = "; ".join(str(part) for part in value)
    return inert_cell(_shortened("" if value is None else str(value)))


def _count(value: Any) -> Cell:
    return len(value) if isinstance(value, tuple | list | dict) else _cell(value)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _parted(text: str) -> str:
    """Addresses that no renderer recognises."""
    return _ADDRESS.sub(rf"\1{_JOINER}", text)


def _one_line(text: str) -> str:
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def _shortened(text: str) -> str:
    return text if len(text) <= _MAX_CELL else text[: _MAX_CELL - 1] + "…"


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
