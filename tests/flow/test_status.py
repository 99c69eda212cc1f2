"""What would run, and why: in words and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.plan import Step
from pipeline.processes.halt import Halt
from pipeline.repro.broker import Broker
from pipeline.status import read_status
from pipeline.workspace import Workspace
from tests.flow.projects import Project, stage, two_branches

Make = Callable[..., Project]


@pytest.fixture
def made(project: Make) -> Project:
    """A stage that reads a folder, a module and a parameter, ran once."""
    text = ["stages:", *stage("fit", ["out/fit.txt"], ["data", "stages/fit.py"], params=("fit.rate",))]
    text += stage("score", ["out/score.json"], ["out/fit.txt"])
    made = project("\n".join([*text, ""]), "fit:\n  rate: 0.1\n")
    (made.root / "data").mkdir()
    (made.root / "stages").mkdir()
    (made.root / "stages" / "fit.py").write_text("x = 1\n")
    for number in range(5):
        (made.root / "data" / f"case{number}.txt").write_text(f"case {number}")
    made.run()
    return made


def why(made: Project, name: str = "fit") -> tuple[str, ...]:
    report = read_status(made.root, lambda _stage, _line: None)
    return next(stage.why for stage in report.stages if stage.name == name)


def test_nothing_changed_means_nothing_to_do(made: Project) -> None:
    assert read_status(made.root, lambda _stage, _line: None).outcome == "up-to-date"
    assert why(made) == ()


def test_a_stage_that_never_ran_says_so(project: Make) -> None:
    assert why(project(two_branches(0)), "a0") == ("never run",)


def test_changed_cases_of_a_folder_are_counted_and_named(made: Project) -> None:
    data = made.root / "data"
    (data / "case0.txt").unlink()
    (data / "case1.txt").write_text("another")
    (data / "case8.txt").write_text("new")
    (data / "case9.txt").write_text("new")
    assert why(made) == (
        "data: 4 files changed (2 added, 1 removed, 1 modified): case1.txt, case8.txt, case9.txt, …",
    )
    asked = json.loads(made.medgraft("status", "--json").stdout)
    fit = next(stage for stage in asked["stages"] if stage["name"] == "fit")
    assert fit["changes"] == [{"path": "data", "added": 2, "removed": 1, "modified": 1}]


def test_changed_cases_of_data_under_dvc_are_counted(made: Project) -> None:
    from dvc.repo import Repo

    with Repo(str(made.root)) as repo:
        repo.add("data")
    (made.root / "data" / "case5.txt").write_text("new")
    assert why(made, "data.dvc") == ("data: 1 file changed (1 added): case5.txt",)


def test_a_changed_param_is_named_with_both_values(made: Project) -> None:
    made.write(params__yaml="fit:\n  rate: 0.2\n")
    assert why(made) == ("params.yaml: fit.rate 0.1 -> 0.2",)


def test_a_changed_module_is_named(made: Project) -> None:
    (made.root / "stages" / "fit.py").write_text("x = 2\n")
    assert why(made) == ("stages/fit.py changed",)


def test_a_changed_command_is_named(made: Project) -> None:
    text = (made.root / "dvc.yaml").read_text()
    made.write(dvc__yaml=text.replace("work.py fit", "work.py fit2"))
    assert why(made) == ("its command changed",)


def test_a_missing_output_is_named(made: Project) -> None:
    (made.root / "out" / "fit.txt").unlink()
    assert why(made) == ("output out/fit.txt is missing",)


def test_an_edited_output_is_named(made: Project) -> None:
    (made.root / "out" / "fit.txt").write_text("by hand")
    assert why(made) == ("output out/fit.txt was modified",)


def test_a_stage_that_waits_names_what_runs_before_it(made: Project) -> None:
    made.write(params__yaml="fit:\n  rate: 0.2\n")
    assert why(made, "score") == ("upstream fit runs first",)


def test_a_stage_whose_input_came_out_the_same_does_not_run(made: Project) -> None:
    made.ran()
    (made.root / "stages" / "fit.py").write_text("x = 1\n# a comment\n")
    text = (made.root / "dvc.yaml").read_text()
    made.write(dvc__yaml=text.replace(" --dep data stages/fit.py", " --dep data"))
    made.run()
    (made.root / "stages" / "fit.py").write_text("x = 1\n# another comment\n")
    made.ran()
    assert made.outcomes() == {"fit": "ran", "score": "up-to-date"}
    assert made.ran() == ["fit"]


def test_a_plan_lists_what_each_stage_needs(made: Project) -> None:
    broker = Broker(Workspace(made.root), Halt(), lambda _stage, _line: None)
    plan = broker.plan()
    broker.close()
    assert {step.name: step.needs for step in plan} == {"fit": (), "score": ("fit",)}
    assert all(isinstance(step, Step) and step.state == "up-to-date" for step in plan)


def test_the_state_of_a_run_hides_from_git_and_from_dvc(made: Project) -> None:
    import subprocess

    shown = subprocess.run(
        ["git", "status", "--short"], cwd=made.root, capture_output=True, text=True, check=True
    )
    assert ".medgraft" not in shown.stdout
    assert Path(made.root / ".medgraft" / ".dvcignore").read_text() == "*\n"


def test_lists_of_folders_do_not_pile_up(project: Make) -> None:
    made = project("\n".join(["stages:", *stage("fit", ["out/fit.txt"], ["data"]), ""]))
    (made.root / "data").mkdir()
    for number in range(4):
        (made.root / "data" / f"{number}.txt").write_text(f"{number}")
        made.run()
    assert len(list((made.root / ".medgraft" / "listings").iterdir())) == 1
