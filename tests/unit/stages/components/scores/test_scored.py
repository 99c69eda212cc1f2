"""Scores of grades, labels and numbers against scikit-learn's and scipy's, weighted as by repetition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from stages.components.scores.grade_scores import Graded
from stages.components.scores.label_scores import Labelled
from stages.components.scores.number_scores import Measured
from stages.components.scores.scored import Scored

DRAWS = np.random.default_rng(0)
GRADES, LABELS = DRAWS.integers(0, 4, 60), DRAWS.random((60, 3)) < 0.4
BELIEFS, PRESENCES = DRAWS.dirichlet(np.ones(4), 60), DRAWS.random((60, 3))
TRUTH = DRAWS.normal(1e4, 3, 60)
PREDICTED = TRUTH + DRAWS.normal(0, 2, 60)


def plain(said: Scored) -> dict[str, float]:
    return {name: float(value[0]) for name, value in said.score(np.ones((1, said.cases))).items()}


def test_grades_are_scored_as_by_scikit_learn() -> None:
    said = Graded(GRADES, BELIEFS)
    scores, called = plain(said), said.called()
    assert scores["quadratic_kappa"] == pytest.approx(
        sk.cohen_kappa_score(GRADES, called, weights="quadratic")
    )
    assert scores["grade_error"] == pytest.approx(sk.mean_absolute_error(GRADES, called))
    assert scores["auroc"] == pytest.approx(sk.roc_auc_score(GRADES, BELIEFS, multi_class="ovr"))


def test_a_grade_is_called_by_the_median() -> None:
    beliefs = np.array([[0.4, 0.3, 0.3], [0.6, 0.0, 0.4], [0.1, 0.2, 0.7]])
    assert Graded(np.zeros(3, np.int64), beliefs).called().tolist() == [1, 0, 2]


def test_labels_are_scored_as_by_scikit_learn() -> None:
    scores = plain(Labelled(LABELS, PRESENCES))
    assert scores["auroc"] == pytest.approx(sk.roc_auc_score(LABELS, PRESENCES, average="macro"))
    assert scores["auprc"] == pytest.approx(sk.average_precision_score(LABELS, PRESENCES, average="macro"))
    assert scores["exact_match"] == pytest.approx(sk.accuracy_score(LABELS, PRESENCES >= 0.5))
    assert scores["accuracy"] == pytest.approx(1 - sk.hamming_loss(LABELS, PRESENCES >= 0.5))


def test_a_label_that_all_cases_have_does_not_count() -> None:
    present = LABELS.copy()
    present[:, 2] = True
    expected = sk.roc_auc_score(LABELS[:, :2], PRESENCES[:, :2], average="macro")
    assert plain(Labelled(present, PRESENCES))["auroc"] == pytest.approx(expected)
    assert np.isnan(plain(Labelled(np.ones_like(LABELS), PRESENCES))["auroc"])


def test_numbers_are_scored_as_by_scikit_learn() -> None:
    scores = plain(Measured(TRUTH, PREDICTED))
    assert scores["rmse"] == pytest.approx(sk.root_mean_squared_error(TRUTH, PREDICTED))
    assert scores["mae"] == pytest.approx(sk.mean_absolute_error(TRUTH, PREDICTED))
    assert scores["r2"] == pytest.approx(sk.r2_score(TRUTH, PREDICTED))
    assert scores["pearson"] == pytest.approx(stats.pearsonr(TRUTH, PREDICTED).statistic)


def test_what_is_not_defined_is_no_number() -> None:
    alike = plain(Measured(np.full(5, 7.0), np.arange(5.0)))
    assert np.isnan(alike["r2"])
    assert np.isnan(alike["pearson"])
    assert alike["mae"] == pytest.approx(5.0)
    assert np.isnan(plain(Graded(np.ones(5, np.int64), np.eye(4)[[1] * 5]))["quadratic_kappa"])


@pytest.mark.parametrize("kind", ["grades", "labels", "numbers"])
def test_a_weight_counts_as_a_repetition(kind: str) -> None:
    def said(rows: np.ndarray) -> Scored:
        if kind == "grades":
            return Graded(GRADES[rows], BELIEFS[rows])
        if kind == "labels":
            return Labelled(LABELS[rows], PRESENCES[rows])
        return Measured(TRUTH[rows], PREDICTED[rows])

    weights = np.random.default_rng(1).integers(0, 3, (2, 60))
    scores = said(np.arange(60)).score(weights.astype(np.float64))
    for number, repeated in enumerate(weights):
        expected = plain(said(np.repeat(np.arange(60), repeated)))
        assert {name: float(value[number]) for name, value in scores.items()} == pytest.approx(expected)
