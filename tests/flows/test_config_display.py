"""What `config show` prints: everything but the secrets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from flows.settings import load_config, mask_channel_url, mask_url, show_config

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = ["hunter2", "T0KENT0KENT0KENT0KEN42", "pa55", "xoxb", "analyst", "mail.example.org"]
FEEDS = """\
[[feed]]
id = "private"
title = "Private"
url = "https://user:hunter2@example.org/rss?edition=world&api_key=pa55&x=T0KENT0KENT0KENT0KEN42"
[[feed]]
id = "plain"
title = "Plain"
url = "https://example.org/world/rss.xml?edition=int"
"""
ALERTS = """\
[[channel]]
id = "mail"
url = "mailtos://analyst:hunter2@mail.example.org?to=someone"
[[channel]]
id = "chat"
url_env = "CHAT_URL"
[[channel]]
id = "hook"
url_env = "HOOK_URL"
topics = ["taiwan"]
quiet = "22:00-07:00"
quiet_days = ["sat", "sun"]
digest = "weekly"
"""


def test_no_secret_is_shown_and_all_else_is(tmp_path: Path) -> None:
    """Row 50."""
    (tmp_path / "feeds.toml").write_text(FEEDS, encoding="utf-8")
    (tmp_path / "alerts.toml").write_text(ALERTS, encoding="utf-8")
    config = load_config(tmp_path, {"CHAT_URL": "slack://xoxb/b/c"})
    shown = show_config(config)
    text = json.dumps(shown)
    assert [secret for secret in SECRETS if secret in text] == []
    plain = {
        "enabled": True, "feed_notices": False,
        "topics": [], "actors": [], "kinds": [], "min_severity": "low",
        "at_once": True, "group_by": None, "quiet": None, "digest": None, "digest_empty": False,
        "format": "text", "problem": None,
    }  # fmt: skip
    assert shown["channels"] == [
        plain | {"id": "mail", "url": "mailtos://…", "format": "html"},
        plain | {"id": "chat", "url": "slack://…", "format": "slack"},
        plain
        | {
            "id": "hook",
            "url": None,
            "topics": ["taiwan"],
            "quiet": ["22:00-07:00", "sat", "sun"],
            "digest": "weekly",
            "problem": "the environment variable HOOK_URL is not set",
        },
    ]
    assert [feed["url"] for feed in shown["feeds"]] == [  # type: ignore[attr-defined]
        "https://***@example.org/rss?edition=world&api_key=***&x=***",
        "https://example.org/world/rss.xml?edition=int",
    ]
    assert shown["settings"] == config.settings.model_dump(mode="json")
    assert shown["watchlist_version"] == config.watchlist.version
    sources = shown["sources"]
    assert isinstance(sources, dict)
    assert sources["feeds.toml"] == str(tmp_path / "feeds.toml")


def test_actors_are_shown_with_their_offices(tmp_path: Path) -> None:
    (tmp_path / "actors.toml").write_text(
        '[[actor]]\nid = "a"\nname = "A"\nkind = "state"\naliases = ["A"]\n'
        '[[actor]]\nid = "b"\nname = "B"\nkind = "person"\naliases = ["B"]\n'
        '[[actor.office]]\nof = "a"\nfrom = 2020-01-02\n',
        encoding="utf-8",
    )
    topics = tmp_path / "topics"
    topics.mkdir()
    (topics / "t.toml").write_text(
        'id = "t"\ntitle = "T"\nphrases = ["T"]\nfavor = "is for"\nagainst = "is against"\n',
        encoding="utf-8",
    )
    shown = show_config(load_config(tmp_path, {}))
    assert shown["actors"] == [
        {"id": "a", "name": "A", "kind": "state", "aliases": ["A"], "offices": []},
        {"id": "b", "name": "B", "kind": "person", "aliases": ["B"],
         "offices": [{"of": "a", "from": "2020-01-02", "until": None}]},
    ]  # fmt: skip
    assert json.loads(json.dumps(shown)) == shown


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("https://example.org/rss", "https://example.org/rss"),
        ("https://example.org:8443/rss?a=1&b=x%20y", "https://example.org:8443/rss?a=1&b=x%20y"),
        ("https://u@example.org/", "https://***@example.org/"),
        ("https://u:p@q@example.org/", "https://***@example.org/"),
        ("https://example.org/?Access_Token=abc", "https://example.org/?Access_Token=***"),
        ("https://example.org/?apikey=abc&key=d", "https://example.org/?apikey=***&key=***"),
        ("https://example.org/?monkey=abc", "https://example.org/?monkey=abc"),
        (
            "https://example.org/feeds/9f86d081884c7d659a2feaa0c55ad015/rss",
            "https://example.org/feeds/***/rss",
        ),
        ("https://example.org/rss#token=abc", "https://example.org/rss"),
        ("https://[::1/", "https://…"),
    ],
)
def test_a_feeds_url_is_shown_without_what_opens_it(url: str, masked: str) -> None:
    assert mask_url(url) == masked


def test_a_channels_url_is_its_scheme() -> None:
    assert mask_channel_url("slack://a/b/c") == "slack://…"
    assert mask_channel_url("s3cret") == "…"
