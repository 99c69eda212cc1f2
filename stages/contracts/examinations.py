"""What ingestion saw in each case: the facts that a manifest does not hold, and a seal over both."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from stages.contracts.artifact import Record, read_json, whole_file, write_json
from stages.contracts.errors import DataError
from stages.contracts.manifest import read_manifest, read_table, typed, write_table

FACTS: dict[str, str] = {
    "case_id": "string",
    "cluster": "string",  # of near-duplicates: the smallest perceptual hash in it; null without one
    "flaw": "string",  # kind of the finding that excludes the case by itself, such as `unreadable`
    "reason": "string",  # cause of the flaw
    "misnamed": "string",  # the real format, where the extension tells another one
    "shape": "string",  # of the spatial axes, such as `64x64`; of a record, the number of its values
    "dtype": "string",  # in which the values are stored
    "colour": "bool",  # whether a pixel is red, green and blue
    "spacing": "string",  # millimetres per pixel, such as `1x1x2.5`; null where the data do not say it
    "low": "float64",  # smallest value; NaN where there is none
    "high": "float64",
    "mean": "float64",
    "deviation": "float64",
    "low_percentile": "float64",  # 0.5th
    "high_percentile": "float64",  # 99.5th
    "mask_labels": "string",  # values of the mask, such as `0 1 2`
    "identifiers": "string",  # header fields that identify a patient, by name
}
MANIFEST, EXAMINATIONS, SEAL = "manifest.parquet", "examinations.parquet", "seal.json"


class Seal(Record):
    """Enough to trust the rows of an earlier ingestion, or not to."""

    fingerprint: str
    """Of the code and the options by which cases were examined."""
    near_duplicate_bits: int | None
    """Distance of the clusters."""
    grouping: str | None
    """Fingerprint of how cases were grouped and split; null where the data gave the splits."""
    manifest_sha256: str
    """Of `manifest.parquet`."""
    examinations_sha256: str
    """Of `examinations.parquet`."""


def write_examinations(table: pd.DataFrame, file: Path) -> None:
    """Writes one row per case, sorted, in deterministic bytes."""
    ordered = typed(table[list(FACTS)], FACTS).sort_values("case_id", ignore_index=True)
    with whole_file(file) as part:
        write_table(ordered, part)


def read_examinations(file: Path) -> pd.DataFrame:
    """Reads them back.

    Raises:
        DataError: If the file is missing, is not a Parquet file or lacks a column.
    """
    return typed(read_table(file, tuple(FACTS)), FACTS)


@dataclass(frozen=True)
class Sealed:
    """An earlier ingestion that can be trusted.

    Attributes:
        table: Columns of the manifest and of the examinations, indexed by case.
        seal: What it says of how they came to be.
    """

    table: pd.DataFrame
    seal: Seal


def seal(folder: Path, fingerprint: str, near_duplicate_bits: int | None, grouping: str | None) -> None:
    """Writes the seal over manifest and examinations."""
    record = Seal(
        fingerprint=fingerprint,
        near_duplicate_bits=near_duplicate_bits,
        grouping=grouping,
        manifest_sha256=_sha256(folder / MANIFEST),
        examinations_sha256=_sha256(folder / EXAMINATIONS),
    )
    write_json(record, folder / SEAL)


def read_sealed(folder: Path | None, fingerprint: str) -> Sealed | None:
    """Reads what an earlier ingestion saw; None if there is none, it is damaged or of other code."""
    if folder is None:
        return None
    try:
        kept = read_json(Seal, folder / SEAL)
        whole = (kept.manifest_sha256, kept.examinations_sha256)
        if kept.fingerprint != fingerprint:
            return None
        if (_sha256(folder / MANIFEST), _sha256(folder / EXAMINATIONS)) != whole:
            return None
        manifest, facts = read_manifest(folder / MANIFEST), read_examinations(folder / EXAMINATIONS)
    except (DataError, OSError):
        return None
    # Both have the same cases in the same order: the seal is over two tables of one ingestion.
    table = pd.concat([manifest, facts.drop(columns="case_id")], axis=1).set_index("case_id")
    return Sealed(table, kept)


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
