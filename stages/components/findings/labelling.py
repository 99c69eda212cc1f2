"""Checks what a case is labelled with, by the domain's task: a class, classes, a number or a mask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from stages.components.findings.screening import find, only, some
from stages.contracts.findings import Finding
from stages.contracts.task import LABEL_JOIN, Task

WITH_CLASSES: tuple[Task, ...] = ("classes", "ordinal", "multilabel")
"""Tasks in which a case is counted for its class or classes."""

_NONE = {
    "regression": "whose label is missing or no finite number",
    "multilabel": "whose labels are missing, or neither true (1, true, yes) nor false (0, false, no)",
}


def classes_of(task: Task, named: Sequence[str] | None, cases: pd.DataFrame) -> tuple[str, ...]:
    """Gives the names of a domain's classes in the order of their indices.

    Args:
        task: What the labels are.
        named: Names that the data or params give; None where what is found will do.
        cases: As examined: `label` and, in segmentation, `mask_labels` and `flaw`.

    Returns:
        The given names; else the sorted labels, or the numbers from 0 to the greatest one in a mask;
        none in regression, and where there are no labels.
    """
    if task in ("regression", "none"):
        return ()
    if named:
        return tuple(named)
    if task == "segmentation":
        values = _mask_values(cases[cases["flaw"].isna()])
        return tuple(str(number) for number in range(int(values.max()) + 1)) if len(values) else ()
    return tuple(sorted(single_labels(cases["label"], task).unique()))


def single_labels(labels: pd.Series[str], task: Task) -> pd.Series[str]:
    """Gives one row per case and class, indexed by case: in `multilabel` any number of a case."""
    known = labels.dropna()
    if task != "multilabel":
        return known
    parts = known.str.split(LABEL_JOIN, regex=False).explode()
    return parts[parts != ""]


def labels(table: pd.DataFrame, task: Task, classes: Sequence[str]) -> Iterator[Finding]:
    """Finds cases without a label, or with one that is no class or no number."""
    missing = only(table, table["label"].isna())
    if len(missing):
        what = _NONE.get(task, "without a label")
        message = f"{some(len(missing))} {what}, left out; the first is '{missing.index[0]}'"
        yield find("missing-label", "warning", message, list(missing.index), "label them, or remove them")
    if task == "regression":
        numbers = pd.to_numeric(table["label"], errors="coerce").astype("float64")
        unknown = table["label"][table["label"].notna() & ~numbers.abs().lt(float("inf"))]
        what, remedy = "no finite number", "correct it"
    else:
        parts = single_labels(table["label"], task)
        unknown = parts[~parts.isin(list(classes))]
        what, remedy = "none of the classes", "correct it, or `classes`"
    if len(unknown):
        cases, seen = list(unknown.index.unique()), ", ".join(sorted(unknown.unique())[:5])
        message = f"{some(len(cases))} with a label that is {what} ({seen}), left out"
        yield find("unknown-label", "warning", message, cases, remedy)


def mask_values(table: pd.DataFrame, classes: Sequence[str]) -> Iterator[Finding]:
    """Finds masks with a value that numbers none of the classes."""
    values = _mask_values(table)
    beyond = values[values >= len(classes)]
    if len(beyond):
        cases = list(beyond.index.unique())
        seen = ", ".join(f"{value:g}" for value in sorted(beyond.unique())[:5])
        message = (
            f"{some(len(cases))} with a mask that holds {seen}, and there are {some(len(classes), 'class')} "
            f"from 0 on; left out, the first is '{cases[0]}'"
        )
        remedy = "name every value in `classes` or dataset.json, or correct the masks"
        yield find("mask-values", "warning", message, cases, remedy)


def _mask_values(table: pd.DataFrame) -> pd.Series[float]:
    """Gives one row per case and value of its mask, indexed by case."""
    return table["mask_labels"].dropna().str.split(" ").explode().astype("float64")
