"""`stancewatch config check --preview`, over files and over what is stored."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from flows.admit import admit
from flows.cli import app
from flows.store import Database, transaction
from tests.builders import draft

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

CHIPS = "Taiwan Semiconductor earnings rose. Taiwan Semiconductor hires in Taiwan."
TEXTS = (
    "China threatened Taiwan again.",
    CHIPS,
    "TikTok \x1b[31mvideos\u202e and TikTok.",
    "Rain.",
)


def check(*args: object) -> Result:
    return CliRunner().invoke(app, ["config", "check", *map(str, args)])


def rows(*args: object) -> dict[str, dict[str, Any]]:
    result = check(*args, "--json")
    assert result.exit_code == 0, result.output
    return {row["topic"]: row for row in map(json.loads, result.stdout.splitlines())}


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    path = tmp_path / "articles.jsonl.gz"
    lines = [json.dumps({"id": f"a{n}", "text": text}) + "\n" for n, text in enumerate(TEXTS)]
    path.write_bytes(gzip.compress("".join(lines).encode()))
    return path


def test_files_are_looked_through(articles: Path) -> None:
    found = rows("--preview", articles)
    assert list(found) == sorted(found)
    taiwan = found["taiwan"]
    assert (taiwan["hits"], taiwan["articles"], taiwan["of_articles"]) == (1, 1, 4)
    assert taiwan["share"] == 0.25
    assert {key: n for key, n in taiwan["cancelled"].items() if n} == {"Taiwan Semiconductor": 2}
    assert taiwan["ruled_out"] == {"not": 2, "sense": 1}
    assert "cross-strait" in taiwan["dead"]
    assert "Taiwan" not in taiwan["dead"]
    (sample,) = taiwan["samples"]
    assert sample == {
        "article_id": "a0", "before": "China threatened ", "phrase": "Taiwan", "after": " again."
    }  # fmt: skip


def test_two_files_and_one_topic(articles: Path) -> None:
    found = rows("--preview", articles, articles, "--topic", "tiktok")
    assert list(found) == ["tiktok"]
    assert found["tiktok"]["of_articles"] == 8


def test_a_headline_counts_as_the_text_it_heads(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps({"id": "a", "title": "Taiwan votes", "text": "Many came."}))
    assert rows("--preview", path)["taiwan"]["hits"] == 1


def test_it_reads_well(articles: Path) -> None:
    result = check("--preview", articles, "--seed", 5)
    assert result.exit_code == 0, result.output
    text = result.stdout
    assert "The configuration is fine." in text
    assert "Taiwan's self-rule (taiwan)\nfound 1 times, in 1 of 4 articles (25.00%)" in text
    assert "1 China threatened [Taiwan] again.  a0" in text
    assert "--seed 5" in text
    assert "2 Taiwan Semiconductor" in text
    assert "1 of a text about these" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "Never found Taipei, Taiwan Strait, " in text


def test_stored_articles_are_taken_where_no_file_is_given(database: Database) -> None:
    where = ("--preview", "--database", database.path)
    assert "there is no database" in str(check(*where).exception)
    with database.write():
        pass
    assert "run first" in str(check(*where).exception)
    with database.write() as connection, transaction(connection):
        admit(connection, [draft(text) for text in TEXTS])
    assert rows(*where)["taiwan"]["samples"][0]["article_id"].startswith("https://news.example/")
    assert rows(*where)["taiwan"]["of_articles"] == 4


def test_wrong_use_is_told(articles: Path, tmp_path: Path) -> None:
    assert check(articles).exit_code == 2
    assert "no topic is called 'taiwn'" in check("--preview", articles, "--topic", "taiwn").output
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"id": "a", "text": "x"}\n{"id": "b"}\n')
    assert f"{broken}:2" in str(check("--preview", broken).exception)


def test_with_errors_in_the_configuration_nothing_is_looked_through(
    articles: Path, tmp_path: Path
) -> None:
    (tmp_path / "topics").mkdir()
    (tmp_path / "topics" / "a.toml").write_text('id = "a"')
    result = check("--preview", articles, "--config", tmp_path)
    assert result.exit_code == 1
    assert "looking" not in result.output
    assert "found" not in result.output
