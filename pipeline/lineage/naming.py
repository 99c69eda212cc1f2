"""Finds the model that a user means: by version, role, identity, revision or weights file."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from pydantic import ValidationError

from pipeline.lineage.git import ask_git
from pipeline.lineage.lock import Lock, parse_lock, read_lock
from pipeline.lineage.record import LineageRecord
from pipeline.lineage.registry import Version, read_registry
from pipeline.lineage.shelf import (
    RECORDS,
    begun_with,
    newest_record,
    read_record,
    record_path,
    records_with,
)
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
        DataError: If its record is damaged.
    """
    for find in (_by_role, _by_weights, _by_identity, _by_revision):
        if found := find(root, text):
            return found
    raise _unknown(root, text)


def current_record(root: Path) -> LineageRecord | None:
    """Gives the record of the model that the workspace's dvc.lock describes."""
    return _of_lock(root, read_lock(root / "dvc.lock"))


def record_at(root: Path, version: Version) -> LineageRecord | None:
    """Gives the record of a version: from the shelf, else from the version's own commit."""
    if version.identity is None:
        return _at_revision(root, version.revision)
    return read_record(root, version.identity) or _committed(root, version.revision, version.identity)


def _by_role(root: Path, text: str) -> LineageRecord | None:
    if text == "challenger":
        return current_record(root) or newest_record(root)
    number = re.fullmatch(r"v([1-9]\d*)(?:\.0\.0)?", text)
    if text != "champion" and not number:
        return None
    registry = read_registry(root)
    if number:
        version = next((one for one in registry.versions if one.number == int(number[1])), None)
    else:
        version = registry.champion
    return record_at(root, version) if version else None


def _by_weights(root: Path, text: str) -> LineageRecord | None:
    file = next((place for place in (Path(text), root / text) if place.is_file()), None)
    if file is None:
        return None
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    found = [one for one in records_with(root, digest) if digest in one.model.weights.values()]
    return max(found, key=lambda record: record.observed.written_at, default=None)


def _by_identity(root: Path, text: str) -> LineageRecord | None:
    if not re.fullmatch(rf"[0-9a-f]{{{_FEWEST_DIGITS},64}}", text):
        return None
    found = begun_with(root, text)
    return found[0] if len(found) == 1 else None


def _by_revision(root: Path, text: str) -> LineageRecord | None:
    revision = ask_git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{text}^{{commit}}")
    return _at_revision(root, revision.strip()) if revision else None


def _at_revision(root: Path, revision: str) -> LineageRecord | None:
    """Gives the record that belongs to the dvc.lock of a commit."""
    text = ask_git(root, "show", f"{revision}:./dvc.lock")
    return _of_lock(root, parse_lock(text, f"{revision}:dvc.lock")) if text else None


def _of_lock(root: Path, lock: Lock | None) -> LineageRecord | None:
    if lock is None or (stage := lock.stages.get("package")) is None:
        return None
    made = {out.md5 for out in stage.outs}
    for record in records_with(root, *made):
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


def _unknown(root: Path, text: str) -> UsageError:
    versions = ", ".join(f"v{one.number}" for one in read_registry(root).versions)
    records = sum(1 for _ in (root / RECORDS).glob("*.json"))
    known = [f"{records} in lineage/records", f"versions {versions}" if versions else "no version"]
    return UsageError(
        f"there is no model '{text}'",
        where=str(root),
        why=f"the models on record are: {'; '.join(known)}",
        remedy="`medgraft models` lists them; `medgraft run` makes one and its record",
    )
