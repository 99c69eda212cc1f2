from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stages.components.scores.boosting import SETTINGS, Boosted, boost
from stages.components.scores.comparison import Comparison, compare_models
from stages.contracts.predictions import as_predictions
from stages.contracts.prepared import PreparedCases
from stages.contracts.scores import Chosen
from stages.contracts.task import METRICS_OF, Task
from tests.unit.stages.small_records import records_of

CHOSEN = Chosen(source="s", strategy="full", seed=1, threshold=0.5)
CASES = records_of({"train": 80, "val": 30, "test": 40})


def of_task(task: Task) -> PreparedCases:
    classes = {"classes": ("no", "yes"), "ordinal": ("0", "1")}.get(task, ())
    preparation = CASES.preparation.model_copy(update={"task": task, "classes": classes})
    index = CASES.index.assign(target=CASES.index["label"].astype(str))
    return replace(CASES, preparation=preparation, index=index)


def compared(test: PreparedCases) -> Comparison:
    """Two networks that know nothing, of seeds 1 and 2."""
    classes, draws = test.preparation.classes, np.random.default_rng(0)
    said = draws.random((len(test.labels), len(classes) or 1)).astype(np.float32)
    tables = {seed: as_predictions(test.index, said, classes) for seed in (1, 2)}
    both = {"selected": tables, "scratch": tables}
    positive = "yes" if "yes" in classes else None
    return compare_models(both, dict.fromkeys(both, CHOSEN), positive, test, 100, 0)


def boosted(task: Task = "classes", cases: PreparedCases | None = None, budget: int | None = None) -> Boosted:
    cases = cases or of_task(task)
    learned = cases.take(np.flatnonzero(cases.index["split"] != "test"))
    test = cases.only("test")
    return boost(learned, test, compared(test), budget, METRICS_OF[task][0], 0.95)


@pytest.mark.parametrize("task", ["classes", "ordinal", "regression"])
def test_every_task_of_records_has_its_control(task: Task) -> None:
    found = boosted(task)
    metric = METRICS_OF[task][0]
    assert set(METRICS_OF[task]) <= set(found.record.scores)
    better = found.record.difference[metric]
    assert better.low > 0 if metric == "rmse" else better.high < 0  # than networks that know nothing
    assert set(found.record.seeds) == {"1", "2"} and set(found.tables) == {1, 2}


def test_the_same_cases_give_the_same_control() -> None:
    assert boosted().record == boosted().record


def test_the_labels_are_those_of_the_budget() -> None:
    assert boosted(budget=20).record.training_cases == 20
    assert boosted().record.training_cases == 80


def test_labels_of_the_test_change_neither_settings_nor_predictions() -> None:
    cases = of_task("classes")
    turned = cases.index["label"].where(cases.index["split"] != "test", 1 - cases.index["label"])
    before, after = boosted(), boosted(cases=replace(cases, index=cases.index.assign(label=turned)))
    assert (before.record.settings, before.record.threshold) == (
        after.record.settings,
        after.record.threshold,
    )
    for seed, table in before.tables.items():
        assert table["probability_yes"].equals(after.tables[seed]["probability_yes"])


def test_too_few_cases_for_a_split_leave_scores_undefined_and_not_the_run_undone() -> None:
    record = boosted("regression", budget=6).record
    assert "pearson" not in record.scores
    assert record.settings in SETTINGS
    assert "rmse" in record.scores


def test_a_feature_that_only_the_test_has_measured_changes_nothing() -> None:
    cases = of_task("classes")
    values = cases.images[:].copy()
    values[(cases.index["split"] != "test").to_numpy(), 1] = np.nan
    before = boosted(cases=replace(cases, images=values))
    values = values.copy()
    values[:, 1] = np.where(np.isnan(values[:, 1]), np.nan, 240)
    assert boosted(cases=replace(cases, images=values)).tables[1].equals(before.tables[1])
