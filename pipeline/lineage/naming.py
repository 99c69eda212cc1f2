"""Finds the model that a user means: by version, role, identity, revision or weights file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from pipeline.lineage.git import ask_git
from pipeline.lineage.lock import Lock, parse_lock, read_lock
from pipeline.lineage.record import LineageRecord
from pipeline.lineage.registry import Version, read_registry
from pipeline.lineage.shelf import read_records, record_path
from stages.contracts.errors import UsageError

_FEWEST_DIGITS = 6


def find_model(root: Path, text: str) -> LineageRecord:
    """Finds a model's record.

    Args:
        root: The workspace.
        text: `v3`, `champion`, `challenger`, the path of a weights file, the first digits of an identity,
            or a git revision; the first of these that fits.

    Raises:
        UsageError: If there is no such model.
        DataError: If a record is damaged.
    """
    records = read_records(root)
    found = (
        _by_role(root, text, records)
        or _by_weights(root, text, records)
        or _by_identity(text, records)
        or _by_revision(root, text, records)
    )
    if found is None:
        raise _unknown(root, text, records)
    return found


def current_record(root: Path, records: Sequence[LineageRecord]) -> LineageRecord | None:
    """Gives the record of the model that the workspace's dvc.lock describes."""
    return _of_lock(read_lock(root / "dvc.lock"), records)


def record_at(root: Path, version: Version, records: Sequence[LineageRecord]) -> LineageRecord | None:
    """Gives the record of a version: from the shelf, else from the version's own commit."""
    if version.identity is None:
        return _at_revision(root, version.revision, records)
    found = next((record for record in records if record.identity == version.identity), None)
    return found or _committed(root, version.revision, version.identity)


def _by_role(root: Path, text: str, records: Sequence[LineageRecord]) -> LineageRecord | None:
    if text == "challenger":
        return current_record(root, records) or (records[-1] if records else None)
    number = re.fullmatch(r"v([1-9]\d*)(?:\.0\.0)?", text)
    if text != "champion" and not number:
        return None
    registry = read_registry(root)
    if number:
        version = next((one for one in registry.versions if one.number == int(number[1])), None)
    else:
        version = registry.champion
    return record_at(root, version, records) if version else None


def _by_weights(root: Path, text: str, records: Sequence[LineageRecord]) -> LineageRecord | None:
    file = next((place for place in (Path(text), root / text) if place.is_file()), None)
    if file is None:
        return None
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return next((record for record in reversed(records) if digest in record.model.weights.values()), None)


def _by_identity(text: str, records: Sequence[LineageRecord]) -> LineageRecord | None:
    if len(text) < _FEWEST_DIGITS:
        return None
    found = [record for record in records if record.identity.startswith(text)]
    return found[0] if len(found) == 1 else None


def _by_revision(root: Path, text: str, records: Sequence[LineageRecord]) -> LineageRecord | None:
    revision = ask_git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{text}^{{commit}}")
    return _at_revision(root, revision.strip(), records) if revision else None


def _at_revision(root: Path, revision: str, records: Sequence[LineageRecord]) -> LineageRecord | None:
    """Gives the record that belongs to the dvc.lock of a commit."""
    text = ask_git(root, "show", f"{revision}:./dvc.lock")
    return _of_lock(parse_lock(text, f"{revision}:dvc.lock"), records) if text else None


def _of_lock(lock: Lock | None, records: Sequence[LineageRecord]) -> LineageRecord | None:
    if lock is None or (stage := lock.stages.get("package")) is None:
        return None
    made = {out.md5 for out in stage.outs}
    for record in reversed(records):
        known = record.made_by
        if record.model.files_md5 in made and all(lock.stages.get(name) == known[name] for name in known):
            return record
    return None


def _committed(root: Path, revision: str, identity: str) -> LineageRecord | None:
    text = ask_git(root, "show", f"{revision}:./{record_path(identity)}")
    try:
        return LineageRecord.model_validate_json(text) if text else None
    except ValidationError:
        return None


def _unknown(root: Path, text: str, records: Sequence[LineageRecord]) -> UsageError:
    versions = ", ".join(f"v{one.number}" for one in read_registry(root).versions)
    known = [f"{len(records)} in lineage/records", f"versions {versions}" if versions else "no version"]
    return UsageError(
        f"there is no model '{text}'",
        where=str(root),
        why=f"the models on record are: {'; '.join(known)}",
        remedy="`medgraft models` lists them; `medgraft run` makes one and its record",
    )
