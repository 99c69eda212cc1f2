from __future__ import annotations

import numpy as np
import pytest

from stages.components.scores.label_curve import Scores, first_reached, trace_curve
from stages.contracts.scores import Evaluation, Interval


def scores(cases: int, selected: list[float], scratch: list[float], metric: str = "auroc") -> Scores:
    """Gives scores whose plain value is the first of the resamples."""
    found = {
        name: {metric: Interval(value=values[0], low=min(values), high=max(values))}
        for name, values in (("selected", selected), ("scratch", scratch))
    }
    evaluation = Evaluation(
        **found,
        difference=found["selected"],
        verdict="inconclusive",
        verdict_metric=metric,
        resampled="patients",
        confidence=0.95,
        test_cases=10,
        test_patients=10,
        test_groups=10,
        seeds={},
    )
    drawn = {"selected": np.array(selected), "scratch": np.array(scratch)}
    return Scores(cases, evaluation, drawn)


def test_the_labels_needed_are_those_of_the_smallest_budget_as_good_as_the_control_with_all() -> None:
    curve = trace_curve(
        scores(100, [0.95] * 4, [0.8] * 4),
        {"half": scores(50, [0.9] * 4, [0.7] * 4), "tenth": scores(10, [0.7] * 4, [0.6] * 4)},
    )
    assert list(curve.points) == ["tenth", "half", "all"]
    assert [point.share for point in curve.points.values()] == [0.1, 0.5, 1.0]
    saved = curve.saved
    assert saved.needed is not None
    assert (saved.needed.budget, saved.needed.cases, saved.saved) == ("half", 50, 50)
    assert saved.low == saved.high == saved.needed
    assert (saved.target, saved.reached) == (0.8, 1.0)


def test_the_interval_is_counted_resample_by_resample() -> None:
    """In the resamples the small budget is enough, or all labels are needed, or not even they are enough."""
    curve = trace_curve(
        scores(100, [0.9, 0.8, 0.9, 0.5], [0.8, 0.7, 0.7, 0.6]),
        {"tenth": scores(10, [0.7, 0.7, 0.6, 0.5], [0.1] * 4)},
    )
    saved = curve.saved
    assert saved.needed is not None and saved.low is not None
    assert (saved.needed.budget, saved.low.budget, saved.high) == ("all", "tenth", None)
    assert (saved.saved, saved.reached) == (0, 0.75)


def test_a_score_that_no_budget_reaches_is_null_and_no_number() -> None:
    saved = trace_curve(scores(100, [0.5] * 4, [0.8] * 4), {"half": scores(50, [0.5] * 4, [0.8] * 4)}).saved
    assert (saved.needed, saved.low, saved.high, saved.saved, saved.reached) == (None, None, None, None, 0)


def test_where_less_is_better_a_smaller_error_reaches() -> None:
    full = scores(100, [1.0] * 4, [2.0] * 4, "rmse")
    few = {
        "half": scores(50, [1.5] * 4, [3.0] * 4, "rmse"),
        "tenth": scores(10, [2.5] * 4, [9.0] * 4, "rmse"),
    }
    needed = trace_curve(full, few).saved.needed
    assert needed is not None and needed.budget == "half"


def test_resamples_without_a_class_do_not_count() -> None:
    nan = float("nan")
    curve = trace_curve(
        scores(100, [0.9, nan, 0.9], [0.8, 0.8, nan]), {"half": scores(50, [0.9] * 3, [0.1] * 3)}
    )
    assert curve.saved.reached == 1
    assert curve.saved.high is not None and curve.saved.high.budget == "half"


@pytest.mark.parametrize(
    ("column", "place"), [([1.0, 2.0, 3.0], 0), ([0.0, 2.0, 0.0], 1), ([0.0, 0.0, 1.0], 2), ([0.0] * 3, 3)]
)
def test_the_first_row_that_reaches_counts(column: list[float], place: int) -> None:
    assert list(first_reached(np.array([column]).T, np.array([1.0]))) == [place]
