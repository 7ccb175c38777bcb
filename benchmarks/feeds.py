"""Feeds of other parsers' test collections, read by the product and held against what they expect.

    python -m benchmarks.feeds [COLLECTION ...] [--brief]

Every feed file is served over loopback with the headers that it states, fetched and read in worker
processes as `stancewatch run` does, and its titles, links, ids and dates are compared with those
that the collection expects; plain feedparser reads the same bodies in the same run. Prints for each
collection what agreed, each difference, and every file that crashed or was not read in time.
"""

from __future__ import annotations

import html
import io
import re
import sys
import tarfile
import tempfile
import threading
import time
import warnings
from collections import Counter
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urljoin

import feedparser

from benchmarks.corpora import benchmarks_folder
from benchmarks.feed_cases import Case, cases_of
from flows.fetch import FetchRequest, FetchResult, FetchSettings, fetch_feeds
from flows.parse import FeedBody, feed_workers, parse_bodies
from monitors.errors import FeedError
from monitors.records import Feed, FeedDocument

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flows.workers import Workers

COLLECTIONS = (
    "gofeed", "feed-rs", "feedparser", "feedvalidator", "miniflux", "node-feedparser", "rome",
    "simplepie", "reader", "mediacloud-rss-fetcher",
)  # fmt: skip
DEADLINE_S = 10.0
Found = dict[str, Any]


def main() -> None:
    brief = "--brief" in sys.argv
    wanted = [name for name in sys.argv[1:] if name in COLLECTIONS] or COLLECTIONS
    with tempfile.TemporaryDirectory() as folder, feed_workers() as workers:
        for collection in wanted:
            archive = benchmarks_folder() / "feeds" / f"{collection}.tar.gz"
            with tarfile.open(archive) as packed:
                packed.extractall(Path(folder), filter="data")
            measure(collection, Path(folder) / collection, workers, brief=brief)


def measure(collection: str, folder: Path, workers: Workers, *, brief: bool) -> None:
    cases = list(cases_of(collection, folder))
    with Served(cases, folder) as served:
        results = fetch_all(served)
        bodies = [body_of(result) for result in results]
        started = time.perf_counter()
        documents = dict(parse_bodies(workers, bodies, deadline_s=DEADLINE_S))
        seconds = time.perf_counter() - started
    agreed: Counter[str] = Counter()
    compared, differences = 0, []
    for number, case in enumerate(cases):
        url, name = served.urls[number], case.path.relative_to(folder)
        ours, plain = ours_of(documents[number]), plainly(bodies[number])
        for field, expected in case.expected:
            compared += 1
            agreed["plain"] += is_same(field, expected, plain.get(field), url)
            if is_same(field, expected, ours.get(field), url):
                agreed["ours"] += 1
            else:
                differences.append(f"  {name}: {field}\n    {expected!r}\n    {ours.get(field)!r}")
    kinds = Counter(kind_of(document) for document in documents.values())
    print(f"\n{collection}: {len(cases)} files read in {seconds:.1f} s: {told(kinds)}")
    if compared:
        shares = [f"{agreed[who] / compared:.1%} ({agreed[who]})" for who in ("ours", "plain")]
        print(f"  {compared} values: {shares[0]} agree; of plain feedparser's {shares[1]}")
    for number, document in documents.items():
        unforeseen = kind_of(document) not in {"read", "not_a_feed"}
        missing = isinstance(document, FeedError) and cases[number].expected and not brief
        if unforeseen or missing:
            print(f"  {cases[number].path.relative_to(folder)}: {document}")
    if not brief:
        print("\n".join(differences))


def kind_of(document: FeedDocument | FeedError) -> str:
    return document.reason if isinstance(document, FeedError) else "read"


def told(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))


# --- the feeds over HTTP -------------------------------------------------------------------------


class Served:
    """Serves the files of `cases` from a thread, each with its headers."""

    def __init__(self, cases: Iterable[Case], folder: Path) -> None:
        files = {quote(f"/{case.path.relative_to(folder)}"): case for case in cases}

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                case = files[self.path]
                body = case.path.read_bytes()
                self.send_response(200)
                for name, value in case.headers.items():
                    self.send_header(name, re.sub(r"[^\x20-\x7e]", "", value))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Not told."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.urls = [f"http://127.0.0.1:{self._server.server_address[1]}{path}" for path in files]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def fetch_all(served: Served) -> list[FetchResult]:
    feeds = [Feed(str(n), "T", "O", url=url) for n, url in enumerate(served.urls)]
    requests = [FetchRequest(feed) for feed in feeds]
    settings = FetchSettings(concurrency=8, per_host=8, allow_hosts=("127.0.0.1",))
    return fetch_feeds(requests, settings, now=datetime.now(UTC), progress=lambda _: None)


def body_of(result: FetchResult) -> FeedBody:
    if result.body is None:
        raise SystemExit(f"{result.url} was not fetched: {result.status} {result.detail}")
    return FeedBody(result.body, result.content_type, result.url, datetime.now(UTC))


# --- what was found ------------------------------------------------------------------------------


def ours_of(document: FeedDocument | FeedError) -> Found:
    if isinstance(document, FeedError):
        return {}
    found: Found = {"title": document.title, "link": document.url}
    for number, entry in enumerate(document.entries):
        place = f"entries[{number}]"
        found |= {f"{place}.title": entry.title, f"{place}.link": entry.url}
        found |= {f"{place}.id": entry.entry_id, f"{place}.published": entry.published_at}
        found[f"{place}.updated"] = entry.updated_at
    return found


def plainly(body: FeedBody) -> Found:
    """What plain feedparser finds, told where the body is from."""
    headers = {"content-type": body.content_type or "", "content-location": body.url}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            parsed = feedparser.parse(io.BytesIO(body.body), response_headers=headers)
        except Exception:  # noqa: BLE001 - counted as having found nothing
            return {}
        found: Found = {"title": parsed.feed.get("title"), "link": parsed.feed.get("link")}
        for number, entry in enumerate(parsed.entries):
            place = f"entries[{number}]"
            found |= {f"{place}.{name}": entry.get(name) for name in ("title", "link", "id")}
            published = instant(entry, "published") or instant(entry, "created")
            found[f"{place}.published"] = published or instant(entry, "updated")
            found[f"{place}.updated"] = instant(entry, "updated")
    return found


def instant(entry: Any, name: str) -> datetime | None:
    parsed = dict.get(entry, f"{name}_parsed")
    try:
        return datetime(*parsed[:6], tzinfo=UTC) if parsed else None
    except ValueError:
        return None


def is_same(field: str, expected: str | datetime, got: Any, url: str) -> bool:
    """Texts as a reader sees them, links as absolute, dates to the second."""
    if isinstance(expected, datetime):
        return isinstance(got, datetime) and abs((expected - got).total_seconds()) < 1
    if not isinstance(got, str):
        return False
    if folded(got) == folded(expected):
        return True
    if field.endswith("link"):
        return without_slash(urljoin(url, got)) == without_slash(urljoin(url, expected.strip()))
    if field.endswith(".id"):
        return urljoin(url, got) == urljoin(url, expected.strip())
    return seen(got) == seen(expected)


def folded(text: str) -> str:
    return " ".join(text.split())


def seen(markup: str) -> str:
    return folded(
        html.unescape(re.sub(r"</?[a-zA-Z][^<>]*>|<!--.*?-->", "", html.unescape(markup)))
    )


def without_slash(url: str) -> str:
    return url.rstrip("/")


if __name__ == "__main__":
    main()
