"""What is told of a wrong configuration: the file, the line and the mend, all at once."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from flows.settings import check_config, load_config
from monitors.errors import ConfigError
from monitors.shifts.detectors import DETECTORS
from monitors.stance import BACKENDS

HERE = Path(__file__).parent
TABLE = tomllib.loads((HERE / "wrong_config.toml").read_text(encoding="utf-8"))
CASES, WARNED = TABLE["case"], TABLE["warned"]
TOPIC = "topics/taiwan.toml"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder `conf` in the working folder, with all files as they should be."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(HERE / "good_config", "conf")
    return Path("conf")


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def change(folder: Path, name: str, old: str, new: str) -> None:
    """Replaces `old` in a file, or all of it where `old` is empty."""
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    write(folder, name, text.replace(old, new, 1) if old else new)


def messages(folder: Path, severity: str) -> list[str]:
    problems = check_config(folder, {})
    return [str(problem) for problem in problems if problem.severity == severity]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['file']} {case['by'][:30]}")
def test_a_wrong_file_is_named_with_line_and_mend(folder: Path, case: dict[str, Any]) -> None:
    change(folder, case["file"], case.get("replace", ""), case["by"])
    errors = case["errors"]
    assert messages(folder, "error") == errors
    with pytest.raises(ConfigError) as raised:
        load_config(folder, {})
    more = f" ({len(errors) - 1} more: run `stancewatch config check`)" if errors[1:] else ""
    assert str(raised.value) == errors[0] + more


def test_a_secret_is_not_repeated_in_an_error(folder: Path) -> None:
    url = "mailto://user:s3cret@host"
    change(folder, "alerts.toml", "console://", f"{url} {url}")
    change(folder, "feeds.toml", "https://example.org/rss", "ftp://user:s3cret@example.org")
    assert len(messages(folder, "error")) == 2
    assert "s3cret" not in "".join(messages(folder, "error"))


def test_a_url_may_not_be_endless(folder: Path) -> None:
    change(folder, "feeds.toml", "/rss", "/" + "x" * 2_000)
    (message,) = messages(folder, "error")
    assert message.startswith("conf/feeds.toml:4: `url` is longer than 2,000 characters.")


def test_backends_and_detectors_are_those_that_there_are(folder: Path) -> None:
    text = '[analysis]\nbackend = "oracle"\n[shifts]\ndetector = "widow"'
    write(folder, "settings.toml", text)
    backends, detectors = ", ".join(sorted(BACKENDS)), ", ".join(sorted(DETECTORS))
    assert messages(folder, "error") == [
        f"conf/settings.toml:2: `backend` names no stance backend. There are: {backends}.",
        f"conf/settings.toml:4: `detector` names no shift detector. There are: {detectors}.",
    ]


def test_two_topics_of_one_id(folder: Path) -> None:
    text = (folder / TOPIC).read_text(encoding="utf-8")
    write(folder, "topics/z.toml", "\n" + text)
    assert messages(folder, "error") == [
        (
            'conf/topics/z.toml:2: the id "taiwan" is taken by conf/topics/taiwan.toml:1. '
            "Give each topic an id of its own."
        )
    ]


def test_all_problems_are_shown_at_once_errors_first(folder: Path) -> None:
    change(folder, TOPIC, '"taiwan"', '"Taiwan"')
    write(folder, "feeds.toml", "")
    write(folder, "settings.toml", "databse = 1\n[fetch]\nretries = -1")
    (folder / "actors.toml").write_bytes(b'[[actor]]\nid = "caf\xe9"')
    problems = check_config(folder, {})
    assert [(problem.severity, problem.path, problem.line) for problem in problems] == [
        ("error", "conf/actors.toml", 2),
        ("error", "conf/settings.toml", 3),
        ("error", "conf/settings.toml", 1),
        ("error", "conf/topics/taiwan.toml", 1),
        ("warning", "conf/feeds.toml", None),
    ]
    assert problems[0].problem == "not UTF-8 text"


def test_faults_in_one_file_are_not_blamed_on_another(folder: Path) -> None:
    change(folder, "alerts.toml", "url =", 'actors = ["china"]\ntopics = ["taiwan"]\nurl =')
    assert check_config(folder, {}) == []
    actors = (folder / "actors.toml").read_text(encoding="utf-8")
    write(folder, "actors.toml", "actor = 3")
    assert [problem.path for problem in check_config(folder, {})] == ["conf/actors.toml"]
    write(folder, "actors.toml", actors)
    write(folder, TOPIC, "")
    assert {problem.path for problem in check_config(folder, {})} == {"conf/topics/taiwan.toml"}


@pytest.mark.parametrize("text", ["x = " + "[" * 5_000, "x = " + "[" * 150 + "]" * 150])
def test_brackets_without_end_are_refused_not_a_crash(folder: Path, text: str) -> None:
    write(folder, "settings.toml", text)
    (message,) = messages(folder, "error")
    assert message.startswith("conf/settings.toml")


@pytest.mark.parametrize("case", WARNED, ids=lambda case: f"{case['file']} {case['by'][:30]}")
def test_what_looks_wrong_is_told_and_worked_with(folder: Path, case: dict[str, Any]) -> None:
    if case["file"] == "actors.toml":  # the topic's example needs an actor
        text = (folder / TOPIC).read_text(encoding="utf-8")
        write(folder, TOPIC, text[: text.index("[[example]]")])
    change(folder, case["file"], case.get("replace", ""), case["by"])
    config = load_config(folder, {})
    assert [str(problem) for problem in config.warnings] == case["warnings"]
    assert messages(folder, "warning") == case["warnings"]
    assert messages(folder, "error") == []


def test_names_of_one_actor_may_differ_in_case(folder: Path) -> None:
    change(folder, "actors.toml", '"Beijing"', '"Foreign Ministry", "foreign ministry"')
    assert load_config(folder, {}).warnings == ()
