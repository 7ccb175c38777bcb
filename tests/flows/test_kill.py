"""A run that is killed at any instant leaves nothing lost and nothing twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from flows.store import Database
from flows.store.rows import select
from tests.builders import ROOT, rss
from tests.feed_server import FeedServer
from tests.receivers import WebhookServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

KILLS = 50
KILLS_PER_DATABASE = 5
# Everything but clocks, random ids of runs, and what only says how often we tried.
CONTENT = {
    "articles": "article_id, url, version, is_current, feed_id, outlet, title, text, "
    "published_at, story_id, analysis_version, skipped",
    "stories": "*",
    "mentions": "*",
    "attributions": "*",
    "stances": "*",
    "series": "series_id, reason, observations, last_said_at",
    "shifts": "* EXCLUDE (decided_at)",
    "alerts": "* EXCLUDE (decided_at, body)",
    "deliveries": "delivery_id, alert_id, channel, state",
}


@dataclass(frozen=True)
class Stage:
    """A configuration whose feeds tell the demo's story as news of these days."""

    config: Path
    webhook: WebhookServer

    def start(self, database: Path) -> subprocess.Popen[bytes]:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.config.parent)}
        command = [sys.executable, "-m", "flows.cli", "run", "--config", str(self.config)]
        return subprocess.Popen(
            [*command, "--database", str(database)],
            env={**environment, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def run(self, database: Path) -> float:
        start = time.monotonic()
        process = self.start(database)
        _, complaints = process.communicate(timeout=120)
        assert process.returncode == 0, complaints.decode()
        return time.monotonic() - start


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    articles = [
        json.loads(line)
        for line in (ROOT / "seeds" / "demo" / "articles.jsonl").read_text().splitlines()
    ]
    outlets = sorted({article["outlet"] for article in articles})
    with FeedServer() as server, WebhookServer() as webhook:
        blocks = []
        for number, outlet in enumerate(outlets):
            items = [
                {
                    "title": a["title"],
                    "text": a["text"],
                    "link": a["url"],
                    "published_at": datetime.fromisoformat(a["published"]),
                }
                for a in articles
                if a["outlet"] == outlet
            ]
            url = server.put(f"feed{number}", rss(*items), etag='"1"')
            blocks.append(
                f'[[feed]]\nid = "feed{number}"\ntitle = "{outlet}"\n'
                f'outlet = "{outlet}"\nurl = "{url}"\n'
            )
        config = tmp_path / "config"
        config.mkdir()
        (config / "feeds.toml").write_text("\n".join(blocks))
        (config / "alerts.toml").write_text(f'[[channel]]\nid = "hook"\nurl = "{webhook.url}"\n')
        # Everything arrives at once; for this test the age of a story is no reason to hold back.
        (config / "settings.toml").write_text(
            '[shifts]\nlate_days = 3650\n[fetch]\nallow_hosts = ["127.0.0.1"]\n'
        )
        yield Stage(config, webhook)


def content(database: Path) -> dict[str, list[str]]:
    with Database(database).read() as connection:
        return {
            table: sorted(str(row) for row in select(connection, f"SELECT {columns} FROM {table}"))
            for table, columns in CONTENT.items()
        }


def test_killed_runs_end_in_the_same_rows(stage: Stage, tmp_path: Path) -> None:
    undisturbed = tmp_path / "undisturbed.duckdb"
    seconds = stage.run(undisturbed)
    expected = content(undisturbed)
    assert expected["alerts"]
    assert len(stage.webhook.received) == len(expected["alerts"])
    instants = random.Random(20240402)
    kills = databases = 0
    while kills < KILLS:
        stage.webhook.received.clear()
        database = tmp_path / f"killed{databases}.duckdb"
        databases += 1
        for _ in range(KILLS_PER_DATABASE):
            process = stage.start(database)
            time.sleep(instants.uniform(0.1, seconds))
            if process.poll() is not None:
                process.communicate()
                break
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills += 1
        _expire_leases(database)
        stage.run(database)
        assert content(database) == expected
        _assert_sent(stage, expected)


def _expire_leases(database: Path) -> None:
    """What a killed process had claimed falls due five minutes later; the test does not wait."""
    with Database(database).write() as connection:
        connection.execute("UPDATE deliveries SET next_attempt_at = now() WHERE state = 'sending'")


def _assert_sent(stage: Stage, expected: dict[str, list[str]]) -> None:
    """Each alert went out; a repeat, from a kill between sending and recording, has the same id."""
    sent = [json.loads(body)["message"].splitlines()[-1] for body in stage.webhook.received]
    assert len(set(sent)) == len(expected["alerts"])
    assert len(sent) <= len(set(sent)) + 1
