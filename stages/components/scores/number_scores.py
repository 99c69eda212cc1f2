"""Scores of predicted numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """What a model said of numbers.

    Attributes:
        truth: Shape (cases,).
        predicted: Of the same shape, in the same units.
    """

    truth: Floats
    predicted: Floats

    @property
    def cases(self) -> int:
        """How many."""
        return len(self.truth)

    def score(self, weights: Floats) -> dict[str, Floats]:
        """Gives errors in the units of the numbers, the variance explained, and Pearson's correlation."""
        shares = weights / weights.sum(axis=1, keepdims=True)
        error = self.predicted - self.truth
        squared = shares @ error**2
        variance, other = _variance(self.truth, shares), _variance(self.predicted, shares)
        covariance = _covariance(self.truth, self.predicted, shares)
        with np.errstate(divide="ignore", invalid="ignore"):
            return {
                "rmse": np.sqrt(squared),
                "mae": shares @ np.abs(error),
                "r2": np.where(variance > 0, 1 - squared / variance, np.nan),
                "pearson": np.where(variance * other > 0, covariance / np.sqrt(variance * other), np.nan),
            }


def _covariance(one: Floats, other: Floats, shares: Floats) -> Floats:
    one, other = one - one.mean(), other - other.mean()
    covariance: Floats = shares @ (one * other) - (shares @ one) * (shares @ other)
    return covariance


def _variance(values: Floats, shares: Floats) -> Floats:
    centred = values - values.mean()  # against cancellation, where numbers are large and alike
    variance: Floats = shares @ centred**2 - (shares @ centred) ** 2
    return np.where(variance > 1e-12 * max(float(np.square(centred).mean()), 1e-300), variance, 0)
