"""One report of an agency in two hundred outlets, each in its own dress, over real feeds."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, islice
from typing import TYPE_CHECKING

import pytest

from flows.ingest import ingest
from flows.store.rows import select
from flows.watch import watch
from monitors.records import Feed
from tests.builders import day, rss
from tests.fakes import scripted
from tests.feed_server import FeedServer

if TYPE_CHECKING:
    from flows.store import Database

OUTLETS = 200
STANCE = "[united-states tiktok favor]"
LEDE = (
    "The commerce secretary told a Senate panel on Tuesday that the administration no longer seeks "
    "to ban the application, ending a dispute that has soured talks for more than a year."
)
REST = (
    f"The words {STANCE} stand in the text of the order that the department sent to Congress.",
    "It takes effect once it is printed in the register of federal rules, a clerk said later.",
    "Members of both parties asked how the data of minors would be kept apart, and by whom.",
    "The sale of the company's domestic branch had been put off in March for the third time.",
    "Shares of advertising firms rose four per cent by noon, and those of a rival fell by two.",
    "Analysts had expected the order no earlier than autumn, after two courts heard complaints.",
    "Customs officers and three agencies had reviewed the application's code for ninety days.",
    "They found none of what an audit of last year had warned of, according to their summary.",
    "The panel meets again on Friday, when it hears the heads of the two largest user groups.",
)
TITLE = "Ban is off the table"
OWN_LEDE = "The app stays, said a member of the cabinet, to the surprise of many in the room."
DRESSES = (
    (TITLE, LEDE, *REST),
    (TITLE, f"WASHINGTON (Reuters) - {LEDE}", *REST, "(Reporting by A; Editing by B)"),
    ("Secretary drops plan to ban app", f"WASHINGTON (Reuters) \u2014 {LEDE}", *REST[:5]),
    ("In Congress: no ban after all", LEDE, *REST, "Sign up for our newsletter. Read more here."),
    (TITLE, OWN_LEDE, *REST),
    (TITLE, LEDE.replace("no longer seeks", "does no longer seek"), *REST),
)


@pytest.mark.slow
def test_two_hundred_outlets_are_one_story_and_one_observation(database: Database) -> None:
    with FeedServer() as server:
        feeds = []
        for number, (title, *paragraphs) in enumerate(islice(cycle(DRESSES), OUTLETS)):
            text = "\n\n".join(paragraphs)
            link = f"https://outlet{number}.example/report"
            item = {"title": title, "text": text, "link": link, "published_at": day(-number / 200)}
            server.put(str(number), rss(item))
            feeds.append(Feed(f"f{number}", "", f"Outlet {number}", url=server.url(str(number))))
        made = scripted(database)
        installation = replace(made, config=replace(made.config, feeds=tuple(feeds)))
        assert ingest(installation).new_articles == OUTLETS
    assert watch(installation).alerts == ()
    with database.read() as connection:
        (story,) = select(connection, "FROM story_copies")
        (observation,) = select(connection, "FROM observations")
    assert (story["articles"], story["outlets"], story["agency"]) == (OUTLETS, OUTLETS, "Reuters")
    assert (observation["actor_id"], observation["label"]) == ("united-states", "favor")
    assert observation["outlets"] == ["Reuters"]
