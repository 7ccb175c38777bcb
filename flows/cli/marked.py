"""Sentences with what is asked about marked in them, legible without colours too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from flows.cli.output import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitors.records import Span

_STYLES = {"holder": "bold cyan", "p": "bold cyan", "source": "bold cyan"}
_STYLES |= {"target": "bold magenta", "q": "bold magenta", "cue": "bold yellow"}
_MOST = 1500


def marked(text: str, marks: Sequence[tuple[str, Span]], most: int = _MOST) -> Text:
    """`text` with each mark as "[name words]"; after `most` code points it is cut.

    Marks may lie in each other.
    """
    edges = sorted(edge for name, span in marks for edge in _edges(name, span))
    shown, at = Text(), 0
    opened: list[str] = []
    text, length = printable(text), min(len(text), most)
    for place, opens, _, name in edges:
        here = min(place, length)
        shown.append(text[at:here], _style(opened))
        at = here
        if opens:
            shown.append(f"[{name} ", "dim")
            opened.append(name)
        else:
            shown.append("]", "dim")
            opened.remove(name)
    shown.append(text[at:length])
    return shown.append("…" if len(text) > most else "")


def _edges(name: str, span: Span) -> tuple[tuple[int, bool, int, str], tuple[int, bool, int, str]]:
    """Where it opens and where it closes, to be sorted.

    At one place what is open closes first; the longer opens first and closes last.
    """
    size = span[1] - span[0]
    return (span[0], True, -size, name), (span[1], False, size, name)


def _style(opened: Sequence[str]) -> str:
    return _STYLES.get(opened[-1], "") if opened else ""
