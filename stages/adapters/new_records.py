"""Reads rows for a trained model, by the rules of the table it was trained on: nothing is guessed anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stages.adapters.cells import read_cells
from stages.adapters.column import encode
from stages.adapters.sheet import read_sheet
from stages.adapters.sheet_file import find_sheet
from stages.adapters.tabular_options import TabularOptions
from stages.contracts.errors import DataError
from stages.contracts.feature import Feature


def read_new_records(
    place: Path, options: TabularOptions, features: Sequence[Feature]
) -> tuple[list[str], NDArray[np.float64]]:
    """Reads a table of new cases; its label, patients and splits are not needed, and not looked at.

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
    table = read_sheet(file, options.names, options.delimiter)
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
