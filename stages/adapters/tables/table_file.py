"""Reads CSV, TSV and Parquet tables that list cases."""

from __future__ import annotations

import difflib
from pathlib import Path

import pandas as pd

from stages.adapters.case import Covariate
from stages.adapters.tables.cells import BLANKS
from stages.adapters.tables.sheet import read_sheet
from stages.contracts.errors import DataError

TABLE_SUFFIXES = (".csv", ".tsv", ".parquet")


def read_cases(file: Path) -> pd.DataFrame:
    """Reads a table of text, with None for empty cells and for the usual words of a missing value.

    Nothing in a cell is ever evaluated: a formula is a text like any other.

    Raises:
        DataError: If it is missing, no UTF-8, or no table of rows of the same length.
    """
    table = read_sheet(file, names=None, separator=None).astype(object)
    return table.where(table.notna() & ~table.isin(BLANKS), None)


def typed(column: pd.Series) -> list[Covariate]:
    """Gives the cells of a column as numbers where all of them are, else as text."""
    try:
        numbers = pd.to_numeric(column).astype(float)
    except (ValueError, TypeError):
        return [None if pd.isna(value) else str(value) for value in column]
    return [None if pd.isna(value) else float(value) for value in numbers]


def check_column(column: str, table: pd.DataFrame, file: Path) -> None:
    """Makes sure that a column is there.

    Raises:
        DataError: If it is not, with the closest name as a suggestion.
    """
    if column in table.columns:
        return
    known = [str(name) for name in table.columns]
    close = difflib.get_close_matches(column, known, n=1)
    raise DataError(
        f"the table has no column '{column}'",
        where=str(file),
        why=f"its columns are {', '.join(known[:20])}",
        remedy=f"did you mean '{close[0]}'?" if close else "correct the adapter's columns in params.yaml",
    )
