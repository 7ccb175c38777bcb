"""What each collection of test feeds says of its feeds, in one form: file, field, value.

A field is "title", "link" (the feed's own) or "entries[N].title", ".link", ".id", ".published",
".updated". Only values that this product is meant to have are taken, and only those that stand in
the feed: no ids that a parser made up.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ANNOTATION = re.compile(rb"^\s*(Expect|Header):\s*(.+?)\s*$", re.MULTILINE)
_WHERE = re.compile(
    r"(feed|entries\[\d+\])(?:\.|\[')(title|link|id|(?:published|updated)_parsed)(?:'\])?"
)


@dataclass(frozen=True, slots=True)
class Case:
    """A feed file, the headers it is to be served with, and what should be found in it."""

    path: Path
    headers: dict[str, str]
    expected: tuple[tuple[str, str | datetime], ...]


def cases_of(collection: str, folder: Path) -> Iterator[Case]:
    """Every feed file of a collection, with what is expected of it, which may be nothing."""
    read = {"gofeed": _gofeed, "feed-rs": _feed_rs, "feedparser": _feedparser, "reader": _reader}
    for path in sorted(folder.rglob("*")):
        if _is_feed(path):
            expected = read.get(collection, _nothing)(path)
            yield Case(path, _headers(path), tuple(_known(expected)))


def _is_feed(path: Path) -> bool:
    if not path.is_file() or path.name.endswith(("serde.json", "_expected.json")):
        return False
    if path.suffix == ".json" and path.with_suffix(".xml").exists():
        return False  # gofeed: what is expected of the file beside it
    return (
        path.suffix in {".xml", ".json", ".rss", ".atom", ".rdf", ".spc"} or path.name == "custom"
    )


def _headers(path: Path) -> dict[str, str]:
    """The headers that a comment in the file asks for, else a Content-Type by its name."""
    kind = "application/feed+json" if path.suffix == ".json" else "application/xml"
    stated = _annotations(path, b"Header")
    headers = dict(header.split(":", 1) for header in stated if ":" in header)
    cleaned = {name.strip().title(): value.strip() for name, value in headers.items()}
    return {"Content-Type": kind} | cleaned


def _annotations(path: Path, name: bytes) -> list[str]:
    found = _ANNOTATION.findall(path.read_bytes()[:4_000].replace(b"\0", b""))
    return [value.decode("utf-8", "replace") for key, value in found if key == name]


def _known(pairs: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, str | datetime]]:
    for field, value in pairs:
        if isinstance(value, str) and field.endswith((".published", ".updated")):
            try:
                yield field, datetime.fromisoformat(value).astimezone(UTC)
            except ValueError:
                continue
        elif value:
            yield field, value


def _nothing(_path: Path) -> Iterator[tuple[str, Any]]:
    return iter(())


def _gofeed(path: Path) -> Iterator[tuple[str, Any]]:
    expected = path.with_name(f"{path.stem}_expected.json")
    if not expected.exists():
        expected = path.with_suffix(".json")
    if not expected.exists() or expected == path:
        return
    feed = json.loads(expected.read_text())
    yield "title", feed.get("title")
    yield "link", feed.get("link") or feed.get("home_page_url") or _alternate(feed.get("links"))
    for number, entry in enumerate(feed.get("items") or feed.get("entries") or ()):
        guid = entry.get("guid") or entry.get("id")
        yield f"entries[{number}].title", entry.get("title")
        link = entry.get("link") or entry.get("url") or _alternate(entry.get("links"))
        yield f"entries[{number}].link", link
        yield f"entries[{number}].id", guid.get("value") if isinstance(guid, dict) else guid
        published = entry.get("publishedParsed") or entry.get("pubDateParsed")
        published = published or entry.get("date_published")
        updated = entry.get("updatedParsed") or entry.get("date_modified")
        yield from _dates(number, published, updated)


def _alternate(links: list[Any] | None) -> Any:
    """The page among Atom's links; RSS has plain strings, of which the first is meant."""
    for link in links or ():
        if isinstance(link, str):
            return link
        if link.get("rel", "alternate") in {"alternate", "", None}:
            return link.get("href")
    return None


def _dates(number: int, published: str | None, updated: str | None) -> Iterator[tuple[str, Any]]:
    """With one date only, it is when the entry was published, whatever it is called."""
    yield f"entries[{number}].published", published or updated
    if published and updated != published:
        yield f"entries[{number}].updated", updated


def _feed_rs(path: Path) -> Iterator[tuple[str, Any]]:
    expected = path.with_suffix(".serde.json")
    if not expected.exists():
        return
    source = path.read_bytes()
    feed = json.loads(expected.read_text())
    yield "title", (feed["title"] or {}).get("content")
    yield "link", _alternate(feed["links"])
    for number, entry in enumerate(feed["entries"]):
        yield f"entries[{number}].title", (entry["title"] or {}).get("content")
        yield f"entries[{number}].link", _alternate(entry["links"])
        if entry["id"].replace("&", "&amp;").encode() in source or entry["id"].encode() in source:
            yield f"entries[{number}].id", entry["id"]
        yield from _dates(number, entry["published"], entry["updated"])


def _feedparser(path: Path) -> Iterator[tuple[str, Any]]:
    for condition in _annotations(path, b"Expect"):
        try:
            tree = ast.parse(condition, mode="eval")
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq):
                yield from _compared(ast.unparse(node.left), node.comparators[0])


def _compared(where: str, value: ast.expr) -> Iterator[tuple[str, Any]]:
    match = _WHERE.fullmatch(where)
    try:
        literal = ast.literal_eval(value)
    except (ValueError, TypeError):
        return
    if not match:
        return
    field = match[2].removesuffix("_parsed")
    if isinstance(literal, str):
        # Where its own test server stands; ours stands elsewhere.
        literal = re.sub(r"^http://127\.0\.0\.1:\d+", "", literal)
    if field in {"published", "updated"}:
        if not isinstance(literal, tuple):
            return
        literal = datetime(*literal[:6], tzinfo=UTC)
    if match[1] != "feed":
        yield f"{match[1]}.{field}", literal
    elif field in {"title", "link"}:
        yield field, literal


def _reader(path: Path) -> Iterator[tuple[str, Any]]:
    beside = path.with_name(f"{path.name}.py")
    if not beside.exists():
        return
    number = -1
    for node in ast.walk(ast.parse(beside.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"FeedData", "EntryData"}:
            is_entry = ast.unparse(node.func) == "EntryData"
            number += is_entry
            for keyword in node.keywords:
                if keyword.arg in {"title", "link", "id", "published"}:
                    value = _reader_value(keyword.value)
                    place = f"entries[{number}].{keyword.arg}" if is_entry else keyword.arg
                    yield place, value


def _reader_value(value: ast.expr) -> Any:
    """A literal, a formatted string with the feed's address in it, or a datetime."""
    if isinstance(value, ast.JoinedStr):
        pieces = [piece.value if isinstance(piece, ast.Constant) else "" for piece in value.values]
        return "".join(map(str, pieces))
    if isinstance(value, ast.Call) and ast.unparse(value.func).endswith("datetime"):
        return datetime(*[ast.literal_eval(each) for each in value.args], tzinfo=UTC)
    try:
        return ast.literal_eval(value)
    except ValueError:
        return None
