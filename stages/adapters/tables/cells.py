"""The cells of one column of a clinical table: which are missing, and which are numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.contracts.errors import DataError

BLANKS = ("NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NULL", "null")
"""Cells that are missing in every table; empty ones are too."""
_NUMBER = r"^[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|(?i:inf|infinity))$"
_WHOLE = re.compile(r"([+-]?\d+)\.0*")


@dataclass(frozen=True)
class Cells:
    """The cells of a column.

    Attributes:
        file: Where they stand, for messages.
        name: Of the column.
        texts: [n], null where the cell is missing.
        numbers: [n], NaN where the cell is missing or no number.
    """

    file: Path
    name: str
    texts: pd.Series[str]
    numbers: NDArray[np.float64]

    def refused(self, what: str, remedy: str, cells: NDArray[np.bool_] | None = None) -> DataError:
        """Makes an error that names the column, and the row of the first such cell, but shows no cell."""
        row = "" if cells is None else f", row {int(np.flatnonzero(cells)[0]) + 1}"
        return DataError(
            "a column cannot be used as it is",
            where=f"{self.file}: column '{self.name}'{row}",
            why=what,
            remedy=remedy,
        )


def read_cells(
    file: Path, table: pd.DataFrame, name: str, missing: tuple[str, ...], recode: Mapping[str, str]
) -> Cells:
    """Takes a column out of a table and drops what is missing; a number is meant in any spelling.

    Args:
        file: For messages.
        table: Of text.
        name: Of the column.
        missing: Cells that hold no value.
        recode: What other cells are to be read as.
    """
    texts = table[name]
    numbers, codes = _numbers(texts), _numbers(pd.Series(missing, dtype="str"))
    gone = texts.isin([*BLANKS, *missing]).to_numpy() | np.isin(numbers, codes)
    if not recode:
        return Cells(file, name, texts.mask(gone), np.where(gone, np.nan, numbers))
    meant = {plain(text): code for text, code in recode.items()}
    read = texts.mask(gone)
    read = read.map({text: meant.get(plain(text), text) for text in read.dropna().unique()}).astype("str")
    return Cells(file, name, read, _numbers(read))


def plain(text: str) -> str:
    """Gives a whole number in one spelling, so that `1.0` in one hospital is the `1` of another."""
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else text


def distinct(texts: pd.Series[str]) -> tuple[str, ...]:
    """Gives the different texts, sorted: numbers by their value, and before what is no number."""

    def order(text: str) -> tuple[float, str]:
        return float(text) if re.match(_NUMBER, text, re.ASCII) else float("inf"), text

    return tuple(sorted({plain(text) for text in texts.dropna().unique()}, key=order))


def _numbers(texts: pd.Series[str]) -> NDArray[np.float64]:
    """Gives NaN for what is no number; in Arrow, since it is many times as fast as pandas here."""
    import pyarrow as pa
    from pyarrow import compute

    cells = pa.array(texts, pa.string())
    written = compute.if_else(
        compute.match_substring_regex(cells, _NUMBER), cells, pa.scalar(None, pa.string())
    )
    numbers: NDArray[np.float64] = written.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return numbers
