"""Pairs of holder and target, labelled one after the other, kept as soon as they are.

The candidates are the product's own; the file written is what `evaluate pairs` and the training
read. What it holds already is not asked again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from flows.labelled import LabelledPairRow, PairRow, read_labelled
from monitors.errors import StoreError
from monitors.identity import stable_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
    from pathlib import Path

    from monitors.candidates import Candidate
    from monitors.records import Watchlist

    PairLabel = Literal["favor", "against", "neutral", "none"]
    # Its id, its outlet, its day and its text.
    Source = tuple[str, str, "date | None", str]

_PRONOUNS = frozenset({"he", "she"})


def pairs_of_articles(watchlist: Watchlist, articles: Iterable[Source]) -> Iterator[PairRow]:
    """The candidates of articles, read as they are asked for."""
    # spaCy takes a second to import; labelling a file of pairs does without.
    from monitors.language import Analyser  # noqa: PLC0415
    from monitors.stance import load_backend  # noqa: PLC0415

    # Nothing is judged: the lexicon is there because an analyser needs some backend.
    reader = Analyser(watchlist, load_backend("lexicon"), min_confidence=1)
    for article in articles:
        if reader.worth_reading(article[3]):
            for candidate in reader.candidates(article[3], article[2]):
                yield _pair(watchlist, article, candidate)


def pairs_of_file(path: Path) -> Iterator[PairRow]:
    """The pairs of a file, whatever labels it has.

    Raises:
        ArticleError: a line is no pair; names it.
    """
    for _, row in read_labelled(path, PairRow):
        yield row


class LabelFile:
    """A file of labelled pairs that grows a line at a time."""

    def __init__(self, path: Path) -> None:
        """Go on with the file at `path`, if it is there.

        Raises:
            ArticleError: a line of it is no labelled pair.
        """
        self.path = path
        self.done: set[str] = set()
        self._ends: list[tuple[str, int]] = []
        if path.exists() and path.stat().st_size:
            self.done = {_id(row) for _, row in read_labelled(path, LabelledPairRow)}
            if not path.read_bytes().endswith(b"\n"):
                self._write("\n")

    def holds(self, pair: PairRow) -> bool:
        """Whether this pair is labelled."""
        return _id(pair) in self.done

    def add(self, pair: PairRow, label: PairLabel, *, sure: bool, by_other: bool) -> None:
        """Keep the label.

        Raises:
            StoreError: the file cannot be written.
        """
        row = _written(pair) | {"label": label, "sure": sure, "by_other": by_other, "readers": 1}
        start = self.path.stat().st_size if self.path.exists() else 0
        self._write(json.dumps(row, ensure_ascii=False) + "\n")
        self._ends.append((_id(pair), start))
        self.done.add(_id(pair))

    def take_back(self) -> None:
        """Remove the label that was added last."""
        pair_id, start = self._ends.pop()
        with self.path.open("r+b") as file:
            file.truncate(start)
        self.done.discard(pair_id)

    def _write(self, text: str) -> None:
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise StoreError(f"{self.path} cannot be written: {error}") from error


class Session:
    """One sitting of a reader: the pair in question, what is noted of it, and the way back.

    `current` is None when nothing is left. `labelled` counts those of this sitting.
    """

    def __init__(self, pairs: Iterable[PairRow], file: LabelFile) -> None:
        self._pairs, self._file = iter(pairs), file
        self._past: list[PairRow] = []
        self._again: list[PairRow] = []
        self.sure, self.by_other = True, False
        self.current = self._next()

    @property
    def labelled(self) -> int:
        return len(self._past)

    def answer(self, label: PairLabel) -> None:
        """Keep `label` for the current pair and go on to the next one."""
        assert self.current is not None
        self._file.add(self.current, label, sure=self.sure, by_other=self.by_other)
        self._past.append(self.current)
        self.current = self._next()

    def undo(self) -> bool:
        """Go back to the pair labelled last in this sitting; False where there is none."""
        if not self._past:
            return False
        self._file.take_back()
        if self.current is not None:
            self._again.append(self.current)
        self.current = self._past.pop()
        self.sure, self.by_other = True, False
        return True

    def _next(self) -> PairRow | None:
        self.sure, self.by_other = True, False
        if self._again:
            return self._again.pop()
        return next((pair for pair in self._pairs if not self._file.holds(pair)), None)


def _pair(watchlist: Watchlist, article: Source, candidate: Candidate) -> PairRow:
    article_id, outlet, day, _ = article
    query = candidate.query
    assert query.holder is not None
    words = query.text[slice(*query.holder)]
    return PairRow(
        article=article_id,
        published=None if day is None else day.isoformat(),
        outlet=outlet,
        before=query.before,
        text=query.text,
        holder=watchlist.actor(candidate.actor_id).name,
        holder_span=query.holder,
        target=watchlist.topic(candidate.topic_id).title,
        target_span=query.target,
        favor=query.favor,
        against=query.against,
        type="pronoun" if words.casefold() in _PRONOUNS else "candidate",
    )


def _written(pair: PairRow) -> dict[str, Any]:
    return pair.model_dump() | {"id": _id(pair)}


def _id(pair: PairRow) -> str:
    """The id that the pair came with, or one made of all that makes it this pair."""
    spans = f"{pair.holder_span} {pair.target_span}"
    return pair.id or stable_id("p", pair.article, pair.text, pair.holder, spans, pair.favor)
