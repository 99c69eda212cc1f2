"""What of a model's inputs the commit does not hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.lineage.code import read_code
from pipeline.lineage.lock import LockedPath, LockedStage
from tests.unit.pipeline.lineage.repositories import commit_all, git, make_repository

MADE_BY = {
    "ingest@target": LockedStage(
        cmd="python -m stages.ingest",
        deps=(LockedPath(path="data/raw/target"), LockedPath(path="stages/ingest.py")),
        outs=(LockedPath(path="artifacts/ingested/target"),),
    ),
    "prepare@target": LockedStage(
        cmd="python -m stages.prepare", deps=(LockedPath(path="artifacts/ingested/target"),)
    ),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = make_repository(tmp_path / "repository")
    for name in ("dvc.yaml", "params.yaml", "stages/ingest.py", "data/raw/target/patient-7.png"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    commit_all(root)
    return root


def dirty(root: Path) -> tuple[str, ...]:
    return read_code(root, MADE_BY).dirty


def test_a_commit_that_holds_everything_is_clean(root: Path) -> None:
    code = read_code(root, MADE_BY)
    assert (code.revision, code.dirty) == (git(root, "rev-parse", "HEAD"), ())


def test_changed_code_and_a_changed_graph_are_named(root: Path) -> None:
    for name in ("stages/ingest.py", "dvc.yaml"):
        (root / name).write_text("other")
    assert dirty(root) == ("dvc.yaml", "stages/ingest.py")


def test_code_that_git_ignores_is_not_in_the_commit(root: Path) -> None:
    git(root, "rm", "-q", "--cached", "stages/ingest.py")
    (root / ".gitignore").write_text("stages/\n")
    commit_all(root)
    assert dirty(root) == ("stages/ingest.py",)


@pytest.mark.parametrize("name", ["patient-7.png", "patient-8.png"])
def test_raw_data_that_changed_are_named_by_their_folder(root: Path, name: str) -> None:
    (root / "data/raw/target" / name).write_text("other")
    assert dirty(root) == ("data/raw/target",)


def test_a_whole_data_folder_that_git_does_not_know_is_named(root: Path) -> None:
    git(root, "rm", "-q", "-r", "--cached", "data")
    git(root, "commit", "-q", "-m", "without data")
    assert dirty(root) == ("data/raw/target",)


def test_data_under_dvc_are_as_good_as_their_pointer(root: Path) -> None:
    git(root, "rm", "-q", "-r", "--cached", "data/raw/target")
    (root / "data/raw/.gitignore").write_text("/target\n")
    (root / "data/raw/target.dvc").write_text("outs: []")
    commit_all(root)
    (root / "data/raw/target/patient-7.png").write_text("DVC answers for it")
    assert dirty(root) == ()
    (root / "data/raw/target.dvc").write_text("outs: [1]")
    assert dirty(root) == ("data/raw/target.dvc",)


def test_params_and_what_no_stage_reads_make_nothing_dirty(root: Path) -> None:
    for name in ("params.yaml", "README.md", "stages/ingest.pyi", "data/raw/other"):
        (root / name).write_text("other")
    assert dirty(root) == ()


def test_without_a_commit_or_a_repository_there_is_no_revision(root: Path, tmp_path: Path) -> None:
    assert read_code(tmp_path, MADE_BY).revision is None
    assert read_code(make_repository(tmp_path / "new"), MADE_BY).revision is None


def test_a_workspace_below_the_repository_is_named_from_the_workspace(root: Path) -> None:
    inner = root / "inner"
    inner.mkdir()
    git(root, "mv", "stages", "data", "dvc.yaml", "params.yaml", "inner")
    commit_all(root)
    assert dirty(inner) == ()
    (inner / "stages/ingest.py").write_text("other")
    assert dirty(inner) == ("stages/ingest.py",)
