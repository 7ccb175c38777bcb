"""The settings of the backends that are off by default: how they are checked and handed on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from flows.llm_wiring import backend_options
from flows.settings import Settings, check_config, load_config, show_config
from flows.wiring import load_analyser
from monitors.errors import BackendError
from tests.chat_server import KEY, ChatServer
from tests.tiny_nli import make_model

if TYPE_CHECKING:
    from pathlib import Path

CHOSEN = '[analysis]\nbackend = "llm"\n[llm]\n'
WHERE = 'endpoint = "http://localhost:11434/v1"\nmodel = "qwen2.5:7b"\n'
REMOTE = 'endpoint = "https://api.example.org/v1"\nmodel = "big"\n'
PRICED = "input_price = 0.15\noutput_price = 0.6\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conf").mkdir()
    return tmp_path / "conf"


def problems(folder: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    (folder / "settings.toml").write_text(text, encoding="utf-8")
    found = check_config(folder, environ or {})
    return [f"{one.severity} {one}" for one in found if "settings" in one.path]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('endpoint = "localhost:11434"', "has no scheme such as https://"),
        ('endpoint = "ftp://x.example"', "starts with neither http:// nor https://"),
        ('endpoint = "http:///v1"', "names no host"),
        ('endpoint = "http://x:y/v1"', "is not a URL"),
        ('endpoint = "https://u:s3cret@x.example/v1"', "has more in it than host and path"),
        ('endpoint = "https://x.example/v1?key=s3cret"', "has more in it than host and path"),
        ('endpoint = "https://x.example/v1/chat/completions"', "which is added to it"),
        ('endpoint = "https://x.example/a\\nb"', "has a line break"),
        ('model = " gpt"', "is not a model's name"),
        ('model = "a\\u0007"', "is not a model's name"),
        ('api_key_env = "sk-s3cret"', "is not the name of an environment variable in capitals"),
        ('api_key_env = "gsk_s3cret"', "is not the name of an environment variable in capitals"),
        ("queries_per_request = 0", "is 0. Write at least 1."),
        ("requests_per_minute = 0", "is 0. Write at least 1."),
        ("request_timeout_seconds = 0", "is 0. Write more than 0."),
        ("request_retries = 99", "is 99. Write at most 10."),
        ("input_price = -1", "is -1. Write at least 0."),
        ('max_cost_per_day = "5"', "is text, not a number"),
        ("max_tokens_per_run = 1.5", "is a number, not a whole number"),
        ('when_spent = "panic"', "Write one of 'stop' or 'abstain'."),
        ('folder = " "', "is not the name of a folder"),
        ('api_key = "s3cret"', "unknown key `api_key`. Did you mean `api_key_env`?"),
    ],
)
def test_a_wrong_value_of_llm_is_explained_and_not_quoted(
    folder: Path, line: str, problem: str
) -> None:
    [message] = problems(folder, f"[llm]\n{line}")
    assert message.startswith("error conf/settings.toml:2: ")
    assert problem in message
    assert "s3cret" not in message


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("batch_size = 0", "is 0. Write at least 1."),
        ('device = "tpu"', "Write one of 'cpu' or 'cuda'."),
        ('download = "yes"', "is text, not true or false"),
        ('name = "x"', "unknown key `name`."),
    ],
)
def test_a_wrong_value_of_entailment_is_explained(folder: Path, line: str, problem: str) -> None:
    [message] = problems(folder, f"[entailment]\n{line}")
    assert problem in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CHOSEN + WHERE, []),
        (CHOSEN + REMOTE + PRICED, []),
        (WHERE.replace("endpoint", "[llm]\nendpoint"), []),
        (
            CHOSEN,
            [
                'error conf/settings.toml:3: the backend "llm" is chosen, but [llm] has no `endpo',
                'error conf/settings.toml:3: the backend "llm" is chosen, but [llm] has no `model',
            ],
        ),
        (
            CHOSEN + REMOTE,
            ["warning conf/settings.toml:3: [llm] has no price, so only `max_tokens_per_run`"],
        ),
        (
            CHOSEN + WHERE + 'api_key_env = "MY_KEY"',
            ["warning conf/settings.toml:6: the environment variable MY_KEY is not set. Set it"],
        ),
        (
            CHOSEN + REMOTE.replace("https", "http") + PRICED + 'api_key_env = "HOME"',
            ["error conf/settings.toml:4: `endpoint` would send the key unencrypted"],
        ),
        (
            '[analysis]\nbackend = "entailment"',
            ['error conf/settings.toml: the backend "entailment" is chosen, but [entailment]'],
        ),
        (
            '[analysis]\nbackend = "entailment"\n[entailment]\nmodel = "models/a/b"',
            ["error conf/settings.toml:4: `model` is not a folder here. A relative path counts"],
        ),
        ('[analysis]\nbackend = "entailment"\n[entailment]\nmodel = "cross-encoder/nli"', []),
    ],
    ids=range(10),
)
def test_what_a_chosen_backend_lacks(folder: Path, text: str, expected: list[str]) -> None:
    found = problems(folder, text, {"HOME": "/"})
    assert len(found) == len(expected)
    assert all(message.startswith(start) for message, start in zip(found, expected, strict=True))


def test_the_settings_are_handed_on(folder: Path) -> None:
    text = CHOSEN + WHERE + 'queries_per_request = 5\nseed = 9\nwhen_spent = "abstain"'
    assert problems(folder, text + '\n[entailment]\nmodel = "m"\nbatch_size = 3') == []
    options = backend_options(load_config(folder, {}).settings, {})
    assert options.llm.queries_per_request == 5
    assert (options.llm.model, options.llm.seed) == ("qwen2.5:7b", 9)
    assert options.llm.abstain_when_spent
    assert (options.entailment.model, options.entailment.batch_size) == ("m", 3)
    assert options.chat is not None


def test_nothing_is_set_up_for_a_backend_that_is_not_chosen() -> None:
    settings = Settings.model_validate(
        {"llm": {"endpoint": "https://x.example/v1", "model": "m", "api_key_env": "NOT_SET"}}
    )
    assert backend_options(settings, {}).chat is None


def test_a_missing_key_ends_the_run_with_the_variables_name(folder: Path) -> None:
    assert problems(folder, CHOSEN + WHERE + 'api_key_env = "NOT_SET_ANYWHERE"')
    with pytest.raises(BackendError, match="variable NOT_SET_ANYWHERE, which `api_key_env`"):
        load_analyser(load_config(folder, {}))


def test_the_key_is_not_shown(folder: Path) -> None:
    text = CHOSEN + WHERE + 'api_key_env = "MY_KEY"'
    assert problems(folder, text, {"MY_KEY": KEY}) == []
    shown = json.dumps(show_config(load_config(folder, {"MY_KEY": KEY})), default=str)
    assert "MY_KEY" in shown
    assert KEY not in shown


ARTICLE = "President Biden backs Taiwan. Biden said so on Tuesday in Washington."


def test_an_article_is_read_with_a_chat_model(folder: Path) -> None:
    with ChatServer() as server:
        where = f'endpoint = "{server.endpoint}"\nmodel = "tiny"\nrequests_per_minute = 9000\n'
        assert problems(folder, CHOSEN + where) == []
        analyser = load_analyser(load_config(folder, {}))
        stances = analyser.analyse(ARTICLE, None).stances
    assert {(one.actor_id, one.topic_id, one.label) for one in stances} >= {
        ("joe-biden", "taiwan", "favor")
    }
    assert {one.backend for one in stances} == {"llm-tiny-p1"}
    assert {one.confidence for one in stances} == {0.9}


def test_an_article_is_read_with_an_entailment_model(folder: Path) -> None:
    model = make_model(folder.parent / "nli")
    chosen = (
        f'[analysis]\nbackend = "entailment"\nmin_precision = 0.5\n[entailment]\nmodel = "{model}"'
    )
    assert problems(folder, chosen) == []
    analyser = load_analyser(load_config(folder, {}))
    assert analyser.analyse(ARTICLE, None).mentions
    assert analyser._backend.name.startswith("entailment-nli-")
    assert analyser.version != load_analyser(load_config(None, {})).version
