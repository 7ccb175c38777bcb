"""A broken write-ahead log, a full disk (rows 38 and 39)."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import TYPE_CHECKING

from flows.store.checkpoint import log_of
from flows.store.runs import recent_runs
from tests.builders import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from flows.store import Database

_WRITE_AND_DIE = """
import os, sys
from pathlib import Path
from flows.store import Database, transaction
with Database(Path(sys.argv[1]), 5).write() as connection:
    connection.execute("CHECKPOINT")
    with transaction(connection):
        connection.execute(
            "INSERT INTO runs SELECT 'r' || i, 'ingest', 1, now(), NULL, 'running', NULL, NULL "
            "FROM range(500) AS t(i)"
        )
    os._exit(9)
"""
# Every file may grow to so many bytes: to a program that is what a full disk looks like.
_RUN_ON_A_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from flows.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
sys.argv = ["stancewatch", "run", "--config", sys.argv[3], "--database", sys.argv[1]]
sys.exit(main())
"""


def run(script: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_log_that_cannot_be_replayed_is_set_aside_and_told(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Row 38."""
    assert run(_WRITE_AND_DIE, str(database.path)).returncode == 9
    log = database.path.with_name(f"{database.path.name}.wal")
    spoiled = bytearray(log.read_bytes())
    spoiled[len(spoiled) // 2] ^= 0xFF
    log.write_bytes(spoiled)
    with caplog.at_level(logging.ERROR, "stancewatch.store"), database.write() as connection:
        assert recent_runs(connection) == []
    (kept,) = database.path.parent.glob("*.wal.broken-*")
    assert kept.read_bytes() == spoiled
    assert kept.name in caplog.text
    with database.write():
        pass  # and it is not told twice
    assert caplog.text.count("cannot be replayed") == 1


def test_what_a_log_holds_before_its_fault_is_kept(database: Database) -> None:
    """As a power failure leaves it: the end of it allocated, and never written."""
    for name in ("r1", "r2"):
        with database.write() as connection:
            connection.execute(
                "INSERT INTO runs VALUES (?, 'ingest', 1, now(), NULL, 'running', NULL, NULL)",
                [name],
            )
    log = log_of(database.path)
    with log.open("ab") as end:
        end.write(bytes(4096))
    with database.write() as connection:
        assert {run["run_id"] for run in recent_runs(connection)} == {"r1", "r2"}
    assert len(list(database.path.parent.glob("*.wal.broken-*"))) == 1


def test_on_a_full_disk_a_run_fails_in_plain_words_and_the_next_one_carries_on(
    tmp_path: Path, database: Database
) -> None:
    """Row 39."""
    config = tmp_path / "config"
    config.mkdir()
    rows = "".join(
        f"<item><title>News {n}</title><guid>{n}</guid><description>{'word ' * 900}{n}"
        "</description></item>"
        for n in range(400)
    )
    (config / "feed.xml").write_text(f'<rss version="2.0"><channel>{rows}</channel></rss>')
    (config / "feeds.toml").write_text(
        '[[feed]]\nid = "local"\ntitle = "Local"\npath = "feed.xml"\n'
    )
    with database.write():
        pass
    room = database.path.stat().st_size + 300_000
    failed = run(_RUN_ON_A_FULL_DISK, str(database.path), str(room), str(config))
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr, failed.stderr[-1500:]
    assert failed.stderr.strip()
    with database.read() as connection:
        assert connection.execute("SELECT count(*) FROM articles").fetchone() == (0,)
    plenty = run(_RUN_ON_A_FULL_DISK, str(database.path), "4000000000", str(config))
    assert plenty.returncode == 0, plenty.stderr
    with database.read() as connection:
        assert connection.execute("SELECT count(*) FROM articles").fetchone() == (400,)
