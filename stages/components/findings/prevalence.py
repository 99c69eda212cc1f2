"""Checks whether the classes are about as frequent as one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from stages.components.findings.screening import find, some
from stages.contracts.findings import Finding

RATIO = 10
"""Above this ratio of the most frequent class to the rarest, plain accuracy says little."""


def class_imbalance(table: pd.DataFrame, classes: Sequence[str]) -> Iterator[Finding]:
    """Says where one class of the training split has many times the cases of another one."""
    sizes = table.loc[table["split"] == "train", "label"].value_counts()
    sizes = sizes[sizes.index.isin(list(classes))].sort_index()
    if len(sizes) > 1 and sizes.max() > RATIO * sizes.min():
        message = (
            f"training has {some(int(sizes.max()))} of class '{sizes.idxmax()}' and {int(sizes.min())} of "
            f"'{sizes.idxmin()}': {sizes.max() / sizes.min():.0f} to 1"
        )
        remedy = "add cases of the rare class, and judge by AUROC or balanced accuracy, not by accuracy"
        yield find("class-imbalance", "note", message, (), remedy)
