"""Other wordings of the definitions, so that a model learns to read them and not to know them.

`labels/wordings.json` says the two sides of each topic again: in lists of deeds, in a few words,
and turned round, where what was against is favor.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from monitors.stance.named_targets import is_person_definition

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator, Sequence

    from monitors.stance.queries import StanceQuery
    from training.examples import Asked

_FILE = Path(__file__).resolve().parent / "labels" / "wordings.json"
_OF_TOPICS, _OF_NAMES = 0.5, 0.25  # the shares that are asked in other words
_TURNED_ROUND = 0.04  # ... and those of topics whose definitions change places under their title
_EXCHANGED = {"favor": "against", "against": "favor"}


class Wording(NamedTuple):
    """How a topic may also be worded; `inverted` where its sides have changed places."""

    title: str
    favor: str
    against: str
    inverted: bool = False

    def applied(self, query: StanceQuery, label: str) -> tuple[StanceQuery, str]:
        """The same question in these words, with its answer; {} stands for the title."""
        title, favor, against = (said.replace("{}", query.title) for said in self[:3])
        label = _EXCHANGED.get(label, label) if self.inverted else label
        return replace(query, title=title, favor=favor, against=against), label


_NAMES: tuple[Wording, ...] = (
    Wording("{}", "praises {}", "attacks {}"),
    Wording("{}", "is for {}", "is against {}"),
    Wording("{}", "speaks well of {} or helps", "speaks ill of {} or acts against"),
    Wording("Support for {}", "supports or defends {}", "opposes or criticises {}"),
    Wording(
        "{}",
        "praises, thanks, trusts, defends or endorses {}, votes or campaigns for {}, or appoints,"
        " arms or helps {}",
        "criticises, mocks, accuses, blames, sues, threatens or punishes {}, or votes against,"
        " opposes or breaks with {}",
    ),
    Wording("Opposition to {}", "attacks or opposes {}", "backs or defends {}", inverted=True),
)


def wordings() -> dict[tuple[str, str, str], Sequence[Wording]]:
    """The other wordings of a topic, by its title and its two definitions."""
    return {
        (topic["title"], topic["favor"], topic["against"]): [
            Wording(**one) for one in topic["wordings"]
        ]
        for topic in json.loads(_FILE.read_text())
    }


def _turned_round(query: StanceQuery) -> Sequence[Wording]:
    """The definitions in each other's place, which only a reader of them can tell."""
    return [Wording(query.title, query.against, query.favor, inverted=True)]


def reworded(asked: Iterable[Asked], dice: random.Random) -> Iterator[Asked]:
    """The same questions, a share of them in other words; the label follows where sides change."""
    known = wordings()
    for one in asked:
        query = one.query
        choice: Sequence[Wording]
        if is_person_definition(query.favor):
            share, choice = _OF_NAMES, _NAMES
        elif dice.random() < _TURNED_ROUND:
            share, choice = 1, _turned_round(query)
        else:
            share = _OF_TOPICS
            choice = known.get((query.title, query.favor, query.against), ())
        if not choice or dice.random() >= share:
            yield one
            continue
        query, label = dice.choice(choice).applied(query, one.label)
        yield replace(one, query=query, label=label)
