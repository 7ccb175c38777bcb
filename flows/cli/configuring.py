"""`stancewatch config`: is the configuration right, what it finds, and what is in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import ConfigOption, DatabaseOption, JsonOption
from flows.cli.output import console, print_json_lines, progress_bar
from flows.cli.previewing import preview_row, print_preview
from flows.reread import to_read_again
from flows.settings import (
    ConfigProblem,
    ExampleFailure,
    check_config,
    example_failures,
    load_config,
    show_config,
)
from flows.store import Database
from flows.wiring import load_analyser, wire
from monitors.errors import ArticleError, BackendError, StoreError

if TYPE_CHECKING:
    from flows.wiring import Installation
    from monitors.records import Topic

app = typer.Typer(help="Check or show the configuration.", no_args_is_help=True)

_SOON = 0.5  # seconds

CHECK_EPILOG = (
    "Examples: stancewatch config check --config mine --examples | "
    "stancewatch config check --preview articles.jsonl.gz --topic taiwan"
)


@app.command(epilog=CHECK_EPILOG)
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE.jsonl]...", help="For --preview: articles, plain or .gz."),
    ] = None,
    config: ConfigOption = None,
    database: DatabaseOption = None,
    *,
    examples: Annotated[
        bool, typer.Option("--examples", help="Also read the topics' own examples.")
    ] = False,
    preview: Annotated[
        bool,
        typer.Option(
            "--preview",
            help="Also show what the topics find in the files, or in the stored articles.",
        ),
    ] = False,
    topic: Annotated[
        list[str] | None, typer.Option(help="For --preview: only this topic; may be repeated.")
    ] = None,
    seed: Annotated[
        int, typer.Option(help="For --preview: other numbers draw other hits to judge.")
    ] = 1,
    json: JsonOption = False,
) -> None:
    """Name every problem with file, line and mend."""
    if (files or topic) and not preview:
        raise typer.BadParameter("files and --topic are for --preview")
    problems = check_config(config)
    errors = [problem for problem in problems if problem.severity == "error"]
    problems += [] if errors else _outdated(wire(config, database))
    failures = _example_failures(config) if examples and not errors else []
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
    if preview and not errors:
        _preview(wire(config, database), files or [], topic or [], seed=seed, json=json)
    if errors or any(failure.is_wrong for failure in failures):
        raise typer.Exit(1)


def _example_failures(config: Path | None) -> list[ExampleFailure]:
    loaded = load_config(config)
    analyser = load_analyser(loaded)
    return example_failures(loaded.watchlist, lambda *given: analyser.analyse(*given).stances)


def _outdated(installation: Installation) -> list[ConfigProblem]:
    """Whether stored articles were read with other topics, actors or models than these."""
    path = installation.database.path
    if not path.exists():
        return []
    try:
        # A run that holds the database is not waited for: what it reads is up to date.
        count = to_read_again(installation.over(Database(path, _SOON)))
    except (StoreError, BackendError):
        return []
    if not count:
        return []
    problem = f"{count:,} articles in it were read with other topics, actors or models"
    mend = (
        "Alerts wait until the next runs have read them again. To see first what that changes: "
        "stancewatch replay --against current"
    )
    return [ConfigProblem("warning", str(path), None, problem, mend)]


def _preview(
    installation: Installation,
    files: Sequence[Path],
    topic_ids: Sequence[str],
    *,
    seed: int,
    json: bool,
) -> None:
    # spaCy takes a second to import; a check without a preview does without.
    from flows.preview import preview_articles, texts_given, texts_stored  # noqa: PLC0415

    topics = _chosen(installation.config.watchlist.topics, topic_ids)
    texts = texts_given(files) if files else texts_stored(installation.database)
    with progress_bar(quiet=json) as progress:
        previews = preview_articles(topics, texts, seed=seed, progress=progress)
    if json:
        print_json_lines(preview_row(each) for each in previews)
        return
    if previews and not previews[0].of_articles:
        where = "these files" if files else "the database; name a FILE.jsonl, or run first"
        raise ArticleError(f"there is no article in {where}")
    for each in previews:
        console().print()
        print_preview(each, seed)


def _chosen(topics: Sequence[Topic], topic_ids: Sequence[str]) -> list[Topic]:
    known = {topic.topic_id: topic for topic in topics}
    unknown = [topic_id for topic_id in topic_ids if topic_id not in known]
    if unknown:
        raise typer.BadParameter(
            f"no topic is called {unknown[0]!r}; there are: {', '.join(known)}",
            param_hint="--topic",
        )
    return [known[topic_id] for topic_id in topic_ids or known]


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
