"""Message templates of the user's own: sandboxed Jinja, and of that only what surely ends.

A template is looked through before it is compiled. It may show facts, choose and loop; it may not
call, assign, multiply, import or define anything, nor reach for what begins with an underscore. So
it takes no time and no memory to speak of, whoever wrote it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from monitors.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template

    from monitors.facts import Facts

NAMES = ("subject", "text", "html", "markdown", "slack")
LONGEST_TEMPLATE, LONGEST_MESSAGE = 20_000, 20_000
_DEEPEST = 2
_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr,
    nodes.Getitem, nodes.If, nodes.For, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand,
    nodes.And, nodes.Or, nodes.Not, nodes.CondExpr, nodes.Concat, nodes.Keyword, nodes.Tuple,
)  # fmt: skip
# How a user writes what Jinja calls otherwise.
_WORDS: dict[type[nodes.Node], str] = {
    nodes.Call: "a call",
    nodes.Assign: "set",
    nodes.Mul: "*",
    nodes.Pow: "**",
    nodes.Mod: "%",
    nodes.Scope: "autoescape",
}
# None of them makes a text longer than it was, but for the few signs that grow when escaped.
_FILTERS = frozenset(
    {"capitalize", "default", "e", "escape", "first", "last", "length", "lower", "trim"}
    | {"truncate", "upper"}
)


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """What is wrong with a template, and on which line."""

    line: int | None
    problem: str


def template_fault(name: str, source: str) -> TemplateFault | None:
    """Why `source` cannot be used as the template `name`; None where it can be compiled."""
    if len(source) > LONGEST_TEMPLATE:
        return TemplateFault(
            None, f"is {len(source):,} characters long; the limit is {LONGEST_TEMPLATE:,}"
        )
    try:
        fault = _forbidden(_environment(name).parse(source), 0)
        if fault is None:
            _compiled(name, source)
    except TemplateError as error:
        return TemplateFault(getattr(error, "lineno", None), error.message or "cannot be read")
    except (RecursionError, SyntaxError, MemoryError):
        return TemplateFault(None, "is nested too deep")
    return fault


def render(name: str, source: str, facts: Facts) -> str:
    """The template filled in; a subject is one line.

    Raises:
        TemplateError: it cannot be used, uses a name that is not known, or says too much.
    """
    fault = template_fault(name, source)
    if fault is not None:
        raise TemplateError(f"line {fault.line}: {fault.problem}")
    parts, length = [], 0
    for part in _compiled(name, source).generate(**_names(facts)):
        length += len(part)
        if length > LONGEST_MESSAGE:
            raise TemplateError(f"makes more than {LONGEST_MESSAGE:,} characters")
        parts.append(part)
    text = "".join(parts)
    return one_line(text) if name == "subject" else text.strip("\n")


def _names(facts: Facts) -> Mapping[str, object]:
    return {name: getattr(facts, name) for name in (*facts.__slots__, "lines")}


def _forbidden(node: nodes.Node, depth: int) -> TemplateFault | None:
    """The first part of a template that it may not have."""
    problem = _problem(node, depth)
    if problem is not None:
        return TemplateFault(node.lineno, problem)
    deeper = depth + isinstance(node, nodes.For)
    for child in node.iter_child_nodes():
        fault = _forbidden(child, deeper)
        if fault is not None:
            return fault
    return None


def _problem(node: nodes.Node, depth: int) -> str | None:
    if not isinstance(node, _NODES):
        word = _WORDS.get(type(node), type(node).__name__.lower())
        return f"uses {word}, which a template may not"
    name = getattr(node, "attr", getattr(node, "name", None))
    if isinstance(node, nodes.Getitem):
        if not isinstance(node.arg, nodes.Const):
            return "has something other than a number or a name in brackets"
        name = node.arg.value
    if isinstance(name, str) and name.startswith("_"):
        return f'reaches for "{name}", which a template may not'
    if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
        return f'uses the filter "{node.name}"; there are: {", ".join(sorted(_FILTERS))}'
    if isinstance(node, nodes.For) and (node.recursive or depth >= _DEEPEST):
        return f"has loops in loops, more than {_DEEPEST} deep"
    return None


@lru_cache(maxsize=64)
def _compiled(name: str, source: str) -> Template:
    return _environment(name).from_string(source)


@lru_cache(maxsize=len(NAMES))
def _environment(name: str) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        autoescape=name == "html", undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
