"""`[websub]` in settings.toml: where hubs reach us, and where we listen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flows.serve import ServeError, greeting, serve
from flows.settings import Settings, check_config, load_config
from tests.receivers import free_port

if TYPE_CHECKING:
    from pathlib import Path


def problems(folder: Path, lines: str) -> list[str]:
    (folder / "settings.toml").write_text(f"[websub]\n{lines}\n")
    return [str(problem) for problem in check_config(folder, {})]


@pytest.mark.parametrize(
    ("callback", "kept"),
    [
        ("", ""),
        ("https://news.example.org", "https://news.example.org"),
        ("https://news.example.org:8443/push/", "https://news.example.org:8443/push"),
    ],
)
def test_a_public_address_is_taken(tmp_path: Path, callback: str, kept: str) -> None:
    assert problems(tmp_path, f'callback = "{callback}"') == []
    assert load_config(tmp_path, {}).settings.websub.callback == kept


@pytest.mark.parametrize(
    ("callback", "problem"),
    [
        ("news.example.org", "has no scheme"),
        ("http://news.example.org", "does not start with https://"),
        ("https:///push", "does not start with https:// and the name of a host"),
        ("https://news.example.org/?a=b", "has more in it than host and path"),
        ("https://me:s3cret@news.example.org", "has more in it than host and path"),
        ("https://localhost/push", "is not a public address"),
        ("https://192.168.1.5/push", "is not a public address"),
        ("https://127.1/push", "reads differently|programs read differently|not a public"),
        ("https://news.example.org:x/", "is not a URL"),
        ("https://news.example.org/" + "x" * 200, "is longer than 200"),
    ],
)
def test_any_other_is_refused_with_its_line(tmp_path: Path, callback: str, problem: str) -> None:
    (told,) = problems(tmp_path, f'callback = "{callback}"')
    assert "settings.toml:2: `callback` " in told
    assert any(part in told for part in problem.split("|"))
    assert "s3cret" not in told


@pytest.mark.parametrize(
    ("listen", "place"),
    [
        ("127.0.0.1:8075", ("127.0.0.1", 8075)),
        ("0.0.0.0:80", ("0.0.0.0", 80)),
        ("[::1]:8075", ("::1", 8075)),
        ("localhost:8075", ("localhost", 8075)),
    ],
)
def test_where_to_listen(tmp_path: Path, listen: str, place: tuple[str, int]) -> None:
    assert problems(tmp_path, f'listen = "{listen}"') == []
    assert load_config(tmp_path, {}).settings.websub.place == place


@pytest.mark.parametrize(
    "listen",
    ["", "8075", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "::1:8075", "[127.0.0.1]:1", "x:1"],
)
def test_what_is_no_place_is_refused(tmp_path: Path, listen: str) -> None:
    (told,) = problems(tmp_path, f'listen = "{listen}"')
    assert "`listen` is not an address with a port" in told


def test_serve_says_where_hubs_push_to_and_that_a_port_is_taken(tmp_path: Path) -> None:
    websub = {"callback": "https://news.example.org/push", "listen": f"127.0.0.1:{free_port()}"}
    told = greeting("x/api", "127.0.0.1", Settings.model_validate({"websub": websub}), tmp_path)
    line = f"hubs push to https://news.example.org/push, heard at {websub['listen']}"
    assert line in told
    assert not any(
        each.startswith("hubs") for each in greeting("x/api", "::1", Settings(), tmp_path)
    )
    problems(tmp_path, 'callback = "https://news.example.org"\nlisten = "192.0.2.1:8075"')
    with pytest.raises(ServeError, match=r"cannot listen on 192\.0\.2\.1:8075.*`listen`"):
        serve(tmp_path, tmp_path / "s.duckdb", environ={}, say=lambda _: None)
