"""Where a feed says that its hub is, which tells subscribers of what is new (WebSub, section 4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitors.feeds import absolute_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitors.records import FeedDocument

MAX_ADDRESS = 2_000
_MOST_HEADERS, _LONGEST_HEADER = 20, 8_000
# `<address>` and its parameters, up to the comma before the next one.
_LINK = re.compile(r'<([^<>]*)>((?:[^",<]|"(?:[^"\\]|\\.)*")*)')
_RELATION = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hub:
    """A hub to subscribe at, and the topic to subscribe to there: the feed by its own name."""

    url: str
    topic: str


@dataclass(frozen=True, slots=True)
class HubLinks:
    """The hubs and the topic that a feed names in one place; any may be missing."""

    hubs: tuple[str, ...] = ()
    topic: str | None = None


def read_link_headers(values: Sequence[str], url: str) -> HubLinks:
    """The hubs and the topic in the `Link` headers (RFC 8288) of the answer from `url`."""
    hubs: list[str] = []
    topics: list[str] = []
    for value in values[:_MOST_HEADERS]:
        for target, parameters in _LINK.findall(value[:_LONGEST_HEADER]):
            relations, address = _relations(parameters), absolute_url(url, target)
            if address and "hub" in relations:
                hubs.append(address)
            if address and "self" in relations:
                topics.append(address)
    return HubLinks(tuple(hubs), topics[0] if topics else None)


def choose_hub(headers: HubLinks, document: FeedDocument) -> Hub | None:
    """The hub that is used; None where the feed names none, or not itself.

    What the headers say goes before what the document says, and an encrypted hub before others.
    """
    hubs = [hub for hub in headers.hubs or document.hubs if len(hub) <= MAX_ADDRESS]
    topic = (headers.topic if headers.hubs else None) or document.topic or headers.topic
    if not hubs or topic is None or len(topic) > MAX_ADDRESS:
        return None
    return Hub(min(hubs, key=lambda hub: not hub.startswith("https:")), topic)


def _relations(parameters: str) -> list[str]:
    match = _RELATION.search(parameters)
    return (match[1] or match[2] or "").lower().split() if match else []
