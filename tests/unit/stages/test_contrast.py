from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stages.contracts.contrast import ContrastRequest, Stored
from stages.contracts.errors import DataError
from stages.contrast import contrast

HERE = Stored(file="x", seed=0, threshold=0.5)


def request(*apart: str) -> ContrastRequest:
    return ContrastRequest(
        task="classes",
        classes=("no", "yes"),
        positive="yes",
        one=HERE,
        other=HERE,
        apart=apart,
        confidence=0.95,
        resamples=200,
    )


def predictions(first: int, last: int, skill: float) -> pd.DataFrame:
    numbers = np.arange(first, last)
    labels = numbers % 2
    noise = np.random.default_rng(0).random(200)[numbers]
    yes = np.clip(skill * labels + (1 - skill) * noise, 0, 1)
    return pd.DataFrame(
        {
            "case_id": [f"c{number:03d}" for number in numbers],
            "group_id": [f"g{number // 2}" for number in numbers],
            "label": labels,
            "target": np.where(labels, "yes", "no"),
            "probability_no": 1 - yes,
            "probability_yes": yes,
        }
    )


def test_only_common_cases_count_and_the_gain_is_paired() -> None:
    found = contrast(predictions(0, 80, 0.1), predictions(40, 120, 0.9), request())
    assert (found.cases, found.groups) == (40, 20)
    assert found.other["auroc"].value == 1
    gain = found.difference["auroc"]
    assert gain.value == pytest.approx(found.other["auroc"].value - found.one["auroc"].value)
    assert 0 < gain.low <= gain.value <= gain.high


def test_the_same_predictions_differ_by_nothing_in_any_order() -> None:
    table = predictions(0, 60, 0.5)
    found = contrast(table, table.sample(frac=1, random_state=1), request())
    assert {(one.value, one.low, one.high) for one in found.difference.values()} == {(0, 0, 0)}


def test_cases_that_only_share_a_name_are_left_out() -> None:
    assert contrast(predictions(0, 60, 0.5), predictions(0, 60, 0.9), request("c000", "c001")).cases == 58
    relabelled = predictions(0, 60, 0.9)
    relabelled.loc[4:5, "label"] = [1, 0]
    relabelled.loc[4:5, "target"] = ["yes", "no"]
    assert contrast(predictions(0, 60, 0.5), relabelled, request()).cases == 58


def test_nothing_in_common_is_refused() -> None:
    with pytest.raises(DataError, match="cannot be compared"):
        contrast(predictions(0, 40, 0.5), predictions(40, 80, 0.5), request())
