"""The pairs that this project labelled itself, without the texts they are of.

`labels/*.jsonl.gz` say where in the articles of `history/` a sentence stands, who and what is
marked in it, and which label readers gave; the articles are the benchmark collection's. `pairs` is
learnt from; `test` never is, and shares no sentence with it. Written out for
`stancewatch evaluate pairs`:

    python -m training.labelled test out.jsonl
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.corpora import benchmarks_folder
from monitors.stance.queries import StanceQuery
from training.examples import UNSURE, Asked, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDER = Path(__file__).resolve().parent / "labels"


def pairs(articles: Path) -> Iterator[tuple[str, Asked]]:
    """The pairs to learn from with the article each is from."""
    for row in written_out("pairs", articles):
        weight = 1 if row["sure"] else UNSURE
        yield row["article"], Asked(_query(row), row["label"], weight, "labelled")


def written_out(name: str, articles: Path) -> Iterator[dict[str, Any]]:
    """The rows of `labels/NAME.jsonl.gz` with their texts, in the format of the pairs."""
    rows = list(read_lines(_FOLDER / f"{name}.jsonl.gz"))
    topics = json.loads((_FOLDER / "topics.json").read_text())
    wanted = {row["article"] for row in rows}
    texts = {one["id"]: one["text"] for one in read_lines(articles) if one["id"] in wanted}
    for number, row in enumerate(rows):
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


def main() -> None:
    name, out = sys.argv[1:]
    articles = benchmarks_folder() / "history" / "articles.jsonl.gz"
    rows = [json.dumps(row, ensure_ascii=False) + "\n" for row in written_out(name, articles)]
    Path(out).write_text("".join(rows))


if __name__ == "__main__":
    main()
