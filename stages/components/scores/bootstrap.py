"""Intervals by resampling patients (Efron & Tibshirani 1993, percentile method)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.components.scores.scored import Scored
from stages.contracts.errors import DataError
from stages.contracts.scores import Interval

Floats = NDArray[np.float64]
_BLOCK = 8_000_000  # numbers in one block of weights: 64 MB


def resample_weights(groups: pd.Series[str], resamples: int, seed: int) -> Iterator[Floats]:
    """Draws groups with replacement; a case weighs as often as its group was drawn.

    Args:
        groups: The group of each case: its patient, where known.
        resamples: How often to draw.
        seed: Decides the draws.

    Yields:
        Blocks of shape (some resamples, cases).
    """
    codes, names = pd.factorize(groups, sort=True)
    draws = np.random.default_rng(seed)
    step = max(1, _BLOCK // max(1, len(codes)))
    for start in range(0, resamples, step):
        count = min(step, resamples - start)
        drawn = draws.multinomial(len(names), np.full(len(names), 1 / len(names)), size=count)
        yield drawn[:, codes].astype(np.float64)


def bootstrap_scores(
    predictions: Scored, groups: pd.Series[str], resamples: int, seed: int
) -> dict[str, Floats]:
    """Gives each metric for each resample, shape (resamples,); the same seed draws the same resamples."""
    blocks = [predictions.score(weights) for weights in resample_weights(groups, resamples, seed)]
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def plain_scores(predictions: Scored) -> dict[str, float]:
    """Gives each metric once, on the cases as they are."""
    values = predictions.score(np.ones((1, predictions.cases)))
    return {name: float(value[0]) for name, value in values.items()}


def intervals(values: dict[str, float], drawn: dict[str, Floats], confidence: float) -> dict[str, Interval]:
    """Puts each value between the percentiles of its resamples; resamples without a class do not count.

    Raises:
        DataError: If none counts.
    """
    tail = 100 * (1 - confidence) / 2
    found = {}
    for name, value in values.items():
        usable = drawn[name][np.isfinite(drawn[name])]
        if not len(usable):
            raise DataError(
                "a confidence interval cannot be computed",
                where=f"{name} of the test split",
                why=f"none of {len(drawn[name])} resamples holds a case of every class",
                remedy="add test cases of the rarest classes, or merge classes",
            )
        low, high = np.percentile(usable, [tail, 100 - tail])
        found[name] = Interval(value=value, low=float(low), high=float(high))
    return found


def differences(one: dict[str, Floats], other: dict[str, Floats]) -> dict[str, Floats]:
    """Pairs the resamples of two models on the same cases."""
    return {name: one[name] - other[name] for name in one}
