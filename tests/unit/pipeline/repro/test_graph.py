"""The graph is DVC's own, whatever lies in the workspace besides."""

from __future__ import annotations

from pathlib import Path

import pytest
from dvc.ignore import DvcIgnorePatterns
from dvc.repo import Repo

from pipeline.repro.graph import read_graph
from tests.flow.projects import Project, make_project

STAGE = "stages:\n  {name}:\n    cmd: echo > {name}\n    outs: [{name}]\n"


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A workspace with a stage in its root, in a folder, in an ignored one, and beside raw data under DVC."""
    made = make_project(tmp_path / "project", STAGE.format(name="one"))
    monkeypatch.chdir(made.root)
    for folder in ("sub", "ignored", "data"):
        (made.root / folder).mkdir()
        for name in ("case.png", "other.png"):
            (made.root / folder / name).write_text(folder)
    (made.root / "sub/dvc.yaml").write_text(STAGE.format(name="two"))
    (made.root / "ignored/dvc.yaml").write_text(STAGE.format(name="three"))
    (made.root / ".dvcignore").write_text("/ignored\n")
    with Repo(str(made.root)) as repo:
        repo.add(["data/case.png"])
    return made


def test_it_has_the_stages_that_dvc_finds(made: Project) -> None:
    with Repo(str(made.root)) as ours, Repo(str(made.root)) as dvcs:
        found = {stage.addressing for stage in read_graph(ours)}
        assert found == {stage.addressing for stage in dvcs.index.stages}
        assert found == {"one", "sub/dvc.yaml:two", "data/case.png.dvc"}


def test_names_of_other_files_cost_nothing_and_later_walks_are_dvcs_own(
    made: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = DvcIgnorePatterns.matches

    def matches(self: object, folder: str, name: str, *options: object, **more: object) -> object:
        asked.append(name)
        return real(self, folder, name, *options, **more)

    monkeypatch.setattr(DvcIgnorePatterns, "matches", matches)
    with Repo(str(made.root)) as repo:
        read_graph(repo)
        assert "dvc.yaml" in asked
        assert "other.png" not in asked
        walked = {name for _, _, files in repo.dvcignore.walk(repo.fs, str(made.root)) for name in files}
        assert {"other.png", "dvc.yaml"} <= walked
