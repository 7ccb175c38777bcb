"""The programs that poll: Stancewatch, `reader` and newsboat, each set up for the same feeds.

    python -m benchmarks.load_subjects stancewatch|reader FOLDER

polls once what `prepare_…` wrote into FOLDER. All ask as many feeds at a time and wait as long.
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

AT_A_TIME = 50
TIMEOUT_S = 5

_NEWSBOAT = f"""\
reload-threads {AT_A_TIME}
download-timeout {TIMEOUT_S}
download-retries 1
use-proxy no
"""


def prepare(folder: Path, urls: list[str]) -> None:
    """Write what the subjects need to poll `urls`; a database of an earlier poll stays."""
    folder.mkdir(exist_ok=True)
    (folder / "urls").write_text("".join(f"{url}\n" for url in urls))
    (folder / "newsboat.conf").write_text(_NEWSBOAT)
    (folder / "feeds.toml").write_text(
        "".join(
            f'[[feed]]\nid = "feed-{url.rpartition("/")[2]}"\ntitle = "Feed"\nurl = "{url}"\n'
            for url in urls
        )
    )
    (folder / "alerts.toml").write_text('[[channel]]\nid = "console"\nurl = "console://"\n')
    lines = [f"concurrency = {AT_A_TIME}", f"timeout_seconds = {TIMEOUT_S}", "retries = 0"]
    lines.append('allow_hosts = ["127.0.0.0/8"]')
    (folder / "settings.toml").write_text("\n".join(["[fetch]", *lines, ""]))


def command(subject: str, folder: Path) -> list[str]:
    """What runs one poll of a subject."""
    if subject == "newsboat":
        files = ["-u", "urls", "-c", "newsboat.db", "-C", "newsboat.conf"]
        return ["newsboat", *(str(folder / f) if "." in f or f == "urls" else f for f in files),
                "-x", "reload"]  # fmt: skip
    return [sys.executable, "-m", "benchmarks.load_subjects", subject, str(folder)]


def count_entries(subject: str, folder: Path) -> int:
    """How many entries a subject has kept."""
    if subject == "stancewatch":
        import duckdb  # noqa: PLC0415 - each subject needs its own libraries only

        with duckdb.connect(str(folder / "stancewatch.duckdb"), read_only=True) as connection:
            row = connection.execute("SELECT count(*) FROM articles").fetchone()
    else:
        table = {"reader": "entries", "newsboat": "rss_item"}[subject]
        with closing(sqlite3.connect(folder / f"{subject}.db")) as connection_:
            row = connection_.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def poll_stancewatch(folder: Path) -> None:
    from flows.ingest import ingest  # noqa: PLC0415
    from flows.wiring import wire  # noqa: PLC0415

    ingest(wire(folder, folder / "stancewatch.duckdb"))


def poll_reader(folder: Path) -> None:
    from reader import make_reader  # noqa: PLC0415

    reader = make_reader(str(folder / "reader.db"), session_timeout=(TIMEOUT_S, TIMEOUT_S))
    wanted = set((folder / "urls").read_text().split())
    known = {feed.url for feed in reader.get_feeds()}
    for url in sorted(wanted - known):
        reader.add_feed(url)
    for url in sorted(known - wanted):
        reader.delete_feed(url)
    reader.update_feeds(scheduled=False, workers=AT_A_TIME)


if __name__ == "__main__":
    {"stancewatch": poll_stancewatch, "reader": poll_reader}[sys.argv[1]](Path(sys.argv[2]))
