from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest

from pipeline.trace.printing import print_trace
from pipeline.trace.tracing import trace
from pipeline.workspace import Workspace
from tests.flow.projects import Project
from tests.unit.pipeline.trace.shelved import Case, keep_manifest, make_root, put_record

CASES = [Case("a/1", "mercury-7", "train"), Case("a/2", "venus-8", None, "unreadable")]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    root = make_root(tmp_path / "workspace")
    put_record(root, {"target": keep_manifest(root, CASES)})
    return Workspace(root)


def printed(workspace: Workspace, patient: str) -> str:
    out = io.StringIO()
    print_trace(trace(workspace, "patient", patient), out)
    return out.getvalue()


def test_each_model_has_a_line_and_the_consequence_another_one(workspace: Workspace) -> None:
    lines = printed(workspace, "mercury-7").splitlines()
    assert lines[0].startswith(f"-     {'1' * 16}  trained on it  target/train 1 case; to make again: ")
    assert lines[1] == "seen by 1 model; 1 would have to be retrained without it"


def test_a_case_that_was_left_out_changes_no_model(workspace: Workspace) -> None:
    text = printed(workspace, "venus-8")
    assert "left it out  target/left out (unreadable) 1 case" in text
    assert "0 would have to be retrained" in text


def test_what_cannot_be_read_is_said_with_a_remedy(workspace: Workspace) -> None:
    shutil.rmtree(workspace.root / ".dvc/cache")
    text = printed(workspace, "mercury-7")
    assert f"warning: model {'1' * 16}, target: cannot tell" in text
    assert "dvc fetch" in text


def test_the_command_prints_one_object(workspace: Workspace) -> None:
    done = Project(workspace.root).medgraft("trace", "--patient", "mercury-7", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [model["identity"] for model in told["models"]] == ["1" * 64]
    assert told["retrain"] == ["1" * 64]


def test_the_command_asks_for_one_thing(workspace: Workspace) -> None:
    done = Project(workspace.root).medgraft("trace", "--patient", "mercury-7", "--case", "a/1")
    assert done.returncode == 2
    assert "give exactly one" in done.stderr
