"""Web archives written for tests, by the library that crawlers write them with."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

if TYPE_CHECKING:
    from pathlib import Path

HTML = "text/html; charset=utf-8"


def page(title: str, text: str, published: str = "") -> bytes:
    """A web page with a title and, where given, the date that it was published."""
    meta = f'<meta property="article:published_time" content="{published}">' if published else ""
    return (
        f"<html><head><title>{title}</title>{meta}</head><body><p>{text}</p></body></html>"
    ).encode()


def write_warc(
    path: Path,
    *captures: tuple[str, str, bytes],
    date: str = "2024-03-01T12:00:00Z",
    gzip: bool = True,
    status: str = "200 OK",
) -> Path:
    """An archive of captures, each an address, a Content-Type and a body."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=gzip)
        for url, content_type, body in captures:
            headers = StatusAndHeaders(
                status, [("Content-Type", content_type)], protocol="HTTP/1.1"
            )
            record = writer.create_warc_record(
                url,
                "response",
                payload=BytesIO(body),
                http_headers=headers,
                warc_headers_dict={"WARC-Date": date},
            )
            writer.write_record(record)
    return path
