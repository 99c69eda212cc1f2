"""Chooses the probability at which a case is called positive, on validation cases."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_curve

ThresholdRule = Literal["youden", "accuracy", "half"]


def choose_threshold(truth: NDArray[np.bool_], scores: NDArray[np.float64], rule: ThresholdRule) -> float:
    """Gives the threshold of a rule.

    Args:
        truth: Whether each case is positive.
        scores: Probability of the positive class.
        rule: `youden` maximises sensitivity + specificity - 1 (Youden 1950), `accuracy` the share
            of right calls; `half` is one half.

    Returns:
        The middle between the best cut and the next score below it, so that rounding moves no case.
    """
    if rule == "half" or truth.all() or not truth.any():
        return 0.5
    false_rate, true_rate, cuts = roc_curve(truth, scores, drop_intermediate=False)
    share = truth.mean()
    gain = true_rate - false_rate if rule == "youden" else share * true_rate + (1 - share) * (1 - false_rate)
    cut = cuts[int(np.argmax(gain))]
    if np.isinf(cut):  # best to call nothing positive
        cut = max(1.0, float(np.nextafter(scores.max(), 2.0)))
    below = scores[scores < cut]
    middle = (cut + (below.max() if len(below) else 0.0)) / 2
    return float(middle if not len(below) or middle > below.max() else cut)
