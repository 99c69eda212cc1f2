"""Builds workspaces with models on record, their manifests in DVC's cache, without training any."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.lineage.criteria import GateParams
from pipeline.lineage.lock import LockedPath, LockedStage
from pipeline.lineage.record import (
    CodeRecord,
    DomainRecord,
    LineageRecord,
    ModelFacts,
    Observed,
    Software,
    WeightsLink,
)
from stages.contracts.artifact import write_json
from stages.contracts.scores import Evaluation, Interval

SHA = "0" * 64
NAMES = ("case_id", "patient_id", "path", "file_md5", "content_sha256", "split", "excluded_because")
GATE = GateParams().fixed()


class Case(NamedTuple):
    """A row of a manifest, as far as a trace reads it."""

    case_id: str
    patient_id: str | None
    split: str | None
    excluded_because: str | None = None
    file_md5: str | None = None


class Kept(NamedTuple):
    """A manifest in the cache."""

    sha256: str
    folder_md5: str


def make_root(root: Path) -> Path:
    (root / ".dvc").mkdir(parents=True)
    return root


def keep_manifest(root: Path, cases: Sequence[Case]) -> Kept:
    """Puts a manifest into the cache as DVC keeps a folder."""
    return keep_table(root, tabulate(cases))


def tabulate(cases: Sequence[Case]) -> pa.Table:
    columns = list(zip(*cases, strict=True)) or [()] * 5
    ids, patients, splits, reasons, md5s = map(list, columns)
    contents = [hashlib.sha256(str(case).encode()).hexdigest() for case in ids]
    arrays = [pa.array(one, pa.string()) for one in (ids, patients, ids, md5s, contents, splits, reasons)]
    return pa.table(arrays, NAMES)


def keep_table(root: Path, table: pa.Table) -> Kept:
    file = root / "part.parquet"
    pq.write_table(table, file)
    data = file.read_bytes()
    file.unlink()
    rows = [{"md5": keep(root, data), "relpath": "manifest.parquet"}]
    return Kept(hashlib.sha256(data).hexdigest(), keep(root, json.dumps(rows).encode(), ".dir"))


def keep(root: Path, data: bytes, ending: str = "") -> str:
    name = hashlib.md5(data).hexdigest() + ending
    file = root / ".dvc/cache/files/md5" / name[:2] / name[2:]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return name


def put_record(
    root: Path,
    manifests: Mapping[str, Kept],
    identity: str = "1" * 64,
    written_at: str = "2026-01-01T00:00:00Z",
) -> LineageRecord:
    """Puts a model on record: transferred from `source` to `target`, with candidates from other domains."""
    record = make_record(manifests, identity, written_at)
    write_json(record, root / "lineage/records" / f"{identity[:16]}.json")
    return record


def make_record(manifests: Mapping[str, Kept], identity: str, written_at: str) -> LineageRecord:
    half = Interval(value=0.5, low=0.4, high=0.6)
    return LineageRecord(
        identity=identity,
        model=ModelFacts(
            name="toy",
            path="artifacts/model",
            task="classes",
            classes=("no", "yes"),
            positive="yes",
            threshold=0.5,
            temperature=1.0,
            weights={"models/checkpoint.safetensors": identity},
            files_md5="a.dir",
        ),
        evaluation=Evaluation(
            selected={"auroc": half},
            scratch={"auroc": half},
            difference={"auroc": half},
            verdict="positive",
            verdict_metric="auroc",
            resampled="patients",
            confidence=0.95,
            test_cases=2,
            test_patients=2,
            test_groups=2,
            seeds={},
        ),
        difference=half,
        ancestry=(
            _link("packaged", "target", "source"),
            _link("finetuned", "target", "source"),
            _link("transferred", None, "source"),
            _link("source", "source", "source"),
        ),
        domains=tuple(_domain(name, kept) for name, kept in sorted(manifests.items())),
        made_by=_made_by(manifests),
        seeds=(0,),
        code=CodeRecord(revision=None, dirty=(), version="0"),
        software=Software(
            python="3.11", implementation="CPython", machine="x86_64", cpu_features_sha256=None, packages={}
        ),
        gate=GATE,
        gate_sha256=SHA,
        observed=Observed(written_at=written_at),
    )


def _link(step: str, domain: str | None, source: str) -> WeightsLink:
    return WeightsLink.model_validate(
        {
            "step": step,
            "path": f"artifacts/{step}",
            "origin": "finetuned",
            "source": source,
            "strategy": None,
            "seed": None,
            "weights_sha256": SHA,
            "parent_sha256": None,
            "training_cases": None,
            "training_domain": domain,
            "environment": None,
        }
    )


def _domain(name: str, kept: Kept) -> DomainRecord:
    return DomainRecord(
        name=name,
        adapter="folder",
        task="classes",
        classes=("no", "yes"),
        patients_known=True,
        raw_path=f"data/raw/{name}",
        raw_md5="b.dir",
        manifest_path=f"artifacts/ingested/{name}/manifest.parquet",
        manifest_sha256=kept.sha256,
        splits={},
        excluded={},
        findings={},
    )


def _made_by(manifests: Mapping[str, Kept]) -> dict[str, LockedStage]:
    stages = {}
    for name, kept in manifests.items():
        ingested, prepared = f"artifacts/ingested/{name}", f"artifacts/prepared/{name}"
        stages[f"ingest@{name}"] = _stage(f"data/raw/{name}", ingested, kept.folder_md5)
        stages[f"prepare@{name}"] = _stage(ingested, prepared)
    for name in manifests.keys() - {"target"}:
        stages[f"train_source@{name}"] = _stage(f"artifacts/prepared/{name}", f"artifacts/sources/{name}")
        stages[f"finetune@{name}-full-0"] = _stage(
            f"artifacts/sources/{name} artifacts/prepared/target", f"artifacts/finetuned/{name}-full-0"
        )
    stages["select"] = _stage("artifacts/finetuned", "artifacts/selected")
    stages["package"] = _stage("artifacts/selected", "artifacts/model")
    return stages


def _stage(deps: str, out: str, md5: str = "c.dir") -> LockedStage:
    return LockedStage(
        cmd="python -m stages.x",
        deps=tuple(LockedPath(path=dep, md5="d.dir") for dep in deps.split()),
        outs=(LockedPath(path=out, md5=md5),),
    )
