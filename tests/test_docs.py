"""What the documentation shows is run, and prints what the documentation says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.builders import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
# What stands for lines that are left out, or that differ from one machine to the next.
GAP = "…"
WRONG_TOPIC = """\
# A mistake in line 9.

id = "taiwan"
title = "Taiwan's self-rule"
favor = "backs it"
against = "opposes it"
near = []

phrase = ["Taiwan"]
"""


def shown_commands() -> list[tuple[str, str, str]]:
    """Page, command and the output shown, of every `$ stancewatch …` in a console block."""
    found = []
    for page in PAGES:
        for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
            starts = [m.start() for m in re.finditer(r"^\$ ", block, re.MULTILINE)]
            for start, end in pairwise([*starts, len(block)]):
                command, _, output = block[start + 2 : end].partition("\n")
                if command.startswith("stancewatch "):
                    found.append((page.name, command, output))
    return found


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where the demo has been played, with a configuration that has a mistake."""
    folder = tmp_path_factory.mktemp("workplace")
    topics = folder / "mine" / "topics"
    topics.mkdir(parents=True)
    (topics / "taiwan.toml").write_text(WRONG_TOPIC)
    stancewatch(folder, "stancewatch demo")
    return folder


def stancewatch(folder: Path, command: str) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "flows.cli", *shlex.split(command)[1:]]
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_documentation_shows_commands() -> None:
    assert len(shown_commands()) >= 5


@pytest.mark.parametrize(("page", "command", "shown"), shown_commands())
def test_command_prints_what_is_shown(workplace: Path, page: str, command: str, shown: str) -> None:
    printed = stancewatch(workplace, command)
    pattern = ".*".join(re.escape(part) for part in normal(shown).split(GAP))
    assert re.fullmatch(pattern, normal(printed), re.DOTALL), f"{page}: {command}\n{printed}"


def normal(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_tests_that_the_list_of_faults_names_exist() -> None:
    named = re.findall(r"`(test_\w+?)(?:\.py)?(?:…)?`", (ROOT / "docs" / "faults.md").read_text())
    files = [*(ROOT / "tests").rglob("test_*.py")]
    known = {file.stem for file in files} | {
        name for file in files for name in re.findall(r"def (test_\w+)", file.read_text())
    }
    assert len(named) > 70
    assert [one for one in named if not any(name.startswith(one) for name in known)] == []
