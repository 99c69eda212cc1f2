"""Gradient-boosted trees on records: the control that whoever works with tables would ask for.

scikit-learn's histogram trees take what is missing, and categories, as they are. Like the strategies,
they are tuned on validation alone, over the same seeds. They are fitted anew for each evaluation and not
kept: nobody predicts with them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from stages.components.prediction.threshold import choose_threshold
from stages.components.scores.boosted_scores import BoostedChoice, defined_scores, score_boosted
from stages.components.scores.comparison import Comparison
from stages.components.tasks.choice import objective_of
from stages.components.training.budget import within_budget
from stages.contracts.predictions import as_predictions, said_of
from stages.contracts.prepared import PreparedCases
from stages.contracts.scores import Boosting, BoostingSettings
from stages.contracts.task import side_of

SETTINGS = tuple(
    BoostingSettings(trees=trees, smallest_leaf=leaf) for trees, leaf in itertools.product((30, 100), (5, 20))
)
Trees = Any
"""scikit-learn tells no types."""
_MOST = 255
"""Values of a category; with more, its codes are taken for numbers."""


@dataclass(frozen=True)
class Boosted:
    """The control and what it said.

    Attributes:
        record: Settings and scores.
        tables: Test predictions by seed.
    """

    record: Boosting
    tables: dict[int, pd.DataFrame]


def boost(
    learned: PreparedCases,
    test: PreparedCases,
    comparison: Comparison,
    budget: int | None,
    metric: str,
    confidence: float,
) -> Boosted:
    """Fits trees to the labelled cases, and scores them on the resamples of the comparison.

    Args:
        learned: Cases of training, and of validation, which decide settings, seed and threshold.
        test: Scored once.
        comparison: Of the networks, on the same test cases.
        budget: Labelled cases that the networks were fine-tuned on; they are chosen again by their names.
        metric: Validation score that decides.
        confidence: Of every interval.
    """
    training, validation = within_budget(learned.only("train"), budget), learned.only("val")
    runs = list(itertools.product(SETTINGS, comparison.seeds))
    with threadpool_limits(1, user_api="openmp"):  # of a few hundred rows, threads only wait for each other
        fitted = {run: _fit(training, *run) for run in runs}
        heard = {run: _predict(trees, validation) for run, trees in fitted.items()}
    best, seed = _choose(heard, comparison, metric)
    threshold = _threshold(heard[best, seed], comparison)
    with threadpool_limits(1, user_api="openmp"):
        tables = {number: _predict(fitted[best, number], test) for number in comparison.seeds}
    chosen = BoostedChoice(best, seed, threshold, len(training.labels))
    record = score_boosted(chosen, tables, comparison, confidence)
    return Boosted(record, tables)


def _fit(training: PreparedCases, settings: BoostingSettings, seed: int) -> Trees:
    facts, records = training.preparation, training.images[:]
    # What nobody measured passes for a category: scikit-learn finds no thresholds among no numbers.
    coded = [f.kind == "category" and len(f.values) <= _MOST for f in facts.features]
    categories = np.isnan(records).all(axis=0) | np.array(coded)
    kind = HistGradientBoostingRegressor if facts.task == "regression" else HistGradientBoostingClassifier
    trees: Trees = kind(
        max_iter=settings.trees,
        min_samples_leaf=settings.smallest_leaf,
        max_features=0.5,
        categorical_features=categories,
        early_stopping=False,
        random_state=seed,
    )
    targets = objective_of(facts.task, facts.classes).targets(training)
    return trees.fit(records, targets.ravel())


def _predict(trees: Trees, cases: PreparedCases) -> pd.DataFrame:
    records, classes = cases.images[:], cases.preparation.classes
    if isinstance(trees, HistGradientBoostingRegressor):
        said = trees.predict(records).astype(np.float32)[:, None]
    else:
        said = np.zeros((len(records), len(classes)), np.float32)
        said[:, trees.classes_] = trees.predict_proba(records)  # a class without a training case stays at 0
    return as_predictions(cases.index, said, classes)


def _choose(
    heard: dict[tuple[BoostingSettings, int], pd.DataFrame], comparison: Comparison, metric: str
) -> tuple[BoostingSettings, int]:
    """Chooses the best mean over the seeds, and then the best seed, as selection does."""
    side = side_of(metric)
    half = None if comparison.reading.positive is None else 0.5
    scores = {
        run: side * defined_scores(comparison.reading.read(table, half)).get(metric, -side * np.inf)
        for run, table in heard.items()
    }
    best = max(SETTINGS, key=lambda one: float(np.mean([scores[one, seed] for seed in comparison.seeds])))
    return best, max(comparison.seeds, key=lambda seed: scores[best, seed])


def _threshold(heard: pd.DataFrame, comparison: Comparison) -> float | None:
    positive = comparison.reading.positive
    if positive is None:
        return None
    truth = (heard["label"] == positive).to_numpy(dtype=bool)
    return choose_threshold(truth, said_of(heard)[:, positive], "youden")
