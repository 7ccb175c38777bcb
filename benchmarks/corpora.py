"""The benchmark collections: where they lie, and configurations made from them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STANCEWATCH = [sys.executable, "-m", "flows.cli"]


def benchmarks_folder() -> Path:
    """STANCEWATCH_BENCHMARKS, or ../shared/benchmarks beside the checkout.

    Raises:
        SystemExit: it is not there.
    """
    folder = Path(os.environ.get("STANCEWATCH_BENCHMARKS", ROOT.parent / "shared" / "benchmarks"))
    if not folder.is_dir():
        sys.exit(f"no benchmark collections at {folder}; set STANCEWATCH_BENCHMARKS")
    return folder


def write_configuration(
    folder: Path, topics: list[dict[str, Any]], actors: list[dict[str, Any]]
) -> None:
    """Write topics/*.toml and actors.toml from a collection's own lists."""
    (folder / "topics").mkdir(parents=True)
    for topic in topics:
        lines = [f"{key} = {_toml(topic[key])}" for key in ("id", "title", "phrases")]
        lines += [f"{side} = {_toml(topic[side])}" for side in ("favor", "against")]
        (folder / "topics" / f"{topic['id']}.toml").write_text("\n".join(lines) + "\n")
    blocks = [line for actor in actors for line in _actor(actor)]
    (folder / "actors.toml").write_text("\n".join(blocks) + "\n")


def _actor(actor: dict[str, Any]) -> list[str]:
    kind = actor.get("kind", "person")
    lines = ["[[actor]]", f"id = {_toml(actor['id'])}", f"name = {_toml(actor['name'])}"]
    lines += [f"kind = {_toml(kind)}", f"aliases = {_toml(actor['aliases'])}"]
    for office in actor.get("speaks_for", ()):
        lines += ["[[actor.office]]", f"of = {_toml(office['actor'])}"]
        lines += [f"{key} = {office[key]}" for key in ("from", "until") if office.get(key)]
    return lines


def _toml(value: object) -> str:
    # JSON strings and lists of strings are TOML as well.
    return json.dumps(value, ensure_ascii=False)
