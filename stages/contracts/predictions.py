"""Predicted probabilities, one row per case and model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.contracts.errors import DataError
from stages.contracts.manifest import read_table
from stages.contracts.task import Task

COLUMNS = ("case_id", "group_id", "label", "target")
PROBABILITY = "probability_"
NUMBER = "predicted"
OVERLAPS = ("dice", "surface_dice", "hd95")
"""How masks are compared."""


def as_predictions(index: pd.DataFrame, said: NDArray[np.float32], classes: Sequence[str]) -> pd.DataFrame:
    """Puts what is said beside the cases it is said of.

    Args:
        index: The cases.
        said: Probabilities, shape (cases, classes), or numbers, shape (cases, 1).
        classes: Their names; none of a regression.
    """
    table = index[list(COLUMNS)].reset_index(drop=True)
    for number, name in enumerate(_columns(classes)):
        table[name] = said[:, number]
    return table


def read_predictions(file: Path, classes: Sequence[str], task: Task = "classes") -> pd.DataFrame:
    """Reads predictions back.

    Raises:
        DataError: If the file is damaged or lacks a column.
    """
    columns = overlap_columns(classes) if task == "segmentation" else _columns(classes)
    return read_table(file, (*COLUMNS, *columns))


def overlap_columns(classes: Sequence[str]) -> list[str]:
    """Names the columns of a segmentation: every comparison of every class but the background."""
    return [f"{metric}_{name}" for metric in OVERLAPS for name in classes[1:]]


def said_of(table: pd.DataFrame) -> NDArray[np.float64]:
    """Gives the probabilities, shape (cases, classes), or the numbers, shape (cases, 1)."""
    return table[said_columns(table)].to_numpy(dtype=np.float64)


def said_columns(table: pd.DataFrame) -> list[str]:
    """Names the columns that hold what is said."""
    return [name for name in table.columns if name.startswith(PROBABILITY) or name == NUMBER]


def _columns(classes: Sequence[str]) -> tuple[str, ...]:
    return tuple(PROBABILITY + name for name in classes) or (NUMBER,)


def require_scorable(table: pd.DataFrame, task: Task, classes: Sequence[str], split: str) -> None:
    """Makes sure that a split can be scored.

    Args:
        table: Its cases, with the columns `label` and `target`.
        task: What the labels are.
        classes: Their names.
        split: Its name.

    Raises:
        DataError: If it lacks a class, or all its cases have the same label.
    """
    if task in ("classes", "ordinal"):
        require_classes(table["label"], classes, split)
    elif task == "segmentation":
        if table.empty:
            raise _unscorable(split, "it has no case")
    elif table["target"].nunique() < 2:
        raise _unscorable(split, f"its {len(table)} cases are all labelled alike")


def require_classes(labels: Iterable[int], classes: Sequence[str], split: str) -> None:
    """Makes sure that a split can be scored.

    Raises:
        DataError: If the split lacks a class: no rate of that class, and no curve, is defined there.
    """
    present = set(labels)
    if lacking := [name for number, name in enumerate(classes) if number not in present]:
        raise _unscorable(split, f"it holds no case of class {', '.join(lacking)}")


def _unscorable(split: str, why: str) -> DataError:
    return DataError(
        f"the {split} split cannot be scored",
        where=f"split '{split}' of the target",
        why=why,
        remedy="add cases of more patients, try another ingest.target.split.salt, or give splits",
    )
