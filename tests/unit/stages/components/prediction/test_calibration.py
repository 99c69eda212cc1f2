from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV, calibration_curve
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import log_loss, roc_auc_score

from stages.components.prediction.calibration import TEMPERATURES, fit_temperature, temper

Floats = NDArray[np.float64]


def made(cases: int, classes: int, sharpness: float, seed: int = 0) -> tuple[Floats, NDArray[np.int64]]:
    """Draws labels from honest probabilities, and gives probabilities `sharpness` times as sure."""
    draws = np.random.default_rng(seed)
    logits = draws.normal(size=(cases, classes)) * 1.5
    honest = softmax(logits, axis=1)
    labels = (honest.cumsum(axis=1) < draws.random((cases, 1))).sum(axis=1)
    return softmax(logits * sharpness, axis=1), labels


def gap(said: Floats, labels: NDArray[np.int64]) -> float:
    """Gives the mean gap between how sure the model is and how often it is right."""
    happened, sure = calibration_curve(said.argmax(axis=1) == labels, said.max(axis=1), n_bins=10)
    return float(np.abs(happened - sure).mean())


class Scorer(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Passes logits through, for scikit-learn to calibrate."""

    def fit(self, logits: Floats, labels: NDArray[np.int64]) -> Scorer:
        self.classes_ = np.unique(labels)
        return self

    def predict(self, logits: Floats) -> NDArray[np.int64]:
        called: NDArray[np.int64] = logits.argmax(axis=1)
        return called

    def decision_function(self, logits: Floats) -> Floats:
        return logits


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("sharpness", [0.4, 1.0, 3.0])
def test_the_temperature_is_how_much_too_sure_the_model_was(classes: int, sharpness: float) -> None:
    assert fit_temperature(*made(20_000, classes, sharpness)) == pytest.approx(sharpness, rel=0.05)


def test_no_other_temperature_makes_the_cases_likelier() -> None:
    said, labels = made(300, 3, 2.5)
    best = fit_temperature(said, labels)
    losses = [log_loss(labels, temper(said, t)) for t in (best * 0.99, best, best * 1.01, 1.0)]
    assert losses[1] == min(losses) < losses[3] - 0.1


def test_it_is_scikit_learn_s_temperature() -> None:
    said, labels = made(400, 3, 2.0)
    logits = np.log(said)
    model = CalibratedClassifierCV(FrozenEstimator(Scorer().fit(logits, labels)), method="temperature")
    expected = model.fit(logits, labels).predict_proba(logits)
    np.testing.assert_allclose(temper(said, fit_temperature(said, labels)), expected, atol=1e-4)


def test_other_cases_are_better_calibrated_too() -> None:
    said, labels = made(500, 3, 3.0, seed=1)
    other, truth = made(5000, 3, 3.0, seed=2)
    before = gap(other, truth)
    after = gap(temper(other, fit_temperature(said, labels)), truth)
    assert after < 0.04
    assert before > 0.15


@given(temperature=st.floats(*TEMPERATURES), seed=st.integers(0, 99))
def test_which_class_is_likeliest_and_how_two_classes_rank_stay(temperature: float, seed: int) -> None:
    said, _ = made(30, 3, 1.0, seed)
    tempered = temper(said, temperature)
    np.testing.assert_allclose(tempered.sum(axis=1), 1)
    np.testing.assert_array_equal(tempered.argmax(axis=1), said.argmax(axis=1))
    two, labels = made(30, 2, 0.5, seed)
    if 0 < labels.sum() < 30:
        ranked = roc_auc_score(labels, temper(two, temperature)[:, 1])
        assert ranked == pytest.approx(roc_auc_score(labels, two[:, 1]), abs=0.01)


def test_a_temperature_of_one_changes_nothing() -> None:
    said, _ = made(50, 4, 1.0)
    np.testing.assert_allclose(temper(said, 1.0), said, atol=1e-12)


def test_cases_that_are_all_called_rightly_set_no_temperature() -> None:
    labels = np.array([0, 1, 1, 0])
    said = np.where(np.eye(2)[labels] == 1, 0.7, 0.3)
    assert fit_temperature(said, labels) == 1.0
    assert fit_temperature(said[:1], labels[:1]) == 1.0


def test_a_model_that_is_worse_than_guessing_is_made_as_unsure_as_can_be() -> None:
    labels = np.array([0, 1, 1, 0])
    said = np.where(np.eye(2)[labels] == 1, 0.1, 0.9)
    assert fit_temperature(said, labels) == pytest.approx(TEMPERATURES[1], rel=1e-4)
    np.testing.assert_allclose(temper(said, TEMPERATURES[1]), 0.5, atol=0.03)


def test_probabilities_that_were_rounded_to_zero_stay_finite() -> None:
    said = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=np.float32)
    temperature = fit_temperature(said, np.array([0, 1, 1, 1]))
    assert TEMPERATURES[0] <= temperature <= TEMPERATURES[1]
    assert np.isfinite(temper(said, temperature)).all()
    assert temper(said, temperature)[1, 1] > 0
