"""Looks for confounders: facts beside the picture that almost tell the label by themselves.

A network may learn such a fact instead of the disease: the scanner, the view, the size of the file.
Each covariate, and what ingestion saw of each image, is held against each class on the training split.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.components.findings.association import Clue, areas, chance, exceptions
from stages.components.findings.covariates import covariates
from stages.components.findings.screening import find, some
from stages.contracts.findings import Finding, covariate_named

LEVELS = 10
"""A number with at most so many values is taken as a category."""
LEVEL_CASES = 10
"""Categories of fewer training cases count as one: a few cases would fit any label."""
SIGNIFICANT = 0.05
"""Probability of any false alarm in a domain: each test has its part of it (Bonferroni)."""
SEEN = {
    "shape": "the size of the image",
    "dtype": "the type of the image's values",
    "colour": "the colour of the image",
    "spacing": "the spacing of the image",
    "misnamed": "the wrong extension of the file",
    "mean": "the mean intensity of the image",
}
"""What ingestion saw of an image and its label should not depend on, in words."""


def confounders(
    table: pd.DataFrame, classes: Sequence[str], least: float, seen: Mapping[str, str] = SEEN
) -> Iterator[Finding]:
    """Finds confounders.

    Args:
        table: Cases in use, with their splits.
        classes: Names of the classes; a case of none of them does not count.
        least: Area under the ROC curve from which a fact is a confounder, 0.5 to 1.
        seen: Columns of what ingestion saw of a case and its label should not depend on, in words.
    """
    places = pd.Index(list(classes), dtype="string").get_indexer(pd.Index(table["label"]))
    rows = (table["split"] == "train").to_numpy(dtype=bool) & (places >= 0)
    training = table.loc[rows, ["group_id", "label", *covariates(table), *seen]]
    labels = places[rows]
    present = np.count_nonzero(np.bincount(labels))
    if present < 2:
        return
    clues = list(_clues(training, seen))
    tests = max(1, len(clues) * (1 if present == 2 else present))
    for clue in clues:
        area = areas(clue, labels, len(classes))
        for one in np.argsort(-area)[: np.count_nonzero(area >= least)]:
            if chance(clue, labels == one, _units(training)) < SIGNIFICANT / tests:
                other = f"'{classes[1 - one]}'" if len(classes) == 2 else "the rest"
                against = training.index[exceptions(clue, labels == one)]
                message = (
                    f"{clue.name} alone tells '{classes[one]}' from {other} (area under the ROC curve "
                    f"{area[one]:.2f} on training, {some(len(against))} of {len(training)} against it)"
                )
                remedy = "stratify by it, exclude it, or report by subgroup: a network may learn it instead"
                yield find("confounder", "warning", message, list(against), remedy)
                break


def _units(training: pd.DataFrame) -> NDArray[np.integer]:
    """Numbers the independent units: a patient's cases of one class, or a cluster's."""
    return training.groupby(["group_id", "label"]).ngroup().to_numpy()


def _clues(training: pd.DataFrame, seen: Mapping[str, str]) -> Iterator[Clue]:
    """Gives the facts that are not the same in all cases."""
    names = {name: covariate_named(name) for name in covariates(training)}
    for column, name in {**names, **seen}.items():
        values = training[column]
        number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        if number and values.nunique() > LEVELS:
            yield Clue(name, values.to_numpy(dtype=np.float64, na_value=np.nan))
            yield from _categories(f"the presence of {name}", values.isna())
        else:
            yield from _categories(name, values)


def _categories(name: str, values: pd.Series) -> Iterator[Clue]:
    """Gives a category: what is missing and what is rare are categories of their own."""
    codes, kinds = values.factorize(use_na_sentinel=False)
    if len(kinds) < 2:
        return
    common = np.where(np.bincount(codes)[codes] < LEVEL_CASES, -1, codes)
    different, places = np.unique(common, return_inverse=True)
    if len(different) > 1:
        yield Clue(name, places.astype(np.int64), len(different))
