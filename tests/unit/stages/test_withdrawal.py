from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from stages.contracts.withdrawal import Subject, withdrawn_key
from tests.unit.stages.runs import Workspace
from tests.unit.stages.test_ingest import table

SALT = "s"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    made = Workspace(tmp_path, monkeypatch)
    table(made, [(f"p{n // 2}", "ab"[n % 2], None) for n in range(60)])
    assert made.ingest(split={"salt": SALT}) == 0
    return made


def withdraw(workspace: Workspace, *keys: tuple[Subject, str]) -> pd.DataFrame:
    """Ingests again without them, and gives the manifest."""
    assert workspace.ingest(withdrawn=[withdrawn_key(subject, name, SALT) for subject, name in keys]) == 0
    return workspace.manifest()


def left_out(manifest: pd.DataFrame) -> set[str]:
    gone = manifest[manifest["excluded_because"] == "withdrawn"]
    assert gone["split"].isna().all()
    return set(gone.index)


def test_all_cases_of_a_patient_are_left_out_and_no_other_one_moves(workspace: Workspace) -> None:
    before = workspace.manifest()
    after = withdraw(workspace, ("patient", "p3"))
    gone = {"006.png", "007.png"}
    assert left_out(after) == gone
    pd.testing.assert_series_equal(after["split"].drop(list(gone)), before["split"].drop(list(gone)))
    assert workspace.findings()["withdrawn"].printable == ()


def test_a_case_is_left_out_and_so_is_a_copy_that_would_take_its_place(workspace: Workspace) -> None:
    shutil.copy(workspace.raw / "006.png", workspace.raw / "020.png")
    assert left_out(withdraw(workspace, ("case", "006.png"))) == {"006.png", "020.png"}


def test_the_content_of_a_case_does_not_come_back_under_another_name(workspace: Workspace) -> None:
    content = str(workspace.manifest().loc["006.png", "content_sha256"])
    shutil.copy(workspace.raw / "006.png", workspace.raw / "020.png")
    (workspace.raw / "006.png").write_bytes((workspace.raw / "007.png").read_bytes())
    assert left_out(withdraw(workspace, ("content", content))) == {"020.png"}


def test_a_case_called_like_a_patient_is_another_subject(workspace: Workspace) -> None:
    assert left_out(withdraw(workspace, ("case", "p3"))) == set()


def test_another_salt_that_would_bring_them_back_is_warned_of(workspace: Workspace) -> None:
    withdraw(workspace, ("patient", "p3"))
    assert "withdrawn-unmatched" not in workspace.findings()
    assert workspace.ingest(split={"salt": "another"}) == 0
    assert workspace.findings()["withdrawn-unmatched"].severity == "warning"


def test_what_is_no_hash_is_refused(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert workspace.ingest(withdrawn=["p3"]) == 10
    assert "withdrawn" in capsys.readouterr().err
