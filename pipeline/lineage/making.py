"""Makes the lineage record of the model in a workspace, from dvc.lock and the artifacts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from pipeline.lineage.ancestry import ancestry_of, packaged_ancestry
from pipeline.lineage.artifact_name import MODEL
from pipeline.lineage.canonical import canonical_sha256
from pipeline.lineage.code import read_code
from pipeline.lineage.criteria import load_criteria
from pipeline.lineage.domains import read_domains
from pipeline.lineage.lock import LockedStage, read_lock
from pipeline.lineage.record import GateCriteria, LineageRecord, ModelFacts, Observed
from pipeline.lineage.software import on_this_host, read_software
from pipeline.workspace import Workspace
from stages.contracts.artifact import read_json
from stages.contracts.errors import DataError
from stages.contracts.model import RECORD as MODEL_RECORD
from stages.contracts.model import Model
from stages.contracts.scores import Selection

STAGE = "package"


def make_record(
    workspace: Workspace, observed: Observed, criteria: GateCriteria | None = None
) -> LineageRecord:
    """Makes the record of the packaged model.

    Args:
        workspace: A workspace in which `package` is up to date.
        observed: Times of the run; facts of the host are added.
        criteria: The gate's, as they were before the run; those of params.yaml by default.

    Raises:
        DataError: If an artifact or dvc.lock is missing or damaged.
        ParamsError: If params.yaml is not valid.
    """
    root = workspace.root
    made_by = stages_of_model(workspace)
    record = read_json(Model, root / MODEL / MODEL_RECORD)
    selection = read_json(Selection, root / "artifacts/selection.json")
    model = _model_facts(root, record, made_by)
    fixed = criteria or load_criteria(root)
    return LineageRecord(
        identity=identity_of(made_by, model),
        model=model,
        evaluation=record.evaluation,
        difference=record.evaluation.difference[record.evaluation.verdict_metric],
        ancestry=packaged_ancestry(root, selection.selected),
        control=ancestry_of(root, selection.scratch),
        domains=read_domains(root, made_by),
        made_by=made_by,
        seeds=tuple(made_by["select"].params["params.yaml"]["grid"]["seeds"]),
        code=read_code(root, made_by),
        software=read_software(),
        gate=fixed,
        gate_sha256=canonical_sha256(fixed),
        observed=on_this_host(observed),
    )


def identity_of(made_by: Mapping[str, LockedStage], model: ModelFacts) -> str:
    """Gives a model's identity: the same making is the same model."""
    return canonical_sha256({"made_by": dict(made_by), "model": model})


def stages_of_model(workspace: Workspace) -> dict[str, LockedStage]:
    """Gives what dvc.lock says of `package` and of every stage that it needs.

    Raises:
        DataError: If one of them has not run.
        ParamsError: If dvc.yaml and params.yaml cannot be read together.
    """
    from pipeline.repro.ancestors import stages_behind

    lock = read_lock(workspace.root / "dvc.lock")
    names = stages_behind(workspace, STAGE)
    missing = [name for name in names if lock is None or name not in lock.stages]
    if missing or lock is None:
        raise DataError(
            "there is no model to record",
            where="dvc.lock",
            why=f"these stages have not run: {', '.join(missing[:5])}",
            remedy="bring everything up to date with `medgraft run`",
        )
    return {name: lock.stages[name] for name in names}


def _model_facts(root: Path, model: Model, made_by: Mapping[str, LockedStage]) -> ModelFacts:
    folder = root / MODEL
    out = next(out for out in made_by[STAGE].outs if out.path == MODEL)
    return ModelFacts(
        name=model.name,
        path=MODEL,
        task=model.task,
        classes=model.classes,
        positive=model.positive,
        threshold=model.threshold,
        temperature=model.temperature,
        weights={
            file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(folder.rglob("*.safetensors"))
        },
        files_md5=out.md5,
    )
