"""Articles a second of the product's reading, with the screen and without it.

    python -m benchmarks.speed [ARTICLES [ROUNDS]]

First the whole way of the first ARTICLES (5,000) of the history collection into a DuckDB file, by
`stancewatch replay` in a process of its own: time and peak memory. Then three ways of reading every
sixteenth of them in one process, in turn, `ROUNDS` times: as `run` reads (screen first, then what
stands around watched topics); the same models over every article whole; and a plain
`spacy.blank("en")` with the same topics and actors in PhraseMatchers. Prints each way's median, in
articles a second of CPU (all threads), and the ratios, round by round.
"""

from __future__ import annotations

import gzip
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import spacy
from spacy.matcher import PhraseMatcher

from benchmarks.corpora import ROOT, STANCEWATCH, benchmarks_folder
from flows.articles import GivenArticle, read_articles_file
from flows.watch import read_text
from flows.wiring import wire

if TYPE_CHECKING:
    from collections.abc import Callable


_SAMPLED = 16


def main() -> None:
    count, rounds = [*map(int, sys.argv[1:3]), *(5000, 5)[len(sys.argv) - 1 :]]
    path = benchmarks_folder() / "history" / "articles.jsonl.gz"
    whole_way(path, count)
    articles = list(islice(read_articles_file(path), count))[::_SAMPLED]
    installation = wire()
    analyser, watchlist = installation.analyser, installation.config.watchlist
    plain = plain_reader(
        [p for t in watchlist.topics for p in (*t.phrases, *t.near)],
        [alias for actor in watchlist.actors for alias in actor.aliases],
    )

    def screened(article: GivenArticle) -> None:
        read_text(installation, article.text, article.published_on)

    ways: dict[str, Callable[[GivenArticle], object]] = {
        "as run reads (screen first)": screened,
        "same models, no screen": lambda a: analyser.attributions(a.text, a.published_on),
        "plain spacy.blank + matchers": lambda a: plain(a.text),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, read in ways.items():
            start = time.process_time()
            for article in articles:
                read(article)
            times[name].append(time.process_time() - start)
    on_topic = sum(analyser.worth_reading(article.text) for article in articles)
    print(f"{len(articles)} articles, {on_topic} name a watched topic, median of {rounds} rounds")
    for name, seconds in times.items():
        print(f"  {name:<30} {len(articles) / median(seconds):8.1f} articles/s of CPU")
    own, *others = times
    for other in others:
        ratios = [b / a for a, b in zip(times[own], times[other], strict=True)]
        spread = f"from {min(ratios):.1f} to {max(ratios):.1f}"
        print(f"  {own}: {median(ratios):.1f} times {other} ({spread})")


def whole_way(path: Path, count: int) -> None:
    """Print how long the first `count` articles take into a database, and the memory at most."""
    with tempfile.TemporaryDirectory() as scratch:
        cut = Path(scratch) / "articles.jsonl"
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            cut.write_text("".join(islice(lines, count)), encoding="utf-8")
        began = time.perf_counter()
        command = [*STANCEWATCH, "replay", "--articles", str(cut)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu, megabytes = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    print(
        f"{count} articles into DuckDB: {count / seconds:.0f} articles/s, "
        f"{count / cpu:.0f} a second of CPU, {megabytes:.0f} MB"
    )


def plain_reader(topics: list[str], actors: list[str]) -> Callable[[str], int]:
    nlp = spacy.blank("en")
    nlp.max_length = 10_000_000
    matcher = PhraseMatcher(nlp.vocab)
    matcher.add("topic", list(nlp.pipe(topics)))
    matcher.add("actor", list(nlp.pipe(actors)))
    return lambda text: len(matcher(nlp(text)))


if __name__ == "__main__":
    main()
