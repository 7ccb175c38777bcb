"""What is commonly wrong with feeds as XML, mended before a parser sees it."""

from __future__ import annotations

import re
from html.entities import html5

from lxml import etree

# Characters and references to characters that XML does not allow.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9a-f]+)|([0-9]+));?", re.IGNORECASE)
# feedparser looks for a mail address in a way that takes seconds for a name of some 30,000 letters.
# We do not use names.
_LONG_NAME = re.compile(
    r"(<(?:[\w.-]+:)?(?:author|creator|managingeditor|webmaster|publisher|contributor|owner|name)"
    r"(?:\s[^<>]*)?>)(?:<!\[CDATA\[)?[^<]{500,}",
    re.IGNORECASE,
)
_OPENED, _CLOSED = "<![CDATA[", "]]>"
# What is text as it stands, and so not ours to mend.
_LITERALS = {_OPENED: _CLOSED, "<!--": "-->"}
_AMPERSAND = re.compile(r"&(?:(\w{1,31});|(?!#(?:\d+|x[0-9a-f]+);))", re.IGNORECASE)
_XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}
_PREFIX_OF_TAG = re.compile(r"</?([\w.-]++):[\w.-]")
# An attribute is looked for at its colon, for in text that is rare, and what stands before it then.
_ATTRIBUTE = re.compile(r":[\w.-]++\s*+=\s*+[\"']")
_PREFIX_BEFORE = re.compile(r"(?<=\s)[\w.-]+\Z")
_LONGEST_PREFIX = 100
_DECLARED = re.compile(r"xmlns:(?<!\wxmlns:)([\w.-]+)\s*=")
_NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "atom10": "http://www.w3.org/2005/Atom",
    "a10": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "prism": "http://prismstandard.org/namespaces/basic/2.0/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rss": "http://purl.org/rss/1.0/",
}


def mend(document: str, problems: list[str]) -> str:
    """A document, from its root on, without what keeps a strict parser from reading it."""
    document = document.replace("&#X", "&#x")
    legal = _REFERENCE.sub(_legal_reference, _ILLEGAL.sub("", document))
    if legal != document:
        problems.append("characters that XML forbids were removed")
    opened = legal.rfind(_OPENED)
    if opened > legal.rfind(_CLOSED):
        problems.append("a CDATA section was not closed")
        legal = legal[:opened] + legal[opened + len(_OPENED) :]
    pieces = _split(_LONG_NAME.sub(r"\1", legal))
    bare = [_AMPERSAND.sub(_entity, piece) for piece in pieces[::2]]
    if bare != pieces[::2]:
        problems.append("not well-formed XML")
    declared = _declarations(bare)
    if declared:
        problems.append("namespaces were not declared")
    pieces[::2] = bare
    whole = "".join(pieces)
    name = re.match(r"<[\w.:-]+", whole)
    end = name.end() if name else 0
    return whole[:end] + declared + whole[end:]


def rebuilt(document: str) -> str | None:
    """A document that is not well-formed, its elements closed where they must have ended."""
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    try:
        root = etree.fromstring(document.encode(), parser)
        return None if root is None else etree.tostring(root, encoding="unicode")
    except (etree.LxmlError, ValueError):
        return None


def _split(document: str) -> list[str]:
    """Markup and literal text (CDATA sections, comments) in turn, beginning and ending in markup.

    In linear time, however many sections are opened and never closed.
    """
    pieces: list[str] = []
    taken = 0
    starts = {kind: document.find(kind) for kind in _LITERALS}
    while starts := {kind: start for kind, start in starts.items() if start >= 0}:
        kind = min(starts, key=lambda each: starts[each])
        end = document.find(_LITERALS[kind], starts[kind])
        if end < 0:
            del starts[kind]  # nor is any later one closed
            continue
        end += len(_LITERALS[kind])
        pieces += [document[taken : starts[kind]], document[starts[kind] : end]]
        taken = end
        for each, start in starts.items():
            if start < taken:
                starts[each] = document.find(each, taken)
    return [*pieces, document[taken:]]


def _legal_reference(match: re.Match[str]) -> str:
    digits, base = (match[1], 16) if match[1] else (match[2], 10)
    if len(digits) > len("1114111"):
        return ""
    code = int(digits, base)
    legal = code in {9, 10, 13} or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE  # noqa: PLR2004 - XML 1.0, Char
    return match[0] if legal or 0x10000 <= code < 0x110000 else ""  # noqa: PLR2004


def _entity(match: re.Match[str]) -> str:
    """HTML's entities as characters; an ampersand that begins none as itself."""
    name = match[1]
    if name in _XML_ENTITIES:
        return match[0]
    meant = html5.get(f"{name};") if name else None
    if meant is None or not {*meant}.isdisjoint('<>&"'):
        return f"&amp;{match[0][1:]}"
    return meant


def _declarations(pieces: list[str]) -> str:
    """What a root must declare for the prefixes that are used and nowhere declared."""
    used: set[str] = set()
    known = {"xml", "xmlns"}
    for piece in pieces:
        used.update(_PREFIX_OF_TAG.findall(piece))
        for colon in _ATTRIBUTE.finditer(piece):
            before = piece[max(0, colon.start() - _LONGEST_PREFIX) : colon.start()]
            used.update(_PREFIX_BEFORE.findall(before))
        known.update(_DECLARED.findall(piece))
    missing = sorted(used - known)
    uris = [(prefix, _NAMESPACES.get(prefix.lower(), f"urn:{prefix}")) for prefix in missing]
    return "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in uris if not prefix[0].isdigit())
