from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stages.components.prediction.threshold import choose_threshold


def gain(truth: NDArray[np.bool_], scores: NDArray[np.float64], threshold: float, rule: str) -> float:
    called = scores >= threshold
    if rule == "accuracy":
        return float((called == truth).mean())
    return float(called[truth].mean() - called[~truth].mean())


@pytest.mark.parametrize("rule", ["youden", "accuracy"])
@settings(deadline=None, max_examples=40)
@given(
    data=st.lists(
        st.tuples(st.booleans(), st.floats(0, 1) | st.sampled_from([0.0, 0.25, 0.5, 1.0])),
        min_size=2,
        max_size=20,
    ).filter(lambda rows: len({truth for truth, _ in rows}) == 2)
)
def test_no_threshold_is_better(rule: str, data: list[tuple[bool, float]]) -> None:
    truth, scores = np.array([t for t, _ in data]), np.array([s for _, s in data])
    chosen = choose_threshold(truth, scores, rule)  # type: ignore[arg-type]
    possible = [*np.unique(scores), 1.5]
    best = max(gain(truth, scores, threshold, rule) for threshold in possible)
    assert gain(truth, scores, chosen, rule) == pytest.approx(best)


def test_the_threshold_lies_midway_so_that_rounding_moves_no_case() -> None:
    truth, scores = np.array([False, False, True, True]), np.array([0.1, 0.2, 0.6, 0.9])
    assert choose_threshold(truth, scores, "youden") == pytest.approx(0.4)


def test_the_rules_differ_where_positives_are_rare() -> None:
    truth = np.array([True, *[False] * 9])
    scores = np.array([0.5, 0.6, 0.7, *[0.1] * 7])
    assert choose_threshold(truth, scores, "youden") == pytest.approx(0.3)
    called_by_accuracy = scores >= choose_threshold(truth, scores, "accuracy")
    assert not called_by_accuracy.any()


def test_half_is_half() -> None:
    assert choose_threshold(np.array([True, False]), np.array([0.9, 0.8]), "half") == 0.5


@pytest.mark.parametrize("value", [True, False])
def test_without_a_second_class_it_is_half(value: bool) -> None:
    assert choose_threshold(np.array([value, value]), np.array([0.9, 0.8]), "youden") == 0.5


def test_certain_scores_of_the_negatives_are_not_called_positive() -> None:
    truth, scores = np.array([True, False, False, False]), np.array([0.2, 1.0, 1.0, 1.0])
    assert not (scores >= choose_threshold(truth, scores, "accuracy")).any()
