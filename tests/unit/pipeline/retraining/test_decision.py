from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.lineage.decision import Kept, Retrained
from pipeline.lineage.lock import LockedPath, LockedStage
from pipeline.lineage.log import append_entry, read_log
from pipeline.lineage.record import Observed
from pipeline.lineage.registry import champion
from pipeline.retraining.decision import commit_pointers, decide, is_pending, when_trained
from pipeline.workspace import Workspace
from tests.unit.pipeline.lineage.promotable import judge_by, make_model, make_promotable
from tests.unit.pipeline.lineage.repositories import commit_all, git
from tests.unit.pipeline.lineage.samples import sample_record


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    judge_by(monkeypatch)
    made = make_promotable(tmp_path / "repository")
    made.prepare()
    return made


def kinds(workspace: Workspace) -> list[str]:
    return [entry.kind for entry in read_log(workspace.root)]


def test_a_model_that_passes_the_gate_becomes_champion_and_the_log_says_why_it_was_made(
    workspace: Workspace,
) -> None:
    record = make_model(workspace, "one")
    decided = decide(workspace.root, "schedule: data changed")
    assert decided.text == "promoted: v1 is champion, the first one"
    assert decided.verdict == "positive transfer: auroc +0.100 [+0.050, +0.150] against scratch"
    version = champion(workspace.root)
    assert version is not None
    assert version.identity == decided.identity == record.identity
    entry = read_log(workspace.root)[0]
    assert isinstance(entry.detail, Retrained)
    assert entry.detail.trigger == "schedule: data changed"
    assert kinds(workspace) == ["retrained", "promoted"]
    assert when_trained(workspace.root) is not None


def test_a_model_that_the_gate_refuses_leaves_the_champion(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_model(workspace, "one")
    decide(workspace.root, "schedule")
    judge_by(monkeypatch, "it is worse")
    make_model(workspace, "two")
    assert decide(workspace.root, "schedule").text == "refused, the champion stays: it is worse"
    version = champion(workspace.root)
    assert version is not None
    assert version.identity == first.identity


def test_the_champion_made_again_stays_champion(workspace: Workspace) -> None:
    make_model(workspace, "one")
    decide(workspace.root, "schedule")
    assert decide(workspace.root, "schedule").text == "the same model as before: v1 stays champion"


def test_where_the_gate_cannot_judge_the_champion_stays_and_the_log_says_so(workspace: Workspace) -> None:
    make_model(workspace, "one")
    (workspace.root / "dvc.yaml").write_text("stages: {}\n")
    assert decide(workspace.root, "schedule").text.startswith("the champion stays, and nothing was judged: ")
    assert isinstance(read_log(workspace.root)[-1].detail, Kept)
    assert not is_pending(workspace.root)


def test_a_retraining_that_was_killed_before_the_decision_is_pending(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = make_model(workspace, "one")
    assert not is_pending(workspace.root)
    asked = record.model_copy(update={"observed": Observed(written_at="2026-01-01", trigger="schedule")})
    monkeypatch.setattr("pipeline.retraining.decision.current_record", lambda *_: asked)
    assert is_pending(workspace.root)
    append_entry(workspace.root, record.identity, Retrained(trigger="schedule", by="a test"))
    assert is_pending(workspace.root)
    decide(workspace.root, "schedule")
    assert kinds(workspace) == ["retrained", "promoted"]
    assert not is_pending(workspace.root)


def test_a_record_that_is_owed_is_pending(workspace: Workspace) -> None:
    (workspace.state / "record.due").write_text("{}")
    assert is_pending(workspace.root)


def test_pointers_to_the_data_of_the_model_are_committed_and_nothing_else(workspace: Workspace) -> None:
    root = workspace.root
    raw = root / "data" / "raw"
    raw.mkdir(parents=True)
    (raw / "target.dvc").write_text("outs: []\n")
    (raw / ".gitignore").write_text("/target\n")
    commit_all(root)
    ingest = LockedStage(
        cmd="python -m stages.ingest",
        deps=(LockedPath(path="data/raw/target", md5="0" * 32),),
        outs=(LockedPath(path="artifacts/ingested/target", md5="1" * 32),),
    )
    record = sample_record().model_copy(update={"made_by": {"ingest": ingest}})
    assert commit_pointers(root, record) is None
    (raw / "target.dvc").write_text("outs: [changed]\n")
    (root / "params.yaml").write_text("gate: {margin: 0.5}\n")
    assert commit_pointers(root, record) == git(root, "rev-parse", "HEAD")
    assert git(root, "show", "--name-only", "--format=", "HEAD").split() == ["data/raw/target.dvc"]
    assert "params.yaml" in git(root, "status", "--porcelain")
