"""Which newsroom's site an address belongs to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_PREFIX = re.compile(r"(?:www\d?|m|mobile|amp|feeds?|rss|newsfeed|news|edition|en|english)\.")
# One address stands for many newsrooms here: the path says which.
_SHARED = re.compile(
    r"(?:feeds\d?\.feedburner|news\.google|reddit|youtube|medium|feeds\.feedblitz|rsshub"
    r"|[\w.-]*amazonaws|flipboard|apple)\.[a-z.]+"
)
_LEAST_LABELS = 2


def site_of(url: str) -> str:
    """The site's name: its host without `www`, `feeds` and the like; empty for no address."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
    while (match := _PREFIX.match(host)) and host[match.end() :].count(".") >= _LEAST_LABELS - 1:
        host = host[match.end() :]
    return host


def own_site_of(url: str) -> str:
    """The same, empty where the host carries the feeds of many newsrooms."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return "" if _SHARED.fullmatch(host.removeprefix("www.")) else site_of(url)
