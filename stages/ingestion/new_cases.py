"""Cases that a trained model has not seen: files and rows, prepared as its training cases were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stages.adapters.case import UnreadableError
from stages.adapters.images.case_file import decode_case_file
from stages.adapters.newcomers.new_covariates import read_new_covariates
from stages.adapters.newcomers.new_images import list_images, name_below
from stages.adapters.newcomers.new_records import read_new_records
from stages.adapters.opened import AdapterRecord, AnyOptions
from stages.adapters.tables.tabular_options import TabularOptions
from stages.contracts.artifact import read_json
from stages.contracts.errors import DataError
from stages.contracts.feature import Feature
from stages.contracts.model import READING
from stages.contracts.preparation import PrepareParams


def prepare_files(place: Path, params: PrepareParams) -> tuple[list[str], NDArray[Any]]:
    """Prepares loose files as the model's training cases were, and gives their names with them.

    Raises:
        DataError: If a file is not a readable image, or of a kind that the preparation does not take.
    """
    from stages.components.preparation.preparation import prepare_case

    images, files = [], list_images(place)
    for file in files:
        with refusing(file):
            decoded = decode_case_file(file)
            prepared = prepare_case(decoded.pixels, params, colour=decoded.colour, spacing=decoded.spacing)
            images.append(prepared["images"])
    return [name_below(file, place) for file in files], np.stack(images)


@contextmanager
def refusing(file: Path) -> Iterator[None]:
    """Makes an error of a file that cannot be predicted name it."""
    try:
        yield
    except (UnreadableError, ValueError) as error:
        raise DataError(
            "an image cannot be predicted",
            where=str(file),
            why=str(error),
            remedy="remove the file or save it again; no prediction was written",
        ) from error


def prepare_rows(
    place: Path, reading: AnyOptions, features: Sequence[Feature], params: PrepareParams
) -> tuple[list[str], NDArray[Any]]:
    """Prepares the rows of a table as the model's training cases were, and gives their names with them.

    Raises:
        DataError: If the table cannot be read by the rules of the training data.
    """
    from stages.components.preparation.preparation import prepare_case

    if not isinstance(reading, TabularOptions):
        raise DataError(
            "the model does not say how a table is read",
            where=READING,
            why=f"its training data are of the format '{reading.format}'",
            remedy="restore the model's folder with `medgraft run`",
        )
    names, records = read_new_records(place, reading, features)
    return names, np.stack([prepare_case(record, params)["images"] for record in records])


def read_covariates(
    table: Path, model: Path, covariates: Sequence[Feature], images: Sequence[str]
) -> NDArray[np.float32]:
    """Reads what a table says of images, by the rules of the table that the model was trained with.

    Args:
        table: A row per image.
        model: The folder of the model.
        covariates: That it takes.
        images: Names of the images.

    Returns:
        Shape (images, covariates), NaN where a cell is empty.

    Raises:
        DataError: If the table lacks a column or an image, or a cell is none that the model knows.
    """
    reading = read_json(AdapterRecord, model / READING).adapter
    return read_new_covariates(table, reading, covariates, images).astype(np.float32)
