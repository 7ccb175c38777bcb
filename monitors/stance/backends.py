"""The stance backends that can be chosen by name, one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitors.errors import BackendError
from monitors.stance.options import BackendOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitors.stance.queries import StanceBackend

_NO_OPTIONS = BackendOptions()

# Each is imported when asked for: a command that only checks the name need not load what reads.


def _trained(_: BackendOptions) -> StanceBackend:
    from monitors.stance import trained  # noqa: PLC0415

    return trained.load()


def _lexicon(_: BackendOptions) -> StanceBackend:
    from monitors.stance import lexicon  # noqa: PLC0415

    return lexicon.load()


def _entailment(options: BackendOptions) -> StanceBackend:
    from monitors.stance import entailment  # noqa: PLC0415

    return entailment.load(options.entailment)


def _llm(options: BackendOptions) -> StanceBackend:
    from monitors.stance import llm  # noqa: PLC0415

    return llm.load(options)


BACKENDS: dict[str, Callable[[BackendOptions], StanceBackend]] = {
    "default": _trained,
    "entailment": _entailment,
    "lexicon": _lexicon,
    "llm": _llm,
}


def load_backend(name: str = "default", options: BackendOptions = _NO_OPTIONS) -> StanceBackend:
    """The backend called `name`, ready to score; `options` are for those that need any.

    Raises:
        BackendError: there is no backend of that name, or it cannot be loaded with these options.
    """
    try:
        load = BACKENDS[name]
    except KeyError:
        known = ", ".join(sorted(BACKENDS))
        raise BackendError(f"no stance backend is called {name!r}; there are: {known}") from None
    return load(options)
