"""The whole chain, as a user runs it: once from nothing, and then what a change costs."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from stages import finetune
from tests.functional.workspaces import Workspace
from tests.unit.stages.chain import Chain

pytestmark = pytest.mark.slow

FINETUNED = {f"finetune@formula-{s}-{n}" for s in ("scratch", "linear_probe", "lp_ft") for n in (0, 1)}
ALL = FINETUNED | {
    "ingest@target",
    "ingest@formula",
    "prepare@target",
    "prepare@formula",
    "train_source@formula",
    "transfer@formula",
    "extract@formula",
    "hint@formula",
    "select",
    "evaluate",
    "package",
}


def test_the_first_run_goes_from_raw_data_to_a_model_with_a_verdict(
    first_run: tuple[Workspace, dict[str, Any]],
) -> None:
    workspace, report = first_run
    assert report["outcome"] == "done"
    assert {stage["name"]: stage["outcome"] for stage in report["stages"]} == dict.fromkeys(ALL, "ran")
    assert all(stage["why"] and stage["seconds"] >= 0 for stage in report["stages"])
    metrics = json.loads((workspace.root / "artifacts/metrics.json").read_text())
    assert metrics["verdict"] in ("positive", "inconclusive", "negative")
    assert (workspace.root / "artifacts/model/models/checkpoint.safetensors").is_file()


def test_afterwards_nothing_is_left_to_do_for_anybody(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = workspace.medgraft("run", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["outcome"] == "up-to-date"
    monkeypatch.chdir(workspace.root)
    assert workspace.project.repro() == []


def test_a_seed_more_costs_that_seed(workspace: Workspace) -> None:
    before = workspace.hashes()
    workspace.params |= {"run": {}}
    workspace.params["grid"]["seeds"] = [0, 1, 2]
    ran = workspace.ran()
    new = {f"finetune@formula-{strategy}-2" for strategy in ("scratch", "linear_probe", "lp_ft")}
    assert new | {"select"} <= ran <= new | {"select", "evaluate", "package"}
    after = workspace.hashes()
    assert {
        name for name in before if name.startswith("artifacts/finetuned") and after[name] != before[name]
    } == set()


def test_a_strategy_more_would_cost_that_strategy(workspace: Workspace) -> None:
    workspace.params["grid"]["strategies"].append("full")
    workspace.params["strategies"]["full"] = {"kind": "full"}
    stages = json.loads(workspace.medgraft("status", "--json").stdout)["stages"]
    planned = {stage["name"] for stage in stages if stage["state"] != "up-to-date"}
    new = {"finetune@formula-full-0", "finetune@formula-full-1"}
    assert new | {"select"} <= planned <= new | {"select", "evaluate", "package"}


def test_another_threshold_rule_costs_no_training(workspace: Workspace) -> None:
    workspace.params["select"]["threshold"] = "half"
    assert workspace.ran() == {"select", "evaluate", "package"}


def test_a_change_of_a_helper_runs_the_stages_that_import_it(workspace: Workspace) -> None:
    """Its outputs stay the same, so that nothing behind them would run either."""
    helper = workspace.root / "stages/contracts/bundle.py"
    helper.write_text(helper.read_text() + "\n# A remark.\n")
    assert workspace.ran() == {"package"}


def test_training_again_in_another_process_gives_the_same_bytes(workspace: Workspace) -> None:
    here = Chain(workspace.root)
    here.params = workspace.params
    places = {
        "transferred": "artifacts/transferred/formula",
        "features": "artifacts/features/formula",
        "prepared": "artifacts/prepared/target",
    }
    for strategy in ("scratch", "linear_probe", "lp_ft"):
        assert here.run(finetune, strategy=strategy, seed=1, **places, out="again", history="again.csv") == 0
        again = {name.removeprefix("again/"): data for name, data in here.bytes_of("again").items()}
        folder = f"artifacts/finetuned/formula-{strategy}-1"
        first = {name.removeprefix(f"{folder}/"): data for name, data in here.bytes_of(folder).items()}
        assert again == first


def test_a_lost_model_comes_back_from_the_cache(workspace: Workspace) -> None:
    before = workspace.hashes()
    (workspace.root / "artifacts/model/models/checkpoint.safetensors").unlink()
    outcomes = workspace.run()
    assert {name for name, outcome in outcomes.items() if outcome != "up-to-date"} == {"package"}
    assert outcomes["package"] == "restored"
    assert workspace.hashes() == before


def test_the_model_is_applied_to_new_images(workspace: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    done = workspace.medgraft("predict", "artifacts/model", "data/raw/target", "-o", str(out))
    assert done.returncode == 0, done.stderr
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 60
    assert {row["called"] for row in rows} <= {"no", "yes"}
