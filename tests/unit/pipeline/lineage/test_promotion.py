"""A promotion is whole or not at all, and so is a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from pipeline.lineage.decision import Promoted, Refused, Withdrawn
from pipeline.lineage.git import tell_git
from pipeline.lineage.listing import list_models
from pipeline.lineage.log import LOG, append_entry, read_log
from pipeline.lineage.promotion import promote_model
from pipeline.lineage.record import LineageRecord
from pipeline.lineage.registry import champion
from pipeline.lineage.rollback import roll_back
from pipeline.lineage.shelf import read_records, record_path
from pipeline.workspace import Workspace
from stages.contracts.errors import AuditError, GateError, UsageError
from tests.unit.pipeline.lineage.promotable import judge_by, make_model, make_promotable
from tests.unit.pipeline.lineage.repositories import commit_all, git


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    judge_by(monkeypatch)
    return make_promotable(tmp_path / "repository")


def champion_of(workspace: Workspace) -> int | None:
    version = champion(workspace.root)
    return version.number if version else None


def promoted(workspace: Workspace, name: str) -> LineageRecord:
    record = make_model(workspace, name)
    assert promote_model(workspace).version is not None
    return record


def committed(workspace: Workspace, revision: str = "HEAD") -> list[str]:
    return git(workspace.root, "show", "--name-only", "--format=", revision).split()


def test_the_model_becomes_a_version_whose_commit_holds_all_that_is_its_own(workspace: Workspace) -> None:
    (workspace.root / "notes.txt").write_text("of the user")
    git(workspace.root, "add", "notes.txt")
    record = make_model(workspace, "one")
    done = promote_model(workspace)
    version = champion(workspace.root)
    assert done.version == 1 and done.settled is not None and version is not None
    assert (version.identity, version.revision) == (record.identity, git(workspace.root, "rev-parse", "HEAD"))
    own = ["dvc.lock", LOG, record_path(record.identity), "params.yaml"]
    assert list(done.settled.files) == committed(workspace) == own
    assert git(workspace.root, "status", "--porcelain") == "A  notes.txt"
    (entry,) = read_log(workspace.root)
    assert isinstance(entry.detail, Promoted)
    assert (entry.identity, entry.detail.by) == (record.identity, "A Tester <tester@example.org>")


def test_the_next_model_replaces_the_champion(workspace: Workspace) -> None:
    promoted(workspace, "one")
    promoted(workspace, "two")
    assert champion_of(workspace) == 2
    assert [entry.kind for entry in read_log(workspace.root)] == ["promoted", "promoted"]


def test_the_champion_is_not_promoted_twice(workspace: Workspace) -> None:
    promoted(workspace, "one")
    again = promote_model(workspace)
    assert (again.version, again.judged, again.settled) == (1, None, None)
    assert len(read_log(workspace.root)) == 1


def test_a_refusal_is_recorded_and_changes_no_champion(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    promoted(workspace, "one")
    judge_by(monkeypatch, "it has two heads")
    record = make_model(workspace, "two")
    done = promote_model(workspace)
    assert (done.version, champion_of(workspace)) == (None, 1)
    detail = read_log(workspace.root)[-1].detail
    assert isinstance(detail, Refused) and detail.judged.failed == ("it has two heads",)
    assert committed(workspace) == [LOG, record_path(record.identity)]
    assert git(workspace.root, "diff", "--name-only").split() == ["dvc.lock", "params.yaml"]


def test_a_reason_promotes_what_the_gate_refuses_and_stands_in_the_log(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge_by(monkeypatch, "it has two heads")
    make_model(workspace, "one")
    assert promote_model(workspace, force="we wanted two").version == 1
    detail = read_log(workspace.root)[-1].detail
    assert isinstance(detail, Promoted)
    assert (detail.forced, detail.judged.failed) == ("we wanted two", ("it has two heads",))


@pytest.mark.parametrize("force", [None, "I am sure"])
def test_what_saw_somebody_who_has_withdrawn_cannot_be_champion(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, force: str | None
) -> None:
    promoted(workspace, "one")
    withdraw(workspace, make_model(workspace, "two"))
    refused = promote_model(workspace, force=force)
    assert refused.judged is not None and refused.judged.failed == ("a patient that it saw has withdrawn",)
    assert (refused.version, champion_of(workspace)) == (None, 1)


def test_a_version_that_saw_somebody_who_has_withdrawn_does_not_come_back_and_is_marked(
    workspace: Workspace,
) -> None:
    first = promoted(workspace, "one")
    promoted(workspace, "two")
    withdraw(workspace, first)
    for to in ("v1", None):
        with pytest.raises(GateError, match="v1 does not become champion"):
            roll_back(workspace, to)
    assert champion_of(workspace) == 2
    listed = {model.version: model.withdrawn for model in list_models(workspace.root).models}
    assert listed == {1: True, 2: False}


@pytest.mark.parametrize("force", [None, "I am sure"])
def test_what_was_made_from_uncommitted_code_cannot_be_champion_until_it_is_committed(
    workspace: Workspace, force: str | None
) -> None:
    (workspace.root / "stages/package.py").write_text("changed = True\n")
    make_model(workspace, "one")
    refused = promote_model(workspace, force=force)
    assert refused.version is None and refused.judged is not None
    assert "stages/package.py" in refused.judged.failed[0]
    assert champion_of(workspace) is None
    git(workspace.root, "add", "stages")
    git(workspace.root, "commit", "-q", "-m", "the code")
    assert promote_model(workspace).version == 1


def test_the_record_names_the_commit_that_holds_the_inputs_by_now(workspace: Workspace) -> None:
    record = make_model(workspace, "one")
    code = record.code.model_copy(update={"dirty": ("stages/package.py",)})
    file = workspace.root / record_path(record.identity)
    file.write_text(record.model_copy(update={"code": code}).model_dump_json())
    head = git(workspace.root, "rev-parse", "HEAD")
    promote_model(workspace)
    (after,) = read_records(workspace.root)
    assert (after.code.revision, after.code.dirty) == (head, ())


def test_only_the_workspaces_own_model_can_be_promoted(workspace: Workspace) -> None:
    first = make_model(workspace, "one")
    make_model(workspace, "two")
    with pytest.raises(UsageError, match="is not the workspace's model"):
        promote_model(workspace, first.identity[:16])
    (workspace.root / "dvc.lock").unlink()
    with pytest.raises(UsageError, match="no lineage record"):
        promote_model(workspace)


def withdraw(workspace: Workspace, record: LineageRecord) -> None:
    detail = Withdrawn(
        subject="patient",
        subject_sha256="0" * 64,
        domains=("target",),
        models=(record.identity,),
        reason=None,
        by="Tester",
    )
    append_entry(workspace.root, None, detail)


class KilledError(BaseException):
    """As if the process were gone."""


STEPS = ("rev-parse", "read-tree", "hash-object", "write-tree", "commit-tree", "mktag", "update-ref", "reset")
"""What git is told, in this order; then the log is written."""


def die_at(patch: pytest.MonkeyPatch, step: str) -> None:
    from pipeline.lineage import settling, transaction

    def dying(root: Path, *arguments: str, given: bytes = b"", more: Mapping[str, str] = {}) -> str:
        if step in arguments:
            raise KilledError
        return tell_git(root, *arguments, given=given, more=more)

    def stopped(*_: object) -> None:
        raise KilledError

    patch.setattr(transaction, "tell_git", dying)
    if step == "write the log":
        patch.setattr(settling, "write_log", stopped)


@pytest.mark.parametrize("refused", [False, True])
def test_killed_at_any_step_the_champion_is_the_old_or_the_new_one_and_the_next_try_succeeds(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, refused: bool
) -> None:
    promoted(workspace, "one")
    judge_by(monkeypatch, *(["it has two heads"] if refused else []))
    for step in (*STEPS, "write the log"):
        if refused and step == "mktag":
            continue
        record = make_model(workspace, step)
        before, entries = champion_of(workspace), len(read_log(workspace.root))
        with monkeypatch.context() as patch, pytest.raises(KilledError):
            die_at(patch, step)
            promote_model(workspace)
        settled = step in ("reset", "write the log")
        assert champion_of(workspace) == (before if refused or not settled else before + 1)  # type: ignore[operator]
        done = promote_model(workspace)
        assert (done.version is None) is refused
        log = read_log(workspace.root)[entries:]
        assert {entry.identity for entry in log} == {record.identity}
        assert len(log) == 1 + (refused and settled)
        assert git(workspace.root, "show", f"HEAD:{LOG}") == (workspace.root / LOG).read_text().strip()


def test_a_log_that_is_behind_or_beside_that_of_the_commit_is_not_continued(workspace: Workspace) -> None:
    promoted(workspace, "one")
    promoted(workspace, "two")
    whole = (workspace.root / LOG).read_bytes()
    (workspace.root / LOG).write_bytes(whole.splitlines(keepends=True)[0])
    promoted(workspace, "three")
    assert (workspace.root / LOG).read_bytes().startswith(whole)
    git(workspace.root, "rm", "-q", "--cached", LOG)
    git(workspace.root, "commit", "-q", "-m", "forget the log")
    (workspace.root / LOG).write_bytes(whole)
    make_model(workspace, "four")
    with pytest.raises(AuditError, match="not the whole one"):
        promote_model(workspace)


def test_rollback_goes_to_the_champion_of_before_or_to_the_version_named(workspace: Workspace) -> None:
    for name in ("one", "two", "three"):
        promoted(workspace, name)
    before = {name: (workspace.root / name).read_bytes() for name in ("dvc.lock", "params.yaml")}
    roll_back(workspace, reason="worse on the ward")
    assert champion_of(workspace) == 2
    roll_back(workspace, "v1")
    assert champion_of(workspace) == 1
    assert [entry.kind for entry in read_log(workspace.root)][-2:] == ["rolled_back"] * 2
    assert committed(workspace) == [LOG]
    assert {name: (workspace.root / name).read_bytes() for name in before} == before
    promoted(workspace, "four")
    assert champion_of(workspace) == 4


def test_there_is_nowhere_to_go_back_to(workspace: Workspace) -> None:
    with pytest.raises(UsageError):
        roll_back(workspace)
    promoted(workspace, "one")
    for to in (None, "v1", "v7"):
        with pytest.raises(UsageError):
            roll_back(workspace, to)
    assert len(read_log(workspace.root)) == 1


def test_a_workspace_without_an_entry_in_dvc_yaml_is_told_to_add_one(workspace: Workspace) -> None:
    make_model(workspace, "one")
    (workspace.root / "dvc.yaml").write_text("stages: {}\n")
    commit_all(workspace.root)
    with pytest.raises(UsageError) as caught:
        promote_model(workspace)
    assert "artifacts:" in caught.value.remedy
