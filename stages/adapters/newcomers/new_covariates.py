"""Reads what a table says of new images, for a model that takes covariates: nothing is guessed anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.adapters.formats.dicom import DicomOptions
from stages.adapters.opened import AnyOptions
from stages.adapters.tables.cells import read_cells
from stages.adapters.tables.covariate_columns import code
from stages.adapters.tables.sheet import read_sheet
from stages.adapters.tables.table_options import TableOptions
from stages.contracts.errors import DataError
from stages.contracts.feature import Feature
from stages.contracts.model import READING


def read_new_covariates(
    file: Path, reading: AnyOptions, covariates: Sequence[Feature], images: Sequence[str]
) -> NDArray[np.float64]:
    """Reads the covariates of images.

    Args:
        file: A table with a row per image; the column that names the image is called as in training.
        reading: With which the training cases were read.
        covariates: Kinds and codes, as they were found then.
        images: Paths of the images below their folder.

    Returns:
        Shape (images, covariates), NaN where a cell is empty.

    Raises:
        DataError: If the table cannot be read, lacks a column, or has no row or several for an image, or a
            cell is not of its column's kind.
    """
    column, prefix, suffix = _key(reading)
    table = read_sheet(file, None, None)
    wanted = [column, *(feature.name for feature in covariates)]
    if missing := [name for name in wanted if name not in table]:
        raise DataError(
            "the table lacks columns that the model takes",
            where=str(file),
            why=f"there is no column {', '.join(missing[:10])}",
            remedy=f"'{column}' names the image, and empty cells of the others say: not known",
        )
    names = table[column].map(lambda cell: cell and f"{prefix}{cell}{suffix}")
    found = table.iloc[_rows(file, names, images)].reset_index(drop=True)
    columns = [code(read_cells(file, found, one.name, (), {}), one) for one in covariates]
    return np.column_stack(columns)


def _key(reading: AnyOptions) -> tuple[str, str, str]:
    """Gives the column that names an image, and what stands before and after the name."""
    if isinstance(reading, TableOptions):
        return reading.path, reading.prefix, reading.suffix
    if isinstance(reading, DicomOptions) and reading.labels:
        return reading.labels.key, "", ""
    raise DataError(
        "the model does not say how a table is read",
        where=READING,
        why=f"its training data are of the format '{reading.format}'",
        remedy="restore the model's folder with `medgraft run`",
    )


def _rows(file: Path, names: pd.Series[str], images: Sequence[str]) -> list[int]:
    """Finds the row of each image: by its path, or where no row has that by the last part of it."""
    whole: dict[str, list[int]] = {}
    last: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        if name is not None and not pd.isna(name):
            whole.setdefault(name, []).append(row)
            last.setdefault(PurePosixPath(name).name, []).append(row)
    rows = [whole.get(image) or last.get(PurePosixPath(image).name, []) for image in images]
    for image, found in zip(images, rows, strict=True):
        if len(found) != 1:
            unknown = sum(not one for one in rows)
            why = f"it has {len(found)} rows for it" if found else f"it has no row for {unknown} images"
            raise DataError(
                "the table does not say what is known of an image",
                where=f"{file}: {image}",
                why=why,
                remedy=f"give each image one row, named by its path in '{names.name}'",
            )
    return [found[0] for found in rows]
