"""`stancewatch config`: is the configuration right, and what is in force."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from flows.cli.options import ConfigOption, JsonOption
from flows.cli.output import console, print_json_lines
from flows.settings import ExampleFailure, check_config, example_failures, load_config, show_config
from flows.wiring import load_analyser

app = typer.Typer(help="Check or show the configuration.", no_args_is_help=True)

CHECK_EPILOG = (
    "Examples: stancewatch config check | stancewatch config check --config mine --examples"
)


@app.command(epilog=CHECK_EPILOG)
def check(
    config: ConfigOption = None,
    *,
    examples: Annotated[
        bool, typer.Option("--examples", help="Also read the topics' own examples.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Name every problem with file, line and mend."""
    problems = check_config(config)
    errors = [problem for problem in problems if problem.severity == "error"]
    failures: list[ExampleFailure] = []
    if examples and not errors:
        loaded = load_config(config)
        analyser = load_analyser(loaded)
        failures = example_failures(
            loaded.watchlist, lambda text: analyser.analyse(text, None).stances
        )
    if json:
        print_json_lines([asdict(problem) for problem in problems])
        print_json_lines([asdict(failure) for failure in failures])
    else:
        for problem in problems:
            console().print(str(problem), soft_wrap=True)
        for failure in failures:
            console().print(str(failure), soft_wrap=True)
        if not problems and not failures:
            console().print("The configuration is fine.")
    if errors or failures:
        raise typer.Exit(1)


@app.command(epilog="Example: stancewatch config show --json | jq .settings")
def show(config: ConfigOption = None, *, json: JsonOption = False) -> None:
    """Show what is in force, with secrets hidden."""
    shown = show_config(load_config(config))
    if json:
        print_json_lines([shown])
        return
    _print_nested(shown)


def _print_nested(value: object, indent: int = 0) -> None:
    pad = "  " * indent
    out = console()
    pairs = value.items() if isinstance(value, dict) else enumerate(value)  # type: ignore[arg-type]
    for key, item in pairs:
        name = f"{key}:" if isinstance(value, dict) else "-"
        if isinstance(item, dict | list) and item:
            if isinstance(item, list) and all(isinstance(each, str | int) for each in item):
                out.print(f"{pad}{name} {', '.join(map(str, item))}", soft_wrap=True)
                continue
            out.print(f"{pad}{name}", soft_wrap=True)
            _print_nested(item, indent + 1)
        else:
            out.print(f"{pad}{name} {'' if item in (None, [], {}) else item}", soft_wrap=True)
