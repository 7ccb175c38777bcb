"""The shipped news: the feed carries the seed article unchanged, the demo is a usable timeline."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from monitors.copies import is_copy
from monitors.feeds import parse_feed

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
PREFIX = " date 2024-04-02 "
WIRE = "Meridian Wire"
REVERSAL = datetime(2025, 1, 20, tzinfo=UTC)
Piece = dict[str, str]


def seed_article() -> str:
    text = (SEEDS / "000_5b06adfc48943693.txt").read_text(encoding="utf-8")
    assert text.startswith(PREFIX)
    return text.removeprefix(PREFIX).strip()


@pytest.fixture(scope="module")
def pieces() -> list[Piece]:
    lines = (SEEDS / "demo" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def published_at(piece: Piece) -> datetime:
    return datetime.fromisoformat(piece["published"])


def wire_copies(pieces: list[Piece]) -> list[tuple[Piece, Piece]]:
    """Every piece that carries a report of the agency, with that report."""
    wires = [piece for piece in pieces if piece["outlet"] == WIRE]
    return [
        (wire, piece)
        for wire in wires
        for piece in pieces
        if piece["outlet"] != WIRE and is_copy(wire["text"], piece["text"])
    ]


# --- the seed feed ---------------------------------------------------------------------------


def test_the_feed_is_rss_2_with_the_article_as_its_one_item() -> None:
    root = ET.parse(SEEDS / "seed-feed.xml").getroot()
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    (item,) = root.iter("item")
    assert all(item.findtext(tag) for tag in ("title", "link", "guid", "pubDate", "description"))


def test_the_feed_carries_the_article_word_for_word_as_the_product_reads_it() -> None:
    body = (SEEDS / "seed-feed.xml").read_bytes()
    document = parse_feed(body, now=datetime(2024, 4, 3, tzinfo=UTC))
    (entry,) = document.entries
    assert document.problems == ()
    assert entry.text == seed_article()
    assert entry.published_at is not None
    assert (entry.published_at.date().isoformat(), entry.date_source) == ("2024-04-02", "published")
    assert entry.url is not None
    assert urlsplit(entry.url).hostname == "example.org"


# --- the demo --------------------------------------------------------------------------------


def test_the_demo_has_enough_pieces_from_enough_outlets(pieces: list[Piece]) -> None:
    fields = {"id", "published", "outlet", "title", "url", "text"}
    assert all(set(piece) == fields for piece in pieces)
    assert 40 <= len(pieces) <= 70
    assert len({piece["outlet"] for piece in pieces}) >= 6
    for field in ("id", "url", "title", "text"):
        assert len({piece[field] for piece in pieces}) == len(pieces), field


def test_the_demo_goes_forward_in_time(pieces: list[Piece]) -> None:
    times = [published_at(piece) for piece in pieces]
    assert all(piece["published"].endswith("Z") for piece in pieces)
    assert all(early < late for early, late in pairwise(times))
    assert (times[0].year, times[-1].year) == (2020, 2025)


def test_demo_pieces_are_short_and_in_paragraphs(pieces: list[Piece]) -> None:
    for piece in pieces:
        paragraphs = piece["text"].split("\n\n")
        assert 3 <= len(paragraphs) <= 7, piece["id"]
        assert all(part and part == part.strip() and "\n" not in part for part in paragraphs)
        assert 90 <= len(piece["text"].split()) <= 220, piece["id"]


def test_demo_links_lead_nowhere(pieces: list[Piece]) -> None:
    hosts = {urlsplit(piece["url"]).hostname or "" for piece in pieces}
    assert all(host.endswith(".example") for host in hosts)


def test_other_outlets_carry_wire_copies_on_the_same_day_under_their_own_title(
    pieces: list[Piece],
) -> None:
    copies = wire_copies(pieces)
    assert len(copies) >= 10
    for wire, copy in copies:
        assert published_at(copy) - published_at(wire) < timedelta(days=1), copy["id"]
        assert copy["title"] != wire["title"]
        assert copy["text"] != wire["text"]


def test_pieces_that_are_no_copies_are_stories_of_their_own(pieces: list[Piece]) -> None:
    copied = {copy["id"] for _, copy in wire_copies(pieces)}
    own = [piece for piece in pieces if piece["id"] not in copied]
    clashes = [
        (one["id"], other["id"])
        for index, one in enumerate(own)
        for other in own[index + 1 :]
        if is_copy(one["text"], other["text"])
    ]
    assert clashes == []


def test_the_reversal_is_told_by_several_outlets_within_the_week(pieces: list[Piece]) -> None:
    copied = {copy["id"] for _, copy in wire_copies(pieces)}
    outlets_by_span: dict[str, set[str]] = defaultdict(set)
    stories_by_span: dict[str, int] = defaultdict(int)
    for piece in pieces:
        after = published_at(piece) - REVERSAL
        for span, days in (("week", 7), ("five weeks", 35)):
            if timedelta(0) <= after < timedelta(days=days) and "President Donald" in piece["text"]:
                outlets_by_span[span].add(piece["outlet"])
                stories_by_span[span] += piece["id"] not in copied
    assert stories_by_span["week"] >= 4
    assert stories_by_span["five weeks"] >= 8
    assert len(outlets_by_span["five weeks"]) >= 4
