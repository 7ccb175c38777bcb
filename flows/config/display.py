"""The configuration as `config show` prints it: everything but the secrets."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

if TYPE_CHECKING:
    from flows.config.channels import ChannelConfig
    from flows.settings import Config
    from monitors.quiet_hours import QuietHours
    from monitors.records import Actor, Feed, Topic

HIDDEN = "***"

_SECRET_KEY = re.compile(
    r"token|secret|passw|pwd|auth|signature|credential|session"
    r"|(?:^|[-_.])(?:api)?(?:key|sig|hash|code|pass)$",
    re.IGNORECASE,
)
_OPAQUE = re.compile(r"(?=[^\d]*\d)(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9_~+=-]{20,}")


def show_config(config: Config) -> dict[str, object]:
    """The configuration in force as plain values, with every secret replaced by `***`."""
    return {
        "sources": {name: str(path) for name, path in config.sources.items()},
        "settings": config.settings.model_dump(mode="json"),
        "policy": asdict(config.policy) | {"kinds": list(config.policy.kinds)},
        "watchlist_version": config.watchlist.version,
        "topics": [_topic(topic) for topic in config.watchlist.topics],
        "actors": [_actor(actor) for actor in config.watchlist.actors],
        "feeds": [_feed(feed) for feed in config.feeds],
        "channels": [_channel(channel) for channel in config.channels],
        "templates": sorted(config.templates),
        "warnings": [str(warning) for warning in config.warnings],
    }


def mask_url(url: str) -> str:
    """`url` without user-info, and with token-like parts of path and query hidden."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return mask_channel_url(url)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{HIDDEN}@{host}" if "@" in parts.netloc else host
    path = "/".join(
        HIDDEN if _OPAQUE.fullmatch(segment) else segment for segment in parts.path.split("/")
    )
    query = "&".join(
        f"{quote(key, errors='replace')}={_mask_value(key, value)}"
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def _mask_value(key: str, value: str) -> str:
    if _SECRET_KEY.search(key) or _OPAQUE.fullmatch(value):
        return HIDDEN
    return quote(value, errors="replace")


def mask_channel_url(url: str) -> str:
    """Only the scheme: Apprise URLs carry secrets in any of their parts."""
    scheme, separator, _ = url.partition("://")
    return f"{scheme}://…" if separator else "…"


def _topic(topic: Topic) -> dict[str, object]:
    return {
        "id": topic.topic_id,
        "title": topic.title,
        "phrases": list(topic.phrases),
        "near": list(topic.near),
        "near_words": topic.near_words,
        "context": list(topic.context),
        "not": list(topic.excluded),
        "favor": topic.favor,
        "against": topic.against,
        "examples": len(topic.examples),
    }


def _actor(actor: Actor) -> dict[str, object]:
    return {
        "id": actor.actor_id,
        "name": actor.name,
        "kind": actor.kind,
        "aliases": list(actor.aliases),
        "offices": [
            {
                "of": office.of,
                "from": office.starts_on.isoformat() if office.starts_on else None,
                "until": office.ends_on.isoformat() if office.ends_on else None,
            }
            for office in actor.offices
        ],
    }


def _feed(feed: Feed) -> dict[str, object]:
    return {
        "id": feed.feed_id,
        "title": feed.title,
        "outlet": feed.outlet,
        "url": mask_url(feed.url) if feed.url else None,
        "path": feed.path,
    }


def _channel(channel: ChannelConfig) -> dict[str, object]:
    return {
        "id": channel.channel_id,
        "url": mask_channel_url(channel.url) if channel.url else None,
        "enabled": channel.enabled,
        "feed_notices": channel.feed_notices,
        "topics": list(channel.topics),
        "actors": list(channel.actors),
        "kinds": list(channel.kinds),
        "min_severity": channel.min_severity,
        "at_once": channel.at_once,
        "group_by": channel.group_by,
        "quiet": _quiet(channel.quiet) if channel.quiet else None,
        "digest": channel.digest,
        "digest_empty": channel.digest_empty,
        "format": channel.form,
        "problem": channel.problem,
    }


def _quiet(quiet: QuietHours) -> list[str]:
    hours = f"{quiet.starts:%H:%M}-{quiet.ends:%H:%M}"
    return [*([hours] if quiet.starts != quiet.ends else []), *quiet.days]
