"""Precision and recall of `stancewatch analyse` on the gold articles.

    python -m benchmarks.gold [--errors]

A system's answers are the set of (article, actor, topic, label). Recall counts those that both
readers hold certain, precision all that a reader found; a person's stance also answers for the
institution that he or she speaks for at the date, and the other way round.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.corpora import ROOT, STANCEWATCH, benchmarks_folder, write_configuration


def main() -> None:
    folder = benchmarks_folder() / "gold"
    actors = json.loads((folder / "actors.json").read_text())
    topics = json.loads((folder / "topics.json").read_text())
    gold = [json.loads(line) for line in (folder / "articles.jsonl").read_text().splitlines()]
    with tempfile.TemporaryDirectory() as scratch:
        configuration = Path(scratch) / "config"
        write_configuration(configuration, topics, actors)
        command = [*STANCEWATCH, "analyse", str(folder / "articles.jsonl")]
        done = subprocess.run(
            [*command, "--config", str(configuration)],
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [article["id"] for article in gold]
    score(gold, answers, {actor["id"]: actor for actor in actors}, show="--errors" in sys.argv)


def score(
    gold: list[dict[str, Any]],
    answers: list[dict[str, Any]],
    actors: dict[str, dict[str, Any]],
    *,
    show: bool,
) -> None:
    hits = reported = found = certain = 0
    by_label: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for article, answer in zip(gold, answers, strict=True):
        day = date.fromisoformat(article["published"]) if article["published"] else None
        wanted = {_key(stance): stance["certain"] for stance in article["stances"]}
        given = {_key(stance): stance for stance in answer["stances"]}
        for key, stance in given.items():
            right = any(_answers(key, other, actors, day) for other in wanted)
            hits += right
            by_label[key[2]][0] += right
            by_label[key[2]][1] += 1
            if show and not right:
                words = article["text"][stance["start"] : stance["end"]]
                print(f"WRONG {article['id']} {key} {stance['confidence']:.2f}: {words[:300]}")
        reported += len(given)
        for key, is_certain in wanted.items():
            if is_certain:
                certain += 1
                found += any(_answers(other, key, actors, day) for other in given)
    print(f"articles {len(gold)}, stances reported {reported}, certain ones {certain}")
    print(f"precision {hits / max(reported, 1):.3f}   recall {found / max(certain, 1):.3f}")
    for label, (right, all_) in sorted(by_label.items()):
        print(f"  {label}: {right} of {all_} right")


def _key(stance: dict[str, Any]) -> tuple[str, str, str]:
    return stance["actor"], stance["topic"], stance["label"]


def _answers(
    given: tuple[str, str, str],
    wanted: tuple[str, str, str],
    actors: dict[str, dict[str, Any]],
    day: date | None,
) -> bool:
    if given[1:] != wanted[1:]:
        return False
    a, b = given[0], wanted[0]
    return a == b or b in _institutions(actors[a], day) or a in _institutions(actors[b], day)


def _institutions(actor: dict[str, Any], day: date | None) -> set[str]:
    """What the actor speaks for at that date; without a date, at any."""
    return {
        office["actor"]
        for office in actor.get("speaks_for", ())
        if day is None or (office.get("from", "") <= day.isoformat() < office.get("until", "9999"))
    }


if __name__ == "__main__":
    main()
