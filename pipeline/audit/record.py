"""The record itself: its hashes recomputed, its file, and its twin in git."""

from __future__ import annotations

from pydantic import ValidationError

from pipeline.audit.finding import Check, Tally
from pipeline.audit.material import Material
from pipeline.lineage.canonical import canonical_sha256
from pipeline.lineage.making import identity_of
from pipeline.lineage.record import LineageRecord
from pipeline.lineage.shelf import record_path


def check_record(material: Material) -> Check:
    """Computes every hash in the record again, and compares its file with what git holds."""
    record, tally = material.record, Tally("record", "facts of the record")
    place = record_path(record.identity)
    identity = identity_of(record.made_by, record.model)
    tally.expect(f"{place}: identity", record.identity, identity)
    tally.expect(f"{place}: gate_sha256", record.gate_sha256, canonical_sha256(record.gate))
    tally.expect(f"{place}: difference", record.difference, _difference(record))
    tally.expect(f"{place}: seeds", record.seeds, _seeds(record))
    tally.expect(f"{place}: model.files_md5", record.model.files_md5, _model_md5(record))
    _check_file(material, place, tally)
    _check_committed(material, place, tally)
    return tally.check()


def _difference(record: LineageRecord) -> object:
    return record.evaluation.difference.get(record.evaluation.verdict_metric)


def _seeds(record: LineageRecord) -> object:
    stage = record.made_by.get("select")
    grid = stage.params.get("params.yaml", {}).get("grid", {}) if stage else {}
    return tuple(grid.get("seeds", ()))


def _model_md5(record: LineageRecord) -> str | None:
    outs = (out for stage in record.made_by.values() for out in stage.outs)
    return next((out.md5 for out in outs if out.path == record.model.path), None)


def _check_file(material: Material, place: str, tally: Tally) -> None:
    file = material.root / place
    if not file.is_file():
        tally.differs(place, "there is no such record in the workspace")
        return
    same = _parse(file.read_bytes()) == material.record
    tally.expect(place, same, True, "that the file is this record")


def _check_committed(material: Material, place: str, tally: Tally) -> None:
    if material.revision is None:
        tally.skip(place, "it was never committed, so nothing proves that it is as it was written")
        return
    data = material.revision.read(place)
    where = f"{place} at {material.revision.commit[:12]}"
    if data is None:
        tally.differs(where, "the commit does not hold it")
        return
    committed = _parse(data)
    if committed is None:
        tally.differs(where, "damaged")
        return
    for name in type(committed).model_fields:
        tally.expect(
            f"{place}: {name}", getattr(material.record, name), getattr(committed, name), "what it says"
        )


def _parse(data: bytes) -> LineageRecord | None:
    try:
        return LineageRecord.model_validate_json(data)
    except ValidationError:
        return None
