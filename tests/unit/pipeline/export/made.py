"""A workspace in which a model was made of named patients, with the record of its lineage."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from pipeline.export.subject import Subject
from pipeline.lineage.lock import LockedPath, LockedStage
from pipeline.lineage.record import (
    CodeRecord,
    DomainRecord,
    GateCriteria,
    LineageRecord,
    ModelFacts,
    Observed,
    Software,
    SplitCount,
    WeightsLink,
)
from stages.contracts.artifact import write_json
from stages.contracts.checkpoint import Environment
from stages.contracts.manifest import read_manifest
from tests.unit.pipeline.report.built_workspace import Built, build_all, checkpoint, digest, evaluation

RAW = "data/raw/target"


def make_subject(root: Path) -> Subject:
    """Builds the workspace and the record as `medgraft run` would."""
    built = build_all(Built(root, patients=True))
    for number in range(4):
        file = root / RAW / "yes" / f"SMITH^ANNA_{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes([number]) * 100)
    (root / "dvc.yaml").write_text("stages: {}\n")
    weights = built.artifacts / "model" / "models" / "checkpoint.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"weights")
    tuned = checkpoint(built, "finetuned", "imagenet", digest("parent"), strategy="lp_ft", seed=2)
    write_json(tuned, weights.with_name("checkpoint.json"))
    return Subject(root, _record(built), built.artifacts / "model")


def secrets(root: Path) -> set[str]:
    """Names everything that says who a patient is: patients, cases, files."""
    table = read_manifest(root / "artifacts/ingested/target/manifest.parquet")
    named = {str(value) for column in ("patient_id", "case_id", "path") for value in table[column].dropna()}
    files = {file.name for file in (root / RAW).rglob("*") if file.is_file()}
    return named | {name.rpartition("/")[2] for name in named} | files | {"SMITH"}


def locked(root: Path, path: str) -> LockedPath:
    """Hashes a file or folder as DVC does."""
    place = root / path
    if place.is_file():
        return LockedPath(path=path, md5=_md5(place.read_bytes()), size=place.stat().st_size)
    files = sorted(file for file in place.rglob("*") if file.is_file())
    listing = sorted(
        ({"md5": _md5(f.read_bytes()), "relpath": f.relative_to(place).as_posix()} for f in files),
        key=lambda item: item["relpath"],
    )
    md5 = _md5(json.dumps(listing, sort_keys=True).encode()) + ".dir"
    return LockedPath(path=path, md5=md5, nfiles=len(files))


def _md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def _stage(root: Path, name: str, deps: list[str], outs: list[str]) -> LockedStage:
    module = name.partition("@")[0]
    code = [LockedPath(path=f"stages/{module}.py", md5=digest(module)[:32], size=1000)]
    return LockedStage(
        cmd=f"python -m stages.{module}",
        deps=(*(locked(root, dep) for dep in deps), *code),
        params={"params.yaml": {module: {"threads": 1, "size": [96, 96]}}},
        outs=tuple(locked(root, out) for out in outs),
    )


def _record(built: Built) -> LineageRecord:
    root = built.root
    ingested, sources, selected = (
        "artifacts/ingested/target",
        "artifacts/sources/imagenet",
        "artifacts/selected",
    )
    made_by = {
        "package": _stage(root, "package", [selected, "artifacts/metrics.json"], ["artifacts/model"]),
        "ingest@target": _stage(root, "ingest@target", [RAW], [ingested]),
        "transfer@imagenet": _stage(root, "transfer@imagenet", [sources], ["artifacts/transferred/imagenet"]),
        "select": _stage(root, "select", ["artifacts/transferred/imagenet", ingested], [selected]),
        "evaluate": _stage(root, "evaluate", [selected, ingested], ["artifacts/metrics.json"]),
    }
    weights = hashlib.sha256(b"weights").hexdigest()
    figures = evaluation(built)
    return LineageRecord(
        identity=digest("identity"),
        model=ModelFacts(
            name="brain-tumour",
            path="artifacts/model",
            task="classes",
            classes=built.classes,
            positive="yes",
            threshold=0.41,
            temperature=1.0,
            weights={"models/checkpoint.safetensors": weights},
            files_md5=locked(root, "artifacts/model").md5,
        ),
        evaluation=figures,
        difference=figures.difference["auroc"],
        ancestry=(_link("packaged", weights, digest("parent")), _link("source", digest("parent"), None)),
        domains=(_domain(),),
        made_by=made_by,
        seeds=(0, 1, 2),
        code=CodeRecord(revision=None, dirty=(), version="0.1.0"),
        software=Software(
            python="3.11.9",
            implementation="CPython",
            machine="x86_64",
            cpu_features_sha256=None,
            packages={"torch": "2.13.0", "monai": "1.6.1", "numpy": "2.4.6"},
        ),
        gate=GateCriteria(
            metric=None,
            margin=0.0,
            confidence=0.95,
            resamples=2000,
            refuse_negative_transfer=True,
            refuse_severity="severe",
        ),
        gate_sha256=digest("gate"),
        observed=Observed(
            written_at="2026-11-29T10:00:00Z",
            started_at="2026-11-29T09:50:00Z",
            ended_at="2026-11-29T09:59:00Z",
        ),
    )


def _link(step: str, weights: str, parent: str | None) -> WeightsLink:
    environment = Environment(
        device="cpu", precision="fp32", threads=1, seed=2, versions={"torch": "2.13.0", "monai": "1.6.1"}
    )
    return WeightsLink.model_validate(
        {
            "step": step,
            "path": "artifacts/model/models",
            "origin": "finetuned" if parent else "imported",
            "source": "imagenet",
            "strategy": "lp_ft" if parent else None,
            "seed": 2 if parent else None,
            "weights_sha256": weights,
            "parent_sha256": parent,
            "training_cases": 100 if parent else None,
            "training_domain": "target" if parent else None,
            "environment": environment if parent else None,
        }
    )


def _domain() -> DomainRecord:
    return DomainRecord(
        name="target",
        adapter="folder",
        task="classes",
        classes=("no", "yes"),
        patients_known=True,
        raw_path=RAW,
        raw_md5=digest("raw")[:32] + ".dir",
        manifest_path="artifacts/ingested/target/manifest.parquet",
        manifest_sha256=digest("manifest"),
        splits={
            name: SplitCount(cases=cases, groups=cases // 2, groups_sha256=digest(name))
            for name, cases in (("train", 118), ("val", 40), ("test", 40))
        },
        excluded={"unreadable": 2},
        findings={"warning": 1, "note": 1},
    )
