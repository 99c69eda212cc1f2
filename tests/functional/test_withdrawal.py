"""Whoever withdraws, from the request to the next model's record."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from pipeline.lineage.shelf import read_records
from tests.functional.workspaces import Workspace

INGESTED = "artifacts/ingested/target"


def traced(workspace: Workspace, case: str, *options: str) -> dict[str, Any]:
    done = workspace.project.medgraft("trace", "--case", case, "--json", *options)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.timeout(600)
def test_a_withdrawn_case_is_in_no_later_model_and_the_records_and_the_audit_say_so(
    workspace: Workspace,
) -> None:
    workspace.params["run"] = {}
    workspace.write_params()
    root = workspace.root
    before = pd.read_parquet(root / INGESTED / "manifest.parquet").set_index("case_id")
    case = str(before.index[before["split"] == "train"][0])
    (old,) = read_records(root)
    told = traced(workspace, case, "--withdraw", "--reason", "consent withdrawn")
    assert (told["left_out"], told["retrain"]) == (["target"], [old.identity])

    done = workspace.project.medgraft("run", "--json")
    assert done.returncode == 0, done.stderr
    (new,) = (record for record in read_records(root) if record.identity != old.identity)
    after = pd.read_parquet(root / INGESTED / "manifest.parquet").set_index("case_id")
    assert after.loc[case, "excluded_because"] == "withdrawn"
    others = before.index.drop(case)
    assert before.loc[others, "split"].equals(after.loc[others, "split"])
    prepared = pd.read_parquet(root / "artifacts/prepared/target/index.parquet")
    assert case in before.index and case not in set(prepared["case_id"])

    domain = next(one for one in new.domains if one.name == "target")
    was = next(one for one in old.domains if one.name == "target")
    assert domain.excluded == was.excluded | {"withdrawn": 1}
    assert domain.splits["train"].cases == was.splits["train"].cases - 1
    effects = {model["identity"]: model for model in traced(workspace, case)["models"]}
    assert (effects[old.identity]["effect"], effects[old.identity]["withdrawn"]) == ("trained", True)
    assert (effects[new.identity]["effect"], effects[new.identity]["withdrawn"]) == ("excluded", False)
    assert case not in new.model_dump_json()
    audit = workspace.project.medgraft("audit", "--json")
    assert audit.returncode == 0, audit.stdout
