"""Which addresses of the internet are public, and which URLs programs read in different ways.

What a name resolves to is known only when it is dialled, so that `address_problem` must be asked
there, of the very address. The other questions are about text alone and can be asked at any time.
"""

from __future__ import annotations

import re
import unicodedata
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

# The registries of special-purpose addresses (RFC 6890 and its heirs). Python's own `is_global`
# lets multicast, 6to4, NAT64 and 192.88.99.0/24 pass, and differs from version to version.
_IPV4 = [
    ("0.0.0.0/8", "an unspecified address"),
    ("10.0.0.0/8", "a private address"),
    ("100.64.0.0/10", "an address of carrier-grade NAT"),
    ("127.0.0.0/8", "a loopback address"),
    ("169.254.0.0/16", "a link-local address"),
    ("172.16.0.0/12", "a private address"),
    ("192.0.0.0/24", "a reserved address"),
    ("192.0.2.0/24", "an address for documentation"),
    ("192.88.99.0/24", "the address of a 6to4 relay"),
    ("192.168.0.0/16", "a private address"),
    ("198.18.0.0/15", "an address for benchmarks"),
    ("198.51.100.0/24", "an address for documentation"),
    ("203.0.113.0/24", "an address for documentation"),
    ("224.0.0.0/4", "a multicast address"),
    ("240.0.0.0/4", "a reserved address"),
]
_IPV6 = [
    ("::/128", "an unspecified address"),
    ("::1/128", "a loopback address"),
    ("::ffff:0:0/96", "an IPv4 address in the guise of IPv6"),
    ("::/96", "an IPv4 address in the guise of IPv6"),
    ("64:ff9b::/96", "an IPv4 address behind NAT64"),
    ("64:ff9b:1::/48", "an IPv4 address behind NAT64"),
    ("2001::/32", "a Teredo address"),
    ("2001::/23", "a reserved address"),
    ("2001:db8::/32", "an address for documentation"),
    ("2002::/16", "a 6to4 address"),
    ("3fff::/20", "an address for documentation"),
    ("fc00::/7", "a private address"),
    ("fe80::/10", "a link-local address"),
    ("fec0::/10", "a site-local address"),
    ("ff00::/8", "a multicast address"),
]
_SPECIAL = [(ip_network(network), problem) for network, problem in (*_IPV4, *_IPV6)]
_GLOBAL_UNICAST = ip_network("2000::/3")

# Controls, blanks, invisible and direction marks, halves of characters; and the backslash, which
# browsers take for a slash.
_UNFIT = re.compile(
    r"[\x00-\x20\x7f-\xa0\\\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ud800-\udfff]"
)
_AUTHORITY = re.compile(r"(?:[^@\[\]]*@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:@]+)(?::[0-9]{0,5})?")
_ASCII_HOST = re.compile(r"[A-Za-z0-9._-]*")
_NUMBER = re.compile(r"\d+|0[xX][0-9A-Fa-f]*")
_IDEOGRAPHIC_STOP = "\u3002"  # a dot to whoever looks names up, not to whoever splits them
_LOCAL_NAMES = ("localhost", "localdomain", "local", "internal", "intranet", "lan", "home.arpa")


def address_problem(address: str) -> str | None:
    """Why an IP address is not a public one, in words; None where it is.

    Whatever carries another address within it (v4-mapped, NAT64, 6to4, Teredo) is none either:
    where it leads is decided by some router. A NAT64 with a prefix of its own cannot be told.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return "not an address"
    for network, problem in _SPECIAL:
        if parsed.version == network.version and parsed in network:
            return problem
    if isinstance(parsed, IPv6Address) and parsed not in _GLOBAL_UNICAST:
        return "a reserved address"
    return None


def url_problem(url: str) -> str | None:
    """Why programs may differ about the host of `url`; None where they cannot.

    Says nothing of the scheme, nor of where the host is: see `target_problem`.
    """
    if has_unfit_characters(url):
        return "has a blank, a backslash or a control character in it"
    try:
        authority = urlsplit(url).netloc
    except ValueError:
        return "is not a URL"
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        return "names its host in a way that programs read differently"
    return _host_problem(parts["host"])


def has_unfit_characters(url: str) -> bool:
    """Whether there is a character in `url` that some programs drop and others read as another."""
    return _UNFIT.search(url) is not None


def target_problem(host: str) -> str | None:
    """What can be told against a host without looking it up: local names, addresses not public."""
    if is_address(host):
        problem = address_problem(host)
        return f"{host} is {problem}" if problem else None
    name = host.casefold().rstrip(".")
    if "." not in name or is_local_name(name):
        return f"{host} is a name of a local network"
    return None


def is_local_name(name: str) -> bool:
    """Whether a host's name, in small letters, is one that only a local network has."""
    return name == "metadata" or any(
        name == local or name.endswith(f".{local}") for local in _LOCAL_NAMES
    )


def is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _host_problem(host: str) -> str | None:
    if host.startswith("["):
        return None if is_address(host[1:-1]) else "has a broken IPv6 address for a host"
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]) and not _is_plain_ipv4(host):
        return "writes an address in a way that programs read differently"
    if host.endswith(".") or host.startswith(".") or ".." in host:
        return "has a dot too many in its host"
    if host.isascii():
        known = _ASCII_HOST.fullmatch(host)
        return None if known else "has a character in its host that names do not have"
    if unicodedata.normalize("NFKC", host) != host or _IDEOGRAPHIC_STOP in host:
        return "has characters in its host that stand for others"
    return None


def _is_plain_ipv4(host: str) -> bool:
    try:
        IPv4Address(host)
    except ValueError:
        return False
    return True
