"""The scores against slow, literal forms of their papers' formulas, and against what they must do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.covariance import LedoitWolf

from stages.components.grafting.transferability import (
    expected_likelihood,
    log_evidence,
    shrunk_h_score,
    source_probabilities,
)

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


def made(cases: int, width: int, classes: int, strength: float, seed: int = 0) -> tuple[Floats, Labels]:
    """Gives features whose class means are `strength` apart, and the labels."""
    draws = np.random.default_rng(seed)
    labels = np.arange(cases) % classes
    means = draws.normal(size=(classes, width)) * strength
    return draws.normal(size=(cases, width)) + means[labels] + 1, labels


def rotation(width: int, seed: int = 0) -> Floats:
    turned, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(width, width)))
    return turned


def literal_log_evidence(features: Floats, labels: Labels) -> float:
    """You et al. 2021, equations 2 to 4 and algorithm 1: matrices inverted, alpha and beta iterated."""
    cases, width = features.shape
    evidences = []
    for label in np.unique(labels):
        y = (labels == label).astype(float)
        alpha = beta = 1.0
        for _ in range(5000):
            precision = alpha * np.eye(width) + beta * features.T @ features
            mean = beta * np.linalg.inv(precision) @ features.T @ y
            error = ((features @ mean - y) ** 2).sum()
            gamma = sum(beta * s / (alpha + beta * s) for s in np.linalg.svd(features, compute_uv=False) ** 2)
            alpha, beta = gamma / (mean @ mean), (cases - gamma) / error
        precision = alpha * np.eye(width) + beta * features.T @ features
        mean = beta * np.linalg.inv(precision) @ features.T @ y
        error = ((features @ mean - y) ** 2).sum()
        evidences.append(
            cases / 2 * np.log(beta)
            + width / 2 * np.log(alpha)
            - cases / 2 * np.log(2 * np.pi)
            - beta / 2 * error
            - alpha / 2 * mean @ mean
            - np.linalg.slogdet(precision)[1] / 2
        )
    return float(np.mean(evidences) / cases)


def literal_h_score(features: Floats, labels: Labels) -> float:
    """Ibrahim et al. 2021: tr(cov_s(f)^-1 (1 - s) cov(E[f|y])), each matrix written out."""
    fitted = LedoitWolf().fit(features)
    expected = np.stack([features[labels == label].mean(axis=0) for label in labels])
    between = np.cov(expected, rowvar=False, ddof=0)
    return float(np.trace(np.linalg.inv(fitted.covariance_) @ ((1 - fitted.shrinkage_) * between)))


def literal_leep(source: Floats, labels: Labels) -> float:
    """Nguyen et al. 2020, equations 1 and 2, case by case."""
    cases, total = len(labels), 0.0
    for case in range(cases):
        likelihood = 0.0
        for z in range(source.shape[1]):
            joint = sum(source[i, z] for i in range(cases) if labels[i] == labels[case]) / cases
            marginal = sum(source[i, z] for i in range(cases)) / cases
            likelihood += joint / marginal * source[case, z]
        total += np.log(likelihood)
    return float(total / cases)


@pytest.mark.parametrize(
    ("cases", "width", "classes", "strength"),
    [(60, 5, 2, 0.5), (40, 8, 3, 1.0), (20, 30, 2, 0.6)],
)
def test_log_evidence_is_that_of_the_papers_iteration(
    cases: int, width: int, classes: int, strength: float
) -> None:
    features, labels = made(cases, width, classes, strength)
    expected = literal_log_evidence(features, labels)
    assert log_evidence(features, labels) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("cases", "width", "classes"), [(60, 5, 2), (40, 8, 3), (20, 30, 4)])
def test_the_h_score_is_the_papers(cases: int, width: int, classes: int) -> None:
    features, labels = made(cases, width, classes, 0.7)
    assert shrunk_h_score(features, labels) == pytest.approx(literal_h_score(features, labels), abs=1e-9)


@pytest.mark.parametrize("classes", [2, 3])
def test_leep_is_the_papers(classes: int) -> None:
    draws = np.random.default_rng(1)
    source = draws.dirichlet(np.full(7, 0.4), size=25)
    labels = draws.integers(0, classes, size=25)
    assert expected_likelihood(source, labels) == pytest.approx(literal_leep(source, labels), abs=1e-12)


@pytest.mark.parametrize("score", [log_evidence, shrunk_h_score])
def test_clearer_classes_score_higher(score: object) -> None:
    assert callable(score)
    scores = [score(*made(80, 10, 2, strength)) for strength in (0.0, 0.3, 0.6, 1.2)]
    assert scores == sorted(scores)
    assert scores[-1] - scores[0] > 0.3


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 1000), width=st.sampled_from([4, 40]))
def test_a_rotation_and_a_scale_of_the_features_change_nothing(seed: int, width: int) -> None:
    features, labels = made(24, width, 3, 0.5, seed)
    turned = 7.0 * features @ rotation(width, seed)
    assert log_evidence(turned, labels) == pytest.approx(log_evidence(features, labels), abs=1e-6)
    assert shrunk_h_score(turned, labels) == pytest.approx(shrunk_h_score(features, labels), abs=1e-6)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 1000))
def test_neither_the_order_of_the_cases_nor_the_names_of_the_classes_matter(seed: int) -> None:
    features, labels = made(24, 6, 3, 0.5, seed)
    order = np.random.default_rng(seed).permutation(24)
    renamed = np.array([5, 0, 9])[labels]
    for score in (log_evidence, shrunk_h_score):
        assert score(features[order], renamed[order]) == pytest.approx(score(features, labels), abs=1e-6)


@pytest.mark.parametrize("width", [3, 200])
def test_the_h_score_stays_between_zero_and_the_classes_less_one(width: int) -> None:
    for strength in (0.0, 1.0, 50.0):
        assert 0 <= shrunk_h_score(*made(30, width, 3, strength)) <= 2


def test_leep_is_zero_for_a_source_that_knows_the_classes_and_their_entropy_for_one_that_knows_nothing() -> (
    None
):
    labels = np.array([0, 0, 0, 1])
    assert expected_likelihood(np.eye(2)[labels], labels) == pytest.approx(0.0)
    entropy = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert expected_likelihood(np.full((4, 3), 1 / 3), labels) == pytest.approx(-entropy)


def test_a_source_class_that_no_case_resembles_changes_nothing() -> None:
    source, labels = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]), np.array([0, 1, 1])
    wider = np.column_stack([source, np.zeros(3)])
    assert expected_likelihood(wider, labels) == expected_likelihood(source, labels)


@pytest.mark.parametrize("features", [np.zeros((6, 4)), np.ones((6, 4)), np.eye(2)[[0, 1] * 3]])
def test_features_without_noise_give_finite_scores(features: Floats) -> None:
    labels = np.array([0, 1] * 3)
    assert np.isfinite(log_evidence(features, labels))
    assert np.isfinite(shrunk_h_score(features, labels))


def test_the_source_s_head_is_applied_to_the_features() -> None:
    features = np.array([[1.0, 2.0], [0.0, -1.0]], dtype=np.float32)
    weight, bias = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([0.0, 0.5, -1.0])
    logits = features @ weight.T + bias
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(source_probabilities(features, weight, bias), expected)
    huge = source_probabilities(features * 1e4, weight, bias)
    np.testing.assert_allclose(huge.sum(axis=1), 1)
