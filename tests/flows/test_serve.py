"""`stancewatch serve`: what its children are told, that they never outlive it, and a real run."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from flows.children import start_child
from flows.environment import child_environment, in_url, is_loopback, server_settings
from flows.serve import ServeError, _free_port, _sole_use, greeting, serve
from flows.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
SEED_FEED = ROOT / "seeds" / "seed-feed.xml"
SLOTS = 3


def wait_for(what: Callable[[], Any], seconds: float) -> Any:
    """What `what` answers once it is true; fails after so many seconds."""
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at:
        if answer := what():
            return answer
        time.sleep(0.2)
    raise AssertionError(f"waited {seconds} s in vain")


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be reaped does not."""
    found = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return bool(found.stdout.strip()) and not found.stdout.startswith("Z")


def descendants(pid: int) -> set[int]:
    listing = subprocess.run(
        ["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True
    )
    pairs = [tuple(map(int, line.split())) for line in listing.stdout.splitlines()]
    found, unseen = set[int](), {pid}
    while unseen:
        unseen = {child for child, parent in pairs if parent in unseen} - found
        found |= unseen
    return found


# --- what the children are told ------------------------------------------------------------------


def test_telemetry_is_off_unless_the_user_turns_it_on(tmp_path: Path) -> None:
    told = child_environment({}, tmp_path, "http://x/api")
    assert (told["DO_NOT_TRACK"], told["PREFECT_SERVER_ANALYTICS_ENABLED"]) == ("1", "false")
    asked = {"PREFECT_SERVER_ANALYTICS_ENABLED": "true", "DO_NOT_TRACK": "0"}
    told = child_environment(asked, tmp_path, "http://x/api")
    assert (told["DO_NOT_TRACK"], told["PREFECT_SERVER_ANALYTICS_ENABLED"]) == ("0", "true")


def test_prefect_keeps_its_files_in_its_folder(tmp_path: Path) -> None:
    told = child_environment({"HOME": "/home/x"}, tmp_path, "http://x/api")
    assert told["PREFECT_HOME"] == str(tmp_path)
    settings = server_settings({}, tmp_path, "127.0.0.1", 4200)
    assert settings["PREFECT_SERVER_UI_STATIC_DIRECTORY"].startswith(str(tmp_path))


def test_only_the_servers_own_pages_may_call_it(tmp_path: Path) -> None:
    told = server_settings({}, tmp_path, "127.0.0.1", 4321)
    origins = told["PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS"]
    assert origins == "http://127.0.0.1:4321,http://localhost:4321"


def test_what_the_user_has_set_stands(tmp_path: Path) -> None:
    name = "PREFECT_SERVER_UI_V2_ENABLED"
    assert server_settings({name: "true"}, tmp_path, "127.0.0.1", 1)[name] == "true"


@pytest.mark.parametrize(
    ("host", "shown", "ours_alone"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("localhost", "localhost", True),
        ("::1", "[::1]", True),
        ("0.0.0.0", "127.0.0.1", False),
        ("::", "[::1]", False),
        ("news.example", "news.example", False),
    ],
)
def test_hosts_in_urls(host: str, shown: str, *, ours_alone: bool) -> None:
    assert (in_url(host), is_loopback(host)) == (shown, ours_alone)


def test_an_open_host_is_warned_of(tmp_path: Path) -> None:
    warned = greeting("http://127.0.0.1:1/api", "0.0.0.0", Settings(), tmp_path)
    assert any(line.startswith("Warning: whoever reaches 0.0.0.0") for line in warned)
    quiet = greeting("http://127.0.0.1:1/api", "127.0.0.1", Settings(), tmp_path)
    assert not any("Warning" in line for line in quiet)
    assert any("ingest every 15 min" in line for line in quiet)


# --- ports ---------------------------------------------------------------------------------------


def test_a_port_in_use_is_refused_before_anything_starts(tmp_path: Path) -> None:
    said: list[str] = []
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(ServeError, match=f"cannot listen on 127.0.0.1:{port}: .*--port"):
            serve(database=tmp_path / "s.duckdb", port=port, environ={}, say=said.append)
    assert said == []


def test_a_second_serve_on_the_same_database_is_refused(tmp_path: Path) -> None:
    with (
        _sole_use(tmp_path / "prefect"),
        pytest.raises(ServeError, match="another `stancewatch serve` is using"),
    ):
        serve(database=tmp_path / "s.duckdb", port=0, environ={}, say=lambda _: None)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServeError, match="cannot use the folder"):
        serve(database=tmp_path / "file" / "s.duckdb", port=0, environ={}, say=lambda _: None)


