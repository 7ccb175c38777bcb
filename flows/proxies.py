"""The proxy that the environment names for a URL.

aiohttp would look for it as well. But then it also reads ~/.netrc, so that a feed which redirects
to a host named there is sent the password; and it does both in threads, for each request anew.
"""

from __future__ import annotations

import os
from urllib.request import proxy_bypass

from yarl import URL

from monitors.errors import FetchError


def proxy_for(url: URL) -> URL | None:
    """The proxy of HTTP_PROXY or HTTPS_PROXY, unless NO_PROXY excepts the host.

    Raises:
        FetchError: it is not one that speaks HTTP.
    """
    named = _variable(f"{url.scheme}_proxy")
    if not named or proxy_bypass(url.host or ""):
        return None
    try:
        proxy = URL(named if "://" in named else f"http://{named}")
    except ValueError:
        proxy = URL()
    if proxy.scheme not in {"http", "https"} or not proxy.host:
        detail = f"what {url.scheme.upper()}_PROXY names is not an HTTP proxy"
        raise FetchError("refused", detail, retryable=False)
    return proxy


def _variable(name: str) -> str:
    # In a CGI script HTTP_PROXY may be a header that a visitor sent; lower case cannot be.
    if "REQUEST_METHOD" in os.environ and name == "http_proxy":
        return os.environ.get(name, "")
    return os.environ.get(name, os.environ.get(name.upper(), ""))
