from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stages.components.prediction.ensemble import ensemble, mean_probabilities
from stages.components.scores.ranking import rank
from stages.components.scores.scored import Reading
from stages.contracts.errors import DataError
from stages.contracts.predictions import said_of
from tests.unit.stages.tables import said


def loss(table: pd.DataFrame) -> float:
    chosen = said_of(table)[np.arange(len(table)), table["label"]]
    return float(-np.log(chosen).mean())


def test_the_ensemble_says_the_mean_of_what_its_members_say() -> None:
    tables = {seed: said(1.0, seed) for seed in (0, 1, 2)}
    found = said_of(ensemble(tables))
    np.testing.assert_allclose(found, sum(said_of(table) for table in tables.values()) / 3)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


def test_one_member_is_itself() -> None:
    table = said()
    pd.testing.assert_frame_equal(ensemble({7: table}), table, check_dtype=False)


def test_the_order_in_which_the_seeds_come_changes_no_bit() -> None:
    tables = {seed: said(1.0, seed) for seed in (0, 1, 2)}
    turned = dict(reversed(tables.items()))
    pd.testing.assert_frame_equal(ensemble(turned), ensemble(tables), check_exact=True)


def test_it_loses_no_more_than_its_members_on_average_and_ranks_better() -> None:
    tables = {seed: said(0.7, seed, per_class=60) for seed in range(8)}
    together = ensemble(tables)
    assert loss(together) < np.mean([loss(table) for table in tables.values()])
    tables[99] = together
    reading = Reading("classes", ("no", "yes"), 1)
    scored = rank({("s", "f", seed): table for seed, table in tables.items()}, reading, "auroc")
    scores = scored[0].scores
    assert scores["99"] > max(value for seed, value in scores.items() if seed != "99")


def test_float32_members_are_averaged_in_float64() -> None:
    one = np.array([[1 / 3, 2 / 3]], dtype=np.float32)
    assert mean_probabilities([one, one, one]).dtype == np.float64
    np.testing.assert_array_equal(mean_probabilities([one, one]), one.astype(np.float64))


def test_members_that_predicted_other_cases_or_classes_are_refused() -> None:
    table = said()
    others = {
        "fewer": table.iloc[1:],
        "order": table.iloc[::-1].reset_index(drop=True),
        "labels": table.assign(label=1 - table["label"]),
        "classes": said(classes=("no", "maybe")),
    }
    for other in others.values():
        with pytest.raises(DataError, match="cannot be put together") as caught:
            ensemble({0: table, 3: other})
        assert caught.value.where == "predictions of the seeds 0, 3"
