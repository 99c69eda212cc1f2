"""Reads the small CSV tables that stages write for curves."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from stages.contracts.errors import DataError


def read_csv(file: Path, numbers: tuple[str, ...], texts: tuple[str, ...] = ()) -> pd.DataFrame:
    """Reads a table and checks its columns.

    Args:
        file: The CSV file.
        numbers: Columns of numbers; an empty cell is a missing number.
        texts: Columns of text, taken as it stands: a class may be called "NA".

    Raises:
        DataError: If the file is missing or damaged, or a column is missing or holds something else.
    """
    try:
        raw = pd.read_csv(file, dtype="string", keep_default_na=False, usecols=[*texts, *numbers])
        values = {name: pd.to_numeric(raw[name].replace("", None)).astype("float64") for name in numbers}
        return raw.assign(**values)
    except (OSError, ValueError) as error:
        raise DataError(
            "a table cannot be read",
            where=str(file),
            why=str(error).splitlines()[0],
            remedy="run the stage that writes it again: `medgraft run --force STAGE`",
        ) from error
