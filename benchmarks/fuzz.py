"""A hunt for inputs that crash the product, hang it, or make it break a promise.

    python -m benchmarks.fuzz feeds|html|dates|urls|config SECONDS

With atheris installed (`pip install atheris`) it is guided by what code an input reaches; without,
hypothesis mutates the same seeds. The targets and their promises are in `tests/fuzzing.py`.

SECONDS are of CPU, as is the time each input has, so that a busy machine neither shortens the hunt
nor looks like a hang; by the clock an input has a hundred times as long. Prints the inputs tried
every minute of CPU; stops at the first failure with the input and exit code 1. Found inputs belong
into `FOUND` of `tests/test_fuzzing.py`.
"""

# ruff: noqa: PLC0415 - what atheris is to watch is imported after it
from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fuzzing import Target

DEADLINE_S = 10
ASLEEP_S = 100 * DEADLINE_S
_LONGEST = 100_000
_TELL_EVERY_S = 60


class Hunt:
    """Runs a target with input after input for so many seconds of CPU, and counts."""

    def __init__(self, name: str, target: Target, seconds: int) -> None:
        self._name, self._target, self._seconds = name, target, seconds
        self._tried, self._told = 0, 0
        self._since = time.process_time()

    def is_over(self) -> bool:
        return self._spent() >= self._seconds

    def run(self, data: bytes, clock_s: float = 0) -> None:
        from tests.fuzzing import within

        self._tried += 1
        with within(DEADLINE_S, clock_s):
            self._target.run(data)
        if self._spent() >= self._told + _TELL_EVERY_S:
            self._told += _TELL_EVERY_S
            self.tell()

    def tell(self) -> None:
        print(f"{self._name}: {self._tried} inputs in {self._spent():.0f} s of CPU", flush=True)

    def _spent(self) -> float:
        return time.process_time() - self._since


def main() -> None:
    name, seconds = sys.argv[1], int(sys.argv[2])
    if "--guided" in sys.argv:
        hunt_guided(name, seconds, sys.argv[-1])
    elif importlib.util.find_spec("atheris"):
        with tempfile.TemporaryDirectory() as folder:
            # libFuzzer ends the process that it runs in.
            command = [sys.executable, "-m", "benchmarks.fuzz", name, str(seconds), "--guided"]
            raise SystemExit(subprocess.run([*command, folder], check=False).returncode)
    else:
        hunt(name, seconds)


def hunt_guided(name: str, seconds: int, folder: str) -> None:
    import atheris

    with atheris.instrument_imports(include=["monitors", "flows", "feedparser", "tomllib"]):
        from tests.fuzzing import TARGETS

    target = TARGETS[name]
    for number, seed in enumerate((*target.seeds, *target.pieces)):
        (Path(folder) / str(number)).write_bytes(seed)
    words = Path(folder) / "words.dict"
    escaped = ("".join(f"\\x{byte:02x}" for byte in piece) for piece in target.pieces)
    words.write_text("".join(f'"{word}"\n' for word in escaped))
    options = [f"-timeout={ASLEEP_S}", f"-report_slow_units={ASLEEP_S}", f"-max_len={_LONGEST}"]
    options += [f"-dict={words}", "-rss_limit_mb=3000", "-print_final_stats=1", "-verbosity=0"]
    options.append(f"-artifact_prefix={tempfile.gettempdir()}/fuzz-{name}-")
    hunt = Hunt(name, target, seconds)

    def run(data: bytes) -> None:
        hunt.run(data)
        if hunt.is_over():
            hunt.tell()
            os.kill(os.getpid(), signal.SIGUSR1)  # libFuzzer's own limit is by the clock

    atheris.Setup(["fuzz", *options, folder], run)
    atheris.Fuzz()


def hunt(name: str, seconds: int) -> None:
    from hypothesis import HealthCheck, given, settings

    from tests.fuzzing import TARGETS, mutations

    target = TARGETS[name]
    hunt = Hunt(name, target, seconds)

    @given(mutations(target))
    @settings(
        max_examples=1_000,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    def read(data: bytes) -> None:
        if not hunt.is_over():
            hunt.run(data, ASLEEP_S)

    while not hunt.is_over():
        read()
    hunt.tell()


if __name__ == "__main__":
    main()
