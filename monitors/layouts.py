"""The facts of an alert laid out for each form that channels read.

Plain text; HTML for mail; Markdown; and Slack's own mark-up, whose three signs `&`, `<` and `>` are
escaped by Apprise on the way, save where they make a link.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from monitors.facts import Facts, Quote
    from monitors.records import Form

_NO_QUOTE = "(no quote is at hand)"
_WIDTH = 11
# In a link's label these would end it; the signs that look most like them do not.
_LABEL = str.maketrans("<>|[]", "\u2039\u203a\u01c0\uff3b\uff3d")


def lay_out(facts: Facts, form: Form) -> str:
    """The body of the message, its last line the alert's id."""
    return _LAYOUTS[form](facts)


def as_html(text: str) -> str:
    """Plain text as HTML that shows the same, its paragraphs and lines kept."""
    paragraphs = escape(text).split("\n\n")
    return "\n".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in paragraphs)


def _text(facts: Facts) -> str:
    lines = [facts.headline, *_remark(facts), ""]
    lines += [f"{name + ':':<{_WIDTH}}{value}" for name, value in facts.lines]
    lines.append("")
    for heading, quotes in _sides(facts):
        lines.append(f"{heading}:")
        for quote in quotes:
            lines += [f"  {quote.words}", f"  {quote.source}", f"  {quote.url or '(no link)'}", ""]
        lines += [] if quotes else [f"  {_NO_QUOTE}", ""]
    return "\n".join([*lines, f"Alert {facts.alert_id}"])


def _html(facts: Facts) -> str:
    lines = [f"<p><strong>{escape(facts.headline)}</strong></p>"]
    lines += [f"<p>{escape(remark)}</p>" for remark in _remark(facts)]
    told = "<br>".join(f"{name}: {escape(value)}" for name, value in facts.lines)
    lines.append(f"<p>{told}</p>")
    for heading, quotes in _sides(facts):
        lines.append(f"<p><strong>{escape(heading)}</strong></p>")
        lines += [_html_quote(quote) for quote in quotes] or [f"<p>{_NO_QUOTE}</p>"]
    return "\n".join([*lines, f"<p>Alert {escape(facts.alert_id)}</p>"])


def _html_quote(quote: Quote) -> str:
    url = escape(quote.url)
    # The link is written out: the plain part of the mail is made from this one.
    link = f'<br><a href="{url}">{url}</a>' if url else ""
    return f"<blockquote>{escape(quote.words)}<br>{escape(quote.source)}{link}</blockquote>"


def _marked(facts: Facts, bold: str, link: Callable[[str, str], str]) -> str:
    lines = [f"{bold}{facts.headline}{bold}", *_remark(facts), ""]
    lines += [f"{name}: {value}" for name, value in facts.lines]
    for heading, quotes in _sides(facts):
        lines += ["", f"{bold}{heading}{bold}"]
        for quote in quotes:
            source = link(quote.source.translate(_LABEL), quote.url) if quote.url else quote.source
            lines += [f"> {quote.words}", f"> {source}", ""]
        lines += [] if quotes else [_NO_QUOTE]
    return "\n".join([*lines, "", f"Alert {facts.alert_id}"]).replace("\n\n\n", "\n\n")


def _markdown(facts: Facts) -> str:
    return _marked(facts, "**", lambda label, url: f"[{label}]({url})")


def _slack(facts: Facts) -> str:
    # The blank keeps the label's last word from being taken for a command with the sign after it.
    return _marked(facts, "*", lambda label, url: f"<{url}|{label} >")


def _sides(facts: Facts) -> Iterator[tuple[str, Sequence[Quote]]]:
    """The quotes of both sides; a first stance has none before it, a silence none after."""
    if facts.kind != "first_stance":
        yield f"Before ({facts.from_label})", facts.before
    if facts.kind != "silence":
        yield f"After ({facts.to_label})", facts.after


def _remark(facts: Facts) -> tuple[str, ...]:
    return (facts.remark,) if facts.remark else ()


_LAYOUTS: dict[Form, Callable[[Facts], str]] = {
    "text": _text,
    "html": _html,
    "markdown": _markdown,
    "slack": _slack,
}
