"""Records that hang together, without a workspace behind them."""

from __future__ import annotations

from typing import Any

from pipeline.lineage.canonical import canonical_sha256
from pipeline.lineage.criteria import GateParams
from pipeline.lineage.lock import LockedPath, LockedStage
from pipeline.lineage.making import identity_of
from pipeline.lineage.record import (
    CodeRecord,
    DomainRecord,
    LineageRecord,
    ModelFacts,
    Observed,
    Software,
    SplitCount,
)
from stages.contracts.scores import Evaluation, Interval
from tests.unit.pipeline.report.built_workspace import digest

STARS = Interval(value=0.1, low=0.05, high=0.15)
WEIGHTS = "models/checkpoint.safetensors"


def sample_record(name: str = "one", **changes: Any) -> LineageRecord:
    """Gives the record of a model; another name is another model.

    Args:
        name: Decides the hashes.
        changes: Fields to replace.
    """
    model = ModelFacts(
        name="model",
        path="artifacts/model",
        task="classes",
        classes=("no", "yes"),
        positive="yes",
        threshold=0.5,
        temperature=1.0,
        weights={WEIGHTS: digest(f"weights {name}")},
        files_md5=f"{digest(name)[:32]}.dir",
    )
    made_by = {
        "package": LockedStage(
            cmd="python -m stages.package",
            deps=(LockedPath(path="stages/package.py", md5=digest("code")[:32]),),
            outs=(LockedPath(path="artifacts/model", md5=model.files_md5),),
        )
    }
    criteria = GateParams().fixed()
    record = LineageRecord(
        identity=identity_of(made_by, model),
        model=model,
        evaluation=sample_evaluation(),
        difference=STARS,
        ancestry=(),
        domains=(sample_domain(),),
        made_by=made_by,
        seeds=(0, 1),
        code=CodeRecord(revision="0" * 40, dirty=(), version="0.1.0"),
        software=Software(
            python="3.11.2",
            implementation="CPython",
            machine="x86_64",
            cpu_features_sha256=None,
            packages={"torch": "2.13.0"},
        ),
        gate=criteria,
        gate_sha256=canonical_sha256(criteria),
        observed=Observed(written_at="2026-01-01T00:00:00+00:00"),
    )
    return record.model_copy(update=changes)


def sample_domain(**findings: int) -> DomainRecord:
    """Describes a target domain with some findings by severity."""
    return DomainRecord(
        name="target",
        adapter="folder",
        task="classes",
        classes=("no", "yes"),
        patients_known=True,
        raw_path="data/raw/target",
        raw_md5=f"{digest('raw')[:32]}.dir",
        manifest_path="artifacts/ingested/target/manifest.parquet",
        manifest_sha256=digest("manifest"),
        splits={"test": SplitCount(cases=20, groups=10, groups_sha256=digest("groups"))},
        excluded={},
        findings=findings,
    )


def sample_evaluation(verdict: str = "positive") -> Evaluation:
    """Gives figures of one metric."""
    scores = {"auroc": Interval(value=0.9, low=0.85, high=0.95)}
    return Evaluation.model_validate(
        {
            "selected": scores,
            "scratch": scores,
            "difference": {"auroc": STARS},
            "verdict": verdict,
            "verdict_metric": "auroc",
            "resampled": "patients",
            "confidence": 0.95,
            "test_cases": 20,
            "test_patients": 10,
            "test_groups": 10,
            "seeds": {},
        }
    )
