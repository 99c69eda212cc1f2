"""Reads CSV, TSV and Parquet tables that list cases."""

from __future__ import annotations

import difflib
import warnings
from pathlib import Path

import pandas as pd
from pandas.errors import ParserWarning

from stages.adapters.case import Covariate
from stages.contracts.errors import DataError

TABLE_SUFFIXES = (".csv", ".tsv", ".parquet")


def read_cases(file: Path) -> pd.DataFrame:
    """Reads a table of text, with None for empty cells.

    Nothing in a cell is ever evaluated: a formula is a text like any other.

    Raises:
        DataError: If it is missing, no UTF-8, or no table of rows of the same length.
    """
    try:
        if file.exists() and not file.is_file():
            raise ValueError("it is no regular file")  # reading a pipe would wait for ever
        table = pd.read_parquet(file) if file.suffix.lower() == ".parquet" else _read_text(file)
        if not table.columns.is_unique:
            raise ValueError("two columns have the same name")
        return table.astype("string").astype(object).where(table.notna(), None)
    except (OSError, ValueError, ParserWarning) as error:
        raise DataError(
            "the table of cases cannot be read",
            where=str(file),
            why=str(error).splitlines()[0],
            remedy="give a UTF-8 CSV, TSV or Parquet file with a header and rows of the same length",
        ) from error


def _read_text(file: Path) -> pd.DataFrame:
    separator = "\t" if file.suffix.lower() == ".tsv" else ","
    with warnings.catch_warnings():
        # Without `index_col=False` a row that is too long shifts the columns; with it, pandas only warns.
        warnings.simplefilter("error", ParserWarning)
        return pd.read_csv(
            file, sep=separator, dtype=str, encoding="utf-8-sig", skipinitialspace=True, index_col=False
        )


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
