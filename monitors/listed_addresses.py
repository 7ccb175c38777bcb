"""Addresses that lead into somebody's own network, as far as their names show it.

What a name resolves to is for the step that dials; this refuses what needs no asking.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from monitors.addresses import address_problem, is_local_name

if TYPE_CHECKING:
    from collections.abc import Collection

# 127.1, 0x7f000001, 017700000001: what the C library takes for an address.
_NUMBER = re.compile(r"0x[0-9a-f]*|\d+", re.IGNORECASE)
_MOST_PARTS = 4


def listed_address_problem(url: str, allowed: Collection[str] = ()) -> str | None:
    """Why `url` is not an address to take from a stranger's list; None where it may be one.

    Those in `allowed`, with or without a port, are of the user's own network and may be asked.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return "is no web address"
    if parts.scheme not in {"http", "https"}:
        return f"starts with {parts.scheme or 'no scheme'}: only http and https are fetched"
    if not host or "\\" in url or unquote(host) != host:
        return "names no proper host"
    if host in allowed or f"{host}:{port}" in allowed:
        return None
    address = _literal(host)
    is_private = is_local_name(host) if address is None else address_problem(str(address))
    return "leads into a private network" if is_private else None


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that `host` is, in any notation that some library understands."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    parts = host.split(".")
    if len(parts) > _MOST_PARTS or not all(map(_NUMBER.fullmatch, parts)):
        return None
    numbers = [_number(part) for part in parts]
    value = sum(number << (8 * (3 - place)) for place, number in enumerate(numbers[:-1]))
    return ipaddress.IPv4Address((value + numbers[-1]) & 0xFFFFFFFF)


def _number(part: str) -> int:
    if part[:2].lower() == "0x":
        return int(part[2:] or "0", 16)
    octal = len(part) > 1 and part[0] == "0" and set(part) <= set("01234567")
    return int(part, 8 if octal else 10)
