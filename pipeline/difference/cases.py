"""The data of two models, case by case, from the manifests in DVC's cache."""

from __future__ import annotations

from pathlib import Path

from pipeline.difference.report import DomainChange
from pipeline.lineage.record import DomainRecord, LineageRecord
from pipeline.repro.objects import Objects
from pipeline.trace.manifests import ManifestPlace, MissingManifestError, Row, read_rows


def changed_data(root: Path, before: LineageRecord, after: LineageRecord) -> tuple[DomainChange, ...]:
    """Gives the domains that differ."""
    objects = Objects(root)
    old, new = ({domain.name: domain for domain in record.domains} for record in (before, after))
    return tuple(
        _change(root, objects, name, (before, old.get(name)), (after, new.get(name)))
        for name in sorted(old.keys() | new.keys())
        if name not in old or name not in new or old[name].manifest_sha256 != new[name].manifest_sha256
    )


def _change(
    root: Path,
    objects: Objects,
    name: str,
    before: tuple[LineageRecord, DomainRecord | None],
    after: tuple[LineageRecord, DomainRecord | None],
) -> DomainChange:
    try:
        old, new = (_rows(root, objects, *side) for side in (before, after))
    except MissingManifestError as error:
        return DomainChange(name, unread=f"{error}: `dvc fetch --all-commits` brings it")
    both = sorted(old.keys() & new.keys())
    gone, came = (({row.patient_id for row in side.values()} - {None}) for side in (old, new))
    return DomainChange(
        domain=name,
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        modified=tuple(case for case in both if old[case].content_sha256 != new[case].content_sha256),
        moved=tuple(case for case in both if old[case].split != new[case].split),
        patients_added=len(came - gone),
        patients_removed=len(gone - came),
    )


def _rows(root: Path, objects: Objects, record: LineageRecord, domain: DomainRecord | None) -> dict[str, Row]:
    if domain is None:
        return {}
    folder = domain.manifest_path.rpartition("/")[0]
    outs = {out.path: out.md5 for stage in record.made_by.values() for out in stage.outs}
    place = ManifestPlace(domain.manifest_sha256, domain.manifest_path, outs.get(folder))
    return {row.case_id: row for row in map(Row._make, read_rows(root, place, objects))}
