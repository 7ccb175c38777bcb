"""`stancewatch evaluate` on small labelled files, through the product's own pipeline."""

from __future__ import annotations

import gzip
import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from flows.cli import main
from flows.evaluate import evaluate_task, with_backend
from flows.settings import load_config
from monitors.stance import StanceQuery, load_backend
from monitors.stance.named_targets import directed_query, target_query

COLLECTIONS = Path(
    os.environ.get(
        "STANCEWATCH_BENCHMARKS", Path(__file__).resolve().parents[3] / "shared" / "benchmarks"
    )
)
ARTICLE = (
    "Senators met on Monday.\n\n"
    "“We will ban TikTok this year,” Joe Biden said. Officials told reporters that talks had begun."
)
PAIR = {
    "text": "Joe Biden said he would ban TikTok.",
    "before": None,
    "holder_span": [0, 9],
    "target_span": [28, 34],
    "favor": "defends TikTok or wants it to go on as it is",
    "against": "wants TikTok banned or calls it a threat",
    "label": "against",
}
TOPIC = {
    "id": "tiktok",
    "title": "TikTok",
    "phrases": ["TikTok"],
    "favor": PAIR["favor"],
    "against": PAIR["against"],
}
ACTORS = [
    {"id": "usa", "name": "United States", "kind": "state", "aliases": ["United States"]},
    {
        "id": "joe-biden",
        "name": "Joe Biden",
        "aliases": ["Joe Biden", "Biden"],
        "speaks_for": [{"actor": "usa", "from": "2021-01-20", "until": "2025-01-20"}],
    },
]
GOLD = {
    "id": "g1",
    "published": "2023-04-02",
    "text": "Joe Biden said he would ban TikTok. He called TikTok a threat and a danger.",
    "stances": [{"actor": "usa", "topic": "tiktok", "label": "against", "certain": True}],
}


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def row(self) -> dict[str, Any]:
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


@pytest.fixture
def stancewatch(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*args: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["stancewatch", *map(str, args)])
        with pytest.raises(SystemExit) as exit_:
            main()
        captured = capsys.readouterr()
        return Done(int(exit_.value.code or 0), captured.out, captured.err)

    return run


def write(path: Path, *rows: object) -> Path:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def span(text: str, words: str) -> list[list[int]]:
    start = text.index(words)
    return [[start, start + len(words)]]


def test_pairs_gives_what_the_backend_answers(stancewatch: Any, tmp_path: Path) -> None:
    other = PAIR | {"text": "Joe Biden met the man of TikTok.", "target_span": [25, 31]}
    rows = [PAIR, other | {"label": "none"}, PAIR | {"label": "favor", "sure": False, "id": "x"}]
    path = write(tmp_path / "pairs.jsonl.gz", *rows)
    row = stancewatch("evaluate", "pairs", path, "--backend", "lexicon", "--json").row
    query = StanceQuery(PAIR["text"], (0, 9), (28, 34), PAIR["favor"], PAIR["against"])
    (score,) = load_backend("lexicon").score([query])
    assert score.answer == "against"
    assert (row["task"], row["backend"], row["items"]) == ("pairs", "lexicon", 3)
    assert row["figures"]["micro F1"]["value"] == pytest.approx(2 / 3, abs=1e-6)
    assert row["slices"]["not sure"]["items"] == 1
    assert row["errors_in_all"] == 1
    error = row["errors"][0]
    assert error["place"] == f"{path}:3 (x)"
    assert (error["wanted"], error["given"]) == ("favor", "against")
    assert error["confidence"] == pytest.approx(score.against)


def test_directed_and_target_ask_of_the_names(tmp_path: Path) -> None:
    text = "Cruz condemned Trump."
    directed = write(
        tmp_path / "d.jsonl", {"text": text, "p": [0, 4], "q": [15, 20], "label": "none"}
    )
    target = write(tmp_path / "t.jsonl", {"text": text, "target": [15, 20], "label": "positive"})
    config = with_backend(load_config(None), "lexicon")
    backend = load_backend("lexicon")
    there, back = backend.score(
        [directed_query(text, (0, 4), (15, 20)), directed_query(text, (15, 20), (0, 4))]
    )
    assert (there.answer, back.answer) == ("against", "none")
    (miss,) = evaluate_task("directed", [directed], config).misses
    assert (miss.given, miss.confidence) == ("p>q against", there.against)
    (score,) = backend.score([target_query(text, (15, 20))])
    (miss,) = evaluate_task("target", [target], config).misses
    assert miss.wanted == "positive"
    assert miss.given == {"against": "negative", "none": "neutral"}[score.answer]


