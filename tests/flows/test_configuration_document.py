"""What docs/configuration.md shows is a configuration, and it leaves no key out."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from flows.config.options import Settings
from flows.config.tables import (
    ActorTable,
    ChannelTable,
    ExampleTable,
    FeedTable,
    OfficeTable,
    PolicyTable,
    TopicFile,
)
from flows.settings import check_config, load_config
from monitors.facts import Facts, Quote

DOCUMENT = Path(__file__).parents[2] / "docs" / "configuration.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml\n# (\S+)\n(.*?)```", TEXT, re.DOTALL)


def test_its_blocks_make_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "topics").mkdir()
    for name, block in BLOCKS:
        (tmp_path / name).write_text(block, encoding="utf-8")
    assert {name for name, _ in BLOCKS} == {
        "topics/taiwan.toml", "actors.toml", "feeds.toml", "alerts.toml", "settings.toml"
    }  # fmt: skip
    assert check_config(tmp_path, {}) == []
    config = load_config(tmp_path, {})
    assert [channel.channel_id for channel in config.channels] == ["console", "slack-taiwan"]


@pytest.mark.parametrize(
    "table",
    [ActorTable, ChannelTable, ExampleTable, FeedTable, OfficeTable, PolicyTable, TopicFile],
    ids=lambda table: table.__name__,
)
def test_it_explains_every_key(table: type[BaseModel]) -> None:
    keys = [field.alias or name for name, field in table.model_fields.items()]
    assert [key for key in keys if f"`{key}`" not in TEXT] == []


def test_its_template_can_be_used(tmp_path: Path) -> None:
    [source] = re.findall(r"```jinja\n(.*?)```", TEXT, re.DOTALL)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "text.j2").write_text(source, encoding="utf-8")
    assert check_config(tmp_path, {}) == []
    names = [each.name for record in (Facts, Quote) for each in dataclasses.fields(record)]
    assert [name for name in (*names, "lines", "source") if f"`{name}`" not in TEXT] == []


def test_it_names_every_part_of_the_settings() -> None:
    parts = [
        f"`[{name}]`" if isinstance(value, BaseModel) else f"`{name}`" for name, value in Settings()
    ]
    assert [part for part in parts if part not in TEXT] == []
