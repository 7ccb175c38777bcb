"""Records and files for tests, each with everything filled in but what the test is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from flows.admit import Draft
from monitors.identity import stable_id
from monitors.shifts.observing import HeldStance

NOW = datetime(2024, 4, 2, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parent.parent


def day(number: float) -> datetime:
    """The time that many days after the tests' usual now."""
    return NOW + timedelta(days=number)


def draft(text: str, **changes: Any) -> Draft:
    published_at = changes.pop("published_at", NOW)
    values: dict[str, Any] = {
        "url": f"https://news.example/{stable_id('u', text)}",
        "feed_id": "feed",
        "outlet": "Outlet",
        "title": text.split("\n", 1)[0][:80],
        "text": text,
        "published_at": published_at,
        "date_source": "published",
        "first_seen_at": changes.pop("first_seen_at", published_at),
    }
    return Draft(**values | changes)


def held(story_id: str, score: float, **changes: Any) -> HeldStance:
    said_at = changes.pop("said_at", NOW)
    values: dict[str, Any] = {
        "actor_id": "united-states",
        "topic_id": "tiktok",
        "story_id": story_id,
        "label": "favor" if score > 0 else "against" if score < 0 else "neutral",
        "score": score,
        "confidence": 0.8,
        "said_at": said_at,
        "seen_at": said_at,
        "outlet": "Outlet",
    }
    return HeldStance(**values | changes)


def rss(*items: dict[str, Any], title: str = "A feed") -> bytes:
    """An RSS 2.0 body; an item has title, text and optionally link, guid, published_at."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel><title>{escape(title)}</title><link>https://news.example/</link>"
        f"{''.join(map(_item, items))}</channel></rss>"
    ).encode()


def _item(item: dict[str, Any]) -> str:
    link = item.get("link", f"https://news.example/{item['title'].replace(' ', '-').lower()}")
    paragraphs = "".join(f"<p>{escape(part)}</p>" for part in item["text"].split("\n\n"))
    return (
        f"<item><title>{escape(item['title'])}</title><link>{escape(link)}</link>"
        f"<guid>{escape(item.get('guid', link))}</guid>"
        f"<pubDate>{format_datetime(item.get('published_at', NOW))}</pubDate>"
        f"<content:encoded>{escape(paragraphs)}</content:encoded></item>"
    )
