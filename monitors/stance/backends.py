"""The stance backends that can be chosen by name, one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitors.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitors.stance.queries import StanceBackend


def _lexicon() -> StanceBackend:
    # Imported when asked for: a command that only checks the name need not load what reads.
    from monitors.stance import lexicon  # noqa: PLC0415

    return lexicon.load()


BACKENDS: dict[str, Callable[[], StanceBackend]] = {
    "default": _lexicon,
    "lexicon": _lexicon,
}


def load_backend(name: str = "default") -> StanceBackend:
    """The backend called `name`, ready to score.

    Raises:
        BackendError: there is no backend of that name.
    """
    try:
        return BACKENDS[name]()
    except KeyError:
        known = ", ".join(sorted(BACKENDS))
        raise BackendError(f"no stance backend is called {name!r}; there are: {known}") from None
