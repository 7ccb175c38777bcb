"""`stancewatch label`: label pairs in the terminal, a key each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import click
import typer

from flows.articles import read_articles_file
from flows.cli.marked import marked
from flows.cli.options import ConfigOption, DatabaseOption
from flows.cli.output import LABEL_STYLES, console, printable
from flows.label import LabelFile, Session, pairs_of_articles, pairs_of_file
from flows.store.articles import articles_between
from flows.wiring import wire

if TYPE_CHECKING:
    from flows.label import PairLabel, Source
    from flows.labelled import PairRow
    from flows.wiring import Installation

_LABELS: dict[str, PairLabel] = {"f": "favor", "a": "against", "n": "neutral", "0": "none"}
_KEYS = "f favor  a against  n neutral  0 none | s not sure  b claimed by another | u undo  q quit"
_CUT = 400


def register(app: typer.Typer) -> None:
    """Add the command of this module to `app`."""
    epilog = "Example: stancewatch label --articles articles.jsonl.gz --out labels.jsonl"
    app.command(epilog=epilog)(label)


def label(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE.jsonl", help="Pairs to label, or to label once more."),
    ] = None,
    articles: Annotated[
        Path | None,
        typer.Option(metavar="FILE.jsonl", help="Take the pairs from articles, as for `analyse`."),
    ] = None,
    config: ConfigOption = None,
    database: DatabaseOption = None,
    *,
    stored: Annotated[
        bool, typer.Option("--stored", help="Take the pairs from the articles of the database.")
    ] = False,
    out: Annotated[
        Path, typer.Option(metavar="FILE.jsonl", help="Where the labels go; it is added to.")
    ] = Path("labels.jsonl"),
) -> None:
    """Label who is for and against what, one sentence after the other.

    Does the sentence report a stance of the holder toward the target, by the
    definitions and not by tone? Every answer is kept at once, and what the output
    holds already is not asked again: quit when you like, and go on later.
    `stancewatch evaluate pairs` reads what is written.
    """
    if sum((file is not None, articles is not None, stored)) != 1:
        raise typer.BadParameter("give one of FILE.jsonl, --articles FILE.jsonl and --stored")
    if file is not None:
        pairs = pairs_of_file(file)
    else:
        installation = wire(config, database)
        sources = _stored(installation) if articles is None else _given(articles)
        pairs = pairs_of_articles(installation.config.watchlist, sources)
    session = Session(pairs, LabelFile(out))
    _sit(session)
    console().print(f"{session.labelled} labelled, in {out}")


def _given(path: Path) -> Iterator[Source]:
    for article in read_articles_file(path):
        yield article.given_id, article.outlet, article.published_on, article.text


def _stored(installation: Installation) -> Iterator[Source]:
    with installation.database.read() as connection:
        articles = articles_between(connection, None, None)
    for article in articles:
        yield article.article_id, article.outlet, article.published_at.date(), article.text


def _sit(session: Session) -> None:
    """Show pair after pair and do what the keys say, until `q` or the end of either."""
    shown: PairRow | None = None
    keys = _keys()
    while session.current is not None:
        if session.current is not shown:
            shown = session.current
            _show(shown)
        key = next(keys, "q")
        if key == "q":
            return
        _press(session, key)


def _press(session: Session, key: str) -> None:
    out = console()
    if key in _LABELS:
        noted = _noted(session)
        session.answer(_LABELS[key])
        out.print(f"-> {_LABELS[key]}{noted}", style=LABEL_STYLES.get(_LABELS[key], ""))
    elif key == "s":
        session.sure = not session.sure
        out.print("sure" if session.sure else "not sure")
    elif key == "b":
        session.by_other = not session.by_other
        out.print("claimed by another" if session.by_other else "not claimed by another")
    elif key == "u":
        out.print("back to:" if session.undo() else "nothing of this sitting to undo")
    else:
        out.print(f"{key!r} is none of the keys: {_KEYS}")


def _noted(session: Session) -> str:
    sure = "" if session.sure else ", not sure"
    return sure + (", claimed by another" if session.by_other else "")


def _show(pair: PairRow) -> None:
    out = console()
    source = "  ".join(filter(None, (pair.article, pair.outlet, pair.published)))
    out.print(f"\n{printable(source)}", style="dim")
    if pair.before:
        out.print(printable(pair.before[-_CUT:]), style="dim")
    marks: list[tuple[str, tuple[int, int]]] = [("target", pair.target_span)]
    if pair.holder_span is not None:
        marks.append(("holder", pair.holder_span))
    out.print(marked(pair.text, marks))
    out.print(f"holder   {printable(pair.holder)}")
    out.print(f"target   {printable(pair.target)}")
    out.print(f"favor    {printable(pair.favor)}", style=LABEL_STYLES["favor"])
    out.print(f"against  {printable(pair.against)}", style=LABEL_STYLES["against"])
    out.print(_KEYS, style="dim")


def _keys() -> Iterator[str]:
    """Keys as they are pressed; where nobody sits at a terminal, the letters of each line."""
    if not sys.stdin.isatty():
        for line in sys.stdin:
            yield from (char for char in line.lower() if not char.isspace())
        return
    while True:
        try:
            typed = click.getchar().lower()
        except EOFError:
            return
        # An arrow or function key comes as a sequence, with letters in it that nobody typed.
        yield from (
            [typed] if typed.startswith("\x1b") else (char for char in typed if not char.isspace())
        )
