from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from flows.admit import admit, with_headline
from flows.store import Database, transaction
from flows.store.rows import Row, select
from tests.builders import NOW, day, draft

if TYPE_CHECKING:
    from monitors.records import Article

REPORT = (
    "The ministry said on Tuesday that it would review the export rules before the summer, after "
    "three months of talks with manufacturers who had asked for more time.\n\n"
    "Officials told reporters that the new list would name forty firms, among them two makers of "
    "memory chips, and that licences already granted would stay in force until they run out.\n\n"
    "Trade groups welcomed the delay but warned that customers abroad were already looking for "
    "other suppliers, and asked for a clear date by which the list would be final."
)


def take_in(database: Database, *drafts: Any) -> list[Article]:
    with database.write() as connection, transaction(connection):
        return admit(connection, drafts)


def stored(database: Database, query: str = "FROM articles ORDER BY url, version") -> list[Row]:
    with database.read() as connection:
        return select(connection, query)


def test_second_sight_adds_nothing(database: Database) -> None:
    assert len(take_in(database, draft(REPORT))) == 1
    assert take_in(database, draft(REPORT)) == []
    assert len(stored(database)) == 1


def test_same_entry_twice_in_one_batch_is_one_article(database: Database) -> None:
    assert len(take_in(database, draft(REPORT), draft(REPORT))) == 1


def test_edit_is_a_new_version_of_the_same_story(database: Database) -> None:
    take_in(database, draft(REPORT, url="https://news.example/1"))
    edited = draft("Corrected: " + REPORT, url="https://news.example/1", first_seen_at=day(1))
    (article,) = take_in(database, edited)
    first, second = stored(database)
    assert article.version == 2
    assert (first["is_current"], second["is_current"]) == (False, True)
    assert first["story_id"] == second["story_id"]


def test_text_that_comes_back_is_current_again_and_read_again(database: Database) -> None:
    url = "https://news.example/1"
    take_in(database, draft(REPORT, url=url))
    take_in(database, draft("Corrected: " + REPORT, url=url))
    take_in(database, draft(REPORT, url=url))
    current = [row for row in stored(database) if row["is_current"]]
    assert [row["text"] for row in current] == [REPORT]
    assert current[0]["analysed_at"] is None


def test_another_feed_with_other_words_makes_no_new_version(database: Database) -> None:
    url = "https://news.example/1"
    take_in(database, draft(REPORT, url=url))
    assert take_in(database, draft("A teaser.", url=url, feed_id="other")) == []


def test_another_feed_in_the_same_batch_does_not_hide_an_edit(database: Database) -> None:
    url = "https://news.example/1"
    take_in(database, draft(REPORT, url=url))
    edited = draft("Corrected: " + REPORT, url=url)
    (article,) = take_in(database, draft("A teaser.", url=url, feed_id="other"), edited)
    assert (article.version, article.text) == (2, edited.text)
    assert take_in(database, edited, draft("Another teaser.", url=url, feed_id="other")) == []


def test_wire_copies_are_one_story(database: Database) -> None:
    copy = "HARBOUR CITY (Wire) - " + REPORT.rsplit("\n\n", 1)[0]
    take_in(database, draft(REPORT, outlet="Wire"))
    take_in(database, draft(copy, outlet="Courier", published_at=day(0.2)))
    assert len({row["story_id"] for row in stored(database)}) == 1
    assert len(stored(database, "FROM stories")) == 1


def test_copies_within_one_batch_are_one_story(database: Database) -> None:
    take_in(database, draft(REPORT), draft(REPORT + " More to follow.", outlet="Courier"))
    assert len({row["story_id"] for row in stored(database)}) == 1


def test_a_copy_is_kept_with_the_agency_that_it_credits(database: Database) -> None:
    copy = "HARBOUR CITY (AP) - " + REPORT
    take_in(database, draft(REPORT, outlet="Ledger"), draft(copy, outlet="Courier"))
    assert {row["outlet"]: row["agency"] for row in stored(database)} == {
        "Ledger": None,
        "Courier": "AP",
    }
    (story,) = stored(database, "FROM story_copies")
    assert (story["agency"], story["articles"], story["outlets"]) == ("AP", 2, 2)
    assert story["carried_by"] == ["Courier", "Ledger"]


def test_an_outlet_that_is_an_agency_is_kept_as_one(database: Database) -> None:
    take_in(database, draft(REPORT, outlet="Associated Press"))
    assert [row["agency"] for row in stored(database)] == ["AP"]


def test_a_blurb_that_many_begin_with_hides_no_copy(database: Database) -> None:
    blurb = "Our correspondents follow the day around the world and tell you what matters. " * 4

    def under_the_blurb(number: int) -> str:
        return blurb + " ".join(f"report{number}word{index}" for index in range(200))

    flood = [draft(under_the_blurb(number)) for number in range(120)]
    take_in(database, *flood[:60])
    take_in(database, *flood[60:])
    assert len(stored(database, "FROM stories")) == 120
    copy = under_the_blurb(77) + " More to follow."
    (article,) = take_in(database, draft(copy, outlet="Courier", published_at=day(1)))
    known = {row["text"]: row["story_id"] for row in stored(database)}
    assert article.story_id == known[under_the_blurb(77)]


def test_many_articles_at_once_find_their_reports(database: Database) -> None:
    def report(number: int) -> str:
        return " ".join(f"report{number}word{index}" for index in range(90))

    take_in(database, *(draft(report(number)) for number in range(130)))
    copies = [draft(report(number) + " More.", outlet="Courier") for number in range(130)]
    take_in(database, *copies)
    assert len(stored(database, "FROM stories")) == 130


def test_same_words_a_year_later_are_another_story(database: Database) -> None:
    take_in(database, draft(REPORT, url="https://news.example/1"))
    take_in(database, draft(REPORT, url="https://news.example/2", published_at=day(365)))
    assert len({row["story_id"] for row in stored(database)}) == 2


def test_undated_edit_keeps_the_first_date(database: Database) -> None:
    url = "https://news.example/1"
    take_in(database, draft(REPORT, url=url))
    later = NOW + timedelta(days=3)
    edit = draft("New: " + REPORT, url=url, published_at=later, date_source="first_seen")
    (article,) = take_in(database, edit)
    assert article.published_at == NOW


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("Head", "Body.", "Head\n\nBody."),
        ("Head", "Head of state speaks.", "Head of state speaks."),
        ("", "Body.", "Body."),
        ("Head", "", "Head"),
    ],
)
def test_headline_is_the_first_paragraph(title: str, text: str, expected: str) -> None:
    assert with_headline(title, text) == expected


def test_entries_that_share_a_url_do_not_take_turns(database: Database) -> None:
    url = "https://news.example/live"
    both = [draft("First post. " + REPORT, url=url), draft("Second post. " + REPORT, url=url)]
    assert len(take_in(database, *both)) == 1
    assert take_in(database, *both) == []
