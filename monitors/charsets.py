"""Bytes to characters: which encoding a feed's body is really in, and halves of characters."""

from __future__ import annotations

import codecs
import re
from email.message import Message

# The longest first: the mark of UTF-32 starts with the one of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# `<` and `{` as the first character in encodings that are wider than a byte.
_WIDE_STARTS = (
    (re.compile(rb"[<{]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[<{]"), "utf-32-be"),
    (re.compile(rb"[<{]\0"), "utf-16-le"),
    (re.compile(rb"\0[<{]"), "utf-16-be"),
)
_DECLARATION = re.compile(rb"""^\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")

# What declared names mean in practice: the superset that their writers really use.
_READ_AS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
}
_SINGLE_BYTE = re.compile(r"iso8859-\d+|cp125\d|cp874|cp866|koi8-[ru]|mac-\w+")
_MULTI_BYTE = {"utf-8", "gb18030", "cp949", "cp932", "big5hkscs", "euc_jp", "iso2022_jp"}
_WIDE = {"utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"}


def whole_characters(text: str) -> str:
    """The text with `?` for halves of surrogate pairs, which no encoding can hold; same length."""
    return text.encode("utf-8", "replace").decode("utf-8")


def decode_body(body: bytes, content_type: str | None = None) -> tuple[str, str | None]:
    """The text of `body`, and in plain words what was wrong with its declared encoding, if so.

    A byte-order mark decides; else the encoding declared by `content_type` (a header's value) or by
    the XML declaration, unless the bytes do not bear it out; else UTF-8, else Windows-1252.
    """
    declared = _declared(body, content_type)
    for encoding in _candidates(body, declared):
        text = body.decode(encoding, "replace").removeprefix("\ufeff")
        if (damaged := text.count("\ufffd")) and not _is_slight(text, damaged, encoding):
            continue
        return text, _complaint(declared, encoding, damaged)
    # Windows-1252 leaves five bytes undefined; only a body of several encodings comes here.
    encoding = next((name for name in declared if name not in _WIDE), "utf-8")
    text = body.decode(encoding, "replace")
    return text, _complaint(declared, encoding, text.count("\ufffd"))


def _is_slight(text: str, damaged: int, encoding: str) -> bool:
    """Whether a stray or cut-off character explains the damage, rather than a wrong encoding."""
    if _SINGLE_BYTE.fullmatch(encoding):
        return False
    intact = sum(len(run) for run in _BEYOND_ASCII.findall(text)) - damaged
    return encoding in _WIDE or damaged * 10 <= intact


def _candidates(body: bytes, declared: list[str]) -> list[str]:
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return [encoding]
    for start, encoding in _WIDE_STARTS:
        if start.match(body):
            return [encoding]
    # Any bytes at all are valid in a single-byte encoding, and hardly any by chance in UTF-8; so
    # UTF-8 is tried before those, but not before a multi-byte encoding that was declared.
    strong = [name for name in declared if name in _MULTI_BYTE]
    weak = [name for name in declared if name not in _MULTI_BYTE | _WIDE]
    # Servers add Latin-1 unasked: the document's own word is better.
    weak.sort(key=lambda name: name == "cp1252")
    return list(dict.fromkeys([*strong, "utf-8", *weak, "cp1252"]))


def _declared(body: bytes, content_type: str | None) -> list[str]:
    names = [_charset_of(content_type)]
    if match := _DECLARATION.match(body[:400].removeprefix(codecs.BOM_UTF8)):
        names.append(match[1].decode("ascii", "replace"))
    known = [_known_name(name) for name in names if name]
    return [name for name in known if name]


def _charset_of(content_type: str | None) -> str | None:
    message = Message()
    message["Content-Type"] = re.sub(r"[\x00-\x1f\x7f]", " ", content_type or "")[:200]
    return message.get_content_charset()


def _known_name(name: str) -> str | None:
    """The codec to read `name` with; None for what is no text encoding or not safe to try."""
    try:
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    codec = _READ_AS.get(codec, codec)
    known = codec in _MULTI_BYTE | _WIDE or _SINGLE_BYTE.fullmatch(codec)
    return codec if known else None


def _complaint(declared: list[str], encoding: str, damaged: int) -> str | None:
    if damaged:
        return f"{damaged} characters are not {encoding}"
    right = not declared or encoding in declared or encoding in _WIDE
    return None if right else f"declared as {declared[0]}, read as {encoding}"
