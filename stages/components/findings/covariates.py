"""Checks of covariates: the facts beside image and label that a table gives of each case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from stages.components.findings.screening import find, some
from stages.contracts.examinations import FACTS
from stages.contracts.findings import Finding
from stages.contracts.manifest import COLUMNS

NAMED = 10
"""So many names stand in a message."""


def covariates(table: pd.DataFrame) -> list[str]:
    """Names the columns that are neither the manifest's own nor what ingestion saw, sorted."""
    return sorted({*table.columns} - {*COLUMNS, *FACTS})


def telling_nothing(table: pd.DataFrame) -> Iterator[Finding]:
    """Finds covariates without any value, and those with the same value in every case."""
    if not covariates(table):
        return
    different = table[covariates(table)].nunique()
    empty = list(different.index[different == 0])
    if empty:
        message = f"{_counted(len(empty))} without any value: {_named(empty)}"
        yield find("empty-covariate", "note", message, (), "fill the column, or drop it from `covariates`")
    constant = [name for name in different.index[different == 1] if table[name].notna().all()]
    if constant and len(table) > 1:
        message = f"{_counted(len(constant))} of the same value in every case: {_named(constant)}"
        yield find("constant-covariate", "note", message, (), "nothing, or drop it from `covariates`")


def infinite(table: pd.DataFrame) -> Iterator[Finding]:
    """Finds covariates with infinite values: no measurement gives one."""
    numbers = table[covariates(table)].select_dtypes("number")
    if numbers.columns.empty:
        return
    wrong = pd.DataFrame(np.isinf(numbers.to_numpy(dtype=np.float64, na_value=np.nan)), index=table.index)
    counts = dict(zip(numbers.columns, wrong.sum(), strict=True))
    if sum(counts.values()):
        named = _named([f"{name} ({count})" for name, count in counts.items() if count])
        message = f"{some(sum(counts.values()), 'infinite value')} of covariates: {named}"
        remedy = "leave the cell empty where the value is missing, or write the limit of the assay"
        cases = list(table.index[wrong.any(axis=1)])
        yield find("infinite-covariate", "warning", message, cases, remedy)


def _counted(number: int) -> str:
    return some(number, "covariate")


def _named(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
