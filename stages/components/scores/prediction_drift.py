"""Holds what a model says of new cases against what it said of its own test cases."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2_contingency, ks_2samp

from stages.components.scores.grade_scores import Graded
from stages.components.scores.scored import Reading, Scored
from stages.components.scores.scoring import Predictions
from stages.contracts.monitoring import CALLED, PredictionShift
from stages.contracts.predictions import PROBABILITY, said_columns

FEWEST = 10
"""Cases on either side below which nothing is compared."""
EXACT = 100_000
"""Pairs of cases from which on the p-value is the asymptotic one: the exact one takes too long."""


def compare_predictions(
    new: pd.DataFrame, own: pd.DataFrame, reading: Reading, threshold: float | None
) -> tuple[PredictionShift, ...]:
    """Compares each output by Kolmogorov and Smirnov's test, and the called classes by a chi-squared one.

    Args:
        new: Predictions of cases that the model has not seen.
        own: Predictions of its test cases.
        reading: How both are to be read.
        threshold: At which a case is called positive.

    Returns:
        A shift for each measure, whatever its size; none with fewer than `FEWEST` cases on a side.
    """
    if min(len(new), len(own)) < FEWEST:
        return ()
    return (*_outputs(new, own, reading), *_calls(new, own, reading, threshold))


def _outputs(new: pd.DataFrame, own: pd.DataFrame, reading: Reading) -> Iterator[PredictionShift]:
    columns = said_columns(own)
    if reading.positive is not None:  # the other one of two mirrors it
        columns = [PROBABILITY + reading.classes[reading.positive]]
    how = "exact" if len(new) * len(own) < EXACT else "asymp"
    for name in columns:
        found = ks_2samp(new[name], own[name], method=how)
        measure = name.removeprefix(PROBABILITY)
        yield PredictionShift(measure=measure, distance=float(found.statistic), p=float(found.pvalue))


def _calls(
    new: pd.DataFrame, own: pd.DataFrame, reading: Reading, threshold: float | None
) -> Iterator[PredictionShift]:
    """Compares how often each class is called; nothing where cases are not called one class each."""
    if reading.task not in ("classes", "ordinal"):
        return
    called = [_called(reading.read(table, threshold)) for table in (new, own)]
    counts = np.array([np.bincount(one, minlength=len(reading.classes)) for one in called])
    counts = counts[:, counts.sum(axis=0) > 0]
    shares = counts / counts.sum(axis=1, keepdims=True)
    distance = float(np.abs(shares[0] - shares[1]).sum() / 2)
    p = float(chi2_contingency(counts).pvalue) if counts.shape[1] > 1 else 1.0
    yield PredictionShift(measure=CALLED, distance=distance, p=p)


def _called(said: Scored) -> NDArray[np.int64]:
    if not isinstance(said, Predictions | Graded):
        raise TypeError(type(said))
    return said.called()
