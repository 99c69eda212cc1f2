"""Scores of probabilities for many weightings of the cases at once.

A bootstrap draws thousands of weightings; with scikit-learn in a loop it takes ten times as long.
The tests hold every figure against scikit-learn's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
METRICS = ("auroc", "auprc", "accuracy", "balanced_accuracy", "sensitivity", "specificity", "brier")


@dataclass(frozen=True)
class Predictions:
    """What a model said of some cases.

    Attributes:
        labels: Class indices, shape (cases,).
        probabilities: Shape (cases, classes), rows adding up to 1.
        positive: Index of the positive class of a task with two classes; None for several.
        threshold: Probability of the positive class at which a case is called positive.
    """

    labels: NDArray[np.int64]
    probabilities: Floats
    positive: int | None
    threshold: float | None

    @property
    def cases(self) -> int:
        """How many."""
        return len(self.labels)

    def score(self, weights: Floats) -> dict[str, Floats]:
        """Gives every metric for every weighting; see `score`."""
        return score(self, weights)

    def called(self) -> NDArray[np.int64]:
        """Gives the class that each case is called."""
        if self.positive is None or self.threshold is None:
            likeliest: NDArray[np.int64] = self.probabilities.argmax(axis=1)
            return likeliest
        above = self.probabilities[:, self.positive] >= self.threshold
        return np.where(above, self.positive, 1 - self.positive)


def score(predictions: Predictions, weights: Floats) -> dict[str, Floats]:
    """Gives every metric for every weighting.

    With two classes, sensitivity and specificity are those of the positive class. With several,
    each is the mean over the classes, one against the rest, as are AUROC and AUPRC.

    Args:
        predictions: Labels and probabilities of the cases.
        weights: Shape (weightings, cases); a row of ones is the plain metric.

    Returns:
        Shape (weightings,) for each name in `METRICS`; NaN where a weighting lacks a class.
    """
    labels, classes = predictions.labels, predictions.probabilities.shape[1]
    chosen = [predictions.positive] if predictions.positive is not None else list(range(classes))
    truths = [(labels == k).astype(np.float64) for k in chosen]
    ranks = [
        rank_scores(t, predictions.probabilities[:, k], weights) for t, k in zip(truths, chosen, strict=True)
    ]
    called = predictions.called()
    hits = [
        _hit_rates(t, (called == k).astype(np.float64), weights) for t, k in zip(truths, chosen, strict=True)
    ]
    sensitivity = np.mean([s for s, _ in hits], axis=0)
    specificity = np.mean([s for _, s in hits], axis=0)
    balanced = (sensitivity + specificity) / 2 if predictions.positive is not None else sensitivity
    total = weights.sum(axis=1)
    return {
        "auroc": np.mean([roc for roc, _ in ranks], axis=0),
        "auprc": np.mean([precision for _, precision in ranks], axis=0),
        "accuracy": weights @ (called == labels) / total,
        "balanced_accuracy": balanced,
        "sensitivity": sensitivity,
        "specificity": specificity,
        "brier": weights @ _brier(predictions) / total,
    }


def _brier(predictions: Predictions) -> Floats:
    """Gives each case's squared error: of the positive class's probability, or summed over several."""
    if predictions.positive is not None:
        truth = (predictions.labels == predictions.positive).astype(np.float64)
        error: Floats = (predictions.probabilities[:, predictions.positive] - truth) ** 2
        return error
    one_hot = np.eye(predictions.probabilities.shape[1])[predictions.labels]
    errors: Floats = ((predictions.probabilities - one_hot) ** 2).sum(axis=1)
    return errors


def rank_scores(truth: Floats, scores: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Gives AUROC (Mann-Whitney, ties count half) and average precision, per weighting.

    Args:
        truth: 1 for a positive case and 0 for another, shape (cases,).
        scores: Higher for likelier positives, shape (cases,).
        weights: Shape (weightings, cases).
    """
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    positives = np.add.reduceat((weights * truth)[:, order], starts, axis=1)
    negatives = np.add.reduceat((weights * (1 - truth))[:, order], starts, axis=1)
    above = np.cumsum(positives, axis=1)
    below = np.cumsum(negatives, axis=1)
    pairs = above[:, -1] * below[:, -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        auroc = (negatives * (above - positives / 2)).sum(axis=1) / pairs
        precision = np.where(above + below > 0, above / (above + below), 0.0)
        auprc = (positives * precision).sum(axis=1) / above[:, -1]
    lacking = pairs == 0
    return np.where(lacking, np.nan, auroc), np.where(lacking, np.nan, auprc)


def _hit_rates(truth: Floats, called: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Gives sensitivity and specificity, per weighting."""
    with np.errstate(divide="ignore", invalid="ignore"):
        sensitivity = (weights @ (truth * called)) / (weights @ truth)
        specificity = (weights @ ((1 - truth) * (1 - called))) / (weights @ (1 - truth))
    return sensitivity, specificity
