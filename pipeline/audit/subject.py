"""Which model is audited, and which commit holds its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.audit.revision import Revision, log_of
from pipeline.lineage.naming import find_model
from pipeline.lineage.record import LineageRecord
from pipeline.lineage.registry import Registry
from pipeline.lineage.shelf import newest_record, record_path
from stages.contracts.errors import DataError


@dataclass(frozen=True)
class Subject:
    """A model to audit.

    Attributes:
        record: Its record.
        revision: The commit of its version, else the latest that holds both its record and its dvc.lock;
            None where none does.
    """

    record: LineageRecord
    revision: Revision | None


def find_subject(root: Path, model: str, registry: Registry) -> Subject:
    """Finds the model that a user means.

    Args:
        root: The workspace.
        model: As `find_model` reads it.
        registry: The tags.

    Raises:
        UsageError: If there is no such model.
        DataError: If a record is damaged.
    """
    record = _find(root, model)
    tagged = [one for one in registry.versions if one.identity == record.identity]
    if tagged:
        return Subject(record, Revision(root, tagged[-1].revision))
    return Subject(record, _committed(root, record))


def _find(root: Path, model: str) -> LineageRecord:
    try:
        return find_model(root, model)
    except DataError as error:
        newest = newest_record(root) if "dvc.lock" in error.where else None
        if newest is None:
            raise
        return newest  # that dvc.lock is damaged is for the audit to say


def _committed(root: Path, record: LineageRecord) -> Revision | None:
    path = record_path(record.identity)
    for commit in log_of(root, path, "dvc.lock"):
        held = Revision(root, commit).read_all([path, "dvc.lock"])
        if held[path] is not None and record.model.files_md5.encode() in (held["dvc.lock"] or b""):
            return Revision(root, commit)
    return None
