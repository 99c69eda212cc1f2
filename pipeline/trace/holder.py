"""What holds cases: the models on record, and the workspace's own data of now."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.trace.manifests import ManifestPlace

if TYPE_CHECKING:
    from pipeline.lineage.lock import LockedStage

RECORDS = Path("lineage", "records")
MANIFESTS = "artifacts/ingested/*/manifest.parquet"


@dataclass(frozen=True)
class Part:
    """One domain of a holder.

    Attributes:
        domain: Its name.
        manifest: Its cases.
        ancestor: Whether the model's own weights descend from a training on the domain.
        stages: What depends on the domain's cases, in the order of the record.
    """

    domain: str
    manifest: ManifestPlace
    ancestor: bool
    stages: tuple[str, ...]


@dataclass(frozen=True)
class Holder:
    """A model, or the workspace.

    Attributes:
        identity: Of the model; empty for the workspace.
        name: Of the model.
        written_at: When its record was written.
        parts: Its domains.
    """

    identity: str
    name: str
    written_at: str
    parts: tuple[Part, ...]


def holder_files(root: Path) -> dict[str, str]:
    """Names the files that say what there is, each with a stamp that changes when it does."""
    files = [*(root / RECORDS).glob("*.json"), *root.glob(MANIFESTS)]
    return {file.relative_to(root).as_posix(): _stamp(file) for file in sorted(files)}


def read_holder(root: Path, file: str) -> Holder:
    """Reads such a file.

    Raises:
        DataError: If it is a damaged record.
    """
    if not file.startswith(RECORDS.as_posix()):
        return Holder("", "", "", (_present(root, file),))
    from pipeline.lineage.record import LineageRecord
    from stages.contracts.artifact import read_json

    record = read_json(LineageRecord, root / file)
    trained = {link.training_domain for link in record.ancestry} | {"target"}
    parts = []
    for domain in record.domains:
        folder = domain.manifest_path.rpartition("/")[0]
        outs = {out.path: out.md5 for stage in record.made_by.values() for out in stage.outs}
        place = ManifestPlace(domain.manifest_sha256, domain.manifest_path, outs.get(folder))
        stages = tuple(_downstream(folder, record.made_by))
        parts.append(Part(domain.name, place, domain.name in trained, stages))
    return Holder(record.identity, record.model.name, record.observed.written_at, tuple(parts))


def _present(root: Path, file: str) -> Part:
    digest = hashlib.sha256((root / file).read_bytes()).hexdigest()
    return Part(file.split("/")[-2], ManifestPlace(digest, file, None), False, ())


def _downstream(folder: str, made_by: Mapping[str, LockedStage]) -> Iterator[str]:
    """Names the stages that read a folder, and those that read what they make."""
    reached, waiting = set[str](), [folder]
    while waiting:
        path = waiting.pop()
        for name, stage in made_by.items():
            if name not in reached and any(_overlap(path, dep.path) for dep in stage.inputs):
                reached.add(name)
                waiting += [out.path for out in stage.outs]
    return (name for name in made_by if name in reached)


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _stamp(file: Path) -> str:
    facts = file.stat()
    return f"{facts.st_mtime_ns} {facts.st_size} {facts.st_ino}"
