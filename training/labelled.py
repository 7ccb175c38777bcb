"""The pairs that this project labelled itself, without the texts they are of.

`labels/pairs` and `labels/test` say where in the articles of `history/` a sentence stands, who and
what is marked in it, and which label readers gave; the articles are the benchmark collection's.
`pairs` is learnt from; `test` never is, and shares no sentence with it. `mined` are questions that
the pipeline asked and an earlier model answered with a side, or nearly so; `mined-aside` are those
kept for calibration, `mined-test` those that are only measured on, each of articles of its own.
`persons` are of sentences that name two persons of one party, government or campaign, and
`persons-test` are those of articles of their own that are only measured on.
`directed` and `target` are labelled like the collections of those names: who of two names takes
which side toward the other, and how a sentence presents a name.
`labels/written` are whole sentences that were made up, in groups that look alike and take different
sides (contrast sets, Gardner et al. 2020). Written out for `stancewatch evaluate pairs`:

    python -m training.labelled test|mined-test|persons-test|reworded|written out.jsonl

`reworded` is `test` with every topic's definitions in other words (`labels/wordings.json`).
"""

from __future__ import annotations

import json
import random
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.corpora import benchmarks_folder
from monitors.stance.queries import StanceQuery
from training.examples import Asked, read_lines, weight_of
from training.wordings import wordings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FOLDER = Path(__file__).resolve().parent / "labels"


def pairs(articles: Path) -> Iterator[tuple[str, Asked]]:
    """The pairs to learn from with the article each is from."""
    return _asked("pairs", articles, "labelled")


def mined(articles: Path) -> Iterator[tuple[str, Asked]]:
    """The questions that an earlier model answered with a side, to learn from."""
    return _asked("mined", articles, "mined")


def persons(articles: Path) -> Iterator[tuple[str, Asked]]:
    """Which side one person takes toward another of the same camp, to learn from."""
    return _asked("persons", articles, "persons")


def mined_aside(articles: Path) -> Iterator[tuple[str, Asked]]:
    """Those of them that are kept aside for calibration."""
    return _asked("mined-aside", articles, "mined")


def _asked(name: str, articles: Path, corpus: str) -> Iterator[tuple[str, Asked]]:
    for row in written_out(name, articles):
        yield row["article"], Asked(_query(row), row["label"], weight_of(row), corpus)


def written() -> Iterator[tuple[str, Asked]]:
    """The sentences made up for learning, each with its group."""
    for row in made_up():
        yield row["article"], Asked(_query(row), row["label"], 1, "written")


def named(name: str, articles: Path) -> Iterator[dict[str, Any]]:
    """The rows of `labels/NAME`, directed or target, in the format of the collection so named."""
    for row in read_lines(_FOLDER / f"{name}.jsonl.gz"):
        yield row | {"text": _texts(articles)[row["article"]][slice(*row["text"])]}


@cache
def _texts(articles: Path) -> dict[str, str]:
    """The whole collection, some 250 MB; four files of labels are of it."""
    return {one["id"]: one["text"] for one in read_lines(articles)}


def written_out(name: str, articles: Path) -> Iterator[dict[str, Any]]:
    """The rows of `labels/NAME.jsonl.gz` with their texts, in the format of the pairs."""
    topics = json.loads((_FOLDER / "topics.json").read_text())
    texts = _texts(articles)
    for number, row in enumerate(read_lines(_FOLDER / f"{name}.jsonl.gz")):
        text, topic = texts[row["article"]], topics[row["topic"]]
        yield {
            "id": f"{name}{number:05}",
            "article": row["article"],
            "before": text[slice(*row["before"])] if row["before"] else "",
            "text": row.get("said", "") + text[slice(*row["text"])],
            "holder": row["name"],
            "holder_span": row["holder"],
            "target": topic["title"],
            "target_span": row["target"],
            "favor": topic["favor"],
            "against": topic["against"],
            "label": row["label"],
            "sure": row["sure"],
            "by_other": row.get("by_other", False),
            "type": row["topic"].partition("-")[0],
        }


def _query(row: dict[str, Any]) -> StanceQuery:
    return StanceQuery(
        text=row["text"],
        holder=tuple(row["holder_span"]),
        target=tuple(row["target_span"]),
        favor=row["favor"],
        against=row["against"],
        before=row["before"],
        title=row["target"],
    )


def reworded(rows: Iterable[dict[str, Any]], dice: random.Random) -> Iterator[dict[str, Any]]:
    """The rows whose topic is in `labels/wordings.json`, each asked in one of the other wordings.

    The label follows where a wording turns the sides round.
    """
    known = wordings()
    for row in rows:
        choice = known.get((row["target"], row["favor"], row["against"]))
        if choice:
            query, label = dice.choice(choice).applied(_query(row), row["label"])
            asked = {"target": query.title, "favor": query.favor, "against": query.against}
            yield row | asked | {"label": label}


def made_up() -> Iterator[dict[str, Any]]:
    """The sentences of `labels/written`, in the format of the pairs."""
    for number, row in enumerate(read_lines(_FOLDER / "written.jsonl.gz")):
        yield {
            "id": f"written{number:05}",
            "article": f"written {row['group']}",
            "holder": row["text"][slice(*row["holder_span"])],
            "sure": True,
            "by_other": False,
            "type": "written",
        } | {key: value for key, value in row.items() if key != "group"}


def main() -> None:
    name, out = sys.argv[1:]
    if name == "written":
        rows = list(made_up())
    else:
        articles = benchmarks_folder() / "history" / "articles.jsonl.gz"
        rows = list(written_out("test" if name == "reworded" else name, articles))
        if name == "reworded":
            rows = list(reworded(rows, random.Random(1)))
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    Path(out).write_text("".join(lines))


if __name__ == "__main__":
    main()
