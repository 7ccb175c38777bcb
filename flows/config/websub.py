"""The table of settings.toml for feeds that are pushed.

No future import of annotations: pydantic reads them at run time.
"""

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from flows.config.checks import refusal, url_problem
from flows.config.tables import Table
from monitors import addresses

_LONGEST = 200
_PORT, _LAST_PORT = re.compile(r"[0-9]{1,5}"), 65_535
_EXAMPLE = 'Write it as in "https://news.example.org/push", or "" to do without.'


def _callback(url: str) -> str:
    if url:
        problem = url_problem(url) or _callback_problem(url)
        if problem:
            raise refusal(problem, _EXAMPLE)
    return url.rstrip("/")


def _callback_problem(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not a URL"
    if parts.scheme != "https" or not host:
        return "does not start with https:// and the name of a host"
    if len(url) > _LONGEST:
        return f"is longer than {_LONGEST} characters"
    if "@" in parts.netloc or parts.query or parts.fragment:
        return "has more in it than host and path"
    if addresses.target_problem(host):
        return "is not a public address: hubs on the internet have to reach it"
    return addresses.url_problem(url)


def _listen(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not (_is_host(host) and _PORT.fullmatch(port) and 0 < int(port) <= _LAST_PORT):
        raise refusal("is not an address with a port", 'Write it as in "127.0.0.1:8075".')
    return text


def _is_host(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return host.startswith("[") == (address.version == 6)  # noqa: PLR2004 - the version of IP


class WebsubOptions(Table):
    """Where hubs reach this installation, and where it listens for what they send on."""

    callback: Annotated[str, AfterValidator(_callback)] = ""
    listen: Annotated[str, AfterValidator(_listen)] = "127.0.0.1:8075"

    @property
    def place(self) -> tuple[str, int]:
        """The host and the port to listen on."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)
