"""A hunt for inputs that crash the product, hang it, or make it break a promise.

    python -m benchmarks.fuzz feeds|html|dates|urls|config SECONDS

With atheris installed (`pip install atheris`) it is guided by what code an input reaches; without,
hypothesis mutates the same seeds. The targets and their promises are in `tests/fuzzing.py`. Prints
the inputs tried; stops at the first failure with the input and exit code 1. Found inputs belong
into `FOUND` of `tests/test_fuzzing.py`.
"""

# ruff: noqa: PLC0415 - what atheris is to watch is imported after it
from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DEADLINE_S = 10
_LONGEST = 100_000


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
    options = [f"-max_total_time={seconds}", f"-timeout={DEADLINE_S}", f"-max_len={_LONGEST}"]
    options += [f"-dict={words}", "-rss_limit_mb=3000", "-print_final_stats=1", "-verbosity=0"]
    options.append(f"-artifact_prefix={tempfile.gettempdir()}/fuzz-{name}-")
    atheris.Setup(["fuzz", *options, folder], target.run)
    atheris.Fuzz()


def hunt(name: str, seconds: int) -> None:
    from hypothesis import HealthCheck, given, settings

    from tests.fuzzing import TARGETS, mutations, within

    target, until, tried = TARGETS[name], time.monotonic() + seconds, 0

    @given(mutations(target))
    @settings(
        max_examples=1_000,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    def read(data: bytes) -> None:
        nonlocal tried
        if time.monotonic() < until:
            tried += 1
            with within(DEADLINE_S):
                target.run(data)

    while time.monotonic() < until:
        read()
    print(f"{name}: {tried} inputs in {seconds} s, nothing found")


if __name__ == "__main__":
    main()
