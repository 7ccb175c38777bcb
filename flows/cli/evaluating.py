"""`stancewatch evaluate`: how well the product reads, on labelled files."""

from __future__ import annotations

import math
from dataclasses import asdict
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.marked import marked
from flows.cli.options import ConfigOption, JsonOption
from flows.cli.output import console, print_json_lines, print_table, printable, progress_bar
from flows.evaluate import evaluate_task, with_backend
from flows.settings import load_config
from monitors.stance import BACKENDS

if TYPE_CHECKING:
    from monitors.measures.evaluations import Evaluation, Figure, Miss, Slice

_SHORT = 300
_ASKS_NO_BACKEND = ("attribution", "stories")


class Task(StrEnum):
    """What can be measured."""

    ATTRIBUTION = "attribution"
    DIRECTED = "directed"
    TARGET = "target"
    PAIRS = "pairs"
    GOLD = "gold"
    STORIES = "stories"


def register(app: typer.Typer) -> None:
    """Add the command of this module to `app`."""
    epilog = "Examples: stancewatch evaluate pairs labels.jsonl | stancewatch evaluate gold a.jsonl"
    app.command(epilog=epilog)(evaluate)


def evaluate(
    task: Annotated[Task, typer.Argument(help="What the lines of the files hold.")],
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Labelled JSON Lines, plain or .gz.")
    ],
    config: ConfigOption = None,
    backend: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Stance backend; default: that of settings.toml.",
            show_default=False,
        ),
    ] = None,
    errors: Annotated[
        int, typer.Option("--errors", min=0, metavar="N", help="Show the N worst errors.")
    ] = 20,
    *,
    json: JsonOption = False,
) -> None:
    """Measure how well articles are read, on files that somebody has labelled.

    attribution: articles with who says what in them.
    directed, target: sentences with two names, or with one.
    pairs: sentences with holder, target and definitions, as `label` writes them.
    gold: articles with all their stances; read for the actors.json and topics.json
    that lie beside the file, else for your configuration.
    stories: documents with the cluster that they belong to.
    """
    if backend is not None and backend not in BACKENDS:
        known = ", ".join(sorted(BACKENDS))
        raise typer.BadParameter(
            f"no stance backend is called {backend!r}; there are: {known}", param_hint="--backend"
        )
    loaded = with_backend(load_config(config), backend)
    with progress_bar(quiet=json) as progress:
        evaluation = evaluate_task(task, files, loaded, progress)
    asked = "" if task in _ASKS_NO_BACKEND else loaded.settings.analysis.backend
    if json:
        print_json_lines([_row(evaluation, asked, errors)])
    else:
        _print(evaluation, asked, errors)


def _print(evaluation: Evaluation, backend: str, errors: int) -> None:
    out = console()
    by = f", backend {backend}" if backend else ""
    out.print(f"{evaluation.task}: {evaluation.items:,} items{by}\n", style="bold")
    rows = [_figure_row(figure) for figure in evaluation.figures]
    columns = {"name": "figure", "value": "value", "interval": "95 % of resamples"}
    print_table(rows, columns, empty="")
    if evaluation.slices:
        out.print()
        names = {figure.name: figure.name for figure in evaluation.slices[0].figures}
        slices = [_slice_row(one) for one in evaluation.slices]
        print_table(slices, {"slice": "of these", "items": "items", **names}, empty="")
    total = len(evaluation.misses)
    if not total or not errors:
        return
    out.print(f"\nThe worst {min(errors, total)} of {total:,} errors", style="bold")
    for number, miss in enumerate(islice(evaluation.misses, errors), start=1):
        _print_miss(number, miss)


def _figure_row(figure: Figure) -> dict[str, str]:
    digits = 0 if figure.is_count else 3
    value, low, high = (_shown(v, digits) for v in (figure.value, figure.low, figure.high))
    interval = "" if math.isnan(figure.low) else f"{low} to {high}"
    return {"name": figure.name, "value": value, "interval": interval}


def _slice_row(one: Slice) -> dict[str, Any]:
    figures = {
        figure.name: _shown(figure.value, 0 if figure.is_count else 3) for figure in one.figures
    }
    return {"slice": one.name, "items": one.items, **figures}


def _shown(value: float, digits: int) -> str:
    """The number; a stroke for what nothing defines."""
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def _print_miss(number: int, miss: Miss) -> None:
    out = console()
    out.print(f"\n{number}. {printable(miss.place)}", style="bold", soft_wrap=True)
    sure = "" if miss.confidence is None else f" ({miss.confidence:.2f})"
    out.print(f"wanted  {printable(miss.wanted)}")
    out.print(f"given   {printable(miss.given)}{sure}")
    if miss.before:
        out.print(printable(miss.before[-_SHORT:]), style="dim")
    out.print(marked(miss.text, miss.marks))
    if miss.asked:
        out.print(printable(miss.asked), style="dim")


def _row(evaluation: Evaluation, backend: str, errors: int) -> dict[str, Any]:
    """The evaluation for other programs; what nothing defines is null."""
    return {
        "task": evaluation.task,
        "backend": backend or None,
        "items": evaluation.items,
        "figures": {figure.name: _numbers(figure) for figure in evaluation.figures},
        "slices": {
            one.name: {
                "items": one.items,
                **{figure.name: _number(figure.value) for figure in one.figures},
            }
            for one in evaluation.slices
        },
        "errors_in_all": len(evaluation.misses),
        "errors": [asdict(miss) for miss in evaluation.misses[:errors]],
    }


def _numbers(figure: Figure) -> dict[str, float | None]:
    return {name: _number(getattr(figure, name)) for name in ("value", "low", "high")}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)
