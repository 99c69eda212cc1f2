from __future__ import annotations

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pipeline.lineage.decision import Withdrawn
from pipeline.lineage.log import LOG, read_log
from pipeline.trace.marking import marked
from pipeline.trace.tracing import trace
from pipeline.trace.withdrawal import Withdrawal, withdraw
from pipeline.workspace import Workspace
from stages.contracts.errors import UsageError
from stages.contracts.withdrawal import withdrawn_key
from tests.flow.projects import Project
from tests.unit.pipeline.trace.shelved import Case, keep_manifest, make_root, put_record

PARAMS = """# A comment that stays.
ingest:
  target:
    adapter: folder  # so does this
    split: {val: 0.2, salt: pepper}
  source:
    adapter: folder
"""
OLD, NEW = "1" * 64, "2" * 64


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    root = make_root(tmp_path / "workspace")
    (root / "params.yaml").write_text(PARAMS)
    target = keep_manifest(root, [Case("a/1", "mercury-7", "train"), Case("a/2", "venus-8", "val")])
    source = keep_manifest(
        root, [Case("s/1", "mercury-7", "train"), Case("s/2", "mars-9", None, "unreadable")]
    )
    put_record(root, {"target": target, "source": source}, OLD)
    put_record(root, {"target": keep_manifest(root, [Case("a/2", "venus-8", "val")])}, NEW)
    return Workspace(root)


def take(workspace: Workspace, name: str, by: str = "patient", reason: str | None = None) -> tuple[str, ...]:
    withdrawal = Withdrawal(by, name, reason, "A <a@b>")  # type: ignore[arg-type]
    return withdraw(workspace, withdrawal, trace(workspace, by, name))  # type: ignore[arg-type]


def keys(workspace: Workspace, domain: str) -> list[str]:
    section = YAML(typ="safe").load((workspace.root / "params.yaml").read_text())["ingest"][domain]
    return list(section.get("withdrawn", ()))


def entries(workspace: Workspace) -> list[Withdrawn]:
    return [entry.detail for entry in read_log(workspace.root) if isinstance(entry.detail, Withdrawn)]


def test_every_domain_that_holds_the_patient_leaves_them_out_under_its_own_salt(workspace: Workspace) -> None:
    assert take(workspace, "mercury-7") == ("source", "target")
    assert keys(workspace, "target") == [withdrawn_key("patient", "mercury-7", "pepper")]
    assert keys(workspace, "source") == [withdrawn_key("patient", "mercury-7", "medgraft")]
    assert take(workspace, "venus-8") == ("target",)
    assert len(keys(workspace, "target")) == 2
    assert len(keys(workspace, "source")) == 1


def test_comments_of_the_params_stay(workspace: Workspace) -> None:
    take(workspace, "venus-8")
    text = (workspace.root / "params.yaml").read_text()
    assert text.startswith("# A comment that stays.\n")
    assert "# so does this" in text


def test_models_that_saw_the_patient_are_marked_from_the_log_alone(workspace: Workspace) -> None:
    take(workspace, "mercury-7", reason="consent withdrawn")
    assert {entry.models for entry in entries(workspace)} == {(OLD,)}
    assert {entry.reason for entry in entries(workspace)} == {"consent withdrawn"}
    seen = marked(workspace.root, trace(workspace, "patient", "venus-8")).models
    assert {model.identity: model.withdrawn for model in seen} == {OLD: True, NEW: False}


def test_the_identifier_is_written_nowhere_but_in_the_index(workspace: Workspace) -> None:
    take(workspace, "mercury-7")
    written = (workspace.root / "params.yaml").read_text() + (workspace.root / LOG).read_text()
    assert "mercury" not in written
    with pytest.raises(UsageError, match="names who withdraws"):
        take(workspace, "venus-8", reason="venus-8 wrote to us")


def test_a_case_is_withdrawn_with_its_content(workspace: Workspace) -> None:
    take(workspace, "a/2", "case")
    assert [key.partition("-")[0] for key in keys(workspace, "target")] == ["case", "content"]
    assert [entry.subject for entry in entries(workspace)] == ["case"]


def test_done_again_it_adds_nothing(workspace: Workspace) -> None:
    take(workspace, "mercury-7")
    before = (workspace.root / "params.yaml").read_bytes(), (workspace.root / LOG).read_bytes()
    take(workspace, "mercury-7")
    assert ((workspace.root / "params.yaml").read_bytes(), (workspace.root / LOG).read_bytes()) == before


def test_a_patient_whom_all_models_left_out_marks_none(workspace: Workspace) -> None:
    assert take(workspace, "mars-9") == ("source",)
    assert entries(workspace)[0].models == ()


def test_nobody_of_that_name_is_refused_and_nothing_is_written(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="not known"):
        take(workspace, "pluto-1")
    assert (workspace.root / "params.yaml").read_text() == PARAMS
    assert not (workspace.root / LOG).exists()


def test_the_command_withdraws_and_says_so(workspace: Workspace) -> None:
    project = Project(workspace.root)
    done = project.medgraft("trace", "--patient", "mercury-7", "--withdraw", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["left_out"] == ["source", "target"]
    assert [model["withdrawn"] for model in told["models"]] == [True]
    assert "mercury" not in done.stderr
    refused = project.medgraft("trace", "--patient", "mercury-7", "--reason", "none")
    assert refused.returncode == 2
