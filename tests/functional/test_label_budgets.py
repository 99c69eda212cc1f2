"""A learning curve costs what it adds, and nothing that was there is run again."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.functional.workspaces import Workspace

pytestmark = pytest.mark.slow


def test_a_label_budget_costs_its_own_trainings_and_draws_the_curve(workspace: Workspace) -> None:
    before = workspace.hashes()
    grid = workspace.params["grid"]
    grid |= {"budgets": ["half"], "strategies": ["scratch", "linear_probe"], "seeds": [0]}
    workspace.params |= {"budgets": {"half": {"share": 0.5}}, "run": {}}
    new = {"finetune_budget@half-formula-scratch-0", "finetune_budget@half-formula-linear_probe-0"}
    assert workspace.ran() == new | {"select", "evaluate", "package"}
    after = workspace.hashes()
    kept = [name for name in before if name.startswith("artifacts/finetuned/formula-")]
    assert kept and all(after[name] == before[name] for name in kept)
    curve = json.loads((workspace.root / "artifacts/metrics.json").read_text())["curve"]
    assert {name: point["cases"] for name, point in curve["points"].items()} == {"half": 10, "all": 20}
    shown = json.loads(dvc(workspace, "metrics", "show", "--json"))
    assert shown[""]["data"]["artifacts/metrics.json"]["data"]["curve"]["metric"] == "auroc"
    assert "half-formula-scratch-0" in dvc(workspace, "plots", "show", "--json")
    assert "up to date" in dvc(workspace, "repro")


def dvc(workspace: Workspace, *words: str) -> str:
    command = [sys.executable, "-m", "dvc", *words]
    return subprocess.run(command, cwd=workspace.root, capture_output=True, text=True, check=True).stdout
