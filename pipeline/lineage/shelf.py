"""The shelf of records: one file per model, below the workspace and under git."""

from __future__ import annotations

from pathlib import Path

from pipeline.lineage.record import LineageRecord
from stages.contracts.artifact import read_json, write_json

FOLDER = "lineage"
RECORDS = f"{FOLDER}/records"
_DIGITS = 16


def record_path(identity: str) -> str:
    """Names the file of a model's record, below the workspace, with `/`."""
    return f"{RECORDS}/{identity[:_DIGITS]}.json"


def record_file(root: Path, record: LineageRecord) -> Path:
    """Names the file of a record in a workspace."""
    return root / record_path(record.identity)


def write_record(root: Path, record: LineageRecord) -> Path:
    """Writes a record, unless that of the same model is there already.

    Returns:
        Its file, which is untouched where the identity is the same.

    Raises:
        DataError: If the file of this identity is damaged.
    """
    file = record_file(root, record)
    if not file.exists() or read_json(LineageRecord, file).identity != record.identity:
        write_json(record, file)
    return file


def read_records(root: Path) -> tuple[LineageRecord, ...]:
    """Reads every record of a workspace, the oldest first.

    Raises:
        DataError: If one of them is damaged.
    """
    records = [read_json(LineageRecord, file) for file in sorted((root / RECORDS).glob("*.json"))]
    return tuple(sorted(records, key=lambda record: (record.observed.written_at, record.identity)))
