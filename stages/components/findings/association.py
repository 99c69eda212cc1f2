"""How well one fact tells a class from the rest, and whether chance would do as well.

A clue is a number or a category per case; it is held against class indices, or against a truth value
per case: whether it is of the class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FEWEST = 20
"""Cases with a value, and independent ones among them, below which nothing is said."""

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True)
class Clue:
    """A fact that may tell the class.

    Attributes:
        name: In the words of a message.
        values: [cases]: a number, NaN or infinite where missing; or the index of a category.
        categories: How many there are; 0 for numbers.
    """

    name: str
    values: NDArray[np.float64] | NDArray[np.int64]
    categories: int = 0


def areas(clue: Clue, labels: NDArray[np.integer], classes: int) -> Floats:
    """Gives the area under the ROC curve of each class against the rest.

    Numbers are ranked (Mann and Whitney 1947), in the direction that fits; categories are put in the
    order of the class's frequency in them.

    Args:
        clue: Of the cases.
        labels: [cases], class indices.
        classes: How many there are.

    Returns:
        [classes], 0.5 to 1; NaN where all or no cases are of the class, or too few have a value.
    """
    with np.errstate(invalid="ignore"):
        if clue.categories:
            return _areas_of_categories(clue, labels, classes)
        given = np.isfinite(clue.values)
        if given.sum() < FEWEST:
            return np.full(classes, np.nan)
        ranks, labels = pd.Series(clue.values[given]).rank().to_numpy(), labels[given]
        sizes = np.bincount(labels, minlength=classes).astype(np.float64)
        sums = np.bincount(labels, weights=ranks, minlength=classes)
        area: Floats = (sums - sizes * (sizes + 1) / 2) / (sizes * (len(labels) - sizes))
        return np.maximum(area, 1 - area)


def _areas_of_categories(clue: Clue, labels: NDArray[np.integer], classes: int) -> Floats:
    cells = clue.values.astype(np.int64) * classes + labels
    inside = np.bincount(cells, minlength=clue.categories * classes).reshape(-1, classes).astype(np.float64)
    outside = inside.sum(axis=1, keepdims=True) - inside
    order = np.argsort(inside / (inside + outside), axis=0)
    inside, outside = (np.take_along_axis(part, order, axis=0) for part in (inside, outside))
    below = np.cumsum(outside, axis=0) - outside / 2
    area: Floats = (inside * below).sum(axis=0) / (inside.sum(axis=0) * outside.sum(axis=0))
    return area


def chance(clue: Clue, truth: Truths, units: NDArray[np.integer]) -> float:
    """Gives the probability that chance alone tells the class so well; 1 where too few cases can say it.

    Args:
        clue: Of the cases.
        truth: [cases], whether a case is of the class.
        units: [cases], which are independent of one another, such as patients: however many cases one has,
            it counts once, with its mean or its shares. All cases of a unit have the same truth.
    """
    from scipy.stats import chi2_contingency, mannwhitneyu

    given = np.isfinite(clue.values)
    values, truth, units = clue.values[given], truth[given], units[given]
    _, first, units, sizes = np.unique(units, return_index=True, return_inverse=True, return_counts=True)
    truths = truth[first]
    if len(sizes) < FEWEST or truths.all() or not truths.any():
        return 1.0
    if clue.categories:
        counts = np.bincount(2 * values.astype(np.int64) + truth, 1 / sizes[units], 2 * clue.categories)
        return float(chi2_contingency(counts.reshape(-1, 2)).pvalue)
    means = np.bincount(units, values) / sizes
    return float(mannwhitneyu(means[truths], means[~truths], method="asymptotic").pvalue)


def exceptions(clue: Clue, truth: Truths) -> NDArray[np.intp]:
    """Gives the places of the cases that the clue would put wrong.

    It says "of the class" for the categories in which the class is more frequent than elsewhere; for
    numbers beyond the one value that leaves least in error on both sides (Youden 1950).
    """
    given = np.flatnonzero(np.isfinite(clue.values))
    truth = truth[given]
    _, places = np.unique(clue.values[given], return_inverse=True)
    gain = np.bincount(places, weights=np.where(truth, 1 / truth.sum(), -1 / (~truth).sum()))
    if clue.categories:
        called = gain > 0
    else:
        reached = np.cumsum(gain)
        cut = int(np.argmax(np.abs(reached)))
        called = (np.arange(len(gain)) <= cut) == (reached[cut] > 0)
    wrong: NDArray[np.intp] = given[called[places] != truth]
    return wrong
