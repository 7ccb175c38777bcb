"""HTML, or what passes for it in feeds, to plain text.

A title or summary may be markup, plain text or a mix that no specification foresees; nothing here
raises, and the time taken is linear in the input.
"""

from __future__ import annotations

import re
from html import unescape
from itertools import groupby
from typing import TYPE_CHECKING, Any

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator

# Controls, soft hyphens and zero-width spaces (they split words that a phrase should match), marks
# that change the reading direction, halves of surrogate pairs (no UTF-8 can hold them).
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff]"
)
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
# Stand-ins in text that has been freed of control characters.
_PARAGRAPH, _LINE = "\x02", "\x03"


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_BLOCKS = _names(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main menu nav ol p pre section "
    "summary table tbody tfoot thead tr ul"
)
# What stands in these is not read by people, or not as part of the text.
_SKIPPED = _names(
    "audio button canvas head iframe math noscript script select style svg template textarea title "
    "video"
)
_INLINE = _names(
    "a abbr acronym applet area b base basefont bdi bdo big blink br cite code col colgroup data "
    "datalist del dfn em embed figure font frame frameset html i img input ins kbd label legend "
    "link map mark marquee meta nobr noframes object option output param picture q rb rp rt ruby s "
    "samp small source span strike strong sub sup td th time track tt u var wbr xmp"
)
# A `<` that opens neither an element we know nor one with a colon or dash in its name (`o:p`,
# `amp-img`) nor a comment is a character of the text.
_BARE = re.compile(
    rf"<(?!/?(?:{'|'.join(sorted(_BLOCKS | _SKIPPED | _INLINE))}|[a-z]\w*[:-][\w:-]+)(?:[\s/>]|$)"
    r"|!--|!\[CDATA\[|!doctype|\?xml)",
    re.IGNORECASE,
)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|$)", re.DOTALL)
# Most of what feeds carry is made of these alone, and no parser is needed to see its paragraphs.
_PLAIN_LINE = re.compile(r"<br ?/?>")
_PLAIN_IMAGE = re.compile(r"<img(?: [a-z-]+=\"[^\"<>&]*\")* ?/?>")
_PLAIN_INLINE = re.compile(r"<(a|b|em|i|span|strong)(?: [a-z-]+=\"[^\"<>&]*\")*>([^<]*)</\1>")
_PLAIN_PARAGRAPH = re.compile(r"<p>([^<]*)</p>")
_PLAIN_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|nbsp|#39|#82(?:1\d|2\d|30));")


def clean_line(text: str, most: int | None = None) -> str:
    """One line of `text`: no control characters, no bidirectional controls, whitespace folded.

    Of a longer one the first `most` characters, less a blank at their end.
    """
    return " ".join(_UNSEEN.sub("", text).split())[:most].rstrip()


def clean_text(text: str) -> str:
    """Plain text (not HTML) as clean lines, paragraphs parted by one blank line."""
    folded = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "\n\n".join(filter(None, map(clean_line, _BLANK_LINE.split(folded))))


def text_of_html(fragment: str) -> str:
    """The text that a reader of `fragment` sees: paragraphs parted by one blank line.

    Scripts, styles and comments are gone, entities decoded once. A `<` that opens no known element
    stays. Without any element that makes a paragraph, blank lines do.
    """
    visible = _UNSEEN.sub("", fragment.replace("\r\n", "\n").replace("\r", "\n"))
    if "<" not in visible and "&" not in visible:
        return clean_text(visible)
    return "\n\n".join(_paragraphs(_marked_text(visible)))


def _marked_text(visible: str) -> str:
    """The text with `_PARAGRAPH` where a block starts or ends and `_LINE` for each `<br>`."""
    text = _PLAIN_IMAGE.sub("", _PLAIN_LINE.sub(_LINE, visible))
    text = _PLAIN_INLINE.sub(r"\2", _PLAIN_INLINE.sub(r"\2", text))
    text = _PLAIN_PARAGRAPH.sub(rf"{_PARAGRAPH}\1{_PARAGRAPH}", text)
    if "<" in text or "&" in _PLAIN_ENTITY.sub("", text):
        return _parsed_text(visible)
    return unescape(text)


def _parsed_text(visible: str) -> str:
    """The same of any markup."""
    source = _BARE.sub("&lt;", _CDATA.sub(r"\1", visible))
    # What follows the last `>` can close nothing: a `<` there is a character, or a tag cut off.
    end = source.rfind(">") + 1
    tail = source[end:].partition("<!--")[0]
    source = source[:end] + tail.replace("<", "&lt;")
    reader: Any = _Reader()
    parser = etree.HTMLParser(target=reader, encoding="utf-8", huge_tree=True)
    try:
        return str(etree.fromstring(f"<html><body>{source}".encode(), parser))
    except (etree.LxmlError, ValueError):
        return re.sub(r"<[^<>]*>", " ", source)


def _paragraphs(marked: str) -> Iterator[str]:
    inner = marked.strip(f"{_PARAGRAPH} \n")
    if _PARAGRAPH not in inner:
        inner = _BLANK_LINE.sub(_PARAGRAPH, inner)
    for paragraph in inner.split(_PARAGRAPH):
        for is_text, lines in groupby(map(clean_line, paragraph.split(_LINE)), bool):
            if is_text:
                yield "\n".join(lines)


class _Reader:
    """Takes the parser's events; no tree is built, so depth costs nothing."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._skipping = 0

    def start(self, tag: str, _attributes: object) -> None:
        if tag in _SKIPPED:
            self._skipping += 1
        elif tag in _BLOCKS:
            self._pieces.append(_PARAGRAPH)
        elif tag == "br":
            self._pieces.append(_LINE)
        elif tag in {"td", "th"}:
            self._pieces.append(" ")

    def end(self, tag: str) -> None:
        if tag in _SKIPPED:
            self._skipping = max(0, self._skipping - 1)
        elif tag in _BLOCKS:
            self._pieces.append(_PARAGRAPH)

    def data(self, text: str) -> None:
        if not self._skipping:
            self._pieces.append(_UNSEEN.sub("", text))

    def comment(self, _text: str) -> None:
        """Comments are not read."""

    def pi(self, _target: str, _data: str | None = None) -> None:
        """Nor are processing instructions."""

    def close(self) -> str:
        return "".join(self._pieces)
