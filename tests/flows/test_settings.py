"""What a user writes in the configuration folder, and what comes of it, right or wrong."""

from __future__ import annotations

import shutil
from datetime import UTC, date, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from flows.settings import (
    Config,
    ConfigProblem,
    Settings,
    check_config,
    default_directory,
    load_config,
)
from monitors.errors import ConfigError
from monitors.quiet_hours import QuietHours
from monitors.records import Actor, Feed, Office, Topic, TopicExample
from monitors.shifts.series import DetectorSettings

GOOD = Path(__file__).parent / "good_config"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder `conf` in the working folder, with all files as they should be."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(GOOD, "conf")
    return Path("conf")


def write(folder: Path, name: str, text: str) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def change(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    write(folder, name, text.replace(old, new, 1))


def messages(folder: Path, severity: str, environ: dict[str, str] | None = None) -> list[str]:
    return [
        str(problem)
        for problem in check_config(folder, environ or {})
        if problem.severity == severity
    ]


# --- what is right ---------------------------------------------------------------------------


def test_the_files_become_records(folder: Path) -> None:
    config = load_config(folder, {})
    assert config.watchlist.topics == (
        Topic(
            topic_id="taiwan",
            title="Taiwan's self-rule",
            phrases=("Taiwan", "Taipei"),
            favor="backs Taiwan",
            against="claims Taiwan",
            near=("strait",),
            excluded=("Taiwan Semiconductor",),
            examples=(TopicExample("China claimed Taiwan.", "china", "against"),),
        ),
    )
    assert config.watchlist.actors == (
        Actor("china", "China", "state", ("China", "Beijing")),
        Actor(
            "xi",
            "Xi Jinping",
            "person",
            ("Xi Jinping", "Xi"),
            (Office("china", date(2013, 3, 14), None),),
        ),
    )
    assert config.feeds == (Feed("one", "One", "One", "https://example.org/rss", None),)
    assert [(channel.channel_id, channel.url) for channel in config.channels] == [
        ("console", "console://")
    ]
    assert config.settings == Settings()
    assert config.warnings == ()


def test_a_feed_of_a_file_lies_beside_its_configuration(folder: Path) -> None:
    write(folder, "seeds/a.xml", "<rss/>")
    write(
        folder, "feeds.toml", '[[feed]]\nid = "a"\ntitle = "A"\noutlet = "O"\npath = "seeds/a.xml"'
    )
    config = load_config(folder, {})
    path = str((folder / "seeds" / "a.xml").resolve())
    assert config.feeds == (Feed("a", "A", "O", None, path),)
    assert config.warnings == ()


def test_text_over_several_lines_becomes_one(folder: Path) -> None:
    change(folder, "topics/taiwan.toml", '"backs Taiwan"', '"""\nbacks\n  Taiwan\n"""')
    assert load_config(folder, {}).watchlist.topics[0].favor == "backs Taiwan"


def test_files_of_other_editors_are_read(folder: Path) -> None:
    text = (folder / "actors.toml").read_text(encoding="utf-8")
    (folder / "actors.toml").write_bytes(("\ufeff" + text).replace("\n", "\r\n").encode())
    assert len(load_config(folder, {}).watchlist.actors) == 2


def test_the_version_follows_the_content_and_nothing_else(folder: Path) -> None:
    version = load_config(folder, {}).watchlist.version
    change(folder, "topics/taiwan.toml", "title =", "# a comment\ntitle  =  ")
    assert load_config(folder, {}).watchlist.version == version
    change(folder, "topics/taiwan.toml", '"Taipei"', '"Kinmen"')
    newer = load_config(folder, {}).watchlist.version
    change(folder, "actors.toml", "2013-03-14", "2013-03-15")
    newest = load_config(folder, {}).watchlist.version
    assert len({version, newer, newest}) == 3


def test_settings_are_taken_over(folder: Path) -> None:
    write(
        folder,
        "settings.toml",
        'database = "other.duckdb"\ntime_zone = "Europe/Berlin"\n'
        "[shifts]\nmin_stories = 4\nmin_change = 1\n"
        '[schedule]\ningest_every_minutes = 0.1\ndigest_at = "23:59"\n',
    )
    settings = load_config(folder, {}).settings
    assert settings.database == Path("other.duckdb")
    assert settings.zone == ZoneInfo("Europe/Berlin")
    assert settings.shifts.detector_settings(700) == DetectorSettings(
        min_stories=4, min_change=1, days_per_year=700
    )
    assert settings.schedule.ingest_every_minutes == 0.1
    assert settings.schedule.digest_at == "23:59"
    assert settings.fetch.timeout_seconds == 20
    assert Settings().zone is UTC


# --- where the files are from ----------------------------------------------------------------


def test_the_shipped_configuration_is_clean() -> None:
    assert [str(problem) for problem in check_config(None, {})] == []
    config = load_config(None, {})
    assert {topic.topic_id for topic in config.watchlist.topics} >= {"taiwan", "tiktok"}
    assert all(Path(feed.path).is_file() for feed in config.feeds if feed.path)


def test_what_a_folder_lacks_comes_from_the_default(folder: Path) -> None:
    for name in ("feeds.toml", "alerts.toml", "settings.toml"):
        (folder / name).unlink()
    config, default = load_config(folder, {}), load_config(None, {})
    assert config.feeds == default.feeds
    assert config.channels == default.channels
    assert config.sources == {
        "actors.toml": folder / "actors.toml",
        "topics": folder / "topics",
        "templates": folder / "templates",
        "feeds.toml": default_directory() / "feeds.toml",
        "alerts.toml": default_directory() / "alerts.toml",
        "settings.toml": default_directory() / "settings.toml",
    }


def test_actors_and_topics_replace_the_default_ones(folder: Path) -> None:
    watchlist = load_config(folder, {}).watchlist
    assert [topic.topic_id for topic in watchlist.topics] == ["taiwan"]
    assert [actor.actor_id for actor in watchlist.actors] == ["china", "xi"]


def test_a_folder_with_settings_alone_watches_the_default_topics(folder: Path) -> None:
    write(Path("small"), "settings.toml", 'database = "x.duckdb"')
    config, default = load_config(Path("small"), {}), load_config(None, {})
    assert config.watchlist == default.watchlist
    assert config.settings.database == Path("x.duckdb")


def test_a_packed_configuration_goes_before_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.config.folders._FLOWS", tmp_path / "flows")
    assert default_directory() == tmp_path / "config"
    (tmp_path / "flows" / "defaults" / "config").mkdir(parents=True)
    assert default_directory() == tmp_path / "flows" / "defaults" / "config"


def test_no_such_folder(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"^elsewhere: does not exist"):
        load_config(folder.parent / "elsewhere", {})
    with pytest.raises(ConfigError, match=r"^conf/feeds\.toml: is not a folder"):
        load_config(folder / "feeds.toml", {})


def test_a_folder_of_topics_without_any(folder: Path) -> None:
    (folder / "topics" / "taiwan.toml").unlink()
    write(folder, "topics/.#taiwan.toml", "an editor's lock")
    (problem,) = check_config(folder, {})
    assert str(problem) == (
        "conf/topics: holds no topic. "
        "Add a file such as taiwan.toml, or remove the folder to use the default topics."
    )


def test_a_misspelt_file_is_not_left_out_in_silence(folder: Path) -> None:
    write(folder, "feed.toml", "")
    write(folder, "tiktok.toml", "")
    assert messages(folder, "warning") == [
        "conf/feed.toml: is not read. Did you mean feeds.toml?",
        "conf/tiktok.toml: is not read. A topic belongs into topics/.",
    ]


def test_templates_are_read_by_their_names_and_others_are_told_of(folder: Path) -> None:
    write(folder, "templates/txt.j2", "{{ headline }}")
    config = load_config(folder, {})
    assert sorted(config.templates) == ["html", "subject", "text"]
    [warning] = messages(folder, "warning")
    assert warning == (
        "conf/templates/txt.j2: is not read. "
        "There are: subject.j2, text.j2, html.j2, markdown.j2, slack.j2."
    )
    assert load_config(None, {}).templates == {}


def test_a_channel_says_what_it_wants_and_when(folder: Path) -> None:
    write(
        folder,
        "alerts.toml",
        '[[channel]]\nid = "chat"\nurl = "slack://a/b/c"\nmin_severity = "high"\n'
        'quiet = "22:00-07:00"\nquiet_days = ["sun"]\ndigest = "weekly"\n'
        '[policy]\nflap_alerts = 2\ngroup_by = "actor"\n',
    )
    config = load_config(folder, {})
    [channel] = config.channels
    assert (channel.form, channel.digest, channel.group_by) == ("slack", "weekly", None)
    assert channel.quiet == QuietHours(time(22), time(7), ("sun",))
    assert (config.policy.flap_alerts, config.policy.group_by) == (2, "actor")


# --- the environment -------------------------------------------------------------------------


def test_the_environment_names_the_database(folder: Path) -> None:
    environ = {"STANCEWATCH_DATABASE": "/tmp/other.duckdb"}
    assert load_config(folder, environ).settings.database == Path("/tmp/other.duckdb")
    default = Path("data/stancewatch.duckdb")
    assert load_config(folder, {"STANCEWATCH_DATABASE": ""}).settings.database == default


def test_a_database_that_is_no_file_name(folder: Path) -> None:
    assert messages(folder, "error", {"STANCEWATCH_DATABASE": "a\nb"}) == [
        "STANCEWATCH_DATABASE: is not a file name. Set it to a file name, or unset it."
    ]


def test_the_environment_holds_the_channels_urls(folder: Path) -> None:
    write(folder, "alerts.toml", '[[channel]]\nid = "chat"\nurl_env = "CHAT_URL"\n')
    (channel,) = load_config(folder, {"CHAT_URL": " slack://a/b/c\n"}).channels
    assert (channel.url, channel.problem) == ("slack://a/b/c", None)
    assert "slack" not in repr(channel)


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        ({}, "the environment variable CHAT_URL is not set"),
        ({"CHAT_URL": "  "}, "the environment variable CHAT_URL is not set"),
        (
            {"CHAT_URL": "s3cret"},
            "the URL in the environment variable CHAT_URL has no scheme such as https://",
        ),
        (
            {"CHAT_URL": "slack://a\r\nb"},
            (
                "the URL in the environment variable CHAT_URL has a line break or control "
                "character in it"
            ),
        ),
    ],
)
def test_a_channel_without_its_url_is_a_warning(
    folder: Path, environ: dict[str, str], problem: str
) -> None:
    write(folder, "alerts.toml", '[[channel]]\nid = "chat"\nurl_env = "CHAT_URL"\n')
    config = load_config(folder, environ)
    assert (config.channels[0].url, config.channels[0].problem) == (None, problem)
    (warning,) = config.warnings
    assert str(warning) == (
        f'conf/alerts.toml:3: the channel "chat" cannot send: {problem}. '
        "Set it before starting Stancewatch, or write enabled = false."
    )


def test_a_channel_that_is_switched_off_needs_no_url(folder: Path) -> None:
    text = '[[channel]]\nid = "chat"\nurl_env = "CHAT_URL"\nenabled = false\n'
    write(folder, "alerts.toml", text)
    assert load_config(folder, {}).warnings == ()


def test_records_of_the_configuration_cannot_be_changed(folder: Path) -> None:
    config = load_config(folder, {})
    assert isinstance(config, Config)
    with pytest.raises(AttributeError):
        config.feeds = ()  # type: ignore[misc]
    with pytest.raises(ValueError, match="frozen"):
        config.settings.time_zone = "Europe/Berlin"
    problem = ConfigProblem("error", "a.toml", 3, "x is y", "Write z.")
    assert str(problem) == "a.toml:3: x is y. Write z."
