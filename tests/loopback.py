"""Loopback is opened to the tests where the fetcher would refuse it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from flows.fetch import FetchSettings

_GUARDED = "allow_hosts" in {field.name for field in fields(FetchSettings)}
# What a settings.toml says to open it.
SETTINGS = '[fetch]\nallow_hosts = ["127.0.0.1"]\n' if _GUARDED else ""


def fetch_settings(**changes: Any) -> FetchSettings:
    """Settings of a fetch with these changes."""
    return FetchSettings(**({"allow_hosts": ("127.0.0.1",)} if _GUARDED else {}) | changes)
