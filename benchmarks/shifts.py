"""False alarms and delays of shift detectors on simulated series, ours beside the field's.

    python -m benchmarks.shifts [STREAMS] [--others STREAMS]
    python -m benchmarks.shifts 100 --picture docs/shifts.svg

A stream is one actor on one topic, a story a week on average, read by a judge who errs: each story
shows favor, against or neutral. *Stationary* streams last three years in which nobody changes;
every shift found in them is a false alarm. In the others the mean of the sides moves after 40
stories, and what counts is how many stories later that is noticed.

Every detector is given the same sides of the same stories. Ours is set to a number of false alarms
a year, the others to the loosest threshold of a grid whose false alarms are not more than ours on
stationary streams of all kinds together; KSWIN takes long, so the comparison has fewer streams.
"""

from __future__ import annotations

import argparse
import math
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from scipy.stats import chi2

from monitors.records import Label, Observation
from monitors.shifts import DetectorSettings, SeriesState, load_detector

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WEEKS, BEFORE, AFTER = 156, 40, 80
YEARS = WEEKS / 52
ALLOWED = 0.05  # false alarms a stream and year
MOST_SHOWN = 0.6  # in the picture
OUTLETS = 8
ALIKE = 0.8  # the share of the stories of an event that show its side, whatever they report
START = datetime(2020, 1, 1, 12, tzinfo=UTC)
KINDS = ("independent", "autocorrelated", "bursty", "outlet mix", "neutral")
CHANGES = (0.3, 0.6, 1.0)
SIDES: tuple[Label, ...] = ("favor", "against", "neutral")


@dataclass(frozen=True)
class Stream:
    """Stories in order: the day of each, its side (1, -1 or 0) and who carried it."""

    days: Floats
    sides: NDArray[np.int_]
    outlets: NDArray[np.int_]


# --- streams ---------------------------------------------------------------------------------


def stationary(kind: str, seed: int) -> Stream:
    """A series in which nobody changes: the mean is the same all along."""
    dice = np.random.default_rng([KINDS.index(kind), seed])
    mean = dice.uniform(-0.8, 0.8)
    days = np.cumsum(dice.exponential(7, WEEKS))
    outlets = dice.integers(OUTLETS, size=WEEKS)
    neutral = 0.6 if kind == "neutral" else 0.12
    means = np.full(WEEKS, mean)
    if kind == "neutral":
        means *= 0.4
    elif kind == "autocorrelated":
        means = np.clip(mean + 0.3 * _moods(dice, 0.6), -0.88, 0.88)
    elif kind == "bursty":
        return _bursty(dice, mean, neutral)
    elif kind == "outlet mix":
        # Half of the outlets show one side more than the other half; who reports changes.
        turn = dice.integers(30, WEEKS - 30)
        late = np.arange(WEEKS) >= turn
        common = dice.random(WEEKS) < np.where(late, 0.15, 0.85)
        half = OUTLETS // 2
        outlets = dice.integers(half, size=WEEKS) + np.where(common, 0, half)
        means = np.clip(mean * 0.5 + np.where(common, 0.35, -0.35), -0.88, 0.88)
    return Stream(days, _sides(dice, means, neutral), outlets)


def changing(change: float, seed: int) -> Stream:
    """A series whose mean rises by `change` after the first 40 stories."""
    dice = np.random.default_rng([100 + round(10 * change), seed])
    count = BEFORE + AFTER
    first = dice.uniform(-0.85, 0.85 - change)
    means = first + change * (np.arange(count) >= BEFORE)
    days = np.cumsum(dice.exponential(7, count))
    return Stream(days, _sides(dice, means, 0.12), dice.integers(OUTLETS, size=count))


def _sides(dice: Generator, means: Floats, neutral: float) -> NDArray[np.int_]:
    """Sides whose expectation is `means`, a share of them neutral."""
    drawn = dice.random(len(means))
    favor = (1 - neutral + means) / 2
    return np.where(drawn < favor, 1, np.where(drawn < 1 - neutral, -1, 0))


def _moods(dice: Generator, keep: float) -> Floats:
    moods = dice.normal(size=WEEKS)
    for week in range(1, WEEKS):
        moods[week] = keep * moods[week - 1] + math.sqrt(1 - keep**2) * moods[week]
    return moods


def _bursty(dice: Generator, mean: float, neutral: float) -> Stream:
    """Events that up to eight stories tell, on one day or two, mostly with the same side."""
    days, sides = [], []
    day = 0.0
    while len(days) < WEEKS:
        size = min(8, dice.geometric(0.45))
        day += dice.exponential(7 * size)
        [side] = _sides(dice, np.array([mean]), neutral)
        others = _sides(dice, np.full(size, mean), neutral)
        days += list(day + dice.integers(2, size=size))
        sides += list(np.where(dice.random(size) < ALIKE, side, others))
    order = np.argsort(days[:WEEKS], kind="stable")
    outlets = dice.integers(OUTLETS, size=WEEKS)
    return Stream(np.array(days[:WEEKS])[order], np.array(sides[:WEEKS])[order], outlets)


