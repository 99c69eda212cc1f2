from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.data import exchange as module
from pipeline.data.exchange import exchange
from pipeline.data.incoming import Incoming
from pipeline.recovery import recover
from pipeline.repro.data import read_held
from pipeline.shelf import Shelf
from pipeline.workspace import Workspace
from stages.contracts.errors import DataError, StageError
from tests.unit.pipeline.data.places import contents, git, make_workspace, write

RAW = "data/raw/target"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    made = make_workspace(tmp_path / "workspace")
    monkeypatch.chdir(made.root)
    return made


def take(
    workspace: Workspace, params: str = "new: 1\n", shared: bool = False, **files: str
) -> tuple[str, ...]:
    place = workspace.incoming / "target"
    shutil.rmtree(place, ignore_errors=True)
    incoming = Incoming(place, write(place, **files), shared)
    return exchange(workspace, incoming, read_held(workspace, workspace.root / RAW), params)


def test_data_come_under_dvc_and_params_with_them(workspace: Workspace) -> None:
    assert take(workspace, yes__a="1", no__b="2") == ()
    assert contents(workspace.root).keys() == {
        f"{RAW}/yes/a", f"{RAW}/no/b", f"{RAW}.dvc", "data/raw/.gitignore", "params.yaml",
    }  # fmt: skip
    held = read_held(workspace, workspace.root / RAW)
    assert (held.recorded, held.cached, set(held.files)) == (True, True, {"yes/a", "no/b"})
    assert (workspace.root / "params.yaml").read_text() == "new: 1\n"
    assert not workspace.shelves.exists() or not list(workspace.shelves.iterdir())


def test_old_data_go_since_dvc_has_them(workspace: Workspace) -> None:
    take(workspace, a="1")
    assert take(workspace, a="2") == ()
    assert not workspace.replaced.exists()


def test_old_data_that_are_nowhere_else_are_kept(workspace: Workspace) -> None:
    write(workspace.root / RAW, a="1", b="2")
    (said,) = take(workspace, a="1")
    assert said.endswith("they are kept in .medgraft/replaced/target-1")
    assert [file.read_text() for file in workspace.replaced.rglob("b")] == ["2"]
    write(workspace.root / RAW, a="edited since")
    assert take(workspace, a="1")[0].endswith("target-2")


def test_a_folder_that_git_tracks_is_handed_over(workspace: Workspace) -> None:
    write(workspace.root / RAW, package__yaml="x")
    git(workspace.root, "add", RAW)
    git(workspace.root, "commit", "-qm", "x")
    (said,) = take(workspace, a="1")
    assert said.startswith(f"git no longer tracks {RAW} (package/yaml)")
    assert git(workspace.root, "ls-files", RAW) == ""
    assert not workspace.replaced.exists(), "git has the old one"


def test_a_linked_file_stays_linked(workspace: Workspace, tmp_path: Path) -> None:
    place = workspace.incoming / "target"
    files = write(place, a="1")
    (tmp_path / "mine").hardlink_to(place / "a")
    incoming = Incoming(place, files, shared=True)
    exchange(workspace, incoming, read_held(workspace, workspace.root / RAW), "new: 1\n")
    assert (workspace.root / RAW / "a").samefile(tmp_path / "mine")


def failing(*_: Any, **__: Any) -> Any:
    raise StageError("x", where="x", why="x", remedy="x")


def test_a_failure_leaves_everything_as_it_was(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    take(workspace, a="1")
    git(workspace.root, "add", "-f", RAW)  # against DVC's advice
    before, index = contents(workspace.root), git(workspace.root, "ls-files", "--stage")
    monkeypatch.setattr(module, "add_folder", failing)
    with pytest.raises(StageError):
        take(workspace, "newer: 1\n", a="2", b="3")
    assert contents(workspace.root) == before
    assert git(workspace.root, "ls-files", "--stage") == index


def test_a_failure_of_the_first_taking_leaves_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(workspace.root)
    monkeypatch.setattr(module, "add_folder", failing)
    with pytest.raises(StageError):
        take(workspace, a="1")
    assert contents(workspace.root) == before


def test_data_that_changed_since_they_were_looked_at_are_refused(workspace: Workspace) -> None:
    before = contents(workspace.root)
    place = workspace.incoming / "target"
    incoming = Incoming(place, write(place, a="1") | {"a": "0" * 32}, shared=False)
    with pytest.raises(DataError, match="changed while they were taken"):
        exchange(workspace, incoming, read_held(workspace, workspace.root / RAW), "new: 1\n")
    assert contents(workspace.root) == before


class Killed(BaseException):
    pass


def test_after_a_kill_the_next_command_puts_the_old_data_back(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(workspace, a="1")
    before = contents(workspace.root)

    def kill(*_: Any, **__: Any) -> None:
        raise Killed

    monkeypatch.setattr(module, "add_folder", kill)
    monkeypatch.setattr(Shelf, "put_back", lambda _: None)  # a killed process does nothing more
    with pytest.raises(Killed):
        take(workspace, "newer: 1\n", a="2")
    monkeypatch.undo()
    monkeypatch.chdir(workspace.root)
    assert contents(workspace.root) != before
    lines: list[str] = []
    recover(workspace, None, lambda _, line: lines.append(line))
    assert contents(workspace.root) == before
    assert lines == [f"{RAW}.dvc was interrupted: its old outputs are back"]
    assert not workspace.incoming.exists()


def test_the_users_staged_changes_are_not_lost(workspace: Workspace) -> None:
    write(workspace.root / RAW, a="1")
    git(workspace.root, "add", RAW)
    write(workspace.root / RAW, a="2")
    before = contents(workspace.root)
    with pytest.raises(StageError, match="git still tracks"):
        take(workspace, a="3")
    assert contents(workspace.root) == before
