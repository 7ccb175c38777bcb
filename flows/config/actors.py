"""actors.toml -> actors, their names told apart and their offices found."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flows.config.tables import ActorsFile
from flows.config.validation import check_unique, validate
from monitors.records import Actor, Office

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.config.documents import Document, Findings
    from flows.config.tables import ActorTable
    from flows.config.toml_lines import KeyPath

# Headlines shout: from this length on, a name in capitals is read as the name.
_SHOUT_LENGTH = 4


class AliasPlace(NamedTuple):
    """A name, whose it is, and where it stands in the file."""

    actor_id: str
    alias: str
    path: KeyPath


def read_actors(document: Document, findings: Findings) -> tuple[Actor, ...] | None:
    """The actors in file order; None where the file as a whole has faults.

    Ids must be unique, and so must names: a name leads to one actor. Offices are of listed actors.
    """
    file = validate(document, ActorsFile, findings)
    if file is None:
        return None
    if not file.actor:
        findings.warning(
            document, (), "lists no actor, so no stance can be found", "Add an [[actor]] block."
        )
    check_unique([row.id for row in file.actor], "actor", document, findings)
    _check_aliases(file.actor, document, findings)
    _check_offices(file.actor, document, findings)
    return tuple(_actor(row) for row in file.actor)


def _actor(row: ActorTable) -> Actor:
    offices = tuple(Office(office.of, office.starts_on, office.ends_on) for office in row.office)
    return Actor(row.id, row.name, row.kind, tuple(dict.fromkeys(row.aliases)), offices)


def _check_aliases(rows: Sequence[ActorTable], document: Document, findings: Findings) -> None:
    taken: dict[str, list[AliasPlace]] = {}
    for index, row in enumerate(rows):
        for place, alias in enumerate(row.aliases):
            here = AliasPlace(row.id, alias, ("actor", index, "aliases", place))
            before = taken.setdefault(alias.casefold(), [])
            _report_repeated(here, before, document, findings)
            _report_shared(here, before, document, findings)
            before.append(here)


def _same_name(one: str, other: str) -> bool:
    """Whether some text would be matched by both; a word without capitals matches every case."""
    return all(
        left == right
        or left.islower()
        or right.islower()
        or (len(left) >= _SHOUT_LENGTH and (left.isupper() or right.isupper()))
        for left, right in zip(one.split(), other.split(), strict=True)
    )


def _report_repeated(
    here: AliasPlace, before: Sequence[AliasPlace], document: Document, findings: Findings
) -> None:
    if any((here.actor_id, here.alias) == (other.actor_id, other.alias) for other in before):
        problem = f'the alias "{here.alias}" is listed twice'
        findings.warning(document, here.path, problem, "Remove one of the two.")


def _report_shared(
    here: AliasPlace, before: Sequence[AliasPlace], document: Document, findings: Findings
) -> None:
    for other in before:
        if other.actor_id != here.actor_id and _same_name(here.alias, other.alias):
            twin = f'"{other.actor_id}" ({document.place(*other.path)})'
            problem = f'the alias "{here.alias}" of "{here.actor_id}" is also one of {twin}'
            mend = "Keep it for the actor that most texts mean by it."
            findings.error(document, here.path, problem, mend)
            return


def _check_offices(rows: Sequence[ActorTable], document: Document, findings: Findings) -> None:
    known = {row.id for row in rows}
    for index, row in enumerate(rows):
        for place, office in enumerate(row.office):
            path = ("actor", index, "office", place, "of")
            if office.of not in known:
                problem = f'there is no actor "{office.of}" to hold an office of'
                mend = "Add it as an [[actor]] of its own, or correct the id."
                findings.error(document, path, problem, mend)
            elif office.of == row.id:
                problem = f'"{row.id}" cannot speak for itself'
                findings.error(document, path, problem, "Remove the office.")