def test_attribution_reads_whole_articles_without_any_topic(
    stancewatch: Any, tmp_path: Path
) -> None:
    wanted = {
        "source": span(ARTICLE, "Joe Biden"),
        "cue": span(ARTICLE, "said"),
        "content": span(ARTICLE, "“We will ban TikTok this year,”"),
    }
    path = write(tmp_path / "a.jsonl", {"id": "a", "text": ARTICLE, "attributions": [wanted, {}]})
    row = stancewatch("evaluate", "attribution", path, "--json").row
    assert row["backend"] is None
    figures = {name: figure["value"] for name, figure in row["figures"].items()}
    # The second attribution of the text is not listed; the first one is found.
    assert 0.5 <= figures["linked F1"] <= 1
    assert figures["source word F1"] > 0.5
    assert row["figures"]["linked F1"]["low"] is None  # one article has no spread


class TestGold:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "actors.json").write_text(json.dumps(ACTORS))
        (tmp_path / "topics.json").write_text(json.dumps([TOPIC]))
        return tmp_path

    def test_takes_the_watchlist_beside_the_file(self, stancewatch: Any, folder: Path) -> None:
        path = write(folder / "articles.jsonl", GOLD)
        done = stancewatch("evaluate", "gold", path, "--backend", "lexicon", "--json")
        assert done.code == 0, done.err
        figures = done.row["figures"]
        assert figures["number certain"]["value"] == 1
        # What he says is the United States' own in 2023.
        assert figures["recall"]["value"] == 1
        assert figures["precision"]["value"] == 1

    def test_else_the_users_configuration(self, stancewatch: Any, tmp_path: Path) -> None:
        (tmp_path / "mine" / "topics").mkdir(parents=True)
        topic = "\n".join(f"{key} = {json.dumps(value)}" for key, value in TOPIC.items())
        (tmp_path / "mine" / "topics" / "tiktok.toml").write_text(topic)
        stance = {"actor": "united-states", "topic": "tiktok", "label": "against"}
        path = write(tmp_path / "articles.jsonl", GOLD | {"stances": [stance]})
        options = ("--config", tmp_path / "mine", "--backend", "lexicon", "--json")
        done = stancewatch("evaluate", "gold", path, *options)
        assert done.code == 0, done.err
        assert done.row["figures"]["recall"]["value"] == 1

    def test_unknown_actor(self, stancewatch: Any, folder: Path) -> None:
        stance = GOLD["stances"][0] | {"actor": "nobody"}  # type: ignore[index]
        path = write(folder / "articles.jsonl", GOLD | {"stances": [stance]})
        done = stancewatch("evaluate", "gold", path)
        assert done.code == 1
        assert f'{path}:1: there is no actor "nobody"' in done.err

    def test_half_a_watchlist(self, stancewatch: Any, folder: Path) -> None:
        (folder / "topics.json").unlink()
        done = stancewatch("evaluate", "gold", write(folder / "articles.jsonl", GOLD))
        assert done.code == 1
        assert "topics.json must lie together" in done.err

    def test_broken_watchlist(self, stancewatch: Any, folder: Path) -> None:
        (folder / "actors.json").write_text(json.dumps([{"id": "usa", "name": "US"}]))
        done = stancewatch("evaluate", "gold", write(folder / "articles.jsonl", GOLD))
        assert done.code == 1
        assert "actors.json: 0.aliases" in done.err


def test_stories_are_found_as_the_ingest_does(stancewatch: Any, tmp_path: Path) -> None:
    words = " ".join(f"word{n}" for n in range(60))
    rows = [
        {"doc_id": "1", "text": words, "cluster": "a", "date": "2024-04-02"},
        {"doc_id": "2", "text": words + " And more.", "cluster": "a", "date": "2024-04-03"},
        # The same words a year later are another story.
        {"doc_id": "3", "text": words, "cluster": "b", "date": "2025-04-02"},
        {"doc_id": "4", "text": "Something else altogether, in eight words.", "cluster": "b"},
    ]
    row = stancewatch("evaluate", "stories", write(tmp_path / "s.jsonl", *rows), "--json").row
    assert row["figures"]["pairwise precision"]["value"] == 1
    assert row["figures"]["pairwise recall"]["value"] == 0.5
    assert [error["given"] for error in row["errors"]] == ["two stories"]


class TestForPeople:
    def test_figures_slices_and_marked_errors(self, stancewatch: Any, tmp_path: Path) -> None:
        path = write(tmp_path / "pairs.jsonl", *[PAIR | {"label": "favor", "id": "x"}] * 3)
        done = stancewatch("evaluate", "pairs", path, "--backend", "lexicon", "--errors", 2)
        assert done.code == 0
        assert done.out.startswith("pairs: 3 items, backend lexicon\n")
        assert "macro F1" in done.out
        assert "target: policy" in done.out
        assert "The worst 2 of 3 errors" in done.out
        assert "[holder Joe Biden] said he would ban [target TikTok]." in done.out
        assert "wanted  favor\ngiven   against (0." in done.out
        assert "asking the backend: 3 of 3" in done.err

    def test_no_errors_on_request(self, stancewatch: Any, tmp_path: Path) -> None:
        path = write(tmp_path / "pairs.jsonl", PAIR | {"label": "favor"})
        done = stancewatch("evaluate", "pairs", path, "--backend", "lexicon", "--errors", 0)
        assert "worst" not in done.out

    def test_what_a_terminal_would_obey_is_not_printed(
        self, stancewatch: Any, tmp_path: Path
    ) -> None:
        row = PAIR | {"before": "\x1b[2Jgone [bold]", "label": "favor"}
        path = write(tmp_path / "pairs.jsonl", row)
        done = stancewatch("evaluate", "pairs", path, "--backend", "lexicon")
        assert "\x1b" not in done.out
        assert "gone [bold]" in done.out


