"""The lineage of a real, small model."""

from __future__ import annotations

import hashlib
import itertools
from typing import Any

import pandas as pd
import pytest

from pipeline.lineage.making import identity_of
from pipeline.lineage.record import LineageRecord
from pipeline.lineage.shelf import read_records
from tests.functional.workspaces import Workspace


@pytest.fixture(scope="module")
def record(first_run: tuple[Workspace, dict[str, Any]]) -> LineageRecord:
    (record,) = read_records(first_run[0].root)
    return record


def test_a_run_writes_the_record_of_its_model(
    record: LineageRecord, first_run: tuple[Workspace, dict[str, Any]]
) -> None:
    root = first_run[0].root
    assert record.identity == identity_of(record.made_by, record.model)
    assert {
        path: hashlib.sha256((root / "artifacts/model" / path).read_bytes()).hexdigest()
        for path in record.model.weights
    } == record.model.weights
    assert "hint@formula" not in record.made_by
    assert {"ingest@target", "train_source@formula", "package"} < set(record.made_by)
    assert {name for name, seconds in record.observed.stage_seconds.items() if seconds} > {"package"}


def test_the_chain_of_weights_hangs_together_down_to_its_source(record: LineageRecord) -> None:
    steps = [link.step for link in record.ancestry]
    assert steps[:2] == ["packaged", "finetuned"]
    assert record.ancestry[0].weights_sha256 == record.ancestry[1].weights_sha256
    for chain in (record.ancestry[1:], record.control):
        for child, parent in itertools.pairwise(chain):
            assert child.parent_sha256 == parent.weights_sha256
        assert chain[-1].parent_sha256 is None
    assert [link.step for link in record.control] == ["finetuned"]


def test_the_record_names_no_case_and_no_patient(
    record: LineageRecord, first_run: tuple[Workspace, dict[str, Any]]
) -> None:
    text = record.model_dump_json()
    for domain in ("target", "formula"):
        manifest = pd.read_parquet(first_run[0].root / f"artifacts/ingested/{domain}/manifest.parquet")
        names = {name for key in ("case_id", "path") for name in manifest[key] if "/" in str(name)}
        assert names or domain == "formula"
        assert not [name for name in names if str(name) in text]


def test_a_restored_model_whose_record_is_lost_gets_the_same_one(workspace: Workspace) -> None:
    (file,) = (workspace.root / "lineage/records").iterdir()
    first = LineageRecord.model_validate_json(file.read_bytes())
    file.unlink()
    (workspace.root / "artifacts/model/medgraft.json").unlink()
    assert workspace.run()["package"] == "restored"
    (again,) = read_records(workspace.root)
    assert again.model_copy(update={"observed": first.observed}) == first
