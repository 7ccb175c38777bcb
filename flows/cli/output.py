"""How results are shown: tables for people, JSON Lines for programs, progress on stderr."""

from __future__ import annotations

import csv
import json
import sys
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from flows.wiring import no_progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from flows import wiring

# The full-width ones are taken for the others by some spreadsheets.
_FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")  # noqa: RUF001
LABEL_STYLES = {"favor": "green", "against": "red", "neutral": "yellow"}


def console() -> Console:
    """Standard output for people; as wide as a report needs where it is not a terminal."""
    out = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    return (
        out
        if out.is_terminal
        else Console(file=sys.stdout, highlight=False, markup=False, emoji=False, width=120)
    )


def print_json_lines(rows: Iterable[object]) -> None:
    """Each row as one line of JSON."""
    for row in rows:
        sys.stdout.write(json.dumps(row, default=encode, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def encode(value: object) -> object:
    """What JSON does not know by itself: times as ISO 8601, records as objects."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    if isinstance(value, bytes | bytearray):
        return value.hex()
    if isinstance(value, Path):
        return str(value)
    return str(value)


def print_csv(rows: Iterable[Mapping[str, Any]]) -> None:
    """The rows as CSV with a line of headings; no cell is a formula to a spreadsheet."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    for number, row in enumerate(rows):
        if number == 0:
            writer.writerow(map(_defused, row))
        writer.writerow(map(_defused, row.values()))
    sys.stdout.flush()


def _defused(value: object) -> object:
    """A value as a cell; text that a spreadsheet would run or reach out by gets a quote before it.

    Numbers stay numbers: a minus sign is no formula there.
    """
    if value is None or isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, list | dict):
        value = json.dumps(value, default=encode, ensure_ascii=False)
    text = str(value if isinstance(value, str) else encode(value)).replace("\0", "")
    # A lone carriage return is not quoted by the writer, and starts a new row to some readers.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if text.lstrip(" \u00a0")[:1] in _FORMULA_STARTS else text


def print_table(
    rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, empty: str
) -> None:
    """The rows as a table; `columns` maps a key to its heading; `empty` is said of no rows."""
    if not rows:
        console().print(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for key, heading in columns.items():
        table.add_column(heading, overflow="fold", justify=_justify(rows[0].get(key)))
    for row in rows:
        table.add_row(*(_cell(row.get(key)) for key in columns))
    console().print(table)


def _justify(value: object) -> Any:
    return "right" if isinstance(value, int | float) and not isinstance(value, bool) else "left"


def _cell(value: object) -> Text:
    shown = "" if value is None else value
    if isinstance(value, datetime):
        shown = f"{value:%Y-%m-%d %H:%M}"
    elif isinstance(value, float):
        shown = f"{value:.2f}"
    elif isinstance(value, list | tuple):
        shown = ", ".join(map(str, value))
    return Text(printable(str(shown)), style=LABEL_STYLES.get(str(value), ""))


def printable(text: str) -> str:
    """Text from outside without what a terminal would obey."""
    return "".join(char if char.isprintable() or char in "\n\t" else " " for char in text)


@contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[wiring.Progress]:
    """A bar per stage on stderr; where stderr is no terminal, one line when a stage is done."""
    err = Console(file=sys.stderr, highlight=False)
    if quiet:
        yield no_progress
        return
    if not err.is_terminal:
        yield _plain_progress
        return
    columns = (
        TextColumn("{task.description:<18}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err) as bars:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int, /) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield show


def _plain_progress(stage: str, done: int, total: int, /) -> None:
    if done >= total:
        sys.stderr.write(f"{stage}: {done} of {total}\n")
