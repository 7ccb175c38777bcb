"""Documents put into stories, against the clusters that they are known to belong to.

Pairwise: of all pairs of documents, those that are in one story. B-cubed (Bagga and Baldwin 1998):
for each document, how much of its story is of its cluster, and how much of its cluster is in its
story. The intervals draw clusters.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from monitors.measures.evaluations import Evaluation, Miss, with_intervals
from monitors.measures.scores import ratio

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from monitors.measures.intervals import Figures, Places

_OPENING = 160
_SHOWN_A_GROUP = 3


@dataclass(frozen=True, slots=True)
class StoryItem:
    """A document and the cluster it belongs to; `opening` is shown of it."""

    place: str
    opening: str
    cluster: str


def evaluate_stories(items: Sequence[StoryItem], story_ids: Sequence[str]) -> Evaluation:
    """The figures of the stories given to the documents, in order."""
    clusters = [item.cluster for item in items]
    per_document = np.array(list(_per_document(clusters, story_ids))).reshape(-1, 5)

    def figures(places: Places) -> Figures:
        together, in_story, in_cluster, precise, found = per_document[places].sum(0)
        precision, recall = ratio(precise, len(places)), ratio(found, len(places))
        return {
            "pairwise F1": ratio(2 * together, in_story + in_cluster),
            "pairwise precision": ratio(together, in_story),
            "pairwise recall": ratio(together, in_cluster),
            "B-cubed F1": ratio(2 * precision * recall, precision + recall),
            "B-cubed precision": precision,
            "B-cubed recall": recall,
        }

    misses = (*_merged(items, story_ids), *_parted(items, story_ids))
    return Evaluation("stories", len(items), with_intervals(figures, clusters), misses=misses)


def _per_document(
    clusters: Sequence[str], story_ids: Sequence[str]
) -> Iterator[tuple[float, float, float, float, float]]:
    """Others in both, in the story, in the cluster; B-cubed precision and recall."""
    both = Counter(zip(clusters, story_ids, strict=True))
    sizes, stories = Counter(clusters), Counter(story_ids)
    for pair in zip(clusters, story_ids, strict=True):
        shared, cluster, story = both[pair], sizes[pair[0]], stories[pair[1]]
        yield shared - 1, story - 1, cluster - 1, shared / story, shared / cluster


def _merged(items: Sequence[StoryItem], story_ids: Sequence[str]) -> Iterator[Miss]:
    """Pairs in one story that are of two clusters, a few of each story."""
    for members in _grouped(story_ids):
        pairs = [(a, b) for a, b in combinations(members, 2) if _apart(items, a, b)]
        for a, b in pairs[:_SHOWN_A_GROUP]:
            yield _miss(items[a], items[b], "two stories", "one story")


def _parted(items: Sequence[StoryItem], story_ids: Sequence[str]) -> Iterator[Miss]:
    """Clusters whose documents are in several stories: one pair of each."""
    for members in _grouped([item.cluster for item in items]):
        other = next((one for one in members if story_ids[one] != story_ids[members[0]]), None)
        if other is not None:
            yield _miss(items[members[0]], items[other], "one story", "two stories")


def _grouped(names: Sequence[str]) -> list[list[int]]:
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for at, name in enumerate(names):
        groups[name].append(at)
    return list(groups.values())


def _apart(items: Sequence[StoryItem], a: int, b: int) -> bool:
    return items[a].cluster != items[b].cluster


def _miss(one: StoryItem, other: StoryItem, wanted: str, given: str) -> Miss:
    text = f"{one.opening[:_OPENING]}\n{other.opening[:_OPENING]}"
    return Miss(f"{one.place} and {other.place}", text, (), wanted, given)
