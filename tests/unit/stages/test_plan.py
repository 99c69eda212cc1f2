from __future__ import annotations

import json
import subprocess
import sys

import pandas as pd
import pytest
from ruamel.yaml import YAML

from stages import plan as stage
from stages.contracts.errors import guarded
from stages.contracts.examinations import EXAMINATIONS, MANIFEST
from stages.contracts.prepared import load_prepared
from tests.unit.stages.raw_images import class_folders
from tests.unit.stages.runs import Workspace


def make_plan(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["stage", "--ingested", "ingested", "--out", "plan.json"])
    return guarded(stage.main)


def test_a_plan_holds_plain_values_that_prepare_takes(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    class_folders(workspace.raw)
    assert workspace.ingest() == 0
    assert make_plan(workspace, monkeypatch) == 0
    plan = json.loads((workspace.root / "plan.json").read_text())
    assert set(plan) == {"prepare", "why"}
    assert plan["prepare"]["size"] == [24, 20]
    assert YAML(typ="safe").load(json.dumps(plan["prepare"])) == plan["prepare"]
    workspace.prepare_params = plan["prepare"]
    assert workspace.prepare() == 0
    assert load_prepared(workspace.root / "prepared", ("train",)).images.shape[1:] == (1, 24, 20)


def test_the_same_data_give_the_same_bytes(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    class_folders(workspace.raw)
    workspace.ingest()
    make_plan(workspace, monkeypatch)
    before = (workspace.root / "plan.json").read_bytes()
    make_plan(workspace, monkeypatch)
    assert (workspace.root / "plan.json").read_bytes() == before


def test_cases_outside_of_training_and_those_left_out_have_no_say(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    class_folders(workspace.raw)
    workspace.ingest()
    make_plan(workspace, monkeypatch)
    before = (workspace.root / "plan.json").read_bytes()
    manifest = workspace.manifest()
    silent = manifest.index[(manifest["split"] != "train") | (manifest["label"] == "no")]
    changed = manifest.reset_index()
    changed.loc[changed["label"] == "no", "excluded_because"] = "unreadable"
    changed.to_parquet(workspace.root / "ingested" / MANIFEST)
    facts = pd.read_parquet(workspace.root / "ingested" / EXAMINATIONS)
    facts.loc[facts["case_id"].isin(silent), ["shape", "dtype"]] = "900x800", "int16"
    facts.to_parquet(workspace.root / "ingested" / EXAMINATIONS)
    assert make_plan(workspace, monkeypatch) == 0
    after = (workspace.root / "plan.json").read_bytes()
    assert json.loads(after)["prepare"] == json.loads(before)["prepare"]


def test_an_ingestion_that_is_not_there_is_named(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make_plan(workspace, monkeypatch) == 11
    assert "ingested/domain.json" in capsys.readouterr().err


def test_planning_imports_neither_torch_nor_monai() -> None:
    code = "import sys, stages.plan; print(sorted({'torch', 'monai', 'scipy', 'PIL'} & set(sys.modules)))"
    check = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert check.stdout.strip() == "[]"