class TestLinesThatDoNotFit:
    @pytest.mark.parametrize(
        ("task", "row", "complaint"),
        [
            ("pairs", {"text": "a b"}, 'there is no "holder_span"'),
            ("pairs", PAIR | {"label": "pro"}, '"label" is "pro": input should be'),
            (
                "pairs",
                PAIR | {"holder_span": [0, 99]},
                '"holder_span" is [0, 99], which is no span',
            ),
            ("pairs", PAIR | {"target_span": [5, 5]}, '"target_span" is [5, 5], which is no span'),
            ("pairs", PAIR | {"target_span": "x"}, '"target_span" is "x"'),
            ("directed", {"text": "a b", "p": [0, 1], "q": [2, 3]}, 'there is no "label"'),
            ("target", {"text": "a b", "label": "neutral"}, 'there is no "target"'),
            (
                "attribution",
                {"id": "a", "text": "a b", "attributions": [{"cue": [[0, 9]]}]},
                '"attributions.0.cue" is [0, 9]',
            ),
            ("gold", {"id": "a", "text": "a b"}, 'there is no "stances"'),
            ("stories", {"text": "a b"}, 'there is no "cluster"'),
            ("stories", ["a"], "the line is no JSON object"),
        ],
    )
    def test_file_line_and_what_is_missing(
        self, stancewatch: Any, tmp_path: Path, task: str, row: object, complaint: str
    ) -> None:
        path = tmp_path / "bad.jsonl"
        path.write_text("\n" + json.dumps(row) + "\n")
        done = stancewatch("evaluate", task, path)
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith(f"stancewatch: {path}:2: {complaint}"), done.err

    @pytest.mark.parametrize(
        ("body", "complaint"),
        [
            (b"", " holds no line"),
            (b"{", ":1: Expecting property name"),
            (b'{"text": "\xff"}', ":1: 'utf-8' codec can't decode"),
            (gzip.compress(b"{}\n" * 999, mtime=0)[:-9], " cannot be read: "),
            (b"[" * 100_000, ":1: "),
        ],
    )
    def test_what_is_no_json(
        self, stancewatch: Any, tmp_path: Path, body: bytes, complaint: str
    ) -> None:
        path = tmp_path / "bad.jsonl"
        path.write_bytes(body)
        done = stancewatch("evaluate", "pairs", path, "--backend", "lexicon")
        assert done.code == 1
        if not body.startswith(b"\x1f"):
            assert done.err.startswith(f"stancewatch: {path}{complaint}"), done.err

    def test_no_such_file(self, stancewatch: Any, tmp_path: Path) -> None:
        done = stancewatch("evaluate", "pairs", tmp_path / "none.jsonl")
        assert done.code == 1
        assert "none.jsonl cannot be read" in done.err

    def test_no_such_backend(self, stancewatch: Any, tmp_path: Path) -> None:
        path = write(tmp_path / "pairs.jsonl", PAIR)
        done = stancewatch("evaluate", "pairs", path, "--backend", "oracle")
        assert done.code == 2
        assert "oracle" in done.err

    def test_half_characters_are_read(self, stancewatch: Any, tmp_path: Path) -> None:
        path = tmp_path / "pairs.jsonl"
        path.write_text(json.dumps(PAIR | {"before": "Half a pair \ud800."}) + "\n")
        done = stancewatch("evaluate", "pairs", path, "--json")
        assert done.code == 0, done.err


@pytest.mark.skipif(not COLLECTIONS.is_dir(), reason="the benchmark collections are not here")
@pytest.mark.parametrize(
    ("task", "name", "items"),
    [
        ("pairs", "stance/pairs-dev.jsonl.gz", 993),
        ("directed", "stance/directed-dev.jsonl.gz", 1457),
        ("target", "stance/target-dev.jsonl.gz", 785),
        ("stories", "stories/dev.jsonl.gz", 1276),
    ],
)
@pytest.mark.slow
def test_the_collections_are_read(task: str, name: str, items: int) -> None:
    config = with_backend(load_config(None), "lexicon")
    found = evaluate_task(task, [COLLECTIONS / name], config)
    assert found.items == items
    assert all(0 <= figure.value <= 1 or figure.value != figure.value for figure in found.figures)
