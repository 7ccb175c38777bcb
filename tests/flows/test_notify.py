"""Messages through Apprise to real servers on loopback: once, as composed, and never silently."""

from __future__ import annotations

import io
import json
import logging
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

import pytest

from flows.notify import Channel, send
from flows.settings import ChannelConfig
from monitors.errors import DeliveryError
from monitors.facts import facts_of
from monitors.messages import compose, compose_group
from monitors.records import Alert, Evidence, Message
from tests.receivers import MailServer, WebhookServer, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

MAIL = "mailto://127.0.0.1:{port}/?from=a@b.org&to=c@d.org&smtp=127.0.0.1&mode=insecure"
SECRET = "s3cr3t-t0ken"
HOSTILE = (
    "<script>alert(1)</script> @everyone <!channel> [x](http://evil.example) "
    "<b>&amp;</b> \\n {{ 7*7 }} **bold** :smile:"
)
QUOTE = Evidence(HOSTILE, HOSTILE, HOSTILE, "https://news.example/a?b=1&c=2", datetime.now(UTC))
ALERT = Alert(
    alert_id="al0123456789abcdef",
    shift_id="sh0123456789abcdef",
    actor_id="united-states",
    actor_name="United States",
    topic_id="tiktok",
    topic_title="TikTok",
    from_label="against",
    to_label="favor",
    changed_at=datetime(2025, 1, 20, 22, tzinfo=UTC),
    decided_at=datetime(2025, 1, 22, 9, 5, tzinfo=UTC),
    stories=5,
    outlets=4,
    confidence=0.937,
    before=(QUOTE, QUOTE),
    after=(QUOTE, QUOTE),
)
MESSAGE = compose(ALERT)
PLAIN = Message(
    "A subject, naïve → plain", "First line\n\n  <b>Second</b> & \\n “third”\nAlert al1"
)


class Answering(BaseHTTPRequestHandler):
    """Answers every POST with the status that its path names, after the delay it names."""

    posts: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.posts.append(self.path)
        self.rfile.read(int(self.headers["Content-Length"]))
        _, status, delay, *_ = self.path.split("/")
        time.sleep(float(delay))
        self.send_response(int(status))
        self.send_header("Location", "/200/0")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST  # noqa: N815 - the server's name

    def log_message(self, *_: object) -> None:
        """Not on the terminal."""


@pytest.fixture
def answering() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    Answering.posts.clear()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def silent_server() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def parsed(mail: bytes) -> EmailMessage:
    return message_from_bytes(mail, policy=policy.default)  # type: ignore[return-value]


@pytest.mark.parametrize("message", [MESSAGE, PLAIN], ids=["hostile alert", "plain"])
def test_an_email_arrives_once_as_composed_and_as_plain_text(message: Message) -> None:
    with MailServer() as server:
        send(Channel("mail", server.url), message)
        [mail] = [parsed(content) for content in server.received]
    assert mail["Subject"] == message.subject
    assert mail.get_content_type() == "text/plain"
    assert [part.get_content_type() for part in mail.walk()] == ["text/plain"]
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == message.body


@pytest.mark.parametrize("message", [MESSAGE, PLAIN], ids=["hostile alert", "plain"])
def test_a_webhook_gets_it_once_as_composed(message: Message) -> None:
    with WebhookServer() as server:
        send(Channel("hook", server.url), message)
        [body] = [json.loads(content) for content in server.received]
    assert (body["title"], body["message"]) == (message.subject, message.body)


def test_an_alert_by_mail_has_both_parts_that_say_the_same() -> None:
    with MailServer() as server:
        send(Channel("mail", server.url), compose(ALERT, "html"))
        [mail] = [parsed(content) for content in server.received]
    assert mail["Subject"] == MESSAGE.subject
    assert mail["X-Stancewatch-Key"] == ALERT.alert_id
    assert mail.get_content_type() == "multipart/alternative"
    plain, html = mail.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert "<blockquote>" in html.get_content()
    text = plain.get_content()
    facts = facts_of(ALERT)
    assert all(f"{name}: {value}" in text for name, value in facts.lines)
    assert text.count(QUOTE.url) == 4
    assert text.rstrip().endswith(f"Alert {ALERT.alert_id}")
    for part in (text, html.get_content()):
        assert "<script" not in part


