"""Looks at raw data as `ingest` would, before they are taken, and takes nothing.

Not a stage of the graph: `medgraft data` runs it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from stages.adapters.choosing.choice import choose, keep, plain
from stages.adapters.formats.dicom import DicomOptions
from stages.adapters.opened import AnyOptions, open_adapter
from stages.adapters.raw.place import Place, find_place
from stages.adapters.raw.raw_files import inside, lent
from stages.components.cases.recall import hash_files
from stages.contracts.artifact import read_json, whole_folder, write_json
from stages.contracts.errors import guarded
from stages.contracts.inspection import Inspection, InspectionRequest
from stages.contracts.params import PARAMS_FILE, parse_params, read_params
from stages.ingestion.assessment import Ingested, ingest, write
from stages.ingestion.params import IngestParams
from stages.ingestion.survey import look_at

SOURCE_SPLIT = {"val": 0.2, "test": 0.0, "salt": "medgraft"}
"""A source needs no test."""


def main() -> None:
    """Runs the tool: `python -m stages.inspect --request FILE --out FILE --ingested FOLDER`."""
    parser = argparse.ArgumentParser(prog="stages.inspect", description=__doc__)
    for name in ("request", "out", "ingested"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    request = read_json(InspectionRequest, args.request)
    labels = request.columns.labels
    place = find_place(Path(request.path), Path(labels) if labels else None)
    with lent(place.root, place.borrowed):
        write_json(inspect(place, request, args.ingested), args.out)


def inspect(place: Place, request: InspectionRequest, out: Path) -> Inspection:
    """Chooses the adapter and has every case looked at.

    Args:
        place: The raw data.
        request: What the user says of them.
        out: Where to write what ingestion would write; no finding, however severe, ends it here.

    Raises:
        UsageError: If the format is not recognised.
        DataError: If the data are not of the format.
    """
    options, notes = choose(place, request)
    section = section_of(request.domain, options, place.root)
    params = parse_params(IngestParams, section, f"ingest.{request.domain}")
    md5s = _md5s(place, params.threads)
    known = {name: md5 for name, md5 in md5s.items() if md5} if place.root == place.base else {}
    adapter = open_adapter(place.root, params.adapter)
    earlier = Path(request.earlier) if request.earlier else None
    looked = look_at(request.domain, adapter, place.root, known, params, earlier)
    ingested = ingest(request.domain, adapter.facts, looked.cases, params, looked.earlier)
    with whole_folder(out) as part:
        write(ingested, looked.fingerprint, params, part)
    return Inspection(
        format=params.adapter.format,
        section=section,
        notes=notes,
        stop_at=params.stop_at,
        findings=ingested.findings,
        base=str(place.base),
        files=md5s,
        borrowed={name: str(real) for name, real in place.borrowed.items()},
        **_facts(ingested),
    )


def section_of(domain: str, options: AnyOptions, root: Path) -> dict[str, Any]:
    """Gives the section of params with which the data would be ingested: the present one where it fits."""
    values = read_params() if PARAMS_FILE.exists() else {}
    present = (values.get("ingest") or {}).get(domain)
    if present is None:
        return {"adapter": plain(options)} | ({} if domain == "target" else {"split": SOURCE_SPLIT})
    held = keep(present.get("adapter"), options)
    fits = held and _has_table(root, held) and _knows_labels(root, held)
    return dict(present) if fits else {**present, "adapter": plain(options)}


def _has_table(root: Path, options: AnyOptions) -> bool:
    """Tells whether a table that params name is among these data, and not only among those before."""
    labels = options.labels if isinstance(options, DicomOptions) else options
    name = getattr(labels, "file", None)
    return name is None or root.is_file() or inside(root, name).is_file()


def _knows_labels(root: Path, options: AnyOptions) -> bool:
    """Tells whether class names that params hold are of these data, and not of those before."""
    if options.classes is None:
        return True
    adapter = open_adapter(root, options)
    labels = {case.label for case in adapter.cases()}
    return adapter.facts.task != "classes" or bool(labels & set(options.classes))


def _md5s(place: Place, threads: int) -> dict[str, str | None]:
    own = hash_files(place.base, [(name,) for name in place.files], {}, threads)
    others = [hash_files(real.parent, [(real.name,)], {}, 1)[0] for real in place.borrowed.values()]
    return dict(zip([*place.files, *place.borrowed], [*own, *others], strict=True))


def _facts(ingested: Ingested) -> dict[str, Any]:
    domain, table = ingested.domain, ingested.table
    used = table[table["excluded_because"].isna()]
    return {
        "task": domain.task,
        "classes": domain.classes,
        "cases": len(table),
        "used": len(used),
        "patients": int(used["patient_id"].nunique()) if domain.patients_known else None,
        "given_splits": domain.given_splits,
        "counts": domain.counts,
    }


if __name__ == "__main__":
    sys.exit(guarded(main))
