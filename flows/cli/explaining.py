"""An explanation of an alert, for people to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.cli.output import console, print_table, printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.explain import Explanation
    from flows.store.rows import Row
    from monitors.records import Label


def print_explanation(explanation: Explanation) -> None:
    """What the stories of both sides say, what moved it most, what speaks against it."""
    out = console()
    out.print(f"\nStories before  {_told(explanation.before)}")
    out.print(f"Stories after   {_told(explanation.after)}")
    _print_stories("Moved most by", explanation.moved_by)
    if explanation.undone_by is not None:
        count = len(explanation.undone_by)
        these = "this story" if count == 1 else f"these {count} stories"
        _print_stories(f"Without {these} it would not have been sent then", explanation.undone_by)
    out.print("\nWhat speaks against it since")
    columns = {"said_at": "said", "label": "label", "confidence": "sure"}
    columns |= {"evidence": "in these words", "outlet": "outlet"}
    print_table(list(explanation.against), columns, empty="nothing that is stored")


def _told(counts: Mapping[Label, int]) -> str:
    return ", ".join(f"{count} {label}" for label, count in counts.items()) or "none"


def _print_stories(heading: str, stories: Sequence[Row]) -> None:
    if not stories:
        return
    console().print(f"\n{heading}")
    for story in stories:
        outlets = story["outlets"]
        names = ", ".join(outlets[:3]) if isinstance(outlets, list) else ""
        told = f"{story['label']} ({story['confidence']})  {story['title']} ({names})"
        console().print(printable(f"  {story['said_at']:%Y-%m-%d}  {told}"), soft_wrap=True)