def test_a_subject_cannot_add_a_header() -> None:
    """Row 16."""
    with MailServer() as server:
        send(Channel("mail", server.url), replace(PLAIN, subject="a\r\nBcc: all@example.org"))
        [mail] = [parsed(content) for content in server.received]
    assert mail["Subject"] == "a Bcc: all@example.org"
    assert mail["Bcc"] is None


def test_a_webhook_is_told_the_key_of_a_message() -> None:
    with WebhookServer() as server:
        send(Channel("hook", f"{server.url}?format=text"), compose(ALERT))
    assert server.headers[0]["Idempotency-Key"] == ALERT.alert_id


@pytest.mark.parametrize("service", ["slack", "discord", "mmost"])
def test_chat_services_get_their_own_mark_up_and_nothing_that_calls_people(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 47."""
    with WebhookServer(b"ok") as server:
        address = server.url.replace("json://", "http://")
        slack, discord = (
            import_module("apprise.plugins.slack"),
            import_module("apprise.plugins.discord"),
        )
        monkeypatch.setattr(slack.NotifySlack, "webhook_url", address)
        monkeypatch.setattr(discord.NotifyDiscord, "notify_url", address)
        host = address.removeprefix("http://").partition("/")[0]
        url = {
            "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
            "discord": f"discord://{'4' * 24}/{'a' * 64}/",
            "mmost": f"mmost://{host}/{'b' * 26}",
        }[service]
        form = ChannelConfig("chat", url).form
        send(Channel("chat", url), compose(ALERT, form))
        [content] = [json.loads(each) for each in server.received]
    text = json.dumps(content, ensure_ascii=False)
    for opener in ("@everyone", "<!channel>", "<script", "](http://evil", "<http://evil"):
        assert opener not in text
    link = {"slack": "<https://news.example/a?b=1&c=2|", "discord": "](https://news.example/a?"}
    assert text.count(link.get(service, link["discord"])) == 4
    assert f"Alert {ALERT.alert_id}" in text
    if service == "discord":
        assert "@" not in content.get("content", "")


def test_what_is_too_long_for_a_service_is_cut_and_sent_once() -> None:
    """Row 47."""
    long = replace(QUOTE, quote="\N{PILE OF POO}é " * 200, title="a title " * 60)
    alert = compose(replace(ALERT, before=(long,) * 2, after=(long,) * 2), "markdown")
    message = compose_group([alert] * 3, "TikTok", "ms1")
    assert len(message.body) > 4000
    with WebhookServer() as server:
        host = server.url.removeprefix("json://").partition("/")[0]
        send(Channel("chat", f"mmost://{host}/{'b' * 26}"), message)
        assert len(server.received) == 1
    body = json.loads(server.received[0])["text"]
    assert len(body) <= 4000
    assert body.count("](https://news.example/a?b=1&c=2)") == 12
    assert "Message ms1: alerts" in body.splitlines()[-1]


@pytest.mark.parametrize("wish", ["format=html", "format=markdown", "emojis=yes", "retry=3"])
def test_a_url_cannot_ask_for_more_than_plain_text(wish: str) -> None:
    with WebhookServer() as server:
        send(Channel("hook", f"{server.url}?{wish}"), MESSAGE)
        [body] = [json.loads(content) for content in server.received]
    assert (body["title"], body["message"]) == (MESSAGE.subject, MESSAGE.body)


def test_an_alert_holds_nothing_that_calls_people_or_opens_tags() -> None:
    for opener in ("<script", "@everyone", "<!channel", "](", "<b>", "&amp;", "{{", "**"):
        assert opener in HOSTILE
        assert opener not in MESSAGE.body
    assert "://evil" not in MESSAGE.body


def test_the_console_shows_subject_and_body() -> None:
    stream = io.StringIO()
    send(Channel("console", "console://"), PLAIN, console=stream)
    shown = stream.getvalue()
    assert shown.count(PLAIN.subject) == 1
    assert shown.count(PLAIN.body) == 1


def test_the_console_is_stdout_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    send(Channel("console", "console://"), PLAIN)
    assert PLAIN.body in capsys.readouterr().out


def test_a_console_that_cannot_be_written_is_a_failure() -> None:
    stream = io.StringIO()
    stream.close()
    with pytest.raises(DeliveryError, match=r"^console: "):
        send(Channel("console", "console://"), PLAIN, console=stream)


@pytest.mark.parametrize("url", ["json://127.0.0.1:{port}/", MAIL])
def test_a_channel_that_is_down_raises_and_may_be_tried_again(url: str) -> None:
    with pytest.raises(DeliveryError, match=r"^down: ") as caught:
        send(Channel("down", url.format(port=free_port())), PLAIN)
    assert caught.value.retryable


@pytest.mark.parametrize("status", [301, 307, 400, 401, 404, 429, 500, 503])
def test_a_channel_that_refuses_raises_and_is_asked_once(answering: str, status: int) -> None:
    with pytest.raises(DeliveryError, match=str(status)):
        send(Channel("chat", f"json://{answering}/{status}/0"), PLAIN)
    assert Answering.posts == [f"/{status}/0"]


def test_a_channel_that_hangs_is_given_up_at_the_deadline(answering: str) -> None:
    started = time.monotonic()
    with pytest.raises(DeliveryError, match=r"slow: no answer within 0\.3 seconds"):
        send(Channel("slow", f"json://{answering}/200/3"), PLAIN, deadline=0.3)
    assert time.monotonic() - started < 2


def test_a_mail_server_that_says_nothing_is_given_up_at_the_deadline() -> None:
    with silent_server() as port, pytest.raises(DeliveryError, match="no answer"):
        send(Channel("mail", MAIL.format(port=port)), PLAIN, deadline=0.3)


@pytest.mark.parametrize("url", ["", "nothing", "gopher://x", "json://", "mailto://", "console:"])
def test_a_url_that_is_none_fails_for_good(url: str) -> None:
    with pytest.raises(DeliveryError, match=r"^odd: ") as caught:
        send(Channel("odd", url), PLAIN)
    assert not caught.value.retryable


@pytest.mark.parametrize(
    "url",
    [
        "json://user:{secret}@{address}/500/0/{secret}?+X-Token={secret}",
        "json://user:s3cr3t%2Dt0ken@{address}/500/0",
        "slack://{secret}",
        "discord://{secret}/",
        "nonsense://{secret}@host",
        "mailto://user:{secret}@127.0.0.1:1/?to=a@b.org&smtp=127.0.0.1",
    ],
)
def test_no_secret_shows_anywhere(
    answering: str, url: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Row 50."""
    channel = Channel("secretive", url.format(secret=SECRET, address=answering))
    with caplog.at_level(logging.DEBUG), pytest.raises(DeliveryError) as caught:
        send(channel, PLAIN)
    shown = capfd.readouterr()
    for text in (str(caught.value), repr(caught.value), repr(channel), caplog.text, *shown):
        assert SECRET not in text
        assert "s3cr3t%2Dt0ken" not in text
    assert caught.value.__cause__ is None


def test_channels_served_side_by_side_do_not_mix_up_their_errors(answering: str) -> None:
    statuses = [400, 401, 404, 500, 503] * 4
    channels = [
        Channel(f"c{index}", f"json://{answering}/{s}/0") for index, s in enumerate(statuses)
    ]

    def error_of(channel: Channel) -> str:
        with pytest.raises(DeliveryError) as caught:
            send(channel, PLAIN)
        return str(caught.value)

    with ThreadPoolExecutor(8) as pool:
        errors = list(pool.map(error_of, channels))
    for channel, status, error in zip(channels, statuses, errors, strict=True):
        assert error.startswith(f"{channel.channel_id}: ")
        assert str(status) in error


def test_a_very_long_message_reaches_a_mailbox_whole() -> None:
    long = replace(PLAIN, body="\n".join(f"line {number}" for number in range(2000)))
    with MailServer() as server:
        send(Channel("mail", server.url), long)
        [mail] = [parsed(content) for content in server.received]
    assert mail.get_content().splitlines() == long.body.splitlines()


def test_apprise_is_loaded_only_to_send() -> None:
    code = "import sys, flows.notify; sys.exit('apprise' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
