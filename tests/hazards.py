"""Jobs for worker processes to fail at."""

from __future__ import annotations

import os
import re
import time

from monitors.errors import NotAFeedError

# Doubles its time with each further letter, and holds the interpreter's lock all the while.
ENDLESS = "a" * 60 + "b"


def words(text: str) -> list[str]:
    return re.findall(r"(?:a+)+$", text)


def crash(if_true: object) -> object:
    if if_true:
        os.abort()
    return if_true


def refuse(detail: str) -> None:
    raise NotAFeedError(detail)


def nest(depth: int) -> int:
    return nest(depth + 1)


def process_id(sleep_s: float) -> int:
    time.sleep(sleep_s)
    return os.getpid()
