"""Deliveries killed at any instant: each alert reaches each channel, a repeat under the same key.

Rows 37 and 44 for real receivers: a mail server, a webhook, and one that speaks as Slack does.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest

from flows.settings import load_config
from flows.store.outbox import put_in_outbox
from flows.store.rows import select
from flows.wiring import utc_now
from monitors.records import Message
from tests.builders import ROOT
from tests.receivers import MailServer, WebhookServer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from flows.settings import ChannelConfig
    from flows.store import Database

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

KILLS = 100
CHANNELS = ("mail", "hook", "slack")
_KEY = re.compile(r"Alert (al\w+)$|Message (ms\w+): alerts ([\w, ]+)$", re.MULTILINE)


@dataclass
class Runner:
    """The process that forks; every attempt is later than the lease of the one before."""

    process: subprocess.Popen[str]
    minutes: float = 0

    def start(self) -> int:
        self.minutes += 400
        assert self.process.stdin
        self.process.stdin.write(f"{self.minutes}\n")
        self.process.stdin.flush()
        return int(self._answer())

    def status(self) -> int:
        return int(self._answer())

    def _answer(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()


@dataclass
class Post:
    """The receivers, and the keys of all that each of them took, in order."""

    mail: MailServer = field(default_factory=MailServer)
    hook: WebhookServer = field(default_factory=WebhookServer)
    slack: WebhookServer = field(default_factory=lambda: WebhookServer(b"ok"))

    def keys(self) -> dict[str, list[str]]:
        mails = [message_from_bytes(each, policy=policy.default) for each in self.mail.received]
        plain = [mail.get_body(("plain",)) for mail in mails]  # type: ignore[attr-defined]
        texts = {
            "mail": [part.get_content() for part in plain],
            "hook": [json.loads(each)["message"] for each in self.hook.received],
            "slack": [json.loads(each)["attachments"][0]["text"] for each in self.slack.received],
        }
        return {name: [_key(text) for text in found] for name, found in texts.items()}


def _key(text: str) -> str:
    """What a reader can tell a repeat by: the last line."""
    last = text.replace("\r\n", "\n").strip().splitlines()[-1].strip()
    assert _KEY.fullmatch(last), text
    return last


@pytest.fixture
def post() -> Iterator[Post]:
    post = Post()
    with post.mail, post.hook, post.slack:
        yield post


@pytest.fixture
def config(tmp_path: Path, post: Post) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    urls = {
        "mail": post.mail.url,
        "hook": post.hook.url,
        "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
    }
    blocks = [f'[[channel]]\nid = "{name}"\nurl = "{url}"\n' for name, url in urls.items()]
    (folder / "alerts.toml").write_text("\n".join(blocks))
    return folder


@pytest.fixture
def runner(config: Path, post: Post, database: Database) -> Iterator[Runner]:
    script = str(ROOT / "tests" / "flows" / "delivery_runner.py")
    slack = post.slack.url.replace("json://", "http://")
    process = subprocess.Popen(
        [sys.executable, script, str(config), str(database.path), slack],
        env={"PATH": os.environ["PATH"], "HOME": str(config), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield Runner(process)
    assert process.stdin
    process.stdin.close()
    process.wait(timeout=20)


def post_alert(database: Database, channels: Iterable[ChannelConfig], number: int) -> str:
    """An alert for each channel; every third belongs to a group with the one before it."""
    alert_id = f"al{number:04}"
    with database.write() as connection:
        for channel in channels:
            body = f"<p>A</p>\n<p>Alert {alert_id}</p>" if channel.form == "html" else "A\n\nAlert "
            text = body if channel.form == "html" else body + alert_id
            message = Message("A turn", text, channel.form, alert_id)
            group = f"topic:{number // 3}" if number % 3 else ""
            put_in_outbox(
                connection, alert_id, message, [channel.channel_id],
                created_at=utc_now(), group_key=group,
            )  # fmt: skip
    return alert_id


def test_each_channel_gets_each_alert_over_a_hundred_kills(
    runner: Runner, post: Post, config: Path, database: Database
) -> None:
    channels = load_config(config).channels
    alerts: list[str] = []
    for _ in range(2):  # the second time everything is warm
        alerts.append(post_alert(database, channels, len(alerts)))
        started = time.monotonic()
        runner.start()
        assert runner.status() == 0
        undisturbed = time.monotonic() - started
    instants = random.Random(20240402)
    kills = 0
    while kills < KILLS:
        alerts.append(post_alert(database, channels, len(alerts)))
        pid = runner.start()
        time.sleep(instants.uniform(0, undisturbed))
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        kills += runner.status() == signal.SIGKILL
    for _ in range(2):
        runner.start()
        assert runner.status() == 0
    with database.read() as connection:
        assert select(connection, "SELECT DISTINCT state FROM deliveries") == [
            {"state": "delivered"}
        ]
        rows = select(connection, "SELECT channel, alert_id, message_id FROM deliveries")
    messages = {(row["channel"], row["alert_id"]): row["message_id"] for row in rows}
    for channel, keys in post.keys().items():
        covered = {found for key in keys for found in re.findall(r"al\d{4}", key)}
        assert covered == set(alerts)
        # Each alert is in one message only, and what came twice came under the same key.
        assert len(set(keys)) == len({messages[channel, alert] for alert in alerts})
        assert sum(count - 1 for count in Counter(keys).values()) <= KILLS
