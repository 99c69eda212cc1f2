from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, roc_auc_score

from stages.components.scores.ranking import rank
from stages.components.scores.scored import Reading
from tests.unit.stages.tables import said

YES = Reading("classes", ("no", "yes"), 1)


def test_the_best_mean_over_the_seeds_comes_first() -> None:
    tables = {
        ("a", "probe", 0): said(quality=0.5, seed=1),
        ("a", "probe", 1): said(quality=0.5, seed=2),
        ("b", "probe", 0): said(quality=3.0, seed=3),
        ("b", "probe", 1): said(quality=3.0, seed=4),
    }
    first, second = rank(tables, YES, "auroc")
    assert (first.source, second.source) == ("b", "a")
    values = [
        roc_auc_score(tables["a", "probe", s]["label"], tables["a", "probe", s]["probability_yes"])
        for s in (0, 1)
    ]
    assert second.scores == pytest.approx({"0": values[0], "1": values[1]})
    assert second.mean == pytest.approx(np.mean(values))
    assert second.deviation == pytest.approx(np.std(values, ddof=1))


def test_one_seed_has_no_deviation() -> None:
    assert rank({("a", "full", 7): said()}, YES, "auroc")[0].deviation == 0.0


def test_equals_are_ordered_by_name_whatever_the_order_of_the_grid() -> None:
    tables = {(source, "full", 0): said(seed=1) for source in ("c", "a", "b")}
    assert [c.source for c in rank(tables, YES, "auroc")] == ["a", "b", "c"]


@pytest.mark.parametrize("positive", [0, 1])
def test_the_metric_is_that_of_the_positive_class(positive: int) -> None:
    table = said(seed=4)
    (found,) = rank({("a", "full", 0): table}, Reading("classes", ("no", "yes"), positive), "auprc")
    (other,) = rank({("a", "full", 0): table}, Reading("classes", ("no", "yes"), 1 - positive), "auprc")
    assert found.mean != other.mean


def test_accuracy_of_several_classes_is_that_of_the_likeliest_one() -> None:
    table = said(classes=("a", "b", "c"), seed=2)
    (found,) = rank({("x", "full", 0): table}, Reading("classes", ("a", "b", "c")), "accuracy")
    called = table[["probability_a", "probability_b", "probability_c"]].to_numpy().argmax(axis=1)
    assert found.mean == pytest.approx(accuracy_score(table["label"], called))
    assert isinstance(table, pd.DataFrame)
