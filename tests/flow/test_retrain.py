"""One retraining: taking changes, what is due, what is said of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.logbook import Logbook
from pipeline.retraining.changes import take_changes
from pipeline.retraining.cycle import Cycle, Retraining
from stages.contracts.errors import MedgraftError
from tests.flow.projects import Project, stage
from tests.flow.remotes import IDENTITY, add_data, add_remote, clone, commit_all
from tests.flow.test_remote import run
from tests.flow.webhook import Webhook

Make = Callable[..., Project]
PIPELINE = "\n".join(["stages:", *stage("fit", ["out/fit.d"], ["data"], params=("rate",)), ""])


def retrain(made: Project) -> tuple[Cycle, MedgraftError | None]:
    os.chdir(made.root)
    return Retraining(made.root, "schedule", Logbook()).carry_out()


@pytest.fixture
def made(project: Make) -> Project:
    made = project(PIPELINE, "rate: 1\n")
    (made.root / "data").mkdir()
    (made.root / "data" / "patient7.txt").write_text("a case")
    return made


def test_a_change_is_retrained_and_told_by_counts_alone(made: Project) -> None:
    assert retrain(made)[0].outcome == "retrained"
    (made.root / "data" / "patient8.txt").write_text("another one")
    with Webhook() as webhook:
        (made.root / "params.yaml").write_text(f"rate: 1\nretrain: {{webhook: '{webhook.url}'}}\n")
        cycle, error = retrain(made)
    assert error is None
    assert (cycle.outcome, cycle.due) == ("retrained", ("data changed (1 added)",))
    (text,) = webhook.texts
    assert "Changed: data changed (1 added)" in text
    assert "patient" not in text


def test_where_nothing_changed_nobody_is_told_and_nothing_is_imported(made: Project) -> None:
    retrain(made)
    made.ran()
    with Webhook() as webhook:
        (made.root / "params.yaml").write_text(f"rate: 1\nretrain: {{webhook: '{webhook.url}'}}\n")
        code = (
            "import sys, pipeline.__main__ as m\n"
            "sys.argv = ['medgraft', 'retrain', '--json']\n"
            "try:\n    m.main()\n"
            "except SystemExit as end:\n    assert not end.code\n"
            "assert not {'prefect', 'torch', 'monai'} & sys.modules.keys()\n"
        )
        done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outcome"] == "unchanged"
    assert (webhook.texts, made.ran()) == ([], [])


def test_a_failure_is_told_and_the_old_model_stays(made: Project) -> None:
    retrain(made)
    before = made.hashes()
    broken = (made.root / "dvc.yaml").read_text().replace("--param", "--sleep nonsense --param")
    (made.root / "dvc.yaml").write_text(broken)
    with Webhook() as webhook:
        (made.root / "params.yaml").write_text(f"rate: 1\nretrain: {{webhook: '{webhook.url}'}}\n")
        cycle, error = retrain(made)
    assert cycle.outcome == "failed"
    assert error is not None
    assert error.exit_code == 12
    assert "1 stages failed in" in webhook.texts[0]
    assert made.hashes() == before


def test_changes_wait_for_a_limit_where_the_params_say_so(
    made: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.retraining.cycle.when_trained", lambda _: datetime.now(UTC))
    (made.root / "params.yaml").write_text("rate: 1\nretrain: {on_change: false}\n")
    cycle, error = retrain(made)
    assert (cycle.outcome, error) == ("waiting", None)
    assert made.ran() == []


def head(project: Project) -> bytes:
    return subprocess.check_output(["git", *IDENTITY, "rev-parse", "HEAD"], cwd=project.root)


@pytest.fixture
def shared(project: Make, tmp_path: Path) -> Project:
    """A project that others follow."""
    made = project(PIPELINE, "rate: 1\n", name="shared")
    add_data(made)
    add_remote(made, str(tmp_path / "remote"))
    (made.root / ".gitignore").write_text("/.medgraft\n/ran.log\n/data\n")
    assert not run(made, push=True).errors
    commit_all(made.root)
    return made


def test_commits_of_others_are_taken_with_the_data_they_point_to(shared: Project, tmp_path: Path) -> None:
    other = clone(shared, tmp_path / "other")
    assert retrain(other)[0].outcome == "retrained"
    assert other.ran() == []
    add_data(shared, files=5)
    assert not run(shared, push=True).errors
    commit_all(shared.root)
    cycle, error = retrain(other)
    assert (cycle.outcome, error) == ("retrained", None)
    assert other.ran() == []
    assert other.hashes() == shared.hashes()
    assert len(list((other.root / "data").iterdir())) == 5


def test_branches_that_have_parted_are_an_error_and_nothing_changes(shared: Project, tmp_path: Path) -> None:
    other = clone(shared, tmp_path / "other")
    for project in (shared, other):
        (project.root / "note.txt").write_text(str(project.root))
        commit_all(project.root)
    before = head(other)
    os.chdir(other.root)
    with pytest.raises(MedgraftError) as caught:
        take_changes(other.root, lambda *_: None)
    assert caught.value.exit_code == 17
    assert head(other) == before


def test_raw_data_that_were_never_recorded_are_not_overwritten(shared: Project, tmp_path: Path) -> None:
    other = clone(shared, tmp_path / "other")
    retrain(other)
    (other.root / "data" / "own.txt").write_text("nowhere else")
    before = head(other)
    add_data(shared, files=5)
    assert not run(shared, push=True).errors
    commit_all(shared.root)
    os.chdir(other.root)
    with pytest.raises(MedgraftError) as caught:
        take_changes(other.root, lambda *_: None)
    assert caught.value.exit_code == 11
    assert head(other) == before
    assert (other.root / "data" / "own.txt").read_text() == "nowhere else"
