"""The locator finds every key of a TOML text on the line where a reader sees it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from flows.config.toml_lines import KeyPath, line_of, locate_keys

CONFIG = Path(__file__).parents[2] / "config"

TRICKY = r'''# a comment = "not a key"
title = "a [table] = in text # not a comment"
"quoted key" = 1
'it''s' . "dotted" = 2
site."example.org".on = true

[owner]
name = """
three [[lines]]
with a quote: "" and \""" inside""""
raw = """one line"""
path = 'C:\new\'
block = \'\'\'
x = 1
''still''\'\'\'
born = 1979-05-27 07:32:00   # blanks in a value
at = 07:30:00
ratio = -1.5e3

[owner.more]
list = [ "a", # first
  "b, c",
  [1, 2],
  { x = 1, y = [ "]", "}" ] },
]

[[actor]]   # the first
id = "one"

[[actor.office]]
of = "a"
[[actor.office]]
of = "b"
[actor.office.note]
deep = 1

[[actor]]
id = "two"
[[actor.office]]
of = "c"
'''.replace("'it''s'", "'its'").replace("\\'", "'")


def paths(value: object, above: KeyPath = ()) -> set[KeyPath]:
    """Every key path of what tomllib read."""
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    else:
        return {above}
    found = {above} if above else set()
    return found.union(*(paths(item, (*above, key)) for key, item in inner))


def test_every_key_that_tomllib_reads_is_found_and_no_other() -> None:
    assert set(locate_keys(TRICKY)) == paths(tomllib.loads(TRICKY))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (("title",), "title ="),
        (("quoted key",), '"quoted key"'),
        (("its", "dotted"), "'its'"),
        (("site", "example.org", "on"), "site."),
        (("owner",), "[owner]"),
        (("owner", "raw"), "raw ="),
        (("owner", "block"), "block ="),
        (("owner", "born"), "born ="),
        (("owner", "more", "list", 0), '"a"'),
        (("owner", "more", "list", 1), '"b, c"'),
        (("owner", "more", "list", 3, "y", 1), '"}"'),
        (("actor",), "# the first"),
        (("actor", 0), "# the first"),
        (("actor", 0, "office", 1, "of"), 'of = "b"'),
        (("actor", 0, "office", 1, "note", "deep"), "deep"),
        (("actor", 1, "id"), '"two"'),
        (("actor", 1, "office", 0, "of"), 'of = "c"'),
    ],
)
def test_a_key_is_on_the_line_where_it_is_written(path: KeyPath, words: str) -> None:
    line = locate_keys(TRICKY)[path]
    assert words in TRICKY.splitlines()[line - 1]


def test_what_is_not_there_is_placed_at_what_is_around_it() -> None:
    lines = locate_keys('top = 1\n\n[[actor]]\nname = "x"\n')
    assert line_of(lines, ("actor", 0, "id")) == 3
    assert line_of(lines, ("actor", 0, "name", "more")) == 4
    assert line_of(lines, ("nothing",)) is None
    assert line_of(lines, ()) is None


@pytest.mark.parametrize(
    "text", ["", "\n\n", "# only a comment", "a = 1", "a=[]", "a={}", "[a]", "[ a . b ]\nc = ''"]
)
def test_small_texts(text: str) -> None:
    assert set(locate_keys(text)) == paths(tomllib.loads(text))


def test_a_long_file_takes_no_time() -> None:
    block = '[[actor]]\nid = "{0}"\naliases = ["a{0}", "b{0}"]\ntext = """{1}"""\n'
    text = "".join(block.format(index, "word\n" * 20) for index in range(2_000))
    lines = locate_keys(text)
    assert lines["actor", 1_999, "aliases", 1] == 1_999 * 24 + 3


@pytest.mark.parametrize("file", sorted(CONFIG.rglob("*.toml")), ids=lambda file: file.name)
def test_the_shipped_files(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert set(locate_keys(text)) == paths(tomllib.loads(text))
