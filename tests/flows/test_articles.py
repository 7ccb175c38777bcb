from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from flows.articles import articles_in_time, draft_of_given, in_days, read_articles_file
from monitors.errors import ArticleError

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def row(number: int, published: str | None = None, **more: Any) -> dict[str, Any]:
    return {"id": f"a{number}", "text": f"Text {number}", "published": published, **more}


def test_plain_and_gzipped_files_are_read_alike(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.jsonl", row(1), row(2))
    zipped = tmp_path / "a.jsonl.gz"
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    assert list(read_articles_file(plain)) == list(read_articles_file(zipped))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "Expecting property name"),
        ("[1]", "no JSON object"),
        ('{"id": "a"}', "'text'"),
        ('{"id": null, "text": "x"}', "must be strings"),
        ('{"id": "a", "text": "x", "published": "soon"}', "isoformat"),
    ],
)
def test_wrong_line_is_named(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "a0", "text": "fine"}\n\n' + line + "\n")
    with pytest.raises(ArticleError, match=f"a.jsonl:3: .*{reason}"):
        list(read_articles_file(path))


def test_missing_file_and_broken_gzip_are_plain_errors(tmp_path: Path) -> None:
    broken = tmp_path / "b.gz"
    broken.write_bytes(gzip.compress(b'{"id": "a", "text": "x"}\n' * 99)[:40])
    for path in (tmp_path / "none.jsonl", broken):
        with pytest.raises(ArticleError, match="cannot be read"):
            list(read_articles_file(path))


@pytest.mark.parametrize(
    "days", [("2024-01-01", "2024-01-02", "2024-01-03"), ("2024-01-03", "2024-01-01", "2024-01-02")]
)
def test_articles_come_in_order_of_time(tmp_path: Path, days: tuple[str, ...]) -> None:
    path = write(tmp_path / "a.jsonl", *(row(n, d) for n, d in enumerate(days)), row(9))
    since, until = datetime(2024, 1, 2, tzinfo=UTC), datetime(2024, 1, 4, tzinfo=UTC)
    found = [str(a.published_on) for a in articles_in_time(path, since, until)]
    assert found == ["2024-01-02", "2024-01-03"]


def test_zone_of_a_date_is_honoured(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", row(1, "2024-01-01T23:00:00-05:00"))
    (article,) = read_articles_file(path)
    assert article.published_at == datetime(2024, 1, 2, 4, tzinfo=UTC)


def test_undated_article_cannot_be_replayed(tmp_path: Path) -> None:
    (article,) = read_articles_file(write(tmp_path / "a.jsonl", row(1)))
    with pytest.raises(ArticleError, match='no "published" date'):
        draft_of_given(article)


def test_days_are_kept_apart(tmp_path: Path) -> None:
    moments = ("2024-01-01T08:00", "2024-01-01T20:00", "2024-01-03")
    path = write(tmp_path / "a.jsonl", *(row(n, m) for n, m in enumerate(moments)))
    assert [len(day) for day in in_days(list(articles_in_time(path)))] == [2, 1]
