"""Scores of segmentations: means over the cases, and over the classes but the background."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stages.contracts.predictions import OVERLAPS

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Overlapping:
    """How well predicted masks agree with true ones.

    Attributes:
        classes: Names of the classes but the background.
        scores: Shape (cases, metrics, classes), metrics in the order of `OVERLAPS`; NaN where a class is in
            neither mask.
    """

    classes: tuple[str, ...]
    scores: Floats

    @property
    def cases(self) -> int:
        """How many."""
        return len(self.scores)

    def score(self, weights: Floats) -> dict[str, Floats]:
        """Gives each metric over all classes, then for each of them."""
        known = np.isfinite(self.scores)
        sums = np.einsum("wc,cmk->wmk", weights, np.where(known, self.scores, 0))
        counts = np.einsum("wc,cmk->wmk", weights, known.astype(np.float64))
        with np.errstate(invalid="ignore"):
            means = np.where(counts > 0, sums / counts, np.nan)
        found: dict[str, Floats] = {name: means[:, m].mean(axis=1) for m, name in enumerate(OVERLAPS)}
        if len(self.classes) > 1:
            for m, name in enumerate(OVERLAPS):
                found |= {f"{name}_{label}": means[:, m, k] for k, label in enumerate(self.classes)}
        return found
