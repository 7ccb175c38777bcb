"""The demo, end to end: real flows, a real SMTP server, a real webhook receiver."""

from __future__ import annotations

import json
from dataclasses import replace
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest

from flows.demo import demo_days, play
from flows.settings import ChannelConfig, load_config
from flows.store import Database
from flows.store.rows import select
from flows.wiring import Installation
from tests.receivers import MailServer, WebhookServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REVERSAL = "2025-01-20"
pytestmark = pytest.mark.slow


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def webhook() -> Iterator[WebhookServer]:
    with WebhookServer() as server:
        yield server


def test_one_alert_at_the_right_time_reaches_mail_and_webhook_once(
    tmp_path: Path, mail: MailServer, webhook: WebhookServer
) -> None:
    config = load_config(None, {})
    channels = (ChannelConfig("mail", mail.url), ChannelConfig("hook", webhook.url))
    database = Database(tmp_path / "demo.duckdb")
    installation = Installation(replace(config, channels=channels), database)

    (alert,) = [alert for day in play(installation, demo_days()) for alert in day.alerts]

    assert (alert.actor_id, alert.topic_id) == ("united-states", "tiktok")
    assert (alert.from_label, alert.to_label) == ("against", "favor")
    published = [draft.published_at for day in demo_days() for draft in day]
    since = [moment for moment in published if moment.date().isoformat() >= REVERSAL]
    assert alert.decided_at in since[:10]
    assert len(alert.before) == len(alert.after) == 2

    (envelope,) = mail.received
    message = message_from_bytes(envelope, policy=policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    assert f"Alert {alert.alert_id}" in body.get_content()
    assert "TikTok" in message["subject"]
    (posted,) = webhook.received
    assert alert.alert_id in json.loads(posted)["message"]

    again = Installation(replace(config, channels=channels), database)
    assert list(play(again, demo_days())) == []
    assert len(mail.received) == len(webhook.received) == 1
    with database.read() as connection:
        states = select(connection, "SELECT channel, state, attempts FROM deliveries ORDER BY ALL")
    assert [(row["channel"], row["state"], row["attempts"]) for row in states] == [
        ("hook", "delivered", 1),
        ("mail", "delivered", 1),
    ]


def test_history_builds_up_before_the_alert(tmp_path: Path) -> None:
    installation = Installation(
        replace(load_config(None, {}), channels=()), Database(tmp_path / "demo.duckdb")
    )
    days = [day for day in demo_days() if day[0].published_at.date().isoformat() < REVERSAL]
    assert [alert for day in play(installation, days) for alert in day.alerts] == []
    with installation.database.read() as connection:
        (series,) = select(
            connection,
            "FROM series WHERE actor_id = 'united-states' AND topic_id = 'tiktok'",
        )
        stories = select(connection, "FROM stories")
        articles = select(connection, "FROM articles")
    assert series["observations"] >= 8
    assert len(stories) < len(articles)
