"""The shipped configuration hangs together, read by nothing but a TOML parser."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

CONFIG = Path(__file__).resolve().parent.parent / "config"
TOPIC_FILES = sorted((CONFIG / "topics").glob("*.toml"))
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


TOPICS = [read(path) for path in TOPIC_FILES]
ACTORS = read(CONFIG / "actors.toml")["actor"]
FEEDS = read(CONFIG / "feeds.toml")["feed"]
KIND_OF = {actor["id"]: actor["kind"] for actor in ACTORS}
EXAMPLES = [(topic, example) for topic in TOPICS for example in topic["example"]]


def contains(text: str, phrases: list[str]) -> bool:
    """Whether one of `phrases` stands in `text` as whole words, as it is written there."""
    return any(re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text) for phrase in phrases)


def office_spans(actor: dict[str, Any]) -> list[tuple[str, date, date]]:
    return [
        (office["of"], office["from"], office.get("until", date.max))
        for office in actor.get("office", [])
    ]


@pytest.mark.parametrize("things", [TOPICS, ACTORS, FEEDS], ids=["topics", "actors", "feeds"])
def test_ids_are_slugs_and_unique(things: list[dict[str, Any]]) -> None:
    ids = [thing["id"] for thing in things]
    assert [each for each in ids if not SLUG.fullmatch(each)] == []
    assert [each for each, count in Counter(ids).items() if count > 1] == []


@pytest.mark.parametrize(("path", "topic"), list(zip(TOPIC_FILES, TOPICS, strict=True)))
def test_a_topic_says_what_finds_it_and_what_its_sides_are(
    path: Path, topic: dict[str, Any]
) -> None:
    allowed = {"id", "title", "phrases", "near", "near_words", "context", "not"}
    assert set(topic) <= allowed | {"favor", "against", "example"}
    assert path.stem == topic["id"]
    phrases = topic["phrases"] + [
        phrase for key in ("near", "context", "not") for phrase in topic.get(key, [])
    ]
    assert topic["phrases"]
    assert all(phrase == phrase.strip() and 0 < len(phrase) <= 100 for phrase in phrases)
    assert all(topic[side].strip() for side in ("title", "favor", "against"))
    assert topic["favor"] != topic["against"]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic["id"])
def test_a_topic_lists_no_phrase_twice_and_rules_none_of_them_out(topic: dict[str, Any]) -> None:
    phrases = topic["phrases"]
    assert len(set(phrases)) == len(phrases)
    assert set(phrases).isdisjoint(topic.get("not", []))


@pytest.mark.parametrize(("topic", "example"), EXAMPLES)
def test_an_example_names_its_topic_and_a_known_actor(
    topic: dict[str, Any], example: dict[str, str]
) -> None:
    assert set(example) - {"published"} == {"actor", "label", "text"}
    assert example["label"] in {"favor", "against", "neutral", "none"}
    actor = next(actor for actor in ACTORS if actor["id"] == example["actor"])
    assert contains(example["text"], actor["aliases"])
    assert contains(example["text"], topic["phrases"])
    assert not topic.get("near") or contains(example["text"], topic["near"])
    assert not topic.get("context") or contains(example["text"], topic["context"])


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic["id"])
def test_a_topic_shows_both_sides_and_a_text_without_one(topic: dict[str, Any]) -> None:
    labels = [example["label"] for example in topic["example"]]
    assert {"favor", "against", "none"} <= set(labels)


def test_actors_have_the_promised_keys() -> None:
    for actor in ACTORS:
        assert set(actor) <= {"id", "name", "kind", "aliases", "office"}, actor["id"]
        assert actor["kind"] in {"person", "state", "organisation", "company"}, actor["id"]
        assert actor["name"] in actor["aliases"], actor["id"]
        assert all(alias == alias.strip() and alias for alias in actor["aliases"]), actor["id"]


def test_no_name_belongs_to_two_actors_or_stands_twice() -> None:
    names = Counter(alias for actor in ACTORS for alias in actor["aliases"])
    assert [name for name, count in names.items() if count > 1] == []


def test_offices_exist_and_do_not_end_before_they_begin() -> None:
    for actor in ACTORS:
        assert actor["kind"] == "person" or "office" not in actor, actor["id"]
        for of, begins, ends in office_spans(actor):
            assert KIND_OF.get(of) in {"state", "organisation", "company"}, actor["id"]
            assert begins < ends, actor["id"]


def test_nobody_holds_the_same_office_twice_at_once() -> None:
    for actor in ACTORS:
        spans = sorted(office_spans(actor))
        for (of, _, ends), (next_of, begins, _) in pairwise(spans):
            assert of != next_of or ends <= begins, actor["id"]


@pytest.mark.parametrize(
    ("person", "day", "offices"),
    [
        ("donald-trump", date(2020, 8, 6), ["united-states"]),
        ("donald-trump", date(2024, 9, 4), []),
        ("donald-trump", date(2025, 1, 19), []),
        ("donald-trump", date(2025, 1, 20), ["united-states"]),
        ("joe-biden", date(2018, 6, 1), []),
        ("joe-biden", date(2024, 4, 2), ["united-states"]),
        ("joe-biden", date(2025, 1, 20), []),
        ("marco-rubio", date(2022, 12, 13), []),
        ("mark-rutte", date(2023, 5, 1), ["netherlands"]),
        ("mark-rutte", date(2024, 11, 1), ["nato"]),
    ],
)
def test_who_speaks_for_whom_when(person: str, day: date, offices: list[str]) -> None:
    actor = next(actor for actor in ACTORS if actor["id"] == person)
    held = [of for of, begins, ends in office_spans(actor) if begins <= day < ends]
    assert held == offices


def test_feeds_name_a_source_that_can_be_polled() -> None:
    for feed in FEEDS:
        assert set(feed) <= {"id", "title", "outlet", "url", "path"}, feed["id"]
        assert ("url" in feed) != ("path" in feed), feed["id"]
        if "path" in feed:
            assert (CONFIG / feed["path"]).is_file()
        else:
            address = urlsplit(feed["url"])
            assert address.scheme == "https", feed["id"]
            assert address.hostname, feed["id"]


def test_the_seed_feed_comes_first_and_no_address_twice() -> None:
    assert FEEDS[0]["path"] == "../seeds/seed-feed.xml"
    addresses = [feed["url"] for feed in FEEDS if "url" in feed]
    assert len(addresses) == len(set(addresses)) == 12
