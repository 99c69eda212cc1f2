"""Which model a user means."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from pipeline.lineage.naming import current_record, find_model
from pipeline.lineage.record import LineageRecord, Observed
from pipeline.lineage.registry import trailers
from pipeline.lineage.shelf import record_path, write_record
from pipeline.lineage.transaction import NewTag, commit_files
from stages.contracts.errors import UsageError
from tests.unit.pipeline.lineage.repositories import commit_all, git, make_repository
from tests.unit.pipeline.lineage.samples import WEIGHTS, sample_record
from tests.unit.pipeline.report.built_workspace import digest

OLD = sample_record("old", observed=Observed(written_at="2026-01-01"))
NEW = sample_record("new", observed=Observed(written_at="2026-02-01"))


def lock_of(record: LineageRecord) -> str:
    stages = {name: stage.model_dump(mode="json") for name, stage in record.made_by.items()}
    return json.dumps({"schema": "2.0", "stages": stages})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two models; the old one is the first version, and the workspace is back at it."""
    root = make_repository(tmp_path / "repository")
    (root / "dvc.yaml").write_text("stages: {}\n")
    commit_all(root)
    for record in (OLD, NEW):
        write_record(root, record)
    (root / "dvc.lock").write_text(lock_of(OLD))
    message = f"v1\n\n{trailers(OLD.identity, digest('entry'))}"
    files = {path: (root / path).read_bytes() for path in ("dvc.lock", record_path(OLD.identity))}
    tags = [NewTag("model@v1.0.0", message), NewTag("model#champion#1", message)]
    commit_files(root, files, "v1", tags)
    return root


@pytest.mark.parametrize("text", ["v1", "v1.0.0", "champion", "HEAD", "model@v1.0.0", OLD.identity[:6]])
def test_version_role_revision_and_identity_name_a_model(root: Path, text: str) -> None:
    assert find_model(root, text) == OLD


def test_the_challenger_is_the_workspaces_model_or_else_the_newest(root: Path) -> None:
    assert find_model(root, "challenger") == OLD == current_record(root)
    (root / "dvc.lock").unlink()
    assert find_model(root, "challenger") == NEW


def test_a_weights_file_is_found_by_its_bytes(root: Path) -> None:
    file = root / "downloaded.bin"
    file.write_bytes(b"weights")
    weights = {WEIGHTS: hashlib.sha256(b"weights").hexdigest()}
    write_record(
        root,
        sample_record("third", identity="f" * 64, model=NEW.model.model_copy(update={"weights": weights})),
    )
    assert find_model(root, str(file)).identity == "f" * 64
    assert find_model(root, "downloaded.bin").identity == "f" * 64


def test_a_version_whose_record_left_the_shelf_is_found_in_its_commit(root: Path) -> None:
    (root / record_path(OLD.identity)).unlink()
    assert find_model(root, "v1") == OLD


@pytest.mark.parametrize(
    "text", ["v2", "f00d00", "no-such-branch", "--help", "", "dvc.yaml", OLD.identity[:5]]
)
def test_what_names_no_model_is_a_mistake_of_usage(root: Path, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_model(root, text)
    assert "versions v1" in caught.value.why


def test_a_revision_from_before_any_model_has_none(root: Path) -> None:
    with pytest.raises(UsageError):
        find_model(root, "HEAD~1")


def test_without_git_there_are_still_the_records(root: Path, tmp_path: Path) -> None:
    write_record(tmp_path / "plain", NEW)
    assert find_model(tmp_path / "plain", "challenger") == NEW
    with pytest.raises(UsageError):
        find_model(tmp_path / "plain", "champion")
    assert git(root, "status", "--porcelain", "dvc.yaml") == ""
