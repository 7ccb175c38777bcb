"""Messages made short enough for a channel: words go first, links and the last line last."""

from __future__ import annotations

from monitors.wording import ELLIPSIS, cut

_WIDTHS = (160, 80, 40)


def fit(body: str, limit: int) -> str:
    """`body` in at most `limit` code points, cut between characters as people see them.

    First the words of long lines are cut, then lines without a link are left out from the end, then
    those with one. The last line, which holds the id, is kept.
    """
    lines = body.split("\n")
    for width in _WIDTHS:
        if _length(lines) <= limit:
            return "\n".join(lines)
        lines = [line if "://" in line else cut(line, width) for line in lines]
    for links_too in (False, True):
        lines = _shed(lines, limit, links_too=links_too)
    whole = "\n".join(lines)
    return whole if len(whole) <= limit else cut(lines[-1], limit)


def _shed(lines: list[str], limit: int, *, links_too: bool) -> list[str]:
    """Without as many lines between the first and the last as it takes, from the end."""
    kept = list(lines)
    for place in range(len(lines) - 2, 0, -1):
        if _length(kept) + len(ELLIPSIS) + 1 <= limit:
            break
        if links_too or "://" not in lines[place]:
            del kept[place]
    if len(kept) < len(lines) and kept[-2:-1] != [ELLIPSIS]:
        kept.insert(-1, ELLIPSIS)
    return kept


def _length(lines: list[str]) -> int:
    return sum(map(len, lines)) + len(lines) - 1
