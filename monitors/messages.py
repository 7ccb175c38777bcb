"""What people are told: alerts, one or several -> subject and body in the form a channel reads.

The words between are ours, or the user's own templates; every name, quote, title and link from
outside passes `monitors.wording` first, so that no channel reads a command, a mention or mark-up
into them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jinja2 import TemplateError

from monitors.facts import SUBJECT_LENGTH, facts_of, for_slack
from monitors.layouts import as_html, lay_out
from monitors.records import Message
from monitors.templates import render
from monitors.wording import inert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from monitors.facts import Facts
    from monitors.records import Alert, Form

# So many alerts of a group are told in full, the others by their subjects.
IN_FULL = 8
_NO_TEMPLATES: Mapping[str, str] = {}
_PARTED: dict[Form, str] = {
    "text": f"\n\n{'-' * 40}\n\n",
    "html": "\n<hr>\n",
    "markdown": "\n\n---\n\n",
    "slack": f"\n\n{'-' * 40}\n\n",
}


def compose(
    alert: Alert, form: Form = "text", templates: Mapping[str, str] = _NO_TEMPLATES
) -> Message:
    """The message of an alert: who, on what, from where to where, since when, how sure, shown by.

    It ends with the alert's id, by which a reader can tell a repeat. A template that fails is
    passed over: an alert must not be lost for its looks.
    """
    facts = facts_of(alert)
    if form == "slack":
        facts = for_slack(facts)
    subject, body = facts.subject, lay_out(facts, form)
    if "subject" in templates:
        subject = _rendered("subject", templates["subject"], facts) or subject
    if form in templates:
        own = _rendered(form, templates[form], facts)
        body = _with_id(own, alert.alert_id, form) if own else body
    return Message(inert(subject, SUBJECT_LENGTH), body, form, alert.alert_id)


def compose_group(parts: Sequence[Message], about: str, message_id: str) -> Message:
    """One message that tells several alerts; `about` is what they have in common.

    Its last line names them all and the message's own id, by which a reader can tell a repeat.
    """
    form = parts[0].form
    bodies = [part.body for part in parts[:IN_FULL]]
    keys = ", ".join(part.key for part in parts)
    rest = [f"{part.subject} (alert {part.key})" for part in parts[IN_FULL:]]
    last = "\n".join([*rest, f"Message {message_id}: alerts {keys}"])
    bodies.append(as_html(last) if form == "html" else last)
    subject = inert(f"{len(parts)} alerts: {about}", SUBJECT_LENGTH)
    return Message(subject, _PARTED[form].join(bodies), form, message_id)


def in_form(message: Message, form: Form) -> Message:
    """A message in plain text, for a channel that reads another form."""
    body = as_html(message.body) if form == "html" else message.body
    return replace(message, body=body, form=form)


def _rendered(name: str, source: str, facts: Facts) -> str | None:
    try:
        return render(name, source, facts)
    except (TemplateError, TypeError, ValueError):
        return None


def _with_id(body: str, alert_id: str, form: Form) -> str:
    if alert_id in body:
        return body
    line = f"Alert {alert_id}"
    return f"{body}\n<p>{line}</p>" if form == "html" else f"{body}\n\n{line}"
