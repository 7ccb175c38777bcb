"""The options that commands share."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.articles import parse_moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="DIR",
        help="Folder with your configuration; what it lacks is taken from the default one.",
        show_default=False,
    ),
]
DatabaseOption = Annotated[
    Path | None,
    typer.Option(
        "--database",
        metavar="FILE",
        help="DuckDB file; default: STANCEWATCH_DATABASE, then settings.toml.",
        show_default=False,
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="One JSON object a line, for other programs.")
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="At most so many.")]


def check_known(option: str, value: str | None, known: Sequence[str]) -> None:
    """See that the configuration has the `value` of an option.

    Raises:
        BadParameter: it has not; the nearest that it has is named.
    """
    if value is not None and value not in known:
        near = get_close_matches(value, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise typer.BadParameter(f"the configuration has no {value!r}{hint}", param_hint=option)


def parse_day(value: str | None, option: str, *, end: bool = False) -> datetime | None:
    """A day as typed, with `end` the whole of it.

    Raises:
        BadParameter: it is no date.
    """
    if value is None:
        return None
    try:
        moment = parse_moment(value)
    except ValueError:
        raise typer.BadParameter(
            f"{value!r} is no date such as 2024-04-02", param_hint=option
        ) from None
    return moment.replace(hour=23, minute=59, second=59, microsecond=999999) if end else moment
