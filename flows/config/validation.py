"""A document against its table: either the typed table, or each fault in plain words."""

from __future__ import annotations

import difflib
import json
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

    from flows.config.documents import Document, Findings
    from flows.config.toml_lines import KeyPath

TableType = TypeVar("TableType", bound=BaseModel)

# What pydantic calls each type, in the words of somebody who writes TOML.
_WANTED = {
    "string_type": ("text", "Put it in double quotes."),
    "bool_type": ("true or false", "Write true or false, without quotes."),
    "int_type": ("a whole number", "Write digits only, without quotes."),
    "int_from_float": ("a whole number", "Write it without a decimal point."),
    "float_type": ("a number", "Write digits, without quotes."),
    "finite_number": ("a finite number", "Write digits, without quotes."),
    "date_type": ("a date", "Write year-month-day without quotes, such as 2021-01-20."),
    "list_type": ("a list", "Put it in square brackets: [ … ]."),
}
_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
# An item of any other list is a block with a [[header]].
_PLAIN_LISTS = {
    "phrases",
    "near",
    "context",
    "not",
    "actor.aliases",
    "fetch.allow_hosts",
    "policy.kinds",
    *(f"channel.{key}" for key in ("topics", "actors", "kinds", "quiet_days")),
}
_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    (str, "text"),
    ((int, float), "a number"),
    (datetime, "a date with a time"),
    (date, "a date"),
    (time, "a time"),
    (list, "a list"),
    (dict, "a table"),
)


def validate(document: Document, table: type[TableType], findings: Findings) -> TableType | None:
    """The document as a `table`; None where it has faults, which are then in `findings`."""
    try:
        return table.model_validate(document.data)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            problem, mend = _explain(fault, table)
            findings.error(document, fault["loc"], problem, mend)
        return None


def check_unique(ids: Sequence[str], block: str, document: Document, findings: Findings) -> None:
    """No two `[[block]]`s of a file may have the same id."""
    first: dict[str, int] = {}
    for index, id_ in enumerate(ids):
        if first.setdefault(id_, index) != index:
            findings.error(
                document,
                (block, index, "id"),
                f'the id "{id_}" is taken by {document.place(block, first[id_], "id")}',
                f"Give each {block} an id of its own.",
            )


def _explain(fault: ErrorDetails, table: type[BaseModel]) -> tuple[str, str]:
    """What is wrong, and the mend."""
    kind, path = fault["type"], fault["loc"]
    if kind == "missing":
        return f"{_name(path)} is missing", _missing_mend(path, table)
    if kind == "extra_forbidden":
        return f"unknown key {_name(path)}", _unknown_mend(path, table)
    if kind == "refused":
        return f"{_name(path)} {fault['ctx']['problem']}", fault["ctx"]["mend"]
    return _explain_value(kind, path, fault["input"], fault.get("ctx", {}))


def _explain_value(
    kind: str, path: KeyPath, value: object, context: Mapping[str, Any]
) -> tuple[str, str]:
    """The same for a value of the wrong type or outside its bounds."""
    name = _name(path)
    if kind == "literal_error":
        return f"{name} is {_shown(value)}", f"Write one of {context['expected']}."
    if kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        return f"{name} is {value}", f"Write {words} {context[bound]:,g}."
    if kind == "list_type" and isinstance(value, dict):
        return f"[{path[-1]}] is a single table", f"Write its header as [[{_header(path)}]]."
    if kind == "model_type":
        return f"{name} is {_kind(value)}, not a table", _table_mend(path)
    wanted, mend = _WANTED[kind]
    return f"{name} is {_kind(value)}, not {wanted}", mend


def _name(path: KeyPath) -> str:
    """The key as the user wrote it; for a whole block, its header."""
    if not path:
        return "the file"
    if isinstance(path[-1], str):
        return f"`{path[-1]}`"
    header = _header(path)
    return f"an item of `{path[-2]}`" if header in _PLAIN_LISTS else f"[[{header}]]"


def _header(path: KeyPath) -> str:
    return ".".join(part for part in path if isinstance(part, str))


def _table_mend(path: KeyPath) -> str:
    header = f"[[{_header(path)}]]" if isinstance(path[-1], int) else f"[{_header(path)}]"
    return f"Give it a header line of its own: {header}."


def _missing_mend(path: KeyPath, table: type[BaseModel]) -> str:
    field = _fields(path[:-1], table)[str(path[-1])]
    example = (field.examples or ["…"])[0]
    return f"Add a line such as {path[-1]} = {json.dumps(example, ensure_ascii=False)}"


def _unknown_mend(path: KeyPath, table: type[BaseModel]) -> str:
    key, known = str(path[-1]), _fields(path[:-1], table)
    home = _home(key, table)
    if home is not None:
        return f"It belongs {home}."
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    if near:
        return f"Did you mean `{near[0]}`?"
    return f"Known here: {', '.join(known)}."


def _home(key: str, table: type[BaseModel]) -> str | None:
    """The only place of the file that knows such a key: TOML makes it easy to miss."""
    top = _fields((), table)
    if key in top:
        return "at the top of the file, before the first header"
    homes = []
    for name in top:
        block, header = _block(table, name)
        if block is not None and key in _fields((), block):
            homes.append(f"under {header}")
    return homes[0] if len(homes) == 1 else None


def _fields(path: KeyPath, table: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of the table at `path`, by the names that a user writes."""
    for part in path:
        if isinstance(part, str):
            inner, _ = _block(table, part)
            assert inner is not None
            table = inner
    return {field.alias or name: field for name, field in table.model_fields.items()}


def _block(table: type[BaseModel], key: str) -> tuple[type[BaseModel] | None, str]:
    """The table under `key`, or that of its list's items, and its header; None if it has none."""
    kind = _fields((), table)[key].annotation
    items = get_args(kind)
    inner, header = (items[0], f"[[{key}]]") if items else (kind, f"[{key}]")
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        return inner, header
    return None, header


def _kind(value: Any) -> str:
    return next((words for kind, words in _KINDS if isinstance(value, kind)), "something else")


def _shown(value: Any) -> str:
    return json.dumps(value[:60], ensure_ascii=False) if isinstance(value, str) else _kind(value)
