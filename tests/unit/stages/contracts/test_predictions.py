from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.contracts.errors import DataError
from stages.contracts.predictions import (
    COLUMNS,
    as_predictions,
    read_predictions,
    require_classes,
    require_scorable,
    said_of,
)
from stages.contracts.task import Task

INDEX = pd.DataFrame(
    {"case_id": ["a", "b"], "group_id": ["p", "q"], "label": [1, 0], "target": ["yes", "no"]}
)
PROBABILITIES = np.array([[0.25, 0.75], [0.5, 0.5]], dtype=np.float32)


def test_probabilities_stand_beside_their_cases_under_their_class(tmp_path: Path) -> None:
    as_predictions(INDEX, PROBABILITIES, ("no", "yes")).to_parquet(tmp_path / "p.parquet")
    table = read_predictions(tmp_path / "p.parquet", ("no", "yes"))
    assert list(table.columns) == [*COLUMNS, "probability_no", "probability_yes"]
    np.testing.assert_array_equal(said_of(table), PROBABILITIES)


def test_predictions_of_other_classes_are_refused(tmp_path: Path) -> None:
    as_predictions(INDEX, PROBABILITIES, ("no", "yes")).to_parquet(tmp_path / "p.parquet")
    with pytest.raises(DataError) as caught:
        read_predictions(tmp_path / "p.parquet", ("no", "maybe"))
    assert caught.value.why == "no column probability_maybe"


def test_numbers_stand_beside_their_cases(tmp_path: Path) -> None:
    as_predictions(INDEX, PROBABILITIES[:, :1], ()).to_parquet(tmp_path / "p.parquet")
    assert said_of(read_predictions(tmp_path / "p.parquet", ()))[:, 0].tolist() == [0.25, 0.5]


@pytest.mark.parametrize("task", ["multilabel", "regression"])
def test_cases_that_are_labelled_alike_cannot_be_scored(task: Task) -> None:
    require_scorable(INDEX, task, (), "test")
    with pytest.raises(DataError, match="cannot be scored"):
        require_scorable(INDEX.assign(target="1.5"), task, (), "test")


def test_a_split_that_lacks_a_class_says_which() -> None:
    require_classes([0, 1, 2, 1], ("a", "b", "c"), "test")
    with pytest.raises(DataError, match="the test split cannot be scored") as caught:
        require_classes([1, 1], ("a", "b", "c"), "test")
    assert caught.value.why == "it holds no case of class a, c"
