"""`stancewatch label`: a sitting is its keys in, its file out."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from flows.admit import admit
from flows.cli import main
from flows.label import LabelFile, Session, pairs_of_file
from flows.labelled import LabelledPairRow, read_labelled
from flows.store import Database, transaction
from tests.builders import ROOT, draft

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = (
    "Lawmakers met. Joe Biden said he would ban TikTok.",
    "Donald Trump praised TikTok on Monday.",
    "China condemned the ban on TikTok.",
)
FIELDS = {"article", "published", "outlet", "before", "text", "holder", "holder_span", "target"}
FIELDS |= {"target_span", "favor", "against", "id", "type", "label", "sure", "by_other", "readers"}


class Done(NamedTuple):
    code: int
    out: str
    err: str


class Terminal:
    """The command line with keys typed into it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: Any, folder: Path) -> None:
        self._monkeypatch, self._capsys, self.out = monkeypatch, capsys, folder / "labels.jsonl"
        self.articles = folder / "articles.jsonl"
        rows = [
            {"id": f"a{n}", "text": text, "published": "2024-04-02", "outlet": "Paper"}
            for n, text in enumerate(TEXTS)
        ]
        self.articles.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def run(self, keys: str, *args: object) -> Done:
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(keys))
        self._monkeypatch.setattr(sys, "argv", ["stancewatch", *map(str, args)])
        with pytest.raises(SystemExit) as exit_:
            main()
        captured = self._capsys.readouterr()
        return Done(int(exit_.value.code or 0), captured.out, captured.err)

    def label(self, keys: str, *args: object) -> Done:
        given = args or ("--articles", self.articles)
        return self.run(keys, "label", *given, "--out", self.out)

    @property
    def rows(self) -> list[dict[str, Any]]:
        if not self.out.exists():
            return []
        return [json.loads(line) for line in self.out.read_text().splitlines()]

    @property
    def labels(self) -> list[str]:
        return [row["label"] for row in self.rows]


@pytest.fixture
def terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Terminal:
    return Terminal(monkeypatch, capsys, tmp_path)


def test_shows_the_question(terminal: Terminal) -> None:
    done = terminal.label("q\n")
    assert done.code == 0, done.err
    assert "Lawmakers met." in done.out
    assert "[holder Joe Biden] said he would ban [target TikTok]." in done.out
    for heading in ("holder   Joe Biden", "target   ", "favor    ", "against  "):
        assert heading in done.out
    assert done.out.endswith(f"0 labelled, in {terminal.out}\n")
    assert terminal.rows == []


def test_keys_become_labels(terminal: Terminal) -> None:
    terminal.label("a\nf\nn\n")
    assert terminal.labels == ["against", "favor", "neutral"]
    first = terminal.rows[0]
    assert set(first) == FIELDS
    assert first["article"] == "a0"
    assert first["before"] == "Lawmakers met."
    assert first["text"][slice(*first["holder_span"])] == "Joe Biden"
    assert first["text"][slice(*first["target_span"])] == "TikTok"
    assert (first["sure"], first["by_other"], first["readers"]) == (True, False, 1)


def test_notes_hold_for_one_pair(terminal: Terminal) -> None:
    terminal.label("sb a\n0\nssf\n")
    assert [(row["label"], row["sure"], row["by_other"]) for row in terminal.rows] == [
        ("against", False, True),
        ("none", True, False),
        ("favor", True, False),
    ]


def test_undo_goes_back_one(terminal: Terminal) -> None:
    terminal.label("af u u a 0")
    assert terminal.labels == ["against", "none"]
    assert len({row["id"] for row in terminal.rows}) == 2
    assert terminal.rows[0]["article"] == "a0"


def test_undo_of_nothing(terminal: Terminal) -> None:
    assert "nothing of this sitting to undo" in terminal.label("u").out


def test_a_wrong_key_changes_nothing(terminal: Terminal) -> None:
    assert "'x' is none of the keys" in terminal.label("x").out
    assert terminal.rows == []


def test_goes_on_where_it_was_left(terminal: Terminal) -> None:
    terminal.label("a\nq\nf\n")
    assert terminal.labels == ["against"]
    done = terminal.label("f\n")
    assert "[holder Joe Biden]" not in done.out
    assert terminal.labels == ["against", "favor"]


