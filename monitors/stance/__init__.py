"""Holder x target in context -> stance: one file per backend behind one protocol."""

from monitors.stance.backends import BACKENDS, load_backend
from monitors.stance.queries import ANSWERS, Answer, StanceBackend, StanceQuery, StanceScore

__all__ = [
    "ANSWERS",
    "BACKENDS",
    "Answer",
    "StanceBackend",
    "StanceQuery",
    "StanceScore",
    "load_backend",
]
