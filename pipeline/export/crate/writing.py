"""Writes the crate: what it is, the files in it, and the run that made them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.export.crate.run import add_run
from pipeline.export.crate.things import Things
from pipeline.export.crate.workflow import add_workflow
from pipeline.export.digests import Digests, file_sha256
from pipeline.export.libraries import required
from pipeline.export.subject import Subject
from stages.contracts.artifact import write_json

if TYPE_CHECKING:
    from rocrate.rocrate import ROCrate

PROFILES = (
    ("https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5"),
    ("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"),
    ("https://w3id.org/ro/wfrun/provenance/0.5", "Provenance Run Crate", "0.5"),
    ("https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate", "1.0"),
)
_TERMS = "https://w3id.org/ro/terms/workflow-run#"
RECORD, METRICS, MODEL = "lineage.json", "metrics.json", "model"


def write_crate(subject: Subject, folder: Path) -> None:
    """Writes a Provenance Run Crate with the model, its record and its figures; no data of any patient.

    Args:
        subject: The model.
        folder: An empty folder.
    """
    with required("rocrate"):
        from rocrate.rocrate import ROCrate

    # The run profiles rest on RO-Crate 1.1, and the library would write a later one.
    crate = ROCrate(version="1.1")
    crate.metadata.extra_terms = {name: _TERMS + name for name in ("md5", "sha256")}
    _describe(crate, subject)
    things = Things(crate, Digests(subject.root))
    _add_files(crate, things, subject, folder)
    workflow = add_workflow(crate, subject, folder)
    crate.mainEntity = workflow.main
    add_run(crate, things, subject, workflow)
    crate.write(folder)


def _describe(crate: ROCrate, subject: Subject) -> None:
    from rocrate.model.contextentity import ContextEntity

    record, root = subject.record, crate.root_dataset
    profiles = [
        crate.add(ContextEntity(crate, uri, {"@type": "CreativeWork", "name": name, "version": version}))
        for uri, name, version in PROFILES
    ]
    licence = ContextEntity(
        crate,
        "#licence",
        {"@type": "CreativeWork", "name": "Terms of use", "text": subject.model.intended_use},
    )
    root["conformsTo"] = profiles
    root["name"] = subject.name
    root["description"] = f"How the model {subject.name} was made: every stage with its inputs and outputs."
    root["datePublished"] = record.observed.written_at
    root["license"] = crate.add(licence)
    root["identifier"] = record.identity


def _add_files(crate: ROCrate, things: Things, subject: Subject, folder: Path) -> None:
    """Puts the files into the crate that may leave the house."""
    record = subject.record
    write_json(record, folder / RECORD)
    write_json(record.evaluation, folder / METRICS)
    for name, about in ((RECORD, "Record of lineage"), (METRICS, "Figures on the test split")):
        _add_file(crate, folder / name, name, about)
    packed = crate.add_dataset(
        subject.files, MODEL, properties={"name": "The packaged model", "md5": record.model.files_md5}
    )
    for file in sorted(file for file in subject.files.rglob("*") if file.is_file()):
        below = file.relative_to(subject.files).as_posix()
        packed.append_to("hasPart", _add_file(crate, file, f"{MODEL}/{below}", f"Of the model: {below}"))
    things.know(record.model.path, packed)
    written = hashlib.md5((folder / METRICS).read_bytes(), usedforsecurity=False).hexdigest()
    for out in (out for _, stage in subject.steps for out in stage.outs if out.md5 == written):
        things.know(out.path, crate.dereference(METRICS))


def _add_file(crate: ROCrate, file: Path, name: str, about: str) -> Any:
    kind = {".json": "application/json"}.get(file.suffix, "application/octet-stream")
    properties = {
        "name": about,
        "sha256": file_sha256(file),
        "contentSize": str(file.stat().st_size),
        "encodingFormat": kind,
    }
    return crate.add_file(file, name, properties=properties)
