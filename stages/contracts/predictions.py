"""Predicted probabilities, one row per case and model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.contracts.errors import DataError
from stages.contracts.manifest import read_table

COLUMNS = ("case_id", "group_id", "label")
PROBABILITY = "probability_"


def as_predictions(
    index: pd.DataFrame, probabilities: NDArray[np.float32], classes: Sequence[str]
) -> pd.DataFrame:
    """Puts probabilities of shape (cases, classes) beside the cases they belong to."""
    table = index[list(COLUMNS)].reset_index(drop=True)
    for number, name in enumerate(classes):
        table[f"{PROBABILITY}{name}"] = probabilities[:, number]
    return table


def read_predictions(file: Path, classes: Sequence[str]) -> pd.DataFrame:
    """Reads predictions back.

    Raises:
        DataError: If the file is damaged or lacks a column.
    """
    return read_table(file, (*COLUMNS, *(PROBABILITY + name for name in classes)))


def probabilities_of(table: pd.DataFrame) -> NDArray[np.float64]:
    """Gives the probabilities, shape (cases, classes)."""
    columns = [name for name in table.columns if name.startswith(PROBABILITY)]
    return table[columns].to_numpy(dtype=np.float64)


def require_classes(labels: Iterable[int], classes: Sequence[str], split: str) -> None:
    """Makes sure that a split can be scored.

    Raises:
        DataError: If the split lacks a class: no rate of that class, and no curve, is defined there.
    """
    present = set(labels)
    if lacking := [name for number, name in enumerate(classes) if number not in present]:
        raise DataError(
            f"the {split} split cannot be scored",
            where=f"split '{split}' of the target",
            why=f"it holds no case of class {', '.join(lacking)}",
            remedy="add cases of more patients, try another ingest.target.split.salt, or give splits",
        )
