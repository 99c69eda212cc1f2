"""The splits: computed again from the manifest, and proved disjoint."""

from __future__ import annotations

import pandas as pd

from pipeline.audit.finding import Check, Tally
from pipeline.audit.material import Material
from pipeline.audit.recheck import NOT_HERE
from pipeline.lineage.record import DomainRecord
from stages.contracts.artifact import read_json
from stages.contracts.errors import DataError
from stages.contracts.manifest import read_manifest
from stages.contracts.split import SplitRecord, record_splits


def check_splits(material: Material) -> Check:
    """Makes the record of every domain's splits again: no group and no patient may be in two of them."""
    tally = Tally("splits", "splits")
    for domain in material.record.domains:
        try:
            _check(material, domain, tally)
        except DataError as error:
            tally.differs(error.where, f"{error.what}: {error.why}")
    return tally.check()


def _check(material: Material, domain: DomainRecord, tally: Tally) -> None:
    folder = domain.manifest_path.rpartition("/")[0]
    manifest_file, file = material.file(domain.manifest_path), material.file(f"{folder}/splits.json")
    if manifest_file is None or file is None:
        tally.skip(folder, NOT_HERE)
        return
    manifest, stored = read_manifest(manifest_file), read_json(SplitRecord, file)
    again, where = record_splits(manifest, stored.params, given=stored.given), f"{folder}/splits.json"
    for key in ("unit", "given", "shared"):
        tally.expect(f"{where}: {key}", getattr(stored, key), getattr(again, key))
    for split, part in again.parts.items():
        tally.expect(f"{where}: {split}", stored.parts.get(split), part, "what it says")
        recorded = domain.splits.get(split)
        tally.expect(
            f"record: {domain.name}.splits.{split}",
            recorded.model_dump() if recorded else None,
            part.model_dump(),
            "what it says",
        )
    for column in ("group_id", "patient_id"):
        torn = _torn(manifest, column)
        tally.expect(f"{domain.manifest_path}: {column}", torn, 0, "the number in more than one split")


def _torn(manifest: pd.DataFrame, column: str) -> int:
    used = manifest[manifest["split"].notna() & manifest[column].notna()]
    return int((used.groupby(column)["split"].nunique() > 1).sum())
