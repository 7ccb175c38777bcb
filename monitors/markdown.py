"""Markdown to plain text: what a reader sees of it, paragraphs parted by one blank line."""

from __future__ import annotations

import re

from monitors.pages import clean_line, text_of_html

_FENCED = re.compile(r"^(`{3,}|~{3,})[^\n]*\n(.*?)(?:^\1[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_UNDERLINED = re.compile(r"^(\S[^\n]*)\n(?:=+|-{3,})[ \t]*$", re.MULTILINE)
_RULE = re.compile(r"^[ \t]{0,3}(?:[-*_][ \t]*){3,}$", re.MULTILINE)
_MARK = re.compile(r"^[ \t]*(?:>[ \t]?|[-*+][ \t]+|\d{1,3}[.)][ \t]+)+", re.MULTILINE)
_DEFINITION = re.compile(r"^[ \t]{0,3}\[[^\]\n]{1,200}\]:[ \t]*\S+[^\n]*$", re.MULTILINE)
# Bounded, so that a text of nothing but brackets costs no more than another.
_IMAGE = re.compile(r"!\[[^\[\]\n]{0,500}\](?:\([^)\n]{0,2000}\)|\[[^\]\n]{0,200}\])")
_LINK = re.compile(r"\[([^\[\]\n]{1,500})\](?:\([^)\n]{0,2000}\)|\[[^\]\n]{0,200}\])")
_ADDRESS = re.compile(r"<(https?://[^>\s]{1,2000})>")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3}|_{1,3})(?=\S)([^*_\n]{1,2000}?)(?<=\S)\1(?![\w*])")
_CODE = re.compile(r"`{1,3}([^`\n]{1,500})`{1,3}")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!>~|])")


def text_of_markdown(source: str) -> str:
    """The text of `source`; blocks of code are left out, HTML in it is read as such."""
    text = _DEFINITION.sub("", _RULE.sub("", _UNDERLINED.sub(r"\1\n", _FENCED.sub("", source))))
    text = _MARK.sub("", _HEADING.sub(r"\n\1\n", text))
    text = _CODE.sub(r"\1", _ADDRESS.sub(r"\1", _LINK.sub(r"\1", _IMAGE.sub("", text))))
    text = _ESCAPED.sub(r"\1", _EMPHASIS.sub(r"\2", text))
    return text_of_html(text)


def heading_of(source: str) -> str:
    """The first heading of a Markdown text; empty where it has none."""
    found = [match for match in (_HEADING.search(source), _UNDERLINED.search(source)) if match]
    first = min(found, key=lambda match: match.start(), default=None)
    return clean_line(text_of_markdown(first[1]))[:500] if first else ""
