"""Which texts are copies of one report: sketches that find candidates, and the exact comparison."""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import dataclass
from functools import lru_cache

from rensa import RMinHash

from monitors.agencies import without_credits

# Runs of so many words are compared. Two reports of one event share few of them, even if they
# quote the same people; copies share most.
SHINGLE = 3
# Reports of one newsroom share background and captions, up to nine tenths of a text; what they do
# not share is how they begin. Copies are cut from the end. So the first runs are looked at apart.
_OPENING = 80
_OPENING_SHARE = 0.5
# A house may write the headline and the first paragraph anew. Then it is the runs after so many
# that must agree, and more of all of them: a new report over old background has more news to tell.
_LEDE = 60
_BODY_SHARE, _BODY_OPENING_SHARE = 0.7, 0.55
# Up to so many runs the same blurb under another headline must not make two reports one.
_SHORT = 60
_SHORT_SHARE, _SHARE = 0.8, 0.6
# Texts of fewer words are copies only if they are equal.
_LEAST_WORDS = 8
# Bands of the opening, and of what follows the first paragraph.
_BANDS, _BODY_BANDS, _ROWS = 24, 16, 3
_BODY = 240
_SEED = 20240402
_WORD = re.compile(r"\w+")


def sketch(text: str) -> tuple[int, ...]:
    """Bands of MinHash signatures of how `text` begins and goes on, as unsigned 64-bit integers.

    Copies share at least one, whatever was cut from their end or put in place of their first
    paragraph. The same on every machine. A text of fewer than eight words has a single band, of its
    words.
    """
    words = _words(text, _LEDE + _BODY + SHINGLE - 1)
    if len(words) < _LEAST_WORDS:
        return (int.from_bytes(_digest(" ".join(words).encode()), "big"),)
    runs = _runs(words)
    opening = _bands(runs[:_OPENING], _BANDS, first=0)
    if len(runs) < _LEDE + _OPENING:
        return opening
    return opening + _bands(runs[_LEDE:], _BODY_BANDS, first=_BANDS)


def _bands(runs: list[str], count: int, *, first: int) -> tuple[int, ...]:
    signature = RMinHash(num_perm=count * _ROWS, seed=_SEED)
    signature.update(runs)
    values = struct.pack(f">{count * _ROWS}I", *signature.digest())
    width = len(values) // count
    digests = [
        _digest(bytes([first + band]) + values[band * width : (band + 1) * width])
        for band in range(count)
    ]
    return struct.unpack(f">{count}Q", b"".join(digests))


def is_copy(text: str, other: str) -> bool:
    """Whether one text is a copy of the other, whole or cut at its end, edited or not.

    It is if most three-word runs of the shorter one stand in the longer one, and each begins, or
    goes on after a first paragraph of its own, with what stands in the other.
    """
    first, second = _fingerprint(text), _fingerprint(other)
    if min(first.length, second.length) < _LEAST_WORDS:
        return _words(text) == _words(other)
    shared = len(first.runs & second.runs)
    fewest = min(len(first.runs), len(second.runs))
    if shared < fewest * (_SHORT_SHARE if fewest <= _SHORT else _SHARE):
        return False
    if first.begins_within(second) and second.begins_within(first):
        return True
    enough = shared >= fewest * _BODY_SHARE
    return enough and first.goes_on_within(second) and second.goes_on_within(first)


@dataclass(frozen=True, slots=True)
class _Fingerprint:
    """What is compared of a text: its length in words, its runs, and those it begins with.

    `body` are as many that follow a first paragraph; none where the text is too short to tell.
    """

    length: int
    runs: frozenset[str]
    opening: frozenset[str]
    body: frozenset[str]

    def begins_within(self, other: _Fingerprint) -> bool:
        return len(self.opening & other.runs) >= len(self.opening) * _OPENING_SHARE

    def goes_on_within(self, other: _Fingerprint) -> bool:
        shared = len(self.body & other.runs)
        return bool(self.body) and shared >= len(self.body) * _BODY_OPENING_SHARE


# A newcomer is held against several candidates in turn.
@lru_cache(maxsize=256)
def _fingerprint(text: str) -> _Fingerprint:
    words = _words(text)
    runs = _runs(words)
    body = runs[_LEDE : _LEDE + _OPENING]
    return _Fingerprint(
        length=len(words),
        runs=frozenset(runs),
        opening=frozenset(runs[:_OPENING]),
        body=frozenset(body if len(body) == _OPENING else ()),
    )


def _runs(words: list[str]) -> list[str]:
    return [*map(" ".join, zip(*(words[start:] for start in range(SHINGLE)), strict=False))]


def _words(text: str, most: int | None = None) -> list[str]:
    return _WORD.findall(without_credits(text).casefold())[:most]


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=8).digest()
