"""Figures against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from monitors.measures.intervals import bootstrap
from monitors.measures.scores import (
    calibration_error,
    f1_of,
    label_f1,
    macro_f1,
    precision_at_recalls,
    ratio,
    recall_at_precision,
)


def floats(*values: float) -> np.ndarray:
    return np.array(values, np.float64)


def flags(text: str) -> np.ndarray:
    return np.array([char == "x" for char in text], np.bool_)


class TestF1:
    def test_of_counts(self) -> None:
        assert f1_of(3, 4, 5) == pytest.approx(2 * (3 / 4) * (3 / 5) / (3 / 4 + 3 / 5))

    def test_of_nothing_is_not_zero(self) -> None:
        assert math.isnan(f1_of(0, 0, 0))
        assert math.isnan(ratio(0, 0))
        assert f1_of(0, 0, 3) == 0

    def test_of_labels(self) -> None:
        wanted, given = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 0])
        first, second, third = label_f1(wanted, given, 3)
        assert first == pytest.approx(2 / 3)
        assert second == pytest.approx(1 / 2)
        assert math.isnan(third)
        assert macro_f1([first, second, third]) == pytest.approx(7 / 12)


class TestPrecisionAtRecall:
    def test_takes_the_surest_first(self) -> None:
        # Surest first: right, wrong, right, right; four to find.
        confidence, right = floats(0.6, 0.9, 0.7, 0.8), flags("xxx ")
        assert precision_at_recalls(confidence, right, 4, [0.25, 0.5, 0.75]) == pytest.approx(
            [1, 2 / 3, 3 / 4]
        )

    def test_never_reached_is_nan(self) -> None:
        assert math.isnan(precision_at_recalls(floats(0.9), flags("x"), 4, [0.5])[0])
        assert math.isnan(precision_at_recalls(floats(), flags(""), 0, [0.5])[0])

    def test_one_confidence_is_one_step(self) -> None:
        both_ways = [
            precision_at_recalls(floats(0.9, 0.9), flags(order), 2, [0.5]) for order in ("x ", " x")
        ]
        assert both_ways == [[0.5], [0.5]]

    def test_recall_at_precision(self) -> None:
        confidence = np.linspace(1, 0, 20)
        right = flags("xxxxxxxxxxxx" + " " * 8)
        assert recall_at_precision(confidence, right, 16, 0.85) == 12 / 16
        assert recall_at_precision(confidence, right, 16, 1.0) == 12 / 16
        assert recall_at_precision(confidence, flags(" " * 20), 16, 0.85) == 0


class TestCalibration:
    def test_perfect(self) -> None:
        confidence = floats(*[0.5] * 10, *[1.0] * 10)
        assert calibration_error(confidence, flags("x " * 5 + "x" * 10)) == pytest.approx(0)

    def test_overconfident(self) -> None:
        assert calibration_error(floats(*[0.9] * 20), flags("x " * 10)) == pytest.approx(0.4)

    def test_order_of_equal_confidences_does_not_matter(self) -> None:
        confidence = floats(*[0.5] * 40)
        assert calibration_error(confidence, flags("x" * 20 + " " * 20)) == pytest.approx(0)

    def test_two_bins(self) -> None:
        # 0.6 said and 1 right, 0.9 said and 0.5 right.
        confidence = floats(0.6, 0.6, 0.9, 0.9)
        error = calibration_error(confidence, flags("xxx "), bins=2)
        assert error == pytest.approx((0.4 + 0.4) / 2)

    def test_of_nothing(self) -> None:
        assert math.isnan(calibration_error(floats(), flags("")))


class TestBootstrap:
    RIGHT = np.array([1.0] * 60 + [0.0] * 40)

    def share(self, places: np.ndarray) -> dict[str, float]:
        return {"share": float(self.RIGHT[places].mean())}

    def test_interval_is_that_of_a_share(self) -> None:
        low, high = bootstrap(self.share, [str(n) for n in range(100)])["share"]
        # 1.96 standard errors of a share of 0.6 in 100.
        assert low == pytest.approx(0.6 - 0.096, abs=0.02)
        assert high == pytest.approx(0.6 + 0.096, abs=0.02)

    def test_same_items_same_interval(self) -> None:
        groups = [str(n) for n in range(100)]
        assert bootstrap(self.share, groups) == bootstrap(self.share, groups)

    def test_sentences_of_one_article_are_drawn_together(self) -> None:
        # Ten articles that are right or wrong as a whole tell less than a hundred sentences.
        alone = bootstrap(self.share, [str(n) for n in range(100)])["share"]
        together = bootstrap(self.share, [str(n // 10) for n in range(100)])["share"]
        assert together[1] - together[0] > 2 * (alone[1] - alone[0])

    def test_one_group_has_no_interval(self) -> None:
        assert not bootstrap(self.share, ["same"] * 100)

    def test_a_figure_that_no_resample_defines(self) -> None:
        bounds = bootstrap(lambda _: {"none": math.nan}, ["a", "b"], 10)
        assert math.isnan(bounds["none"][0])
