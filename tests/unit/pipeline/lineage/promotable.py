"""A repository whose workspace has a model on record, with a gate that needs no networks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.lineage import promotion
from pipeline.lineage.candidate import Candidate, beyond_force
from pipeline.lineage.code import read_code
from pipeline.lineage.log import LogEntry
from pipeline.lineage.record import LineageRecord
from pipeline.lineage.shelf import write_record
from pipeline.workspace import Workspace
from tests.unit.pipeline.lineage.repositories import commit_all, make_repository
from tests.unit.pipeline.lineage.samples import sample_record

GRAPH = "stages: {}\nartifacts:\n  model:\n    path: artifacts/model\n    type: model\n"


def make_promotable(root: Path) -> Workspace:
    make_repository(root)
    files = {
        "dvc.yaml": GRAPH,
        "params.yaml": "gate: {}\n",
        "stages/package.py": "",
        ".gitignore": "/.medgraft/\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    commit_all(root)
    return Workspace(root)


def make_model(workspace: Workspace, name: str) -> LineageRecord:
    """Leaves what a run leaves: dvc.lock, params and a record."""
    record = sample_record(name)
    stages = {key: stage.model_dump(mode="json") for key, stage in record.made_by.items()}
    (workspace.root / "dvc.lock").write_text(json.dumps({"schema": "2.0", "stages": stages}))
    (workspace.root / "params.yaml").write_text(f"gate: {{}}\nname: {name}\n")
    write_record(workspace.root, record)
    return record


def judge_by(patch: pytest.MonkeyPatch, *obstacles: str) -> None:
    """Leaves DVC and the networks out of the gate."""

    def weigh(
        workspace: Workspace, record: LineageRecord, _: object, entries: Sequence[LogEntry]
    ) -> Candidate:
        code = read_code(workspace.root, record.made_by)
        return Candidate(record, code, None, tuple(beyond_force(record, code, entries)), obstacles)

    patch.setattr(promotion, "weigh", weigh)
