"""Every figure against scikit-learn's."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics as sk

from stages.components.scores.scoring import METRICS, Predictions, score

Floats = NDArray[np.float64]


@st.composite
def predictions(draw: st.DrawFn, classes: int) -> Predictions:
    """Probabilities of few distinct values, so that many tie; every class has a case."""
    labels = draw(st.lists(st.integers(0, classes - 1), min_size=classes, max_size=25))
    assume(len(set(labels)) == classes)
    levels = draw(st.integers(2, 12))
    raw = draw(
        st.lists(
            st.tuples(*[st.integers(0, levels)] * classes).filter(any),
            min_size=len(labels),
            max_size=len(labels),
        )
    )
    probabilities = np.array(raw, dtype=np.float64)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    if classes > 2:
        return Predictions(np.array(labels), probabilities, None, None)
    positive = draw(st.integers(0, 1))
    threshold = draw(st.sampled_from([0.25, 0.5, 0.7]))
    return Predictions(np.array(labels), probabilities, positive, threshold)


def by_scikit_learn(said: Predictions) -> dict[str, float]:
    labels, called = said.labels, said.called()
    if said.positive is not None:
        truth, scores = labels == said.positive, said.probabilities[:, said.positive]
        rates = {
            "auroc": sk.roc_auc_score(truth, scores),
            "auprc": sk.average_precision_score(truth, scores),
            "sensitivity": sk.recall_score(labels, called, pos_label=said.positive),
            "specificity": sk.recall_score(labels, called, pos_label=1 - said.positive),
            "brier": sk.brier_score_loss(truth, scores),
        }
    else:
        classes = said.probabilities.shape[1]
        one_hot = np.eye(classes)[labels]
        rates = {
            "auroc": np.mean(
                [sk.roc_auc_score(one_hot[:, k], said.probabilities[:, k]) for k in range(classes)]
            ),
            "auprc": sk.average_precision_score(one_hot, said.probabilities, average="macro"),
            "sensitivity": sk.recall_score(labels, called, average="macro"),
            "specificity": np.mean(
                [sk.recall_score(labels != k, called != k, zero_division=0) for k in range(classes)]
            ),
            "brier": np.mean(((said.probabilities - one_hot) ** 2).sum(axis=1)),
        }
    return rates | {
        "accuracy": sk.accuracy_score(labels, called),
        "balanced_accuracy": sk.balanced_accuracy_score(labels, called),
    }


def plain(said: Predictions) -> dict[str, float]:
    return {name: float(value[0]) for name, value in score(said, np.ones((1, len(said.labels)))).items()}


@pytest.mark.parametrize("classes", [2, 3])
@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_each_metric_is_scikit_learns_ties_included(classes: int, data: st.DataObject) -> None:
    said = data.draw(predictions(classes))
    found, expected = plain(said), by_scikit_learn(said)
    assert set(found) == set(METRICS) == set(expected)
    assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("classes", [2, 3])
@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_a_weighted_case_counts_as_often_as_it_is_repeated(classes: int, data: st.DataObject) -> None:
    said = data.draw(predictions(classes))
    count = len(said.labels)
    weights = np.array(
        data.draw(
            st.lists(
                st.lists(st.integers(0, 3), min_size=count, max_size=count).filter(any),
                min_size=1,
                max_size=4,
            )
        ),
        dtype=np.float64,
    )
    found = score(said, weights)
    for row, weight in enumerate(weights.astype(int)):
        repeated = Predictions(
            said.labels.repeat(weight),
            said.probabilities.repeat(weight, axis=0),
            said.positive,
            said.threshold,
        )
        if len(set(repeated.labels)) < classes:
            assert np.isnan(found["auroc"][row]) and np.isnan(found["auprc"][row])
            continue
        expected = by_scikit_learn(repeated)
        assert {name: values[row] for name, values in found.items()} == pytest.approx(expected, abs=1e-9)


def test_a_weighting_without_a_class_gives_no_warning_and_no_figure() -> None:
    said = Predictions(np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]), 1, 0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = score(said, np.array([[2.0, 0.0]]))
    assert np.isnan(found["auroc"][0]) and np.isnan(found["sensitivity"][0])
    assert found["accuracy"][0] == found["specificity"][0] == 1


def test_the_threshold_decides_what_is_called_and_belongs_to_it() -> None:
    probabilities = np.array([[0.7, 0.3], [0.4, 0.6], [0.5, 0.5]])
    said = Predictions(np.array([0, 1, 1]), probabilities, 1, 0.5)
    assert said.called().tolist() == [0, 1, 1]
    assert Predictions(said.labels, probabilities, 1, 0.55).called().tolist() == [0, 1, 0]
    assert Predictions(said.labels, probabilities, 0, 0.5).called().tolist() == [0, 1, 0]


def test_swapping_the_positive_class_swaps_sensitivity_and_specificity() -> None:
    draws = np.random.default_rng(0)
    probabilities = draws.dirichlet([1, 1], 40)
    labels = draws.integers(0, 2, 40)
    one, other = (plain(Predictions(labels, probabilities, positive, 0.5)) for positive in (0, 1))
    assert (one["sensitivity"], one["specificity"]) == (other["specificity"], other["sensitivity"])
    assert one["auroc"] == pytest.approx(other["auroc"])
