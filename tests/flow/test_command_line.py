"""The command line, as a user meets it."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.flow.projects import Project, as_report, make_project, two_branches


@pytest.fixture
def made(tmp_path: Path) -> Project:
    return make_project(tmp_path / "project", two_branches(0))


def test_json_is_one_object_with_the_promised_keys_and_nothing_else(made: Project) -> None:
    done = made.medgraft("run", "--json")
    report = json.loads(done.stdout)
    assert list(report) == ["outcome", "seconds", "stages"]
    assert list(report["stages"][0]) == ["name", "outcome", "seconds", "why"]
    assert as_report(done.stdout).outcome == "done"
    assert "[a0] a0 starts" in done.stderr


def test_a_run_from_a_folder_below_is_a_run_of_the_project(made: Project) -> None:
    assert Project(made.root / ".dvc").medgraft("run", "--json").returncode == 0
    assert (made.root / "dvc.lock").exists()


def test_the_version_is_that_of_the_installed_package(made: Project) -> None:
    assert made.medgraft("--version").stdout == f"medgraft {version('medgraft')}\n"


def test_lines_say_outcome_seconds_and_reason(made: Project) -> None:
    lines = made.medgraft("run").stdout.splitlines()
    assert lines[0].split()[:2] == ["a0", "ran"]
    assert lines[0].endswith("never run")
    assert lines[-1].startswith("done in ")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["run", "nothing"], 2),
        (["run", "--jobs", "0"], 2),
        (["nonsense"], 2),
        (["run", "--set", "gamma=1"], 10),
        (["report", "v3"], 2),
    ],
)
def test_a_user_error_has_its_exit_code_and_no_traceback(
    made: Project, arguments: list[str], code: int
) -> None:
    done = made.medgraft(*arguments)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_debug_shows_the_traceback(made: Project) -> None:
    done = made.medgraft("run", "--set", "gamma=1", "--debug")
    assert done.returncode == 10
    assert "Traceback" in done.stderr


def test_a_folder_without_a_project_is_refused(tmp_path: Path) -> None:
    done = Project(tmp_path).medgraft("status")
    assert done.returncode == 2
    assert "there is no project here" in done.stderr


def test_a_pipeline_that_cannot_be_read_is_an_error_of_params(made: Project) -> None:
    made.write(dvc__yaml="stages:\n  a:\n    cmd: echo ${nothing}\n")
    done = made.medgraft("run")
    assert done.returncode == 10
    assert "nothing" in done.stderr


def test_the_users_configuration_of_dvc_is_not_written(made: Project) -> None:
    before = (made.root / ".dvc" / "config").read_bytes()
    made.medgraft("run")
    assert (made.root / ".dvc" / "config").read_bytes() == before
    assert not (made.root / ".dvc" / "config.local").exists()


def test_predict_passes_on_output_and_exit_code(tmp_path: Path) -> None:
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "predict.py").write_text("import sys\nprint(*sys.argv[1:])\nsys.exit(11)\n")
    done = Project(tmp_path).medgraft("predict", "my/model", "x.png", "-o", "out.csv")
    assert done.stdout == "--model my/model --images x.png --out out.csv\n"
    assert done.returncode == 11
