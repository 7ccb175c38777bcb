"""Queries about a target that no topic defines: a person or an institution named in the text.

The wording is that of the labelled pairs, so that training and measuring ask the same question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitors.stance.queries import StanceQuery

if TYPE_CHECKING:
    from monitors.records import Span

_FAVOR = "praises, supports, endorses, defends or sides with "
_AGAINST = "criticises, attacks, opposes or distances from "


def person_definitions(target: str) -> tuple[str, str]:
    """What is favor and what is against for a person or an institution called `target`."""
    return _FAVOR + target, _AGAINST + target


def is_person_definition(favor: str) -> bool:
    """Whether `favor` is worded as for a person or an institution, not as a topic words it."""
    return favor.startswith(_FAVOR)


def directed_query(text: str, holder: Span, target: Span) -> StanceQuery:
    """Is the named `holder` for or against the named `target`? Both are spans of `text`."""
    return _query(text, holder, target)


def target_query(text: str, target: Span) -> StanceQuery:
    """How does the text itself present the named `target`?"""
    return _query(text, None, target)


def _query(text: str, holder: Span | None, target: Span) -> StanceQuery:
    name = text[slice(*target)]
    return StanceQuery(text, holder, target, *person_definitions(name), title=name)
