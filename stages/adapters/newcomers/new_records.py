"""Reads rows for a trained model, by the rules of the table it was trained on: nothing is guessed anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stages.adapters.tables.cells import read_cells
from stages.adapters.tables.column import encode
from stages.adapters.tables.sheet import LONGEST_ROW, read_sheet
from stages.adapters.tables.sheet_file import find_sheet
from stages.adapters.tables.tabular_options import TabularOptions
from stages.contracts.errors import DataError
from stages.contracts.feature import Feature


def read_new_records(
    place: Path, options: TabularOptions, features: Sequence[Feature]
) -> tuple[list[str], NDArray[np.float64]]:
    """Reads a table of new cases; its label, patients and splits are not needed, and not looked at.

    Where the training data had no header, the table has none either and the same columns, or it has one.

    Args:
        place: The table, or a folder that holds nothing else.
        options: With which the training cases were read.
        features: Kinds and codes, as they were found then.

    Returns:
        Names of the cases: cells of the column that names them, where it is there, else row numbers. And the
        values, shape (cases, features), NaN where missing.

    Raises:
        DataError: If the table cannot be read or lacks a column, or a cell is not of its column's kind.
    """
    file = find_sheet(place, None)
    table = read_sheet(file, _names(file, options, features), options.delimiter)
    present = {options.feature(name): name for name in map(str, table)}
    if missing := [feature.name for feature in features if feature.name not in present]:
        raise DataError(
            "the table lacks columns that the model takes",
            where=str(file),
            why=f"there is no column {', '.join(missing[:10])}",
            remedy="add it under the name that it has in the training data; empty cells say: not measured",
        )
    columns = []
    for feature in features:
        name = present[feature.name]
        known = options.of(name)
        cells = read_cells(file, table, name, known.missing, known.recode)
        codes = encode(cells, feature)
        if np.isinf(codes).any():
            raise cells.refused("it is infinite", "correct it", np.isinf(codes))
        columns.append(codes)
    rows = [f"{row:06d}" for row in range(1, len(table) + 1)]
    if options.id in table:
        rows = [name or row for name, row in zip(table[options.id].astype(object), rows, strict=True)]
    return rows, np.column_stack(columns)


def _names(file: Path, options: TabularOptions, features: Sequence[Feature]) -> tuple[str, ...] | None:
    """Gives the names of the columns, where the first row does not."""
    if options.names is None or not file.is_file():
        return options.names
    with file.open(encoding="utf-8", errors="replace") as rows:
        first = rows.readline(LONGEST_ROW)
    cells = first.split(options.delimiter or ("\t" if file.suffix.lower() == ".tsv" else ","))
    header = {options.feature(cell.strip().strip('"')) for cell in cells}
    return None if header.issuperset(feature.name for feature in features) else options.names
