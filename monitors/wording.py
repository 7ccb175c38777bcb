"""Text from outside made safe to print: one line, no hidden characters, nothing to interpret.

A message goes to channels that read it each in their own way: as HTML, as Markdown, as Slack's or
Discord's own mark-up, with mentions that call people. No single escape suits them all, so here the
characters that start something are kept from doing so in a way that every reader sees as the same
text: an invisible space after those that open a mention, a tag or a link, and look-alikes for those
that would only dress the text up. The database keeps the words as they were.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit, urlunsplit

INVISIBLE = "\u200b"
ELLIPSIS = "…"
# A space that is none would hide what follows it; bidirectional marks would turn it round.
HIDDEN = re.compile(
    "[\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# What opens a mention, a tag, a link, a template; `://` and `www.` make links by themselves.
OPENERS = re.compile(r"@|<|\](?=[(\[])|:(?=//)|www(?=\.)|\{(?=[{%#])|&(?=#?\w+;)", re.IGNORECASE)
# Each with the sign that looks most like it and means nothing: operators and modifier letters.
DRESSING = str.maketrans("*_`~|\\", "\u2217\u02cd\u02cb\u223c\u01c0\u29f5")
# What belongs to the character before it: a joiner, skin colours, the later parts of a syllable.
JOINER = "\u200d"
MODIFIERS = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
JAMO = frozenset(map(chr, range(0x1160, 0x1200)))
FLAG_LETTERS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))
FLAGS = re.compile("[\U0001f1e6-\U0001f1ff]*$")
# RFC 3986, less what some channel takes for mark-up.
SAFE_IN_URL = "/?:;,.=&%+-$!#'"
HOST = re.compile(r"[\w.-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


def inert(text: str, limit: int) -> str:
    """`text` on one line of at most `limit` code points, with nothing that a channel interprets.

    The invisible characters come on top of `limit`. Doing it twice changes nothing.
    """
    return OPENERS.sub(_hold, cut(one_line(text), limit).translate(DRESSING))


def one_line(text: str) -> str:
    """`text` without line breaks, control and hidden characters, its spaces single."""
    visible = HIDDEN.sub("", text)
    kept = (c if unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp") else " " for c in visible)
    return " ".join("".join(kept).split())


def cut(text: str, limit: int) -> str:
    """`text`, or its beginning and an ellipsis, in at most `limit` code points.

    It is cut between characters as people see them: an accent stays on its letter, and a family,
    a flag or a skin colour in one piece.
    """
    if len(text) <= limit:
        return text
    place = limit - 1
    while place > 0 and _is_inside(text, place):
        place -= 1
    return text[: place or limit - 1].rstrip() + ELLIPSIS


def _is_inside(text: str, place: int) -> bool:
    """Whether a cut before `place` would tear a character."""
    here, before = text[place], text[place - 1]
    if JOINER in (before, here) or here in MODIFIERS or here in JAMO:
        return True
    if here in FLAG_LETTERS:
        flags = FLAGS.search(text[:place])
        return flags is not None and len(flags.group()) % 2 == 1
    return unicodedata.category(here) in ("Mn", "Me", "Mc")


def inert_url(url: str) -> str | None:
    """`url` with all percent-encoded that a channel could take for mark-up.

    None where it is not http(s), or names a user, or has a host that is not plainly one.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not HOST.fullmatch(parts.netloc):
        return None
    rest = (quote(part, safe=SAFE_IN_URL) for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme, parts.netloc, *rest))


def _hold(match: re.Match[str]) -> str:
    return match.group() + INVISIBLE
