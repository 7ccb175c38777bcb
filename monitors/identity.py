"""What makes two things the same: addresses, texts, and copies of one report."""

from __future__ import annotations

import hashlib
import re
import struct
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit, urlunsplit

from rensa import RMinHash

# --- ids -------------------------------------------------------------------------------------


def stable_id(prefix: str, *parts: str) -> str:
    """The id that `parts` always give: `prefix` and 16 hexadecimal digits of their SHA-256."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        # With its length, so that ("ab", "c") and ("a", "bc") differ.
        digest.update(b"%d:" % len(encoded) + encoded)
    return prefix + digest.hexdigest()[:16]


def content_hash(text: str) -> str:
    """A hash of `text` that does not see how it is spaced and broken into lines."""
    return stable_id("c", " ".join(text.split()))


def article_id(url: str, content_hash: str) -> str:
    """The id of one version (`content_hash`) of the text at a canonical URL."""
    return stable_id("a", url, content_hash)


def story_id_of(article_id: str) -> str:
    """The id of the story that this article is the first of."""
    return stable_id("s", article_id)


# --- addresses -------------------------------------------------------------------------------

_USUAL_NAMES = re.compile(r"^(?:www\d?|m|mobile|amp)\.(?=.*\.)")
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Parameters that tell a newsroom where a reader came from, and nothing about the page.
_TRACKING = re.compile(
    r"(?:utm|at|ns|pk|mtm|matomo|hsa|mc|wt)_.*|(?:fb|g|d|tw|tt|y)clid|msclkid|igsh(?:id)?|li_fat_id"
    r"|[gw]braid|_ga|_gl|_hs(?:enc|mi)|mkt_tok|oly_(?:anon|enc)_id|vero_(?:conv|id)|wickedid|spm"
    r"|cmp(?:_?id)?|icid|intcid|ncid|ocid|s_cid|taid|ftag|ftcamp|ito|maca|smid|smtyp|xtor|ref_src"
    r"|traffic_source|__twitter_impression|guce_referrer(?:_sig)?",
    re.IGNORECASE,
)
# And those that do so only when they say "rss".
_RSS_MARK = re.compile(
    r"(?:emc|feed|from|mod|output|partner|ref|source|src|via)=rss\b.*", re.IGNORECASE
)


def canonical_url(url: str) -> str:
    """The address under which the same page is always kept.

    Scheme and host in lower case; without user name and password, default port, fragment and
    tracking parameters. The rest of the query stays, in its order. What is no address stays as is.
    """
    try:
        parts = urlsplit(url.strip())
        host = _host(parts)
    except ValueError:
        return url.strip()
    if not host:
        return url.strip()
    query = "&".join(part for part in parts.query.split("&") if not _is_tracking(part))
    return urlunsplit((parts.scheme.lower(), host, parts.path or "/", query, ""))


def is_same_site(url: str, other: str) -> bool:
    """Whether two addresses are of one site: of one host or of one below the other.

    The usual first names (`www`, `m`, `amp`) tell nothing apart.
    """
    first, second = _site(url), _site(other)
    if not first or not second:
        return False
    return first == second or first.endswith(f".{second}") or second.endswith(f".{first}")


def _site(url: str) -> str:
    try:
        return _USUAL_NAMES.sub("", urlsplit(url).hostname or "")
    except ValueError:
        return ""


def _host(parts: SplitResult) -> str:
    name = (parts.hostname or "").rstrip(".")
    if not name.isascii():
        with suppress(UnicodeError):
            name = name.encode("idna").decode("ascii")
    name = f"[{name}]" if ":" in name else name
    default = parts.port in {None, _DEFAULT_PORTS.get(parts.scheme.lower())}
    return name if default else f"{name}:{parts.port}"


def _is_tracking(parameter: str) -> bool:
    name = parameter.partition("=")[0]
    return bool(not parameter or _TRACKING.fullmatch(name) or _RSS_MARK.fullmatch(parameter))


# --- copies ----------------------------------------------------------------------------------

# Runs of so many words are compared. Two reports of one event share few of them, even if they
# quote the same people; copies share most.
SHINGLE = 3
# Reports of one newsroom share background and captions, up to nine tenths of a text; what they do
# not share is how they begin. Copies are cut from the end. So the first runs are looked at apart.
_OPENING = 80
_OPENING_SHARE = 0.5
# Up to so many runs the same blurb under another headline must not make two reports one.
_SHORT = 60
_SHORT_SHARE, _SHARE = 0.8, 0.6
# Texts of fewer words are copies only if they are equal.
_LEAST_WORDS = 8
_BANDS, _ROWS = 24, 3
_SEED = 20240402
_WORD = re.compile(r"\w+")


def sketch(text: str) -> tuple[int, ...]:
    """Bands of a MinHash signature of how `text` begins, as unsigned 64-bit integers.

    Copies share at least one, whatever was cut from their end. The same on every machine. A text of
    fewer than eight words has a single band, of its words.
    """
    words = _words(text)
    if len(words) < _LEAST_WORDS:
        return (_unsigned64(" ".join(words).encode()),)
    signature = RMinHash(num_perm=_BANDS * _ROWS, seed=_SEED)
    signature.update(sorted(set(_runs(words[: _OPENING + SHINGLE - 1]))))
    values = signature.digest()
    rows = [values[start : start + _ROWS] for start in range(0, len(values), _ROWS)]
    return tuple(
        _unsigned64(struct.pack(f">B{_ROWS}I", band, *row)) for band, row in enumerate(rows)
    )


def is_copy(text: str, other: str) -> bool:
    """Whether one text is a copy of the other, whole or cut at its end, edited or not.

    It is if most three-word runs of the shorter one stand in the longer one, and each begins with
    what stands in the other.
    """
    first, second = _fingerprint(text), _fingerprint(other)
    if min(first.length, second.length) < _LEAST_WORDS:
        return _words(text) == _words(other)
    shared = len(first.runs & second.runs)
    fewest = min(len(first.runs), len(second.runs))
    if shared < fewest * (_SHORT_SHARE if fewest <= _SHORT else _SHARE):
        return False
    return first.begins_within(second) and second.begins_within(first)


@dataclass(frozen=True, slots=True)
class _Fingerprint:
    """What is compared of a text: its length in words, its runs, and those it begins with."""

    length: int
    runs: frozenset[str]
    opening: frozenset[str]

    def begins_within(self, other: _Fingerprint) -> bool:
        return len(self.opening & other.runs) >= len(self.opening) * _OPENING_SHARE


# A newcomer is held against several candidates in turn.
@lru_cache(maxsize=256)
def _fingerprint(text: str) -> _Fingerprint:
    words = _words(text)
    runs = _runs(words)
    return _Fingerprint(len(words), frozenset(runs), frozenset(runs[:_OPENING]))


def _runs(words: list[str]) -> list[str]:
    return [" ".join(words[start : start + SHINGLE]) for start in range(len(words) - SHINGLE + 1)]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _unsigned64(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")
