"""Whether copies of a report become one story and other reports do not, and what that costs.

    python -m benchmarks.copies [--articles FILE] [--reports 300] [--half measured|tuned]
    python -m benchmarks.copies --window 10000 50000 100000

The first makes copies and look-alikes of a file's articles (the history collection by default; any
JSON Lines that `replay` reads), admits them through the product as a day's news, and prints pair
precision and recall with 95% intervals, in all and by kind of change. The rule was tuned on the
articles of the half "tuned" (by a hash of their id), so the half "measured" is the default. The
second prints the time per article that `admit` takes with so many articles in the window, for
batches of 20 (a feed) and of 500 (a replay), and what the first batch takes that a flow admits.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import sqrt
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.corpora import benchmarks_folder
from benchmarks.made_copies import COPIES, OTHERS, Piece, dice
from flows.admit import Draft, admit
from flows.articles import read_articles_file
from flows.store import Database, transaction
from flows.store.sketches import KnownSketches
from monitors.pages import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

NOON = datetime(2024, 4, 2, 12, tzinfo=UTC)
LEAST_WORDS, MOST_WORDS = 150, 1_500
LEAST_PARAGRAPHS = 5
Z95 = 1.96
SENTENCES = 400_000


@dataclass(frozen=True, slots=True)
class Made:
    """A text, the report it is a copy of (its own where it is none), and what made it."""

    name: str
    report: str
    kind: str
    text: str
    title: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=Path)
    parser.add_argument("--reports", type=int, default=300)
    parser.add_argument("--half", choices=("measured", "tuned"), default="measured")
    parser.add_argument("--window", type=int, nargs="+")
    given = parser.parse_args()
    path = given.articles or benchmarks_folder() / "history" / "articles.jsonl.gz"
    if given.window:
        measure_time(path, sorted(given.window))
    else:
        measure_pairs(path, given.reports, given.half)


# --- which pairs become one story -----------------------------------------------------------------


def measure_pairs(path: Path, reports: int, half: str) -> None:
    made = list(make(itertools.islice(pieces(path, half), reports)))
    stories = stories_of(made)
    print(f"{len(made)} texts of {reports} reports, half {half!r}")
    joined = defaultdict(list)
    for one in made:
        joined[stories[one.name]].append(one)
    pairs = [p for members in joined.values() for p in itertools.combinations(members, 2)]
    right = Counter(a.report for a, b in pairs if a.report == b.report)
    given = right + Counter(a.report for a, b in pairs if a.report != b.report)
    sizes = Counter(one.report for one in made)
    wanted = {report: n * (n - 1) // 2 for report, n in sizes.items() if n > 1}
    print_pairs("pair precision", right, given)
    print_pairs("pair recall", right, Counter(wanted))
    print("copies in the story of their report:")
    for kind in COPIES:
        of_kind = [one for one in made if one.kind == kind]
        print_share(kind, sum(stories[o.name] == stories[o.report] for o in of_kind), len(of_kind))
    print("look-alikes in a story of their own:")
    crowds = {story: {one.report for one in members} for story, members in joined.items()}
    for kind in OTHERS:
        of_kind = [one for one in made if one.kind == kind]
        print_share(kind, sum(len(crowds[stories[o.name]]) == 1 for o in of_kind), len(of_kind))


def make(originals: Iterator[tuple[str, Piece]]) -> Iterator[Made]:
    """Each report, its copies, and the look-alikes, for which the next report lends its words."""
    known = list(originals)
    for (name, piece), (_, other) in zip(known, known[1:] + known[:1], strict=True):
        yield Made(name, name, "report", piece.text, piece.title)
        for kind, change in COPIES.items():
            copy = change(piece, other, dice(name, kind))
            yield Made(f"{name}/{kind}", name, kind, copy.text, copy.title)
    for at, (name, piece) in enumerate(known):
        # Whose words are borrowed must not be in the game, or the look-alike is a copy of those.
        for number, (kind, change) in enumerate(OTHERS.items()):
            _, lender = known[(at + 7 + number) % len(known)]
            own = Piece(lender.title[::-1], tuple(_reordered(lender, dice(name, kind, "own"))))
            alike = change(piece, own, dice(name, kind))
            yield Made(f"{name}/{kind}", f"{name}/{kind}", kind, alike.text, alike.title)


def _reordered(piece: Piece, die: object) -> list[str]:
    """Paragraphs with the words of each in another order: nobody has written them before."""
    paragraphs = []
    for paragraph in piece.paragraphs:
        words = paragraph.split()
        die.shuffle(words)  # type: ignore[attr-defined]
        paragraphs.append(" ".join(words))
    return paragraphs


def pieces(path: Path, half: str) -> Iterator[tuple[str, Piece]]:
    """Articles of a usual length, of one half, none a copy of another to begin with.

    An article of which a fifth of the runs of eight words stood in earlier ones is left out: the
    collection has copies of its own, and nobody has marked them.
    """
    seen: set[str] = set()
    for article in read_articles_file(path):
        even = hashlib.sha256(article.given_id.encode()).digest()[0] % 2 == 0
        paragraphs = [p for p in clean_text(article.text).split("\n\n") if p.strip()]
        words = " ".join(paragraphs).split()
        if even is not (half == "measured") or len(paragraphs) < LEAST_PARAGRAPHS:
            continue
        if not (LEAST_WORDS <= len(words) <= MOST_WORDS and article.title):
            continue
        runs = {" ".join(words[at : at + 8]) for at in range(len(words) - 7)}
        if len(runs & seen) < len(runs) / 5:
            yield article.given_id, Piece(article.title, tuple(paragraphs))
        seen |= runs


def stories_of(made: Sequence[Made]) -> dict[str, str]:
    """The story that the product puts each text into, by name; all are of one day."""
    with tempfile.TemporaryDirectory() as scratch:
        database = Database(Path(scratch) / "copies.duckdb")
        with database.write() as connection:
            known = KnownSketches()
            for number in range(0, len(made), 500):
                drafts = [draft(o.name, o.title, o.text, NOON) for o in made[number : number + 500]]
                with transaction(connection):
                    admit(connection, drafts, known)
            rows = connection.execute("SELECT url, story_id FROM articles").fetchall()
    return dict(rows)


def draft(name: str, title: str, text: str, at: datetime) -> Draft:
    return Draft(name, "made", f"Outlet {name}", title, text, at, "published", at)


def print_share(name: str, count: int, total: int) -> None:
    """A share with its Wilson interval of 95%."""
    if not total:
        return
    share, spread = count / total, Z95**2 / total
    middle = (share + spread / 2) / (1 + spread)
    reach = sqrt(share * (1 - share) * spread + spread**2 / 4) / (1 + spread)
    print(f"  {name:<34} {share:.4f}  ({middle - reach:.4f} to {middle + reach:.4f}; {total})")


def print_pairs(name: str, right: Counter[str], total: Counter[str]) -> None:
    """A share of pairs; its interval draws reports, as the pairs of one stand and fall together."""
    reports = sorted(total)
    counts = np.array([(right[report], total[report]) for report in reports])
    drawn = np.random.default_rng(1).integers(0, len(reports), (2_000, len(reports)))
    sums = counts[drawn].sum(1)
    low, high = np.quantile(sums[:, 0] / sums[:, 1], (0.025, 0.975))
    share = counts[:, 0].sum() / counts[:, 1].sum()
    print(f"  {name:<34} {share:.4f}  ({low:.4f} to {high:.4f}; {counts[:, 1].sum()} pairs)")


# --- what it costs --------------------------------------------------------------------------------


def measure_time(path: Path, windows: Sequence[int]) -> None:
    """Fill the window article by article and stop at each size to measure."""
    words = sentences(path)
    with tempfile.TemporaryDirectory() as scratch:
        database = Database(Path(scratch) / "window.duckdb")
        filled = 0
        for window in windows:
            with database.write() as connection:
                known = KnownSketches()
                while filled < window:
                    admit_timed(connection, known, words, filled, min(500, window - filled))
                    filled += 500
                filled = window
                known = KnownSketches()
                for size, rounds in ((20, 1), (20, 15), (500, 3)):
                    times = []
                    for _ in range(rounds):
                        times.append(admit_timed(connection, known, words, filled, size))
                        filled += size
                    wall, cpu = (median(t[k] for t in times) * 1_000 for k in (0, 1))
                    print(
                        f"{window} in the window, "
                        + (f"batches of {size}: " if rounds > 1 else f"first batch of {size}: ")
                        + f"{wall / size:.2f} ms an article, {cpu / size:.2f} ms of CPU",
                        flush=True,
                    )


def admit_timed(
    connection: duckdb.DuckDBPyConnection,
    known: KnownSketches,
    words: Sequence[str],
    first: int,
    count: int,
) -> tuple[float, float]:
    """Seconds of wall and of CPU that `count` new articles take."""
    drafts = [new_article(words, number) for number in range(first, first + count)]
    wall, cpu = time.perf_counter(), time.process_time()
    with transaction(connection):
        admit(connection, drafts, known)
    return time.perf_counter() - wall, time.process_time() - cpu


def new_article(words: Sequence[str], number: int) -> Draft:
    """Sentences of many articles in one; in every tenth, an earlier article's, with another title.

    One comes every twelve seconds: 100,000 fill the fourteen days.
    """
    die = dice("window", str(number - number % 10 if number % 10 == 1 else number))
    parts = die.sample(words, 14)
    text = "\n\n".join([f"Report {number}", *(" ".join(parts[k : k + 3]) for k in range(0, 14, 3))])
    at = NOON + timedelta(seconds=12 * number)
    return draft(f"https://outlet{number % 1000}.example/{number}", f"Report {number}", text, at)


def sentences(path: Path) -> list[str]:
    """Of as many articles as it takes for two made ones to have hardly a sentence in common."""
    found: list[str] = []
    for article in read_articles_file(path):
        found += [s.strip() for s in article.text.split(". ") if 40 < len(s) < 400]  # noqa: PLR2004
        if len(found) >= SENTENCES:
            break
    return found


if __name__ == "__main__":
    main()
