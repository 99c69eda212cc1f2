"""Challenger against champion in a real workspace."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest

from pipeline.lineage.contest import compare_with_champion
from pipeline.lineage.record import LineageRecord
from pipeline.lineage.registry import champion
from pipeline.lineage.shelf import read_records
from pipeline.workspace import Workspace as Place
from stages.contracts.errors import CacheError
from tests.functional.workspaces import Workspace


def other_size(workspace: Workspace, record: LineageRecord, side: int) -> LineageRecord:
    """Puts a model into the cache that wants its images in another size, and gives its record."""
    folder = workspace.root.with_name("smaller")
    shutil.copytree(workspace.root / "artifacts/model", folder)
    facts = json.loads((folder / "medgraft.json").read_text())
    facts["preparation"]["size"] = [side, side]
    (folder / "medgraft.json").write_text(json.dumps(facts))
    rows = []
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        rows.append({"md5": cached(workspace, file.read_bytes()), "relpath": str(file.relative_to(folder))})
    listing = f"{cached(workspace, json.dumps(rows).encode(), '.dir')}"
    made_by = dict(record.made_by)
    params = made_by["prepare@target"].params["params.yaml"]["prepare.target"]
    section = {"params.yaml": {"prepare.target": {**params, "size": [side, side]}}}
    made_by["prepare@target"] = made_by["prepare@target"].model_copy(update={"params": section})
    model = record.model.model_copy(update={"files_md5": listing})
    return record.model_copy(update={"identity": "f" * 64, "made_by": made_by, "model": model})


def cached(workspace: Workspace, data: bytes, suffix: str = "") -> str:
    md5 = hashlib.md5(data).hexdigest() + suffix
    file = workspace.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return md5


def test_a_champion_that_was_prepared_otherwise_gets_its_own_images_of_the_same_cases(
    workspace: Workspace,
) -> None:
    (record,) = read_records(workspace.root)
    other = other_size(workspace, record, 24)
    before = workspace.hashes()
    found = compare_with_champion(Place(workspace.root), record, other)
    assert "preparations differ" in found.cautions[0]
    assert found.test_cases == record.evaluation.test_cases
    assert (found.challenger_score.value, found.champion) == (
        record.evaluation.selected["auroc"].value,
        "f" * 64,
    )
    assert workspace.hashes() == before
    assert not list((workspace.root / ".medgraft").glob("contest-*"))


def test_a_champion_whose_files_are_lost_or_damaged_is_not_judged(workspace: Workspace) -> None:
    (record,) = read_records(workspace.root)
    listing = workspace.root / ".dvc/cache/files/md5" / record.model.files_md5[:2]
    for file in listing.glob(f"{record.model.files_md5[2:]}"):
        file.chmod(0o644)
        file.write_bytes(file.read_bytes().replace(b"relpath", b"relpatj"))
    with pytest.raises(CacheError):
        compare_with_champion(Place(workspace.root), record, record)
    assert champion(workspace.root) is None
