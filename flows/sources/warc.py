"""Web archives (WARC, plain or gzipped): the pages and feeds in them that can be read."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from flows.articles import parse_moment
from monitors.errors import ArticleError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

_OK = "200"
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_FEEDS = frozenset({
    "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml",
    "application/xml", "text/xml",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Capture:
    """An answer of a server as an archive keeps it; `is_page` or else, by its type, a feed."""

    url: str
    content_type: str
    body: bytes
    captured_at: datetime
    is_page: bool


def read_captures(
    archive: BinaryIO, max_bytes: int, tell: Callable[[str], None] = lambda _: None
) -> Iterator[Capture]:
    """The successful answers that are HTML or may be feeds, in order; the rest is passed over.

    `tell` hears of what is there and left out: records above `max_bytes`, unpacked, or damaged.

    Raises:
        ArticleError: the file is no such archive, or breaks off; what came before has been given.
    """
    try:
        # Whoever reads an archive of years wants what is in it, checksums or not.
        for record in ArchiveIterator(archive, check_digests=False):
            capture = _capture(record, max_bytes, tell) if record.rec_type == "response" else None
            if capture is not None:
                yield capture
    except ArchiveLoadFailed as error:
        raise ArticleError("is no web archive, or a damaged one") from error
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise ArticleError(f"breaks off or is damaged ({type(error).__name__})") from error


def _capture(record: Any, max_bytes: int, tell: Callable[[str], None]) -> Capture | None:
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    headers = record.http_headers
    if headers is None or headers.get_statuscode() != _OK or not url.startswith("http"):
        return None
    content_type = headers.get_header("Content-Type") or ""
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in _PAGES | _FEEDS:
        return None
    body = _body(record, max_bytes)
    if body is None:
        tell("pages that are damaged or too large were left out")
        return None
    date = parse_moment(record.rec_headers.get_header("WARC-Date") or "")
    return Capture(url, content_type, body, date, kind in _PAGES)


def _body(record: Any, max_bytes: int) -> bytes | None:
    """The decoded body, None where it is more than `max_bytes` or cannot be decoded."""
    stream, pieces, size = record.content_stream(), [], 0
    try:
        while piece := stream.read(65_536):
            pieces.append(piece)
            size += len(piece)
            if size > max_bytes:
                return None
    except (OSError, ValueError, zlib.error):
        return None
    return b"".join(pieces)