def test_port_zero_takes_a_free_one() -> None:
    assert _free_port("127.0.0.1", 0) > 0


# --- children ------------------------------------------------------------------------------------


@pytest.fixture
def stubborn(tmp_path: Path) -> dict[str, str]:
    """An environment with a module that ignores requests to end and starts one like itself."""
    (tmp_path / "stubborn.py").write_text(
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "if len(sys.argv) > 1:\n"
        "    print(subprocess.Popen([sys.executable, __file__]).pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    return {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}


def test_a_child_that_will_not_end_is_killed_with_its_own(
    stubborn: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "child.log"
    child = start_child("stubborn", ["stubborn", "twice"], stubborn, log, mute=True)
    grandchild = int(wait_for(lambda: log.read_text().strip(), 20))
    assert is_alive(grandchild)
    child.end(grace_s=0.2, hurry=threading.Event())
    wait_for(lambda: not is_alive(grandchild), 5)
    assert not is_alive(child.process.pid)


def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = (
        "import os, sys, time\nfrom pathlib import Path\nfrom flows.children import start_child\n"
        "arguments = ['http.server', '--bind', '127.0.0.1', '0']\n"
        f"log = Path({str(tmp_path / 'log')!r})\n"
        "child = start_child('x', arguments, os.environ, log, mute=True)\n"
        "print(child.process.pid, flush=True)\ntime.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    wait_for(lambda: "Serving" in (tmp_path / "log").read_text(), 20)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_for(lambda: not is_alive(child), 10)


# --- the real thing ------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A configuration whose feeds are asked every six seconds, and an empty home folder."""
    (tmp_path / "home").mkdir()
    config = tmp_path / "config"
    config.mkdir()
    (config / "feeds.toml").write_text(
        f'[[feed]]\nid = "seed"\ntitle = "Seed"\npath = "{SEED_FEED}"\n'
    )
    (config / "settings.toml").write_text("[schedule]\ningest_every_minutes = 0.1\n")
    return tmp_path


@pytest.fixture
def serving(place: Path) -> Iterator[subprocess.Popen[str]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
    with (place / "out").open("w") as out, (place / "err").open("w") as err:
        process = subprocess.Popen(
            command(place, "serve", "--port", "0"),
            cwd=ROOT,
            env={**kept, "HOME": str(place / "home")},
            stdout=out,
            stderr=err,
            text=True,
        )
        yield process
        if process.poll() is None:
            process.terminate()
            process.wait(60)


def command(place: Path, name: str, *arguments: str) -> list[str]:
    where = ["--config", str(place / "config"), "--database", str(place / "data" / "s.duckdb")]
    return [sys.executable, "-m", "flows.cli", name, *where, *arguments]


def status(place: Path) -> dict[str, Any]:
    """What `stancewatch status` says, an empty object while there is no database."""
    asked = subprocess.run(
        command(place, "status", "--json"), cwd=ROOT, capture_output=True, text=True, check=False
    )
    return json.loads(asked.stdout) if asked.returncode == 0 else {}


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_slots_run_status_shows_them_and_ctrl_c_leaves_nothing(
    place: Path, serving: subprocess.Popen[str]
) -> None:
    def done() -> list[dict[str, Any]] | None:
        assert serving.poll() is None, (place / "err").read_text()
        if (place / "out").read_text().count(" ingest:") < SLOTS:
            return None
        runs = [run for run in status(place).get("runs", []) if run["state"] == "done"]
        return runs if [run["flow"] for run in runs].count("ingest") >= SLOTS else None

    runs = wait_for(done, 180)
    assert "watch" in {run["flow"] for run in runs}
    url = (place / "err").read_text().split("Prefect's pages: ")[1].split()[0]
    with urllib.request.urlopen(f"{url}/api/admin/settings") as answer:
        assert json.load(answer)["server"]["analytics_enabled"] is False
    family = descendants(serving.pid)
    assert len(family) >= 2
    serving.send_signal(signal.SIGINT)
    assert serving.wait(60) == 0, (place / "err").read_text()
    assert [pid for pid in family if is_alive(pid)] == []
    assert (place / "err").read_text().endswith("Stopped; nothing is left running.\n")
    assert list((place / "home").iterdir()) == []
    assert status(place)["counts"]["articles"] == 1
