"""Where a feed says that its hub is: in the headers of its answer, else in the feed itself."""

from __future__ import annotations

import pytest

from monitors.hubs import Hub, HubLinks, choose_hub, read_link_headers
from monitors.records import FeedDocument

URL = "https://post.example/feed.xml"
HUB, TOPIC = "https://hub.example/", "https://post.example/feed.xml"


def document(*hubs: str, topic: str | None = TOPIC) -> FeedDocument:
    return FeedDocument("T", None, None, "rss20", (), hubs=hubs, topic=topic)


@pytest.mark.parametrize(
    "values",
    [
        [f'<{HUB}>; rel="hub"', f"<{TOPIC}>; rel=self"],
        [f'<{HUB}>; rel="hub", <{TOPIC}>; rel="self"'],
        [
            f'<https://a.example/>; rel="next";title="a, b; <c>",<{HUB}> ; REL=Hub ,',
            "</feed.xml>;rel=self",
        ],
        [f'<{HUB}>; title="x"; rel="preconnect hub", <feed.xml>; rel="self canonical"'],
    ],
)
def test_headers_are_read_in_all_their_forms(values: list[str]) -> None:
    assert read_link_headers(values, URL) == HubLinks((HUB,), TOPIC)


@pytest.mark.parametrize(
    "value",
    ["", "<>", '<https://hub.example/>; rel="hubs"', "<javascript:x>; rel=hub", "hub", "<" * 9_000],
)
def test_what_is_no_hub_is_left_out(value: str) -> None:
    assert read_link_headers([value], URL) == HubLinks()


def test_headers_go_before_the_document_and_https_before_http() -> None:
    headers = HubLinks(("http://old.example/", HUB), "https://post.example/canonical")
    assert choose_hub(headers, document("https://other.example/")) == Hub(
        HUB, "https://post.example/canonical"
    )
    assert choose_hub(HubLinks(), document("http://a.example/")) == Hub("http://a.example/", TOPIC)


def test_each_place_may_lack_the_topic_but_not_both() -> None:
    assert choose_hub(HubLinks((HUB,)), document()) == Hub(HUB, TOPIC)
    assert choose_hub(HubLinks((), TOPIC), document(HUB, topic=None)) == Hub(HUB, TOPIC)
    assert choose_hub(HubLinks((HUB,)), document(topic=None)) is None
    assert choose_hub(HubLinks(), document()) is None


def test_an_endless_address_is_nobodys() -> None:
    assert choose_hub(HubLinks((f"{HUB}{'x' * 2_000}",), TOPIC), document()) is None