def test_at_the_end_it_says_so_and_asks_no_more(terminal: Terminal) -> None:
    terminal.label("0" * 50)
    everything = terminal.rows
    assert {row["article"] for row in everything} == {"a0", "a1", "a2"}
    assert len({row["id"] for row in everything}) == len(everything)
    assert terminal.label("aaaa").out == f"0 labelled, in {terminal.out}\n"
    assert terminal.rows == everything


def test_what_is_written_can_be_evaluated(terminal: Terminal) -> None:
    terminal.label("a f")
    done = terminal.run("", "evaluate", "pairs", terminal.out, "--backend", "lexicon", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["items"] == 2


def test_a_second_reader_does_not_see_the_first_ones_labels(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.label("a f")
    first = tmp_path / "first.jsonl"
    terminal.out.rename(first)
    done = terminal.label("n\n", first)
    assert "-> neutral" in done.out
    assert "-> against" not in done.out
    (row,) = terminal.rows
    assert row["id"] == json.loads(first.read_text().splitlines()[0])["id"]
    assert row["label"] == "neutral"


def test_from_the_database(terminal: Terminal, tmp_path: Path) -> None:
    database = Database(tmp_path / "t.duckdb")
    with database.write() as connection, transaction(connection):
        (article,) = admit(connection, [draft(TEXTS[2])])
    done = terminal.label("a\n", "--stored", "--database", database.path)
    assert done.code == 0, done.err
    assert [(row["article"], row["holder"]) for row in terminal.rows] == [
        (article.article_id, "China")
    ]


@pytest.mark.parametrize("args", [(), ("--stored", "--articles", "x.jsonl")])
def test_one_source_is_needed(terminal: Terminal, args: tuple[str, ...]) -> None:
    done = terminal.run("", "label", *args)
    assert done.code == 2
    assert "give one of" in done.err


def test_articles_are_not_pairs(terminal: Terminal) -> None:
    done = terminal.label("a", terminal.articles)
    assert done.code == 1
    assert f'{terminal.articles}:1: there is no "holder_span"' in done.err


def test_an_output_that_holds_something_else_is_left_alone(terminal: Terminal) -> None:
    terminal.out.write_text('{"text": "mine"}\n')
    done = terminal.label("a")
    assert done.code == 1
    assert f"{terminal.out}:1: " in done.err
    assert terminal.out.read_text() == '{"text": "mine"}\n'


def test_a_last_line_without_its_end_is_kept_whole(terminal: Terminal) -> None:
    terminal.label("a")
    terminal.out.write_text(terminal.out.read_text().rstrip("\n"))
    terminal.label("f")
    assert terminal.labels == ["against", "favor"]


def test_an_output_that_cannot_be_written(terminal: Terminal, tmp_path: Path) -> None:
    done = terminal.run(
        "a", "label", "--articles", terminal.articles, "--out", tmp_path / "none" / "labels.jsonl"
    )
    assert done.code == 1
    assert "cannot be written" in done.err


def test_same_pair_twice_is_asked_once(tmp_path: Path) -> None:
    row = {"text": "Cruz hit Trump.", "holder_span": [0, 4], "target_span": [9, 14]}
    row |= {"favor": "praises Trump", "against": "attacks Trump"}
    path = tmp_path / "pairs.jsonl"
    path.write_text(f"{json.dumps(row)}\n" * 2)
    session = Session(pairs_of_file(path), LabelFile(tmp_path / "out.jsonl"))
    session.answer("against")
    assert session.current is None
    ((_, kept),) = read_labelled(tmp_path / "out.jsonl", LabelledPairRow)
    assert (kept.label, kept.holder_span) == ("against", (0, 4))


@pytest.mark.slow
def test_at_a_terminal_each_key_counts_at_once(terminal: Terminal, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "flows.cli", "label", "--articles", str(terminal.articles)]
    with subprocess.Popen(
        [*command, "--out", str(terminal.out)],
        cwd=tmp_path,
        env=environment,
        stdin=theirs,
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            # Keys pressed while it reads on are lost, as they should be; so until it is through.
            for _ in range(300):
                if process.poll() is not None:
                    break
                os.write(ours, b"a")
                time.sleep(0.1)
        finally:
            process.kill()
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0
    assert set(terminal.labels) == {"against"}
    assert len(terminal.labels) >= len(TEXTS)
