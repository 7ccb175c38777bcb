from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.store import Database, transaction
from tests.builders import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CONFIG_WITHOUT_NETWORK = f"""
[[feed]]
id = "seed"
title = "Seed"
path = "{ROOT / "seeds" / "seed-feed.xml"}"
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    (folder / "config").mkdir()
    (folder / "config" / "feeds.toml").write_text(CONFIG_WITHOUT_NETWORK)
    return folder


def stancewatch(home: Path, *args: str, check: int | None = 0) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "flows.cli", *args]
    done = subprocess.run(
        command, cwd=home, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    if check is not None:
        assert done.returncode == check, done.stderr
    return done


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def first_run(home: Path) -> subprocess.CompletedProcess[str]:
    return stancewatch(home, "run", "--config", "config")


@pytest.mark.usefixtures("first_run")
class TestAfterARun:
    def test_summary_reads_well(self, first_run: subprocess.CompletedProcess[str]) -> None:
        text = first_run.stdout
        assert text.startswith("Feeds      1 fetched\n")
        assert "Articles   1 new, 1 of 1 read name a watched topic" in text
        assert "Alerts     none" in text
        assert "Database   data/stancewatch.duckdb" in text
        assert len(re.findall(r"^  stancewatch ", text, re.MULTILINE)) == 3

    def test_seed_article_is_read_rightly(self, home: Path) -> None:
        columns = "actor_id, topic_id, label, evidence, text"
        query = f"SELECT {columns} FROM stances JOIN articles USING (article_id)"
        rows = lines(stancewatch(home, "query", query, "--json"))
        sides = {(row["actor_id"], row["topic_id"], row["label"]) for row in rows}
        states = {"china": ("china", "xi-jinping"), "us": ("united-states", "joe-biden")}
        for who, topic, label in (
            ("china", "taiwan", "against"),
            ("us", "taiwan", "favor"),
            ("us", "tiktok", "against"),
            ("us", "russia-support", "against"),
        ):
            opposite = {"favor": "against", "against": "favor"}[label]
            assert any((actor, topic, label) in sides for actor in states[who])
            assert not any((actor, topic, opposite) in sides for actor in states[who])
        assert all(row["evidence"] in row["text"] for row in rows)

    def test_second_run_adds_nothing(self, home: Path) -> None:
        before = lines(stancewatch(home, "status", "--json"))[0]["counts"]
        stancewatch(home, "run", "--config", "config")
        after = lines(stancewatch(home, "status", "--json"))[0]["counts"]
        assert before == after
        assert before["alerts"] == 0

    @pytest.mark.parametrize(
        "args",
        [
            ("status",),
            ("stances",),
            ("stances", "--history", "--topic", "taiwan"),
            ("alerts",),
            ("query", "FROM topic_hits"),
            ("config", "show"),
            ("feeds", "list"),
            ("feeds", "check"),
            ("replay",),
            ("run",),
        ],
    )
    def test_commands_that_read_speak_json(self, home: Path, args: tuple[str, ...]) -> None:
        config = () if args[0] == "query" else ("--config", "config")
        plain = stancewatch(home, *args, *config)
        assert plain.stdout.strip()
        assert all(
            isinstance(row, dict) for row in lines(stancewatch(home, *args, *config, "--json"))
        )

    def test_query_cannot_change_or_reach_anything(self, home: Path, tmp_path: Path) -> None:
        (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
        for sql in (
            "DELETE FROM stances",
            f"FROM '{tmp_path / 'secret.csv'}'",
            f"COPY stances TO '{tmp_path / 'out.csv'}'",
        ):
            done = stancewatch(home, "query", sql, check=1)
            assert done.stderr.startswith("stancewatch: the query failed:")
        assert not (tmp_path / "out.csv").exists()

    def test_a_cell_that_a_spreadsheet_would_run_is_defused(self, home: Path) -> None:
        formulas = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "＝1"]  # noqa: RUF001
        cells = [*formulas, 'say "no", he said', "plain", "1-1"]
        listed = ", ".join("'" + cell + "'" for cell in cells)
        sql = f"SELECT unnest([{listed}]) AS \"=a\", -1.5 AS n, ['=x'] AS l, DATE '2024-04-02' AS d"
        rows = list(csv.reader(io.StringIO(stancewatch(home, "query", sql, "--csv").stdout)))
        assert rows[0] == ["'=a", "n", "l", "d"]
        shown = [row[0] for row in rows[1:]]
        assert shown[: len(formulas)] == [f"'{cell}".replace("\r", "\n") for cell in formulas]
        assert shown[len(formulas) :] == cells[len(formulas) :]
        assert rows[1][1:] == ["-1.5", '["=x"]', "2024-04-02"]
        stancewatch(home, "query", "SELECT 1", "--csv", "--json", check=2)

    def test_empty_query_and_unknown_names_are_told(self, home: Path) -> None:
        assert "no SQL" in stancewatch(home, "query", ";", check=1).stderr
        told = stancewatch(home, "stances", "--topic", "taiwn", check=2).stderr
        assert "did you mean" in told
        assert "taiwan" in told

    def test_large_answer_is_cut_for_people_and_whole_for_programs(self, home: Path) -> None:
        sql = "SELECT range AS n FROM range(5000)"
        plain = stancewatch(home, "query", sql).stdout
        assert plain.splitlines()[-1].startswith("... and more: only 200 rows")
        assert len(lines(stancewatch(home, "query", sql, "--json"))) == 5000


def test_wrong_usage_is_exit_code_2(home: Path) -> None:
    for args in (("runn",), ("query",), ("replay", "--from", "soon"), ("run", "--bogus")):
        assert stancewatch(home, *args, check=2).stderr


def test_foreseen_error_is_one_line_and_exit_code_1(home: Path) -> None:
    for args in (("status", "--database", "none.duckdb"), ("run", "--config", "none")):
        done = stancewatch(home, *args, check=1)
        assert done.stderr.startswith("stancewatch: ")
        assert len(done.stderr.splitlines()) == 1
        assert done.stdout == ""


@pytest.mark.parametrize(
    "command",
    [
        "run",
        "serve",
        "demo",
        "status",
        "stances",
        "alerts",
        "query",
        "analyse",
        "evaluate",
        "label",
        "replay",
        "config-check",
        "config-show",
        "feeds-list",
        "feeds-check",
        "feeds-parse",
        "feeds-add",
        "feeds-import",
        "feeds-export",
        "feeds-packs",
        "backfill",
    ],
)
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = CliRunner().invoke(app, [*command.split("-"), "--help"])
    assert result.exit_code == 0
    assert "Example" in result.output


def test_analyse_answers_in_input_order_with_spans_of_the_text(home: Path, tmp_path: Path) -> None:
    article = (ROOT / "seeds" / "000_5b06adfc48943693.txt").read_text()
    rows = [
        {"id": "b", "text": article, "published": "2024-04-02"},
        {"id": "a", "text": ""},
        {"id": "s", "text": "Half a pair \ud800 and \u0000 \u202e Biden said he would ban TikTok."},
        {"id": "c", "text": "Nothing of note — really 😀."},
    ]
    path = tmp_path / "articles.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = lines(stancewatch(home, "analyse", str(path)))
    assert [row["id"] for row in found] == ["b", "a", "s", "c"]
    assert set(found[0]) == {"id", "story_id", "mentions", "attributions", "stances"}
    for stance in found[0]["stances"]:
        assert set(stance) == {
            "actor",
            "topic",
            "label",
            "score",
            "confidence",
            "start",
            "end",
            "reported_by",
            "kind",
            "backend",
        }
        assert article[stance["start"] : stance["end"]].strip()
    for mention in found[0]["mentions"]:
        assert article[mention["start"] : mention["end"]].strip()
    assert any(a["kind"] == "direct_quote" and a["actor"] for a in found[0]["attributions"])


def test_analyse_reads_standard_input_and_stops_with_its_reader(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl"
    path.write_text("".join(json.dumps({"id": str(n), "text": "Text"}) + "\n" for n in range(2000)))
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = f"set -o pipefail; cat {path} | {sys.executable} -m flows.cli analyse - | head -1"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(done.stdout)["id"] == "0"
    assert "Traceback" not in done.stderr


def test_replay_of_a_file_prints_the_alerts_that_would_have_gone_out(home: Path) -> None:
    demo = str(ROOT / "seeds" / "demo" / "articles.jsonl")
    (alert,) = lines(stancewatch(home, "replay", "--articles", demo, "--json"))
    assert (alert["actor"], alert["topic"]) == ("united-states", "tiktok")
    assert (alert["from_label"], alert["to_label"]) == ("against", "favor")
    assert alert["decided_at"] >= "2025-01-20"
    assert set(alert) == {
        "actor",
        "topic",
        "from_label",
        "to_label",
        "changed_at",
        "decided_at",
        "stories",
        "outlets",
        "confidence",
    }
    early = stancewatch(home, "replay", "--articles", demo, "--until", "2025-01-19", "--json")
    assert early.stdout == ""


@pytest.mark.slow
def test_a_change_of_actors_is_warned_of_shown_and_made_live(home: Path, tmp_path: Path) -> None:
    demo, kept = str(ROOT / "seeds" / "demo" / "articles.jsonl"), str(tmp_path / "kept.duckdb")
    stancewatch(home, "replay", "--articles", demo, "--database", kept)
    assert "is fine" in stancewatch(home, "config", "check", "--database", kept).stdout
    actors = (ROOT / "config" / "actors.toml").read_text(encoding="utf-8")
    changed = tmp_path / "changed"
    changed.mkdir()
    # Nobody speaks for anybody any more: what Biden and Trump said is not the United States'.
    offices = re.sub(r"(?m)^\[\[actor\.office\]\]\n(\S.*\n)+", "", actors)
    (changed / "actors.toml").write_text(offices, encoding="utf-8")
    options = ("--config", str(changed), "--database", kept)
    soon = "SELECT count(*) AS n FROM articles WHERE published_at > now() - INTERVAL 700 DAY"
    count = lines(stancewatch(home, "query", soon, "--database", kept, "--json"))[0]["n"]
    warned = stancewatch(home, "config", "check", *options).stdout
    assert ("read with other topics, actors or models" in warned) == (count > 0)
    compare = ("replay", "--against", "current", *options)
    rows = lines(stancewatch(home, *compare, "--json"))
    assert "gone" in [row["change"] for row in rows]
    stancewatch(home, "replay", "--apply", *options, check=2)
    assert "Nobody was told" in stancewatch(home, *compare, "--apply").stdout
    assert "is fine" in stancewatch(home, "config", "check", *options).stdout
    alerts = lines(stancewatch(home, "query", "FROM alerts", *options, "--json"))
    assert len(alerts) == 1


def test_a_change_of_settings_is_compared_with_what_went_out(home: Path, tmp_path: Path) -> None:
    demo, kept = str(ROOT / "seeds" / "demo" / "articles.jsonl"), str(tmp_path / "kept.duckdb")
    stancewatch(home, "replay", "--articles", demo, "--database", kept)
    compare = ("replay", "--against", "current", "--database", kept, "--json")
    assert lines(stancewatch(home, *compare)) == []
    (tmp_path / "settings.toml").write_text("[shifts]\nmin_stories = 100\n")
    (gone,) = lines(stancewatch(home, *compare, "--config", str(tmp_path)))
    assert (gone["change"], gone["actor_id"], gone["is_at"]) == ("gone", "united-states", None)
    # Another topic: the articles are read again.
    (tmp_path / "topics").mkdir()
    topic = (ROOT / "config" / "topics" / "taiwan.toml").read_text()
    (tmp_path / "topics" / "taiwan.toml").write_text(topic)
    (gone,) = lines(stancewatch(home, *compare, "--config", str(tmp_path)))
    assert (gone["change"], gone["topic_id"]) == ("gone", "tiktok")
    stancewatch(home, "replay", "--against", "yesterday", "--database", kept, check=2)


def test_locked_database_is_named(home: Path, tmp_path: Path) -> None:
    database = Database(tmp_path / "held.duckdb")
    settings = tmp_path / "config"
    settings.mkdir()
    (settings / "settings.toml").write_text("[store]\nlock_timeout_seconds = 0.2\n")
    with database.write() as connection, transaction(connection):
        done = stancewatch(
            home, "status", "--database", str(database.path), "--config", str(settings), check=1
        )
    assert f"process {os.getpid()}" in done.stderr


def test_feed_file_is_printed_as_it_is_read(home: Path, tmp_path: Path) -> None:
    seed = str(ROOT / "seeds" / "seed-feed.xml")
    (entry,) = json.loads(stancewatch(home, "feeds", "parse", seed).stdout)["entries"]
    assert {"id", "title", "link", "published_at", "updated_at", "summary"} <= set(entry)
    page = tmp_path / "page.html"
    page.write_text("<html><body>Please log in</body></html>")
    refused = json.loads(stancewatch(home, "feeds", "parse", str(page), check=1).stdout)
    assert refused["entries"] == []
    assert refused["problems"][0].startswith("not_a_feed")
    (tmp_path / "settings.toml").write_text("[fetch]\nmax_bytes = 1000\n")
    small = ("feeds", "parse", seed, "--config", str(tmp_path))
    assert "too_large" in json.loads(stancewatch(home, *small, check=1).stdout)["problems"][0]


def test_environment_names_the_database(home: Path, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(ROOT)}
    environment["STANCEWATCH_DATABASE"] = str(tmp_path / "elsewhere.duckdb")
    command = [sys.executable, "-m", "flows.cli", "run", "--config", "config", "--json"]
    subprocess.run(command, cwd=home, env=environment, capture_output=True, check=True, timeout=60)
    assert (tmp_path / "elsewhere.duckdb").exists()


@pytest.mark.parametrize(
    ("code", "unneeded"),
    [
        ("import flows.cli", {"spacy", "prefect", "apprise", "onnxruntime", "trafilatura"}),
        (
            "import flows.ingest, flows.wiring; flows.wiring.wire().screen.passes('Taiwan')",
            {"spacy", "numpy", "prefect", "apprise", "onnxruntime", "trafilatura", "jinja2"},
        ),
    ],
    ids=["any command", "polling feeds"],
)
def test_what_is_slow_to_import_is_left_to_what_needs_it(code: str, unneeded: set[str]) -> None:
    code = f"import sys; {code}; print({unneeded} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
