"""The examples that topics carry are held against what is read."""

from __future__ import annotations

from datetime import date

import pytest

from flows.settings import ExampleFailure, example_failures
from monitors.records import Actor, Label, Office, Stance, Topic, TopicExample, Watchlist

ACTORS = (
    Actor("usa", "United States", "state", ("U.S.",)),
    Actor("biden", "Joe Biden", "person", ("Biden",), (Office("usa"),)),
    Actor("china", "China", "state", ("China",)),
)


def stance(
    actor_id: str, label: Label, topic_id: str = "t", speaks_for: tuple[str, ...] = ()
) -> Stance:
    return Stance(
        actor_id, topic_id, label, 0, 1, 0, 1, "description", "fake", speaks_for=speaks_for
    )


def failures(actor_id: str, label: Label | str, *stances: Stance) -> list[ExampleFailure]:
    example = TopicExample("Some words.", actor_id, label)  # type: ignore[arg-type]
    topic = Topic("t", "T", ("T",), "for", "against", examples=(example,))
    texts = {"Some words.": stances}
    return example_failures(Watchlist((topic,), ACTORS), lambda text, _: texts[text])


@pytest.mark.parametrize(
    ("actor_id", "label", "stances"),
    [
        ("usa", "favor", [stance("usa", "favor")]),
        ("usa", "favor", [stance("usa", "favor"), stance("china", "against")]),
        ("usa", "favor", [stance("usa", "favor"), stance("usa", "against", "other")]),
        ("usa", "favor", [stance("biden", "favor")]),
        ("biden", "favor", [stance("usa", "favor")]),
        ("china", "neutral", [stance("china", "neutral")]),
        ("china", "none", []),
        ("china", "none", [stance("usa", "favor"), stance("china", "favor", "other")]),
        ("biden", "none", [stance("usa", "favor")]),
    ],
)
def test_an_example_that_is_read_as_written(
    actor_id: str, label: str, stances: list[Stance]
) -> None:
    assert failures(actor_id, label, *stances) == []


@pytest.mark.parametrize(
    ("actor_id", "label", "stances", "found"),
    [
        ("usa", "favor", [], ()),
        ("usa", "favor", [stance("usa", "against")], ("against",)),
        ("usa", "favor", [stance("china", "favor")], ()),
        ("usa", "favor", [stance("usa", "favor", "other")], ()),
        ("usa", "favor", [stance("usa", "favor"), stance("biden", "against")],
         ("against", "favor")),
        ("usa", "none", [stance("usa", "favor")], ("favor",)),
        ("usa", "none", [stance("biden", "favor", speaks_for=("usa",))], ("favor",)),
    ],
)  # fmt: skip
def test_an_example_that_is_read_otherwise(
    actor_id: str, label: str, stances: list[Stance], found: tuple[str, ...]
) -> None:
    assert failures(actor_id, label, *stances) == [
        ExampleFailure("t", 1, "Some words.", actor_id, label, found)
    ]


def test_a_failure_reads_as_a_sentence() -> None:
    (failure,) = failures("usa", "favor", stance("usa", "against"))
    assert str(failure) == ("t, example 1: usa should be favor, was read as against: Some words.")
    [left_out] = failures("usa", "favor")
    assert "left out" in str(left_out)
    assert not left_out.is_wrong
    assert failure.is_wrong


def test_examples_are_counted_from_one_in_each_topic() -> None:
    rows = tuple(TopicExample(text, "usa", "favor") for text in ("a", "b"))
    topics = tuple(
        Topic(topic_id, "T", ("T",), "for", "against", examples=rows) for topic_id in ("s", "t")
    )
    found = example_failures(
        Watchlist(topics, ACTORS), lambda text, _: [stance("usa", "favor")] if text == "a" else []
    )
    assert [(failure.topic_id, failure.number) for failure in found] == [
        ("s", 1), ("s", 2), ("t", 2)
    ]  # fmt: skip


def test_an_example_is_read_as_of_its_day() -> None:
    example = TopicExample("Some words.", "usa", "favor", date(2024, 1, 16))
    topic = Topic("t", "T", ("T",), "for", "against", examples=(example,))
    asked = []

    def analyse(text: str, published: date | None) -> list[Stance]:
        asked.append((text, published))
        return [stance("usa", "favor")]

    assert example_failures(Watchlist((topic,), ACTORS), analyse) == []
    assert asked == [("Some words.", date(2024, 1, 16))]
