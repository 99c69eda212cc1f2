"""Scores of sets of labels, each a mean over the labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stages.components.scores.scoring import rank_scores

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Labelled:
    """What a model said of sets of labels.

    Attributes:
        present: Whether a case has a label, shape (cases, labels).
        probabilities: That it has, of the same shape.
    """

    present: NDArray[np.bool_]
    probabilities: Floats

    @property
    def cases(self) -> int:
        """How many."""
        return len(self.present)

    def score(self, weights: Floats) -> dict[str, Floats]:
        """Gives AUROC and AUPRC (a label that all cases of a weighting have, or none, does not count),
        the share of right answers at one half, that of sets without an error, and the Brier score.
        """
        truth, total = self.present.astype(np.float64), weights.sum(axis=1)
        ranks = [rank_scores(truth[:, k], self.probabilities[:, k], weights) for k in range(truth.shape[1])]
        right = (self.probabilities >= 0.5) == self.present
        return {
            "auroc": _mean_of_known([roc for roc, _ in ranks]),
            "auprc": _mean_of_known([precision for _, precision in ranks]),
            "accuracy": weights @ right.mean(axis=1) / total,
            "exact_match": weights @ right.all(axis=1) / total,
            "brier": weights @ ((self.probabilities - truth) ** 2).mean(axis=1) / total,
        }


def _mean_of_known(scores: list[Floats]) -> Floats:
    stacked = np.stack(scores)
    known = np.isfinite(stacked)
    counts = known.sum(axis=0)
    mean: Floats = np.where(known, stacked, 0).sum(axis=0) / np.maximum(counts, 1)
    return np.where(counts > 0, mean, np.nan)
