"""Which files make up the configuration: the user's, or the default one in its place."""

from __future__ import annotations

import difflib
from pathlib import Path

from flows.config.documents import ConfigProblem, Findings, shown_path
from monitors.errors import ConfigError

FILES = ("settings.toml", "feeds.toml", "alerts.toml", "actors.toml")
TOPICS, TEMPLATES = "topics", "templates"

_FLOWS = Path(__file__).resolve().parent.parent


def default_directory() -> Path:
    """The configuration that comes with the product: packed into the wheel, or the checkout's."""
    packed = _FLOWS / "defaults" / "config"
    return packed if packed.is_dir() else _FLOWS.parent / "config"


def find_sources(directory: Path | None, findings: Findings) -> dict[str, Path]:
    """Each file of the configuration, and the folders of topics and templates, where they are.

    A configuration need not have templates.

    Raises:
        ConfigError: the folder does not exist.
    """
    default = default_directory()
    folder = default if directory is None else Path(directory)
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        mend = "Name a folder that holds your configuration files."
        raise ConfigError(shown_path(folder), None, what, mend)
    _warn_of_strangers(folder, findings)
    sources = {name: _either(folder / name, default / name) for name in (*FILES, TOPICS)}
    templates = _either(folder / TEMPLATES, default / TEMPLATES)
    return sources | ({TEMPLATES: templates} if templates.is_dir() else {})


def topic_files(folder: Path) -> list[Path]:
    """The topic files in order of name.

    Raises:
        ConfigError: there are none.
    """
    files = [path for path in sorted(folder.glob("*.toml")) if not path.name.startswith(".")]
    if not files:
        mend = "Add a file such as taiwan.toml, or remove the folder to use the default topics."
        raise ConfigError(shown_path(folder), None, "holds no topic", mend)
    return files


def _either(own: Path, default: Path) -> Path:
    # A dangling link is the user's wish as well: reading it fails and says so.
    return own if own.exists() or own.is_symlink() else default


def _warn_of_strangers(folder: Path, findings: Findings) -> None:
    """A misspelt file would be left out in silence, and the default one used."""
    for path in sorted(folder.glob("*.toml")):
        if path.name in FILES or path.name.startswith("."):
            continue
        near = difflib.get_close_matches(path.name, FILES, n=1, cutoff=0.8)
        mend = f"Did you mean {near[0]}?" if near else f"A topic belongs into {TOPICS}/."
        findings.problems.append(
            ConfigProblem("warning", shown_path(path), None, "is not read", mend)
        )
