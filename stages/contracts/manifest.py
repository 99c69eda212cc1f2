"""The manifest: one row per case of a domain, sorted and typed, in deterministic bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.pandas_compat  # both are else imported at the first table, amid the work
import pyarrow.vendored.version
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray
from pyarrow.parquet import ParquetFile

from stages.contracts.artifact import Record, whole_file
from stages.contracts.errors import DataError
from stages.contracts.feature import Feature
from stages.contracts.task import Task

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")

COLUMNS: dict[str, str] = {
    "case_id": "string",  # unique; the path below the raw root, or the adapter's own name for it
    "patient_id": "string",  # null where patients are unknown
    "group_id": "string",  # the unit that is never split: the patient, or a cluster of near-duplicates
    "path": "string",  # below the raw root
    "file_md5": "string",  # of the raw bytes, as DVC hashes them; null where a case is no file of its own
    "content_sha256": "string",  # of the decoded pixels or values
    "mask_sha256": "string",  # of the decoded mask; null where there is none
    "perceptual_hash": "string",  # 64 bit in hexadecimal; null where there is no picture to hash
    "label": "string",  # as `Domain.task` says; null where it is missing, and for masks
    "split": "string",  # train, val or test; null for an excluded case
    "fold": "Int64",  # 0 to k-1 outside of the test, where folds are asked for; else null
    "excluded_because": "string",  # kind of the finding that excluded the case; null for a case in use
}


class Domain(Record):
    """Facts about a domain that later stages need and that no row of the manifest holds."""

    name: str
    """`target`, or the name of a source."""
    adapter: str
    """Name of the adapter that reads the raw data."""
    task: Task = "classes"
    """What the labels are."""
    classes: tuple[str, ...]
    """Names in the order of their indices; in segmentation of the mask's values; empty in regression."""
    features: tuple[Feature, ...] = ()
    """Its values, where a case is a record and no image."""
    patients_known: bool
    """False where the unit of splitting is a cluster of near-duplicates."""
    given_splits: bool
    """True where the splits came with the data."""
    counts: dict[str, dict[str, int]]
    """Cases in use, by split and class; by split and `all` where a case is of no class."""


def texts(values: Sequence[str | None] | NDArray[np.object_]) -> ExtensionArray:
    """Gives a column of text in the type of the manifest's; pandas looks at every missing value by itself."""
    column: ExtensionArray = pd.array(pa.array(values, pa.large_string()), dtype="string")
    return column


def write_manifest(manifest: pd.DataFrame, file: Path) -> None:
    """Writes a manifest, sorted by case and with its typed columns first; covariates follow."""
    covariates = sorted(set(manifest.columns) - set(COLUMNS))
    table = typed(manifest[[*COLUMNS, *covariates]], COLUMNS).sort_values("case_id", ignore_index=True)
    with whole_file(file) as part:
        write_table(table, part)


def write_table(table: pd.DataFrame, file: Path) -> None:
    """Writes a table in deterministic bytes.

    Hashes are no words of a dictionary, zstd finds the rest, and nobody asks for the greatest hash.
    """
    table.to_parquet(file, index=False, compression="zstd", use_dictionary=False, write_statistics=False)


def read_manifest(file: Path) -> pd.DataFrame:
    """Reads a manifest back.

    Raises:
        DataError: If the file is missing, is not a Parquet file, or lacks a column or its type.
    """
    table = read_table(file, tuple(COLUMNS))
    try:
        return typed(table, COLUMNS)
    except (ValueError, TypeError) as error:
        raise _unreadable(file, error) from error


def typed(table: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Gives the table with its columns in their types; a cast to the type that a column has costs too."""
    held = table.dtypes
    wrong = {name: kind for name, kind in columns.items() if held[name] != kind}
    return table.astype(wrong) if wrong else table


def read_table(file: Path, columns: tuple[str, ...], *, alone: bool = False) -> pd.DataFrame:
    """Reads a Parquet table and checks that the columns are there.

    Args:
        file: Where it lies.
        columns: That it must have.
        alone: Whether no other column is read.

    Raises:
        DataError: If the file is missing, is not a Parquet file or lacks a column.
    """
    try:
        read = ParquetFile(file).read(columns if alone else None, use_threads=False)
        table: pd.DataFrame = read.to_pandas()
    except (OSError, ValueError) as error:
        raise _unreadable(file, error) from error
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise DataError(
            "a table lacks a column",
            where=str(file),
            why=f"no column {', '.join(missing)}",
            remedy="run the stage that writes it again: `medgraft run --force STAGE`",
        )
    return table


def _unreadable(file: Path, error: Exception) -> DataError:
    return DataError(
        "a table cannot be read",
        where=str(file),
        why=str(error).splitlines()[0],
        remedy="run the stage that writes it again: `medgraft run --force STAGE`",
    )
