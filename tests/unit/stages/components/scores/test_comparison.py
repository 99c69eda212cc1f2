from __future__ import annotations

import numpy as np
import pytest

from stages.components.scores.comparison import compare_models
from stages.components.scores.scoring import Predictions
from stages.contracts.scores import Chosen
from tests.unit.stages.small import cases_of
from tests.unit.stages.tables import planted

CASES = cases_of({"test": (20, 20)})
TABLES = {
    "selected": {0: planted(CASES, 2.0, 1), 1: planted(CASES, 0.0, 2)},
    "scratch": {0: planted(CASES, 0.5, 3), 1: planted(CASES, 0.5, 4)},
}


def chosen(seed: int = 0, threshold: float | None = 0.5) -> dict[str, Chosen]:
    return {
        role: Chosen(source="s", strategy=role, seed=seed, threshold=threshold)
        for role in ("selected", "scratch")
    }


def test_both_models_see_the_same_resamples_of_the_same_cases() -> None:
    same = {"selected": TABLES["selected"], "scratch": TABLES["selected"]}
    found = compare_models(same, chosen(), "yes", CASES, 100, 0)
    for name, values in found.drawn["selected"].items():
        np.testing.assert_array_equal(values, found.drawn["scratch"][name])


def test_only_the_chosen_seed_decides() -> None:
    one, other = (compare_models(TABLES, chosen(seed), "yes", CASES, 100, 0) for seed in (0, 1))
    assert one.values["selected"]["auroc"] > other.values["selected"]["auroc"] + 0.2


def test_the_positive_class_is_found_by_its_name() -> None:
    no, yes = (compare_models(TABLES, chosen(), name, CASES, 100, 0) for name in ("no", "yes"))
    assert (no.reading.positive, yes.reading.positive) == (0, 1)
    assert no.values["selected"]["sensitivity"] == pytest.approx(yes.values["selected"]["specificity"])


def test_each_model_has_its_own_threshold() -> None:
    both = chosen() | {"scratch": Chosen(source="s", strategy="scratch", seed=0, threshold=1.0)}
    found = compare_models(TABLES, both, "yes", CASES, 100, 0)
    assert found.values["scratch"]["sensitivity"] == 0
    assert found.values["selected"]["sensitivity"] > 0.5
    read = found.read(TABLES["scratch"][1], "scratch")
    assert isinstance(read, Predictions)
    assert read.threshold == 1.0
