"""How many cases each class has in each split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from stages.components.findings.labelling import WITH_CLASSES, single_labels
from stages.components.findings.screening import find, some
from stages.contracts.findings import Finding
from stages.contracts.manifest import SPLITS
from stages.contracts.task import Task

ALL = "all"
"""Stands for the class where cases are not counted by class."""


def class_sizes(
    table: pd.DataFrame, task: Task, classes: Sequence[str], wanted: Sequence[str], least: int
) -> Iterator[Finding]:
    """Finds classes with too few cases, or with none in a split, and counts the others."""
    counts = count(table, task, classes)
    asked = {*wanted, *counts}
    more = "add cases, merge or drop the class, or lower `min_cases_per_class`"
    if len(classes) < 2 and task != "multilabel":
        if classes:
            message, remedy = "there is only 1 class", "add another class"
        else:
            message, remedy = "no case has a label", "give a table of labels: `--labels FILE --label COLUMN`"
        yield find("single-class", "severe", message, (), remedy)
    labels = single_labels(table["label"], task)
    sizes = labels.value_counts()
    for name in classes:
        size = int(sizes.get(name, 0))
        absent = [split for split in SPLITS if split in asked and not counts.get(split, {}).get(name)]
        if size < least:
            message, remedy = f"class '{name}' has {some(size)}; {least} are asked for", more
        elif absent:
            message = f"class '{name}' has {some(size)}, none of them in {' or '.join(absent)}"
            remedy = "add cases of more patients, try another `split.salt`, or give splits"
        else:
            continue
        yield find("class-too-small", "severe", message, list(labels.index[labels == name]), remedy)
    yield find("class-counts", "note", _counted(len(table), counts), (), "nothing")


def split_sizes(table: pd.DataFrame, wanted: Sequence[str]) -> Iterator[Finding]:
    """Finds splits without a case, and counts the others, where cases are not counted by class."""
    counts = count(table, "none", ())
    empty = [split for split in wanted if split not in counts]
    if empty:
        message = f"of {some(len(table))} none is in {' or '.join(empty)}"
        remedy = "add cases of more patients, try another `split.salt`, or give splits"
        yield find("empty-split", "severe", message, (), remedy)
    yield find("case-counts", "note", _counted(len(table), counts), (), "nothing")


def count(table: pd.DataFrame, task: Task, classes: Sequence[str]) -> dict[str, dict[str, int]]:
    """Counts cases by split and class, in the order of both; splits without a case are left out.

    In `multilabel` a case counts for each of its classes. Where the task has no classes, or they are of
    pixels, the one count of a split is that of `ALL` cases.
    """
    occurring = set(table["split"].unique())
    present = [split for split in SPLITS if split in occurring]
    if task not in WITH_CLASSES:
        return {split: {ALL: int((table["split"] == split).sum())} for split in present}
    labels = single_labels(table["label"], task)
    splits = table["split"].reindex(labels.index)
    counts = labels.groupby([splits, labels], sort=False).size().to_dict()
    return {split: {name: counts.get((split, name), 0) for name in classes} for split in present}


def _counted(total: int, counts: dict[str, dict[str, int]]) -> str:
    parts = []
    for name, by_class in counts.items():
        if len(by_class) > 10:
            low, high = min(by_class.values()), max(by_class.values())
            parts.append(f"{name}: {low} to {high} of each of {len(by_class)} classes")
        elif list(by_class) == [ALL]:
            parts.append(f"{name}: {by_class[ALL]}")
        else:
            parts.append(f"{name}: " + ", ".join(f"{number} {label}" for label, number in by_class.items()))
    return f"{some(total)} in use ({'; '.join(parts)})"
