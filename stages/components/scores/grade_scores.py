"""Scores of ordered classes: those of classes, and how far off a grade is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stages.components.scores.scoring import Predictions

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Graded:
    """What a model said of grades.

    Attributes:
        labels: Grades from 0, shape (cases,).
        probabilities: Shape (cases, grades), rows adding up to 1.
    """

    labels: NDArray[np.int64]
    probabilities: Floats

    @property
    def cases(self) -> int:
        """How many."""
        return len(self.labels)

    def called(self) -> NDArray[np.int64]:
        """Gives the median grade of each case: the one that errs by the fewest grades on average."""
        median: NDArray[np.int64] = (self.probabilities.cumsum(axis=1) < 0.5).sum(axis=1)
        return median.clip(max=self.probabilities.shape[1] - 1)

    def score(self, weights: Floats) -> dict[str, Floats]:
        """Gives Cohen's kappa with quadratic weights, the mean error in grades, and the scores of classes."""
        called, total = self.called(), weights.sum(axis=1)
        return {
            "quadratic_kappa": self._kappa(called, weights),
            "grade_error": weights @ np.abs(called - self.labels) / total,
            **Predictions(self.labels, self.probabilities, None, None).score(weights),
        }

    def _kappa(self, called: NDArray[np.int64], weights: Floats) -> Floats:
        grades = np.arange(self.probabilities.shape[1])
        true, said = self.labels[:, None] == grades, called[:, None] == grades
        apart = (grades[:, None] - grades) ** 2
        observed = weights @ ((called - self.labels) ** 2).astype(np.float64)
        expected = np.einsum("wi,ij,wj->w", weights @ true, apart, weights @ said) / weights.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(expected > 0, 1 - observed / expected, np.nan)
