"""Any bytes are read or refused, in bounded time; longer hunts: `python -m benchmarks.fuzz`."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzzing import DEADLINE_S, TARGETS, mutations, within

EXAMPLES = {"feeds": 150, "html": 300, "dates": 300, "urls": 300, "config": 25}
# Found by the hunts; each broke a promise once.
FOUND = [
    ("urls", b"https://post.example/?\x80utm_source=x"),
    ("urls", b"news/1?x=\xb1"),
    ("urls", b"//.:80"),
]


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_whatever_comes_is_read_or_refused(name: str) -> None:
    target = TARGETS[name]

    @given(mutations(target))
    @settings(
        max_examples=EXAMPLES[name],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def read(data: bytes) -> None:
        with within(DEADLINE_S):
            target.run(data)

    read()


@pytest.mark.parametrize(("name", "data"), FOUND, ids=lambda value: repr(value)[:40])
def test_what_was_found_stays_mended(name: str, data: bytes) -> None:
    with within(DEADLINE_S):
        TARGETS[name].run(data)
