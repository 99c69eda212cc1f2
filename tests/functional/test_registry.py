"""From run to champion and back in a real workspace; GTO and DVC read what was done."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from pipeline.lineage.listing import list_models
from pipeline.lineage.log import read_log
from pipeline.lineage.promotion import promote_model
from pipeline.lineage.rollback import roll_back
from pipeline.lineage.shelf import read_records
from pipeline.workspace import Workspace as Place
from stages.contracts.errors import GateError, UsageError
from tests.functional.workspaces import Workspace
from tests.unit.pipeline.lineage.repositories import git, make_repository


@pytest.mark.timeout(600)
def test_a_model_is_refused_another_promoted_replaced_and_brought_back(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gto.api
    from dvc.repo.artifacts import Artifacts

    root, place = workspace.root, Place(workspace.root)
    make_repository(root)
    (root / ".gitignore").write_text("/artifacts/\n")
    git(root, "add", "-A", "--", ".", ":!lineage", ":!dvc.lock")
    git(root, "commit", "-q", "-m", "all that is the user's")
    monkeypatch.chdir(root)
    (first,) = read_records(root)
    assert promote_model(place).version == 1
    workspace.params["gate"] = {"refuse_severity": "note"}
    workspace.params["package"] = {"description": "The same, said otherwise."}
    workspace.run()
    refused = workspace.medgraft("promote")
    assert (refused.returncode, "(note" in refused.stderr) == (GateError.exit_code, True)
    assert "difference +0.0000 [+0.0000, +0.0000]" in refused.stdout
    workspace.params["package"] = {"description": "Not yet packaged."}
    workspace.write_params()
    with pytest.raises(UsageError, match="not up to date"):
        promote_model(place)
    assert git(root, "show", "--name-only", "--format=", "HEAD").split()[0] == "lineage/log.jsonl"
    assert [entry.kind for entry in read_log(root)] == ["promoted", "refused"]
    with pytest.raises(UsageError):
        roll_back(place)
    listed = list_models(root)
    assert [(model.version, model.decision) for model in listed.models] == [
        (None, "refused"),
        (1, "promoted"),
    ]
    assert gto.api.show(str(root))["model"]["stage"] == {"champion": "v1.0.0"}
    Artifacts.get(str(root), "model", stage="champion", out=str(tmp_path / "got"))
    got = {
        file.relative_to(tmp_path / "got").as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (tmp_path / "got").rglob("*.safetensors")
    }
    assert got == dict(first.model.weights)
