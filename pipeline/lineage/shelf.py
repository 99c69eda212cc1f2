"""The shelf of records: one file per model, below the workspace and under git."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pipeline.lineage.record import LineageRecord
from stages.contracts.artifact import read_json, write_json

FOLDER = "lineage"
RECORDS = f"{FOLDER}/records"
_DIGITS = 16
_WRITTEN = re.compile(rb'"written_at": *"([^"]*)"')


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


def read_record(root: Path, identity: str) -> LineageRecord | None:
    """Reads the record of one model, which its file is named after; None where there is none.

    Raises:
        DataError: If it is damaged.
    """
    file = root / record_path(identity)
    found = read_json(LineageRecord, file) if file.is_file() else None
    if found is None or found.identity == identity:
        return found
    return next((one for one in read_records(root) if one.identity == identity), None)


def begun_with(root: Path, digits: str) -> tuple[LineageRecord, ...]:
    """Reads the records whose identity begins with some digits; the names of the files tell which.

    Raises:
        DataError: If one of them is damaged.
    """
    files = [file for file in (root / RECORDS).glob("*.json") if file.stem.startswith(digits[:_DIGITS])]
    records = (read_json(LineageRecord, file) for file in sorted(files))
    return tuple(record for record in records if record.identity.startswith(digits))


def records_with(root: Path, *texts: str) -> Iterator[LineageRecord]:
    """Reads the records in which one of some texts stands; the others are looked through, and not read.

    Raises:
        DataError: If one of them is damaged.
    """
    wanted = [text.encode() for text in texts]
    for file in sorted((root / RECORDS).glob("*.json")):
        data = file.read_bytes()
        if any(text in data for text in wanted):
            yield read_json(LineageRecord, file)


def newest_record(root: Path) -> LineageRecord | None:
    """Reads the record that was written last; None where there is none.

    Raises:
        DataError: If one is damaged.
    """
    times: list[tuple[str, str, Path]] = []
    for file in (root / RECORDS).glob("*.json"):
        found = _WRITTEN.search(file.read_bytes())
        times.append((found[1].decode() if found else "", file.stem, file))
    return read_json(LineageRecord, max(times)[2]) if times else None


def read_records(root: Path) -> tuple[LineageRecord, ...]:
    """Reads every record of a workspace, the oldest first.

    Raises:
        DataError: If one of them is damaged.
    """
    records = [read_json(LineageRecord, file) for file in sorted((root / RECORDS).glob("*.json"))]
    return tuple(sorted(records, key=lambda record: (record.observed.written_at, record.identity)))
