"""The ladder of the search is laid out by DVC, and by an empty list not at all."""

from __future__ import annotations

import json

import pytest

from tests.functional.workspaces import Workspace

pytestmark = pytest.mark.slow


def planned(workspace: Workspace) -> set[str]:
    stages = json.loads(workspace.medgraft("status", "--json").stdout)["stages"]
    return {stage["name"] for stage in stages if stage["state"] != "up-to-date"}


def test_a_search_would_run_its_rungs_and_the_trainings_of_what_it_finds(workspace: Workspace) -> None:
    workspace.params["grid"]["searched"] = ["full", "slow"]
    workspace.params["strategies"] |= {"full": {"kind": "full"}, "slow": {"kind": "scratch", "rate": 0.1}}
    workspace.params["halve"] = {"seconds": 60}
    rungs = {f"halve@rung{rung}-formula-{name}" for rung in range(3) for name in ("full", "slow")}
    found = {f"finetune_found@formula-{name}-{seed}" for name in ("full", "slow") for seed in (0, 1)}
    assert planned(workspace) == rungs | found | {"select", "evaluate", "package"}
    workspace.params["grid"]["searched"] = []
    assert planned(workspace) == set()


def test_the_first_rung_runs_as_a_stage_and_is_cached(workspace: Workspace) -> None:
    workspace.params["grid"]["searched"] = ["slow"]
    workspace.params["strategies"] |= {"slow": {"kind": "scratch", "rate": 0.1}}
    workspace.params |= {"halve": {"seconds": 60}, "run": {}}
    assert workspace.ran("halve@rung0-formula-slow") == {"halve@rung0-formula-slow"}
    assert workspace.ran("halve@rung0-formula-slow") == set()
