"""Labelled files for `evaluate`: JSON Lines, each line checked against the format of its task."""

from __future__ import annotations

import gzip
import json
import zlib
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from monitors.charsets import whole_characters
from monitors.errors import ArticleError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic_core import ErrorDetails

Span = tuple[int, int]
_DAY = len("2024-04-02")


def _day(value: object) -> object:
    """The day of a date with or without a time; nothing where it is empty."""
    return (value[:_DAY] or None) if isinstance(value, str) else value


def _whole(value: object) -> object:
    return whole_characters(value) if isinstance(value, str) else value


Day = Annotated[date | None, BeforeValidator(_day)]
Text = Annotated[str, BeforeValidator(_whole)]


class Row(BaseModel):
    """A line of a labelled file; what it has beside the fields of its task is left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)

    text: Text

    def spans(self) -> Iterator[tuple[str, Span | None]]:
        """The named spans, which must be of `text`."""
        yield from ()

    @model_validator(mode="after")
    def _within(self) -> Self:
        for name, span in self.spans():
            if span is not None and not 0 <= span[0] < span[1] <= len(self.text):
                whole = f"of {len(self.text)} code points"
                raise ValueError(f'"{name}" is {list(span)}, which is no span of the text {whole}')
        return self


class PairRow(Row):
    """A holder and a target, and what is favor and against; as `label` writes it."""

    id: str = ""
    article: str = ""
    published: str | None = None
    outlet: str | None = None
    before: Text | None = None
    holder: str = ""
    holder_span: Span | None
    target: str = ""
    target_span: Span
    favor: Text
    against: Text
    type: str = ""

    def spans(self) -> Iterator[tuple[str, Span | None]]:
        yield "holder_span", self.holder_span
        yield "target_span", self.target_span


class LabelledPairRow(PairRow):
    """A pair with its label."""

    label: Literal["favor", "against", "neutral", "none"]
    sure: bool = True
    by_other: bool = False


class DirectedRow(Row):
    """Two names, `p` and `q`, and which of them is for or against the other."""

    id: str = ""
    p: Span
    q: Span
    label: Literal["none", "p>q favor", "q>p favor", "p>q against", "q>p against"]

    def spans(self) -> Iterator[tuple[str, Span | None]]:
        yield "p", self.p
        yield "q", self.q


class TargetRow(Row):
    """A name, and how the text presents it."""

    id: str = ""
    target: Span
    label: Literal["positive", "negative", "neutral"]

    def spans(self) -> Iterator[tuple[str, Span | None]]:
        yield "target", self.target


class PartsRow(BaseModel):
    """An attribution's parts; any may be missing."""

    source: list[Span] = []
    cue: list[Span] = []
    content: list[Span] = []


class AttributionRow(Row):
    """An article with its attributions."""

    id: str
    attributions: list[PartsRow]

    def spans(self) -> Iterator[tuple[str, Span | None]]:
        for number, one in enumerate(self.attributions):
            for name in ("source", "cue", "content"):
                for span in getattr(one, name):
                    yield f"attributions.{number}.{name}", span


class ListedStance(BaseModel):
    """A stance that a reader found in an article."""

    actor: str
    topic: str
    label: Literal["favor", "against", "neutral"]
    certain: bool = True
    evidence: list[str] = []


class GoldRow(Row):
    """An article with every stance of the listed actors on the listed topics."""

    id: str
    published: Day = None
    stances: list[ListedStance]


class StoryRow(Row):
    """A document, and the story that it is known to belong to."""

    id: str = ""
    doc_id: str = ""
    title: Text | None = None
    date: datetime | None = None
    published: datetime | None = None
    cluster: str


RowType = TypeVar("RowType", bound=Row)


def read_labelled(path: Path, row: type[RowType]) -> Iterator[tuple[str, RowType]]:
    """The lines of a file, plain or gzipped, each with its place (`file:line`).

    Raises:
        ArticleError: the file cannot be read, is empty, or a line does not fit `row`.
    """
    found = False
    for number, line in enumerate(_lines(path), start=1):
        if line.strip():
            found = True
            yield f"{path}:{number}", _parse(line, row, f"{path}:{number}")
    if not found:
        raise ArticleError(f"{path} holds no line")


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    with path.open("rb") as raw:
        zipped = raw.peek(2)[:2] == b"\x1f\x8b"
        yield gzip.GzipFile(fileobj=raw) if zipped else raw


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with _open(path) as lines:
            yield from lines
    except (OSError, EOFError, zlib.error) as error:
        raise ArticleError(f"{path} cannot be read: {error}") from error


def _parse(line: bytes, row: type[RowType], place: str) -> RowType:
    try:
        return row.model_validate(json.loads(line))
    except ValidationError as error:
        raise ArticleError(f"{place}: {_said(error.errors(include_url=False)[0])}") from error
    except (ValueError, RecursionError) as error:
        raise ArticleError(f"{place}: {error}") from error


def _said(fault: ErrorDetails) -> str:
    name = ".".join(map(str, fault["loc"]))
    if not name and fault["type"] != "value_error":
        return "the line is no JSON object"
    if fault["type"] == "missing":
        return f'there is no "{name}"'
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    given = json.dumps(fault["input"], ensure_ascii=False, default=str)
    return f'"{name}" is {given[:80]}: {fault["msg"][0].lower()}{fault["msg"][1:]}'
