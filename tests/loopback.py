"""Loopback is opened to the tests, which the fetcher would refuse otherwise."""

from __future__ import annotations

from typing import Any

from flows.fetch import FetchSettings

LOOPBACK = ("127.0.0.0/8", "localhost")
# What a settings.toml says to open it.
SETTINGS = '[fetch]\nallow_hosts = ["127.0.0.0/8", "localhost"]\n'


def fetch_settings(**changes: Any) -> FetchSettings:
    """Settings of a fetch with these changes."""
    return FetchSettings(**{"allow_hosts": LOOPBACK} | changes)
