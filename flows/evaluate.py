"""Labelled files in, figures out: what the product answers is held against what is known.

The stance tasks ask the backend; attribution, gold and stories go the way of an article.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from flows.admit import with_headline
from flows.gold import gold_items, watchlist_beside
from flows.labelled import (
    AttributionRow,
    DirectedRow,
    LabelledPairRow,
    StoryRow,
    TargetRow,
    read_labelled,
)
from flows.wiring import load_analyser, load_stance_backend, no_progress
from monitors.copies import sketch
from monitors.identity import article_id, content_hash
from monitors.measures.attributions import AttributionItem, Parts, evaluate_attributions
from monitors.measures.directed import DirectedItem, evaluate_directed
from monitors.measures.gold import evaluate_gold
from monitors.measures.pairs import PairItem, evaluate_pairs
from monitors.measures.stories import StoryItem, evaluate_stories
from monitors.measures.targets import TargetItem, evaluate_targets
from monitors.pages import clean_text
from monitors.records import Watchlist
from monitors.stance import StanceQuery, StanceScore, load_backend
from monitors.stories import StoryIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from flows.labelled import PartsRow, RowType
    from flows.settings import Config
    from flows.wiring import Progress
    from monitors.measures.evaluations import Evaluation
    from monitors.records import Attribution
    from monitors.stance import StanceBackend

_BATCH = 128


def with_backend(config: Config, name: str | None) -> Config:
    """The configuration with another stance backend, where one is named."""
    if name is None:
        return config
    analysis = config.settings.analysis.model_copy(update={"backend": name})
    return replace(config, settings=config.settings.model_copy(update={"analysis": analysis}))


def evaluate_task(
    task: str, paths: Sequence[Path], config: Config, progress: Progress = no_progress
) -> Evaluation:
    """The figures of one of TASKS over all the files together.

    Raises:
        ArticleError: a file cannot be read, or a line does not fit the task's format.
        BackendError: the configuration's stance backend cannot be loaded.
    """
    return TASKS[task](paths, config, progress)


def _pairs(paths: Sequence[Path], config: Config, progress: Progress) -> Evaluation:
    # The slices look at words with the product's own lists, which come with spaCy.
    from monitors.measures.slices import query_slices  # noqa: PLC0415

    items = []
    for place, row in _rows(paths, LabelledPairRow):
        query = StanceQuery(
            row.text,
            row.holder_span,
            row.target_span,
            row.favor,
            row.against,
            row.before or "",
            row.target,
        )
        slices = (*_marked_slices(row), *query_slices(query))
        items.append(PairItem(_named(place, row.id), query, row.label, row.article, slices))
    scores = _asked(load_stance_backend(config), [item.query for item in items], progress)
    return evaluate_pairs(items, scores)


def _marked_slices(row: LabelledPairRow) -> Iterator[str]:
    """What the labels say of the pair beside its side."""
    if row.type:
        yield f"type: {row.type}"
    yield "sure" if row.sure else "not sure"
    if row.by_other:
        yield "claimed by another"


def _directed(paths: Sequence[Path], config: Config, progress: Progress) -> Evaluation:
    items = [
        DirectedItem(_named(place, row.id), row.text, row.p, row.q, row.label)
        for place, row in _rows(paths, DirectedRow)
    ]
    queries = [query for item in items for query in item.queries()]
    scores = _asked(load_stance_backend(config), queries, progress)
    return evaluate_directed(items, list(zip(scores[::2], scores[1::2], strict=True)))


def _targets(paths: Sequence[Path], config: Config, progress: Progress) -> Evaluation:
    items = [
        TargetItem(_named(place, row.id), row.text, row.target, row.label)
        for place, row in _rows(paths, TargetRow)
    ]
    scores = _asked(load_stance_backend(config), [item.query() for item in items], progress)
    return evaluate_targets(items, scores)


def _attributions(paths: Sequence[Path], _: Config, progress: Progress) -> Evaluation:
    # spaCy takes a second to import; the other tasks do without.
    from monitors.language import Analyser  # noqa: PLC0415

    items = [
        AttributionItem(_named(place, row.id), row.text, tuple(_parts_of(row.attributions)))
        for place, row in _rows(paths, AttributionRow)
    ]
    analyser = Analyser(Watchlist((), ()), load_backend("lexicon"), min_confidence=1)
    given = []
    for done, item in enumerate(items, start=1):
        given.append([_parts(one) for one in analyser.attributions(item.text)])
        progress("reading articles", done, len(items))
    return evaluate_attributions(items, given)


def _parts_of(rows: Sequence[PartsRow]) -> Iterator[Parts]:
    """The attributions that have any part at all."""
    for row in rows:
        parts = Parts(tuple(row.source), tuple(row.cue), tuple(row.content))
        if any(parts):
            yield parts


def _parts(attribution: Attribution) -> Parts:
    return Parts(attribution.source, attribution.cue, attribution.content)


def _gold(paths: Sequence[Path], config: Config, progress: Progress) -> Evaluation:
    items, given = [], []
    for path in paths:
        watched = replace(config, watchlist=watchlist_beside(path) or config.watchlist)
        found = list(gold_items(path, watched.watchlist))
        analyser = load_analyser(watched)
        for done, item in enumerate(found, start=1):
            given.append(analyser.analyse(item.text, item.published).stances)
            progress("reading articles", done, len(found))
        items += found
    return evaluate_gold(items, given)


def _stories(paths: Sequence[Path], _: Config, progress: Progress) -> Evaluation:
    rows = list(_rows(paths, StoryRow))
    index = StoryIndex()
    items, story_ids = [], []
    for done, (place, row) in enumerate(rows, start=1):
        text = with_headline(row.title or "", clean_text(row.text))
        name = _named(place, row.doc_id or row.id)
        items.append(StoryItem(name, text, row.cluster))
        # The place keeps two documents apart that have the same words.
        digest = article_id(place, content_hash(text))
        story_ids.append(index.assign(digest, text, sketch(text), _moment(row)))
        progress("reading documents", done, len(rows))
    return evaluate_stories(items, story_ids)


def _moment(row: StoryRow) -> datetime | None:
    """The document's time without its zone: only the distance in days counts."""
    moment = row.published or row.date
    return moment.replace(tzinfo=None) if moment else None


TASKS: dict[str, Callable[[Sequence[Path], Config, Progress], Evaluation]] = {
    "attribution": _attributions,
    "directed": _directed,
    "target": _targets,
    "pairs": _pairs,
    "gold": _gold,
    "stories": _stories,
}


def _rows(paths: Sequence[Path], row: type[RowType]) -> Iterator[tuple[str, RowType]]:
    return chain.from_iterable(read_labelled(path, row) for path in paths)


def _named(place: str, given: str) -> str:
    """Where an item is found: its place in the file, and its id where it has one."""
    return f"{place} ({given})" if given else place


def _asked(
    backend: StanceBackend, queries: Sequence[StanceQuery], progress: Progress
) -> list[StanceScore]:
    scores: list[StanceScore] = []
    for start in range(0, len(queries), _BATCH):
        scores += backend.score(queries[start : start + _BATCH])
        progress("asking the backend", len(scores), len(queries))
    return scores
