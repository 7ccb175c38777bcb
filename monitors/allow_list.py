"""Which hosts and addresses are open although they are not public: the user's own exceptions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

_WITH_PORT = re.compile(r"(?P<host>\[[^\]]+\]|[^:\[\]]+)(?::(?P<port>[0-9]{1,5}))?")
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_LAST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Opening:
    """One exception: a host by its name or a range of addresses; `port` None stands for all."""

    name: str | None
    network: IPv4Network | IPv6Network | None
    port: int | None


@dataclass(frozen=True, slots=True)
class AllowList:
    """All exceptions.

    A name opens whatever that name resolves to, and nothing to another name that leads to the same
    place. A range opens its addresses to every name.
    """

    openings: tuple[Opening, ...] = ()

    def opens_name(self, host: str, port: int) -> bool:
        name = host.casefold()
        return any(each.name == name and each.port in {None, port} for each in self.openings)

    def opens_address(self, address: str, port: int) -> bool:
        if not self.openings:
            return False
        parsed = ip_address(address)
        return any(
            each.network is not None and parsed in each.network and each.port in {None, port}
            for each in self.openings
        )


def parse_opening(entry: str) -> Opening:
    """An exception as it is written: a host, an address or a range, the first two with a port.

    Raises:
        ValueError: it is none of them.
    """
    try:
        return Opening(None, ip_network(entry), None)
    except ValueError:
        if "/" in entry:
            raise
    parts = _WITH_PORT.fullmatch(entry.casefold())
    if parts is None or int(parts["port"] or 0) > _LAST_PORT:
        raise ValueError("not a host")
    port = int(parts["port"]) if parts["port"] else None
    host = parts["host"].strip("[]")
    try:
        return Opening(None, ip_network(host), port)
    except ValueError:
        # A name whose end is a number would be an address to some.
        if not _NAME.fullmatch(host) or host.rpartition(".")[2].isdecimal():
            raise ValueError("not a host") from None
        return Opening(host, None, port)
