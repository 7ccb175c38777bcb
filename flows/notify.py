"""A message to a channel, through Apprise: e-mail, chat, webhooks, or the console.

A message arrives in the form in which it was composed: no service is asked to read more into it,
and nothing in it is unescaped or replaced on the way. Beside HTML for mail Apprise puts a plain
part that says the same.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import quote, unquote

from monitors.errors import DeliveryError
from monitors.fitting import fit
from monitors.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitors.records import Form, Message

DEADLINE = 30.0
FRAME = "-" * 72
# Words of a URL too short to hide: a log line could hardly be read without them.
SHORTEST_SECRET = 4
# The key of a message as a header, by which a receiver can drop a repeat.
_KEY_HEADERS = dict.fromkeys(("json", "jsons", "xml", "xmls", "form", "forms"), "Idempotency-Key")
_KEY_HEADERS |= dict.fromkeys(("mailto", "mailtos"), "X-Stancewatch-Key")

_loading = threading.Lock()
_console: ContextVar[TextIO | None] = ContextVar("console", default=None)
_heard: ContextVar[list[str] | None] = ContextVar("heard", default=None)


@dataclass(frozen=True, slots=True)
class Channel:
    """Where messages go: an Apprise URL, which is a secret, under a name that is none."""

    channel_id: str
    url: str = field(repr=False)


def send(
    channel: Channel,
    message: Message,
    *,
    console: TextIO | None = None,
    deadline: float = DEADLINE,
) -> None:
    """Hand one message to one channel; `console` is where `console://` writes, else stdout.

    A channel that has not answered after `deadline` seconds counts as failed; if it took the
    message all the same, the next attempt is a repeat that carries the same alert id.

    Raises:
        DeliveryError: the channel did not take it; not retryable where its URL cannot be used. The
            text names the channel by its id and holds nothing of its URL.
    """
    context = copy_context()
    attempt = _Attempt(channel, message)
    context.run(_console.set, console)
    # A daemon: a channel that hangs must not keep the process from ending.
    thread = threading.Thread(target=context.run, args=(attempt.run,), daemon=True)
    thread.start()
    thread.join(deadline)
    if thread.is_alive():
        raise DeliveryError(f"{channel.channel_id}: no answer within {deadline:g} seconds")
    if attempt.error is not None:
        raise attempt.error


class _Attempt:
    """One try in its own thread, and what came of it."""

    def __init__(self, channel: Channel, message: Message) -> None:
        self._channel, self._message = channel, message
        self._warnings: list[str] = []
        self.error: DeliveryError | None = None

    def run(self) -> None:
        _heard.set(self._warnings)
        try:
            self.error = self._send()
        except Exception as error:  # noqa: BLE001 - a service of Apprise may raise anything
            self.error = self._failure(type(error).__name__)

    def _send(self) -> DeliveryError | None:
        apprise = _load_apprise()
        service = _service(apprise, self._channel.url, self._message)
        if service is None:
            return self._failure("its URL is not one that Apprise knows", retryable=False)
        sender = apprise.Apprise(asset=service.asset)
        sender.add(service)
        taken = sender.notify(
            title=one_line(self._message.subject),
            body=_fitted(self._message, service),
            body_format=_format(apprise, self._message.form),
            interpret_escapes=False,
        )
        if taken:
            return None
        return self._failure(
            self._warnings[-1] if self._warnings else "it did not take the message"
        )

    def _failure(self, reason: str, *, retryable: bool = True) -> DeliveryError:
        text = f"{self._channel.channel_id}: {_without_secrets(reason, self._channel.url)}"
        return DeliveryError(text, retryable=retryable)


def _format(apprise: Any, form: Form) -> Any:
    """What Apprise calls that form: Slack's mark-up is what it sends as Markdown there."""
    formats = {"html": apprise.NotifyFormat.HTML, "text": apprise.NotifyFormat.TEXT}
    return formats.get(form, apprise.NotifyFormat.MARKDOWN)


def _fitted(message: Message, service: Any) -> str:
    """The body, in what the service takes at once; HTML cannot be cut and may go in parts."""
    if message.form == "html":
        return message.body
    # A service without titles puts the subject before the body, on a line or two of its own.
    ahead = 0 if service.title_maxlen else len(message.subject) + 10
    return fit(message.body, service.body_maxlen - ahead)


def _with_key(url: str, key: str) -> str:
    """The URL, asking for a header that tells a repeat, where the service can send one."""
    scheme = url.partition("://")[0].lower()
    header = _KEY_HEADERS.get(scheme)
    if not header or not key:
        return url
    return f"{url}{'&' if '?' in url else '?'}+{header}={quote(key, safe='')}"


def _service(apprise: Any, url: str, message: Message) -> Any:
    """The service behind `url`, set to the message's form and to one try; None if there is none."""
    asset = apprise.AppriseAsset(
        app_id="Stancewatch",
        app_desc="Stancewatch",
        app_url="",
        image_url_mask="",  # no picture from a third party's server
        async_mode=False,  # in this thread, so that its log lines can be told apart
        interpret_emojis=False,
        http_redirects=False,  # a redirected POST arrives as a GET without the message
        pgp_autogen=False,  # makes no keys in the home folder
        pem_autogen=False,
    )
    url = _with_key(url, message.key)
    service = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if service is None:
        return None
    service.notify_format = _format(apprise, message.form)
    service.retry = 0  # the outbox tries again, and knows when
    if service.overflow_mode == apprise.OverflowMode.UPSTREAM:
        # Better in two parts than refused for its length.
        service.overflow_mode = apprise.OverflowMode.SPLIT
    return service


def _load_apprise() -> Any:
    # Channels are served side by side, and `cache` alone would let each of them load it.
    with _loading:
        return _loaded_apprise()


@cache
def _loaded_apprise() -> Any:
    """Apprise with `console://` added; imported here because that takes a while."""
    import apprise  # noqa: PLC0415
    from apprise import decorators  # noqa: PLC0415

    register: Any = decorators.notify
    register(on="console", name="Console")(_write_to_console)
    # Its log lines can hold tokens (that of a wrong one, for instance), and so can the addresses
    # that are logged below it; what matters of them goes into the error, without the secrets.
    logging.getLogger("apprise").addFilter(_keep_to_ourselves)
    logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
    return apprise


def _write_to_console(body: str, title: str, *_args: Any, **_kwargs: Any) -> None:
    stream = _console.get() or sys.stdout
    stream.write(f"\n{FRAME}\n{title}\n{FRAME}\n{body}\n{FRAME}\n")
    stream.flush()


def _keep_to_ourselves(record: logging.LogRecord) -> bool:
    """Takes a line of Apprise's log away, and notes a warning for the attempt that caused it."""
    heard = _heard.get()
    if heard is not None and record.levelno >= logging.WARNING:
        heard.append(record.getMessage())
    return False


def _without_secrets(text: str, url: str) -> str:
    """`text` on one line with all that could be from the URL hidden, but for its scheme."""
    scheme, _, rest = url.partition("://")
    for word in sorted(_words(rest), key=len, reverse=True):
        if word.lower() != scheme.lower():
            text = text.replace(word, "…")
    return " ".join(text.split())


def _words(url: str) -> Iterator[str]:
    for form in (url, unquote(url)):
        words = re.split(r"[/:@?&=#,;\s]+", form)
        yield from (word for word in words if len(word) >= SHORTEST_SECRET)
