"""The address under which a page is kept, however a feed, a phone or a redirector writes it."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit, urlunsplit

from tld import get_fld

_WEB = frozenset({"http", "https"})
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Parameters that tell a newsroom where a reader came from, and nothing about the page.
_TRACKING = re.compile(
    r"(?:utm|at|ns|pk|mtm|matomo|hsa|mc|wt)_.*|(?:fb|g|d|tw|tt|y)clid|msclkid|igsh(?:id)?|li_fat_id"
    r"|[gw]braid|_ga|_gl|_hs(?:enc|mi)|mkt_tok|oly_(?:anon|enc)_id|vero_(?:conv|id)|wickedid|spm"
    r"|cmp(?:_?id)?|icid|intcid|ncid|ocid|s_cid|taid|ftag|ftcamp|ito|maca|smid|smtyp|xtor|ref_src"
    r"|traffic_source|__twitter_impression|guce_referrer(?:_sig)?",
    re.IGNORECASE,
)
# And those that do so only when they say "rss".
_RSS_MARK = re.compile(
    r"(?:emc|feed|from|mod|output|partner|ref|source|src|via)=rss\b.*", re.IGNORECASE
)
# And those that ask for the AMP page of an article, or are added by what shows it.
_AMP_MARK = re.compile(
    r"_?amp(?:=(?:1|true)?)?|(?:output|outputtype)=amp|(?:usqp|amp_\w+)=.*", re.IGNORECASE
)
# An AMP page's own segment of a path counts only beside what looks like an article's: a shop may
# sell amps, and a dictionary explain them.
_ARTICLE_SEGMENT = re.compile(r"\d{4}|-[^-]+-|\.html?$", re.IGNORECASE)
_AMP_ENDING = re.compile(r"\.amp(?P<html>\.html?)?$", re.IGNORECASE)
_AMP_CACHE = re.compile(r"/(?:[a-z]{1,2}/)(?P<tls>s/)?(?P<target>[^/]+\.[^/]+/.*)", re.DOTALL)
_AMP_VIEWER = re.compile(r"/amp/(?P<tls>s/)?(?P<target>[^/]+\.[^/]+/.*)", re.DOTALL)
# Hosts that send a reader on, the path that does so, and the parameters that say where to.
_REDIRECTORS = {
    "away.vk.com": ("/", ("to",)),
    "duckduckgo.com": ("/l/", ("uddg",)),
    "exit.sc": ("/", ("url",)),
    "go.redirectingat.com": ("/", ("url",)),
    "l.facebook.com": ("/l.php", ("u",)),
    "l.instagram.com": ("/", ("u",)),
    "lm.facebook.com": ("/l.php", ("u",)),
    "news.google.com": ("/news/url", ("url",)),
    "out.reddit.com": ("/", ("url",)),
    "slack-redir.net": ("/link", ("url",)),
    "t.umblr.com": ("/redirect", ("z",)),
    "vk.com": ("/away.php", ("to",)),
    "www.bing.com": ("/news/apiclick.aspx", ("url",)),
    "www.google.com": ("/url", ("url", "q")),
    "www.linkedin.com": ("/redir/redirect", ("url",)),
    "www.youtube.com": ("/redirect", ("q",)),
}
_NARROW = ("m.", "mobile.", "amp.")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
# Each round undoes something; more than a few are needed only for addresses made to need them.
_ROUNDS = 64


def canonical_url(url: str) -> str:
    """The address under which the same page is always kept.

    Scheme and host in lower case; without user name and password, default port, fragment and
    tracking parameters; without what leads to it (a redirector, Google's AMP cache) and what only
    dresses it (AMP, a phone's host). The rest of the query stays, in its order. What is no address
    stays as is.
    """
    given = url.strip()
    try:
        for _ in range(_ROUNDS):
            plainer = _plainer(given)
            if plainer == given:
                return given
            given = plainer
    except ValueError:
        pass
    return given


def _plainer(url: str) -> str:
    parts = urlsplit(url)
    host = _host(parts)
    if not host:
        return url
    if parts.scheme.lower() in _WEB:
        target = _target(parts, host)
        if target:
            return target
        host = _wide(host)
    path = _without_amp(_without_dots(_decoded(parts.path))) or "/"
    query = "&".join(_decoded(part) for part in parts.query.split("&") if not _is_dressing(part))
    return urlunsplit((parts.scheme.lower(), host, path, query, ""))


def _host(parts: SplitResult) -> str:
    name = (parts.hostname or "").rstrip(".")
    if not name.isascii():
        with suppress(UnicodeError):
            name = name.encode("idna").decode("ascii")
    name = f"[{name}]" if ":" in name else name
    default = parts.port in {None, _DEFAULT_PORTS.get(parts.scheme.lower())}
    return name if default else f"{name}:{parts.port}"


def _target(parts: SplitResult, host: str) -> str | None:
    """Where an address of a known redirector or AMP cache leads; None of any other."""
    if host.endswith(".cdn.ampproject.org"):
        return _unpacked(_AMP_CACHE.fullmatch(parts.path), parts.query)
    if host == "www.google.com" and parts.path.startswith("/amp/"):
        return _unpacked(_AMP_VIEWER.fullmatch(parts.path), parts.query)
    path, names = _REDIRECTORS.get(host, ("", ()))
    if not names or parts.path != path:
        return None
    given = parse_qs(parts.query)
    targets = (value for name in names for value in given.get(name, ()))
    return next((target.strip() for target in targets if _is_web(target)), None)


def _unpacked(match: re.Match[str] | None, query: str) -> str | None:
    if match is None:
        return None
    scheme = "https" if match["tls"] else "http"
    target = f"{scheme}://{match['target']}"
    target = f"{target}?{query}" if query else target
    return target if _is_web(target) else None


def _is_web(target: str) -> bool:
    try:
        parts = urlsplit(target.strip())
        return parts.scheme.lower() in _WEB and bool(_host(parts))
    except ValueError:
        return False


def _wide(host: str) -> str:
    """The host for large screens, where the small one's stands right before a registered domain."""
    for narrow in _NARROW:
        domain = host.removeprefix(narrow)
        if domain != host and _registered(host) == domain:
            return f"www.{domain}"
    return host


def _registered(host: str) -> str | None:
    # Below a suffix under which anybody may register, m.blogspot.com is a domain of its own.
    return get_fld(f"http://{host}/", fail_silently=True, search_private=True)


def _decoded(text: str) -> str:
    """Percent-encoding as RFC 3986 (6.2.2) has it: none where none is needed, else upper case."""
    return _ESCAPE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    character = unquote(match[0], encoding="latin-1")
    return character if _UNRESERVED.fullmatch(character) else match[0].upper()


def _without_dots(path: str) -> str:
    if "/." not in path:
        return path
    kept: list[str] = []
    first, *segments = path.split("/")
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/".join([first, *kept])


def _without_amp(path: str) -> str:
    """The path of the page itself, where this is its AMP page's and it looks like an article."""
    ending = _AMP_ENDING.search(path)
    if ending:
        return path[: ending.start()] + (ending["html"] or "")
    segments = path.rstrip("/").split("/")
    slash = path[len(path.rstrip("/")) :]
    if segments[-1].lower() == "amp" and _ARTICLE_SEGMENT.search(segments[-2]):
        return "/".join(segments[:-1]) + slash
    if segments[1:2] == ["amp"] and any(map(_ARTICLE_SEGMENT.search, segments[2:])):
        return "/".join(["", *segments[2:]]) + slash
    return path


def _is_dressing(parameter: str) -> bool:
    name = parameter.partition("=")[0]
    return bool(
        not parameter
        or _TRACKING.fullmatch(name)
        or _RSS_MARK.fullmatch(parameter)
        or _AMP_MARK.fullmatch(parameter)
    )