# --- detectors -------------------------------------------------------------------------------


class Watch(Protocol):
    """Takes the stories of a stream one by one; answers whether a change is noticed."""

    def __call__(self, stream: Stream, place: int) -> bool: ...


class Ours:
    def __init__(self, threshold: float, name: str = "sequential") -> None:
        # As if the stream were one of twenty like it, which together may cause one alarm a year.
        settings = DetectorSettings(
            days_per_year=52 / ALLOWED, false_alarms_per_year=threshold, cool_down_days=0
        )
        self._detector = load_detector(name, settings)
        self._state = SeriesState()

    def __call__(self, stream: Stream, place: int) -> bool:
        side = int(stream.sides[place])
        said_at = START + timedelta(days=float(stream.days[place]))
        self._state, shift = self._detector.step(
            self._state,
            Observation(
                story_id=str(place),
                label=SIDES[(side != 1) + (side == 0)],
                score=0.8 * side,
                confidence=0.8,
                said_at=said_at,
                seen_at=said_at,
                outlets=(f"outlet {stream.outlets[place]}",),
            ),
        )
        return shift is not None


class River:
    """A detector of river, which is told sides in [0, 1]."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._detector = make()

    def __call__(self, stream: Stream, place: int) -> bool:
        self._detector.update((float(stream.sides[place]) + 1) / 2)
        return bool(self._detector.drift_detected)


class Bayesian:
    """Bayesian online change-point detection (Adams & MacKay 2007) over the three sides.

    Dirichlet priors; a change is noticed when the chance that the run began after the last restart
    passes a threshold.
    """

    def __init__(self, threshold: float, hazard: float = 1 / 200) -> None:
        self._threshold, self._hazard = threshold, hazard
        self._restart()

    def _restart(self) -> None:
        self._counts = np.full((1, 3), 1.0)
        self._chances = np.ones(1)

    def __call__(self, stream: Stream, place: int) -> bool:
        side = int(stream.sides[place]) + 1
        likely = self._counts[:, side] / self._counts.sum(1)
        grown = self._chances * likely * (1 - self._hazard)
        fresh = float((self._chances * likely).sum()) * self._hazard
        self._chances = np.append(grown, fresh)
        self._chances /= self._chances.sum()
        self._counts[:, side] += 1
        self._counts = np.vstack([self._counts, np.full((1, 3), 1.0)])
        if 1 - self._chances[0] > self._threshold:
            self._restart()
            return True
        return False


def makers() -> dict[str, list[Callable[[], Watch]]]:
    """Each detector at all thresholds, from the strictest to the loosest; ours at its setting."""
    from river import drift  # noqa: PLC0415

    powers = [10.0**-power for power in np.arange(16, 0.4, -0.5)]
    return {
        "Stancewatch, sequential": [partial(Ours, 1.0)],
        "ADWIN": [
            partial(River, partial(drift.ADWIN, delta=delta, clock=1, grace_period=5))
            for delta in powers
        ],
        "Page-Hinkley": [
            partial(
                River,
                partial(
                    drift.PageHinkley, min_instances=10, delta=0.1, threshold=threshold, alpha=1
                ),
            )
            for threshold in np.arange(30, 0.4, -0.5)
        ],
        "KSWIN": [
            partial(
                River,
                partial(drift.KSWIN, alpha=alpha, window_size=50, stat_size=15, seed=1),
            )
            for alpha in powers
        ],
        "Bayesian online": [
            partial(Bayesian, 1 - chance) for chance in [10.0**-p for p in np.arange(12, 0.2, -0.4)]
        ],
    }


# --- measuring -------------------------------------------------------------------------------


def false_alarms(make: Callable[[], Watch], kind: str, seed: int) -> int:
    """How often a stationary stream alarms."""
    stream, watch = stationary(kind, seed), make()
    return sum(watch(stream, place) for place in range(len(stream.days)))


def delay(make: Callable[[], Watch], change: float, seed: int) -> float:
    """Stories from the change until it is noticed; infinite if it is not, or was before."""
    stream, watch = changing(change, seed), make()
    for place in range(BEFORE + AFTER):
        if watch(stream, place):
            return place - BEFORE + 1 if place >= BEFORE else math.inf
    return math.inf


def _upper(alarms: int, years: float) -> float:
    """The exact upper 95 % bound of a Poisson rate."""
    return float(chi2.ppf(0.95, 2 * alarms + 2) / 2 / years)


def _tally(make: Callable[[], Watch], streams: int, pool: ProcessPoolExecutor) -> dict[str, int]:
    return {
        kind: sum(pool.map(partial(false_alarms, make, kind), range(streams), chunksize=25))
        for kind in KINDS
    }


def _tuned(
    choices: list[Callable[[], Watch]], allowed: int, streams: int, pool: ProcessPoolExecutor
) -> tuple[Callable[[], Watch], dict[str, int]]:
    """The loosest threshold with no more than the allowed alarms, found by halving."""
    low, high = 0, len(choices) - 1
    best = choices[0], _tally(choices[0], streams, pool)
    while low < high:
        middle = (low + high + 1) // 2
        found = _tally(choices[middle], streams, pool)
        if sum(found.values()) <= allowed:
            low, best = middle, (choices[middle], found)
        else:
            high = middle - 1
    return best


def main() -> None:
    options = _options()
    if options.picture is not None:
        picture(options.streams, options.picture)
        return
    print(f"{options.streams} streams of each kind, {YEARS:.0f} years, 52 stories a year")
    with ProcessPoolExecutor(2) as pool:
        ours = _tally(partial(Ours, 1.0), options.streams, pool)
        years = options.streams * YEARS
        for kind, alarms in ours.items():
            print(
                f"    {kind}: {alarms} false alarms, {alarms / years:.4f} a stream and year, "
                f"at most {_upper(alarms, years):.4f} (95 %); allowed {ALLOWED}",
                flush=True,
            )
        print(f"\nBeside others, on the first {options.others} of them")
        allowed = int(sum(ours.values()) * options.others / options.streams)
        for name, choices in makers().items():
            make, found = _tuned(choices, allowed, options.others, pool)
            rates = (f"{kind} {found[kind] / options.others / YEARS:.4f}" for kind in KINDS)
            mark = "" if sum(found.values()) <= allowed else " (more, at its strictest)"
            print(f"{name}{mark}: {', '.join(rates)}", flush=True)
            for change in CHANGES:
                run = partial(delay, make, change)
                delays = list(pool.map(run, range(options.others), chunksize=25))
                print(f"    {change}: {_summary(delays)}", flush=True)


def picture(streams: int, path: Path) -> None:
    """Draw the mean delay of each detector against its false alarms, over its thresholds."""
    choices = makers() | {
        "Stancewatch, sequential": [partial(Ours, 10.0**power) for power in np.arange(-1, 3)],
        "Stancewatch, window": [partial(Ours, 1.0, "window")],
    }
    found: dict[str, list[tuple[float, float]]] = {}
    with ProcessPoolExecutor(2) as pool:
        for name, makes in choices.items():
            for make in makes[:: max(1, len(makes) // 8)]:
                alarms = sum(_tally(make, streams, pool).values())
                delays = list(pool.map(partial(delay, make, CHANGES[-1]), range(streams)))
                mean = float(np.minimum(delays, AFTER).mean())
                found.setdefault(name, []).append((alarms / streams / YEARS / len(KINDS), mean))
                print(name, found[name][-1], flush=True)
    draw(found, 1 / streams / YEARS / len(KINDS), path)


def draw(found: dict[str, list[tuple[float, float]]], least: float, path: Path) -> None:
    """A curve for each detector; `least` is the rate of one false alarm among all streams.

    Thresholds with more than `MOST_SHOWN` false alarms are left out.
    """
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, axes = plt.subplots(figsize=(8, 5))
    for (name, points), mark in zip(found.items(), "os^vDP", strict=False):
        ours = name.startswith("Stancewatch")
        best: dict[float, float] = {}
        for rate, mean in points:
            place = max(rate, least / 2)
            if rate < MOST_SHOWN:
                best[place] = min(mean, best.get(place, mean))
        style = {"linewidth": 2.5, "markersize": 8} if ours else {"linewidth": 1.2, "alpha": 0.8}
        axes.plot(*zip(*sorted(best.items()), strict=True), marker=mark, label=name, **style)
    axes.axvline(ALLOWED, color="grey", linestyle="--", linewidth=1)
    axes.annotate("allowed", (ALLOWED, 2), xytext=(4, 0), textcoords="offset points", color="grey")
    axes.set(
        xscale="log",
        xlim=(least / 3, MOST_SHOWN),
        ylim=(0, AFTER + 3),
        xlabel=f"false alarms a series and year (leftmost: none; a single one is {least:.4f})",
        ylabel="mean delay in stories (80: not found)",
        title="How soon a change of the mean by 1.0 after 40 stories is noticed",
    )
    axes.grid(alpha=0.25)
    axes.legend(loc="lower left")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def _summary(delays: list[float]) -> str:
    """Found within 80 stories, the mean delay with 80 for those that were not, and the median."""
    finite = np.minimum(delays, AFTER)
    share = np.mean(np.isfinite(delays))
    return f"found {share:.3f}, mean delay {finite.mean():.1f}, median {np.median(finite):.0f}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shifts")
    parser.add_argument("streams", nargs="?", type=int, default=2000)
    parser.add_argument("--others", type=int, default=500, help="streams for the comparison")
    parser.add_argument("--picture", type=Path, metavar="FILE.svg", help="draw it, and no more")
    return parser.parse_args()


if __name__ == "__main__":
    main()
