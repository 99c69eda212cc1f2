from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.contracts.errors import DataError
from stages.contracts.predictions import as_predictions, probabilities_of, read_predictions, require_classes

INDEX = pd.DataFrame({"case_id": ["a", "b"], "group_id": ["p", "q"], "label": [1, 0], "shard": [0, 0]})
PROBABILITIES = np.array([[0.25, 0.75], [0.5, 0.5]], dtype=np.float32)


def test_probabilities_stand_beside_their_cases_under_their_class(tmp_path: Path) -> None:
    as_predictions(INDEX, PROBABILITIES, ("no", "yes")).to_parquet(tmp_path / "p.parquet")
    table = read_predictions(tmp_path / "p.parquet", ("no", "yes"))
    assert list(table.columns) == ["case_id", "group_id", "label", "probability_no", "probability_yes"]
    np.testing.assert_array_equal(probabilities_of(table), PROBABILITIES)


def test_predictions_of_other_classes_are_refused(tmp_path: Path) -> None:
    as_predictions(INDEX, PROBABILITIES, ("no", "yes")).to_parquet(tmp_path / "p.parquet")
    with pytest.raises(DataError) as caught:
        read_predictions(tmp_path / "p.parquet", ("no", "maybe"))
    assert caught.value.why == "no column probability_maybe"


def test_a_split_that_lacks_a_class_says_which() -> None:
    require_classes([0, 1, 2, 1], ("a", "b", "c"), "test")
    with pytest.raises(DataError, match="the test split cannot be scored") as caught:
        require_classes([1, 1], ("a", "b", "c"), "test")
    assert caught.value.why == "it holds no case of class a, c"
