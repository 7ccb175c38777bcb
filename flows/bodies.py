"""A body as it comes over the wire, decoded piece by piece."""

from __future__ import annotations

import zlib

from monitors.errors import FetchError

# What bits of `wbits` make zlib read each encoding.
_GZIP, _ZLIB, _RAW_DEFLATE = 31, 15, -15


class Body:
    """Decodes a body piece by piece and stops at the cap, however small the pieces were packed."""

    def __init__(self, encoding: str, max_bytes: int) -> None:
        self._encoding = encoding.strip().lower() or "identity"
        if self._encoding not in {"identity", "gzip", "x-gzip", "deflate"}:
            raise FetchError("http_error", "an encoding that was not asked for", retryable=False)
        self._max_bytes = max_bytes
        self._received = 0
        self._inflater: zlib._Decompress | None = None
        self.decoded = bytearray()

    @property
    def is_whole(self) -> bool:
        return self._inflater is None or self._inflater.eof

    def add(self, chunk: bytes) -> None:
        self._received += len(chunk)
        if self._encoding == "identity":
            self.decoded += chunk
        else:
            self._inflate(chunk)
        if max(self._received, len(self.decoded)) > self._max_bytes:
            detail = f"more than {self._max_bytes:,} bytes"
            raise FetchError("too_large", detail, retryable=False)

    def _inflate(self, chunk: bytes) -> None:
        while chunk and len(self.decoded) <= self._max_bytes:
            if self._inflater is None:
                self._inflater = zlib.decompressobj(self._window(chunk))
            elif self._inflater.eof:
                # Some servers join several compressed files; others pad with zeros.
                if not chunk.startswith(b"\x1f\x8b"):
                    return
                self._inflater = zlib.decompressobj(_GZIP)
            room = self._max_bytes - len(self.decoded) + 1
            self.decoded += self._inflater.decompress(chunk, room)
            chunk = self._inflater.unconsumed_tail or self._inflater.unused_data

    def _window(self, first: bytes) -> int:
        if self._encoding != "deflate":
            return _GZIP
        # The standard means zlib's format; many send the bare one.
        return _ZLIB if first[0] & 0x0F == 8 else _RAW_DEFLATE  # noqa: PLR2004 - its marker
