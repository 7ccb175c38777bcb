"""Articles a second of the product's reading, against the same matchers without the screen.

    python -m benchmarks.speed [ARTICLES [ROUNDS]]

Three ways over the same articles in the same process, in turn, `ROUNDS` times: as `run` reads
(screen first, then whole articles that name a watched topic); every article whole; and a plain
`spacy.blank("en")` with the same topics and actors in PhraseMatchers, every article whole. Prints
each way's median and the ratios, round by round.
"""

from __future__ import annotations

import sys
import time
from itertools import islice
from statistics import median
from typing import TYPE_CHECKING

import spacy
from spacy.matcher import PhraseMatcher

from benchmarks.corpora import benchmarks_folder
from flows.articles import GivenArticle, read_articles_file
from flows.wiring import wire

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    count, rounds = [*map(int, sys.argv[1:3]), *(2000, 5)[len(sys.argv) - 1 :]]
    path = benchmarks_folder() / "history" / "articles.jsonl.gz"
    articles = list(islice(read_articles_file(path), count))
    installation = wire()
    analyser, watchlist = installation.analyser, installation.config.watchlist
    plain = plain_reader(
        [p for t in watchlist.topics for p in (*t.phrases, *t.near)],
        [alias for actor in watchlist.actors for alias in actor.aliases],
    )

    def screened(article: GivenArticle) -> None:
        if analyser.worth_reading(article.text):
            analyser.analyse(article.text, article.published_on)

    ways: dict[str, Callable[[GivenArticle], object]] = {
        "as run reads (screen first)": screened,
        "every article whole": lambda a: analyser.analyse(a.text, a.published_on),
        "plain spacy.blank + matchers": lambda a: plain(a.text),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, read in ways.items():
            start = time.perf_counter()
            for article in articles:
                read(article)
            times[name].append(time.perf_counter() - start)
    on_topic = sum(analyser.worth_reading(article.text) for article in articles)
    print(f"{count} articles, {on_topic} name a watched topic, median of {rounds} rounds")
    for name, seconds in times.items():
        print(f"  {name:<30} {count / median(seconds):8.0f} articles/s")
    baseline = times["plain spacy.blank + matchers"]
    for name in list(ways)[:2]:
        ratios = [b / own for own, b in zip(times[name], baseline, strict=True)]
        spread = f"from {min(ratios):.1f} to {max(ratios):.1f}"
        print(f"  {name}: {median(ratios):.1f} times plain ({spread})")


def plain_reader(topics: list[str], actors: list[str]) -> Callable[[str], int]:
    nlp = spacy.blank("en")
    nlp.max_length = 10_000_000
    matcher = PhraseMatcher(nlp.vocab)
    matcher.add("topic", list(nlp.pipe(topics)))
    matcher.add("actor", list(nlp.pipe(actors)))
    return lambda text: len(matcher(nlp(text)))


if __name__ == "__main__":
    main()
