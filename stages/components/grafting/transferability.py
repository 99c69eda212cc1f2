"""Scores that guess from frozen features how well a source will transfer; a hint, and no more.

None of them estimated reliably how models did on medical targets (Chaves et al. 2023, "The performance
of transferability metrics does not translate to medical tasks", arXiv 2308.07444).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_RATIOS = np.logspace(-12, 4, 161)


def log_evidence(features: NDArray[np.floating], labels: NDArray[np.int64]) -> float:
    """Gives LogME (You et al. 2021, "LogME: practical assessment of pre-trained models").

    It is the log marginal likelihood per case of a Bayesian linear model of each class against the
    rest, at the best precisions of weights (alpha) and noise (beta), averaged over the classes. Where
    the paper iterates on both, beta is solved for here, and alpha / beta is searched alone.

    Args:
        features: Shape (cases, width).
        labels: Class of each case, shape (cases,); at least two classes.
    """
    left, singular, _ = np.linalg.svd(features.astype(np.float64), full_matrices=False)
    spectrum = singular**2
    # Features in float32 decide nothing below the least of these, and a perfect fit stays finite.
    ratios = _RATIOS * max(float(spectrum.max(initial=0.0)), np.finfo(np.float64).tiny)
    return float(np.mean([_evidence(left, spectrum, labels == k, ratios) for k in np.unique(labels)]))


def _evidence(left: Floats, spectrum: Floats, truth: NDArray[np.bool_], ratios: Floats) -> float:
    """Gives the evidence per case of one class at its best ratio of the precisions.

    Args:
        left: Left singular vectors of the features, shape (cases, rank).
        spectrum: Squares of the singular values.
        truth: Whether each case is of the class.
        ratios: Values of alpha / beta to search, rising.
    """
    from scipy.optimize import minimize_scalar

    along = (left.T @ truth) ** 2
    beside = max(0.0, float(truth.sum() - along.sum()))
    cases = len(truth)

    def loss(log_ratio: Floats | float) -> Floats:
        ratio = np.exp(np.asarray(log_ratio))[..., None]
        error = beside + (along * ratio / (ratio + spectrum)).sum(axis=-1)
        noise = np.log(np.maximum(error, np.finfo(np.float64).tiny) / cases)
        volume = np.log1p(spectrum / ratio).sum(axis=-1)
        lost: Floats = 0.5 * (np.log(2 * np.pi) + 1 + noise + volume / cases)
        return lost

    grid = np.log(ratios)
    losses = loss(grid)
    best = int(losses.argmin())
    around = grid[max(0, best - 1)], grid[min(len(grid) - 1, best + 1)]
    found = minimize_scalar(loss, bounds=around, method="bounded", options={"xatol": 1e-6})
    return -min(float(losses[best]), float(found.fun))


def shrunk_h_score(features: NDArray[np.floating], labels: NDArray[np.int64]) -> float:
    """Gives the H-score (Bao et al. 2019) with a shrunk covariance (Ibrahim et al. 2021).

    The trace of (1 - s) cov(f)^-1 cov(E[f|y]), where cov(f) is the estimate of Ledoit and Wolf with
    shrinkage s. The plain one inverts a covariance that is singular whenever cases are fewer than
    features, as they are here.

    Args:
        features: Shape (cases, width).
        labels: Class of each case, shape (cases,).

    Returns:
        From 0 (the classes have equal means) to classes - 1.
    """
    from sklearn.covariance import ledoit_wolf_shrinkage

    centred = features.astype(np.float64)
    centred = centred - centred.mean(axis=0)
    shrinkage = ledoit_wolf_shrinkage(centred, assume_centered=True)
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    variances = singular**2 / len(labels)
    # The class means lie in the span of the features, whose axes diagonalise the shrunk covariance too.
    shrunk = (1 - shrinkage) * variances + shrinkage * variances.sum() / features.shape[1]
    classes, counts = np.unique(labels, return_counts=True)
    means = np.stack([centred[labels == k].mean(axis=0) for k in classes]) @ axes.T
    between = counts @ means**2 / len(labels)
    seen = shrunk > shrunk.max() * np.finfo(np.float64).eps
    return float((1 - shrinkage) * (between[seen] / shrunk[seen]).sum())


def expected_likelihood(source: Floats, labels: NDArray[np.int64]) -> float:
    """Gives LEEP (Nguyen et al. 2020, "LEEP: a new measure to evaluate transferability").

    The mean log-likelihood of the labels when a class of the source is drawn from its prediction, and
    then the target's class from what goes with that class among the cases.

    Args:
        source: Probabilities of the source's classes, shape (cases, source classes).
        labels: The target's class of each case, shape (cases,).

    Returns:
        At most 0.
    """
    classes, index = np.unique(labels, return_inverse=True)
    joint = np.eye(len(classes))[index].T @ source / len(labels)
    marginal = joint.sum(axis=0)
    # A class of the source that no case resembles goes with nothing.
    given = np.divide(joint, marginal, out=np.zeros_like(joint), where=marginal > 0)
    likelihood = (given[index] * source).sum(axis=1)
    return float(np.log(likelihood).mean())


def source_probabilities(features: NDArray[np.floating], weight: Floats, bias: Floats) -> Floats:
    """Gives the softmax of the source's own linear head, shape (cases, source classes).

    Args:
        features: Shape (cases, width).
        weight: Shape (source classes, width).
        bias: Shape (source classes,).
    """
    from scipy.special import softmax

    probabilities: Floats = softmax(features.astype(np.float64) @ weight.T + bias, axis=1)
    return probabilities
