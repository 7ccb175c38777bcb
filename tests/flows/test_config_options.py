"""The defaults of the settings are the same wherever they stand."""

from __future__ import annotations

import tomllib
from dataclasses import asdict

from flows.config.options import FetchOptions
from flows.settings import Settings, default_directory
from monitors.shifts.series import DetectorSettings


def test_the_shipped_settings_are_the_defaults_and_show_every_key() -> None:
    text = (default_directory() / "settings.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text) == Settings().model_dump(mode="json")


def test_the_shift_settings_are_those_of_the_detector() -> None:
    shifts = Settings().shifts.model_dump()
    assert shifts.pop("detector") == "sequential"
    wanted = asdict(DetectorSettings())
    wanted.pop("days_per_year")  # measured, not set
    assert shifts == wanted
    assert list(shifts) == list(wanted)


def test_the_fetch_options_become_the_fetchers_settings() -> None:
    options = FetchOptions(
        timeout_seconds=3, user_agent_contact="a@b.org", allow_hosts=["intranet.example:8080"]
    )
    settings = options.fetch_settings()
    plain = FetchOptions().fetch_settings()
    assert (settings.timeout_s, settings.concurrency) == (3, plain.concurrency)
    assert (settings.allow_hosts, plain.allow_hosts) == (("intranet.example:8080",), ())
    assert settings.user_agent == f"{plain.user_agent} (+a@b.org)"
