"""What a preview of the topics looks like on a terminal, and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from flows.cli.output import console, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from monitors.preview import PhraseCount, Sample, TopicPreview

# What stands in the column of hits that do not count.
_REASONS = {
    "not": "inside `not`",
    "sense": "of a text about these",
    "near": "without `near`",
    "context": "without `context`",
    "longer": "in a longer phrase",
}


def preview_row(preview: TopicPreview) -> dict[str, Any]:
    """A preview as one JSON object."""
    return {
        "topic": preview.topic_id,
        "title": preview.title,
        "articles": preview.articles,
        "of_articles": preview.of_articles,
        "share": round(preview.share, 6),
        "hits": preview.hits,
        "phrases": [asdict(phrase) for phrase in preview.phrases],
        "dead": [phrase.phrase for phrase in preview.phrases if phrase.dead],
        "too_broad": [phrase.phrase for phrase in preview.phrases if phrase.too_broad],
        "cancelled": preview.cancelled,
        "ruled_out": preview.ruled_out,
        "samples": [asdict(sample) for sample in preview.samples],
    }


def print_preview(preview: TopicPreview, seed: int) -> None:
    """One topic: what it finds, what to change, and hits to judge."""
    out = console()
    out.print(Text(printable(f"{preview.title} ({preview.topic_id})"), style="bold"))
    out.print(
        f"found {preview.hits:,} times, in {preview.articles:,} of {preview.of_articles:,} "
        f"articles ({preview.share:.2%})\n"
    )
    _print_phrases(preview.phrases)
    dead = ", ".join(phrase.phrase for phrase in preview.phrases if phrase.dead)
    _print_list("Never found", [dead] if dead else [])
    _print_list(
        "Too broad?", [f"{p.phrase}: {p.too_broad}" for p in preview.phrases if p.too_broad]
    )
    _print_list("Ruled out", [f"{_reasons(preview.ruled_out)}"] if preview.ruled_out else [])
    _print_list("By `not`", [f"{n:,} {phrase}" for phrase, n in preview.cancelled.items() if n])
    if preview.samples:
        out.print(f"\nIs each of these about it? (drawn at random, --seed {seed})")
        _print_samples(preview.samples)
    out.print()


def _print_phrases(phrases: Sequence[PhraseCount]) -> None:
    found = sorted((p for p in phrases if not p.dead), key=lambda p: (-p.articles, -p.hits))
    if not found:
        console().print("none of its phrases was found")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("phrase", overflow="fold")
    table.add_column("hits", justify="right")
    table.add_column("articles", justify="right")
    table.add_column("not counted", overflow="fold")
    for phrase in found:
        row = (f"{phrase.hits:,}", f"{phrase.articles:,}", _reasons(phrase.ruled_out))
        table.add_row(Text(printable(phrase.phrase)), *row)
    console().print(table)


def _reasons(ruled_out: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {_REASONS[why]}" for why, n in ruled_out.items())


def _print_list(heading: str, items: Iterable[str]) -> None:
    lines = list(items)
    if lines:
        table = Table.grid(padding=(0, 1))
        table.add_column(no_wrap=True, width=11)
        table.add_column(overflow="fold")
        for number, line in enumerate(lines):
            table.add_row("" if number else heading, Text(printable(line)))
        console().print(table)


def _print_samples(samples: Sequence[Sample]) -> None:
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for number, sample in enumerate(samples, start=1):
        text = Text(printable(sample.before))
        text.append(printable(f"[{sample.phrase}]"), style="bold reverse")
        text.append(printable(sample.after))
        text.append(printable(f"  {sample.article_id}"), style="dim")
        table.add_row(str(number), text)
    console().print(table)
