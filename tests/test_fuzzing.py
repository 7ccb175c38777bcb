"""Any bytes are read or refused, in bounded time; longer hunts: `python -m benchmarks.fuzz`."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzzing import DEADLINE_S, TARGETS, mutations, within

EXAMPLES = {"feeds": 150, "html": 300, "dates": 300, "urls": 300, "config": 25}
# Found by the hunts; each broke a promise once.
FOUND = [
    ("urls", b"https://post.example/?\x80utm_source=x"),
    ("urls", b"news/1?x=\xb1"),
    ("urls", b"//.:80"),
    ("feeds", b"<rss><channel><item><guid>%b y</guid></item></channel></rss>" % (b"x" * 1_999)),
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


def test_who_swallows_the_alarm_is_late_all_the_same() -> None:
    def toil() -> None:
        with suppress(OSError):
            while True:
                pass

    with pytest.raises(TimeoutError), within(0.01):
        toil()


def test_a_sleeper_is_late_by_the_clock() -> None:
    with pytest.raises(TimeoutError), within(60, clock_s=0.01):
        time.sleep(60)
