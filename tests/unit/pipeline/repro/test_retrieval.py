"""A folder comes out of the cache or, where that has let it go, out of a remote: whole, or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from dvc.repo import Repo

from pipeline.repro.retrieval import retrieve_folder
from pipeline.workspace import Workspace
from stages.contracts.errors import CacheError
from tests.flow.projects import make_project
from tests.flow.remotes import add_data, add_remote


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Workspace, str]:
    """A workspace whose data lie in a remote, and nothing in its cache any more."""
    monkeypatch.chdir(tmp_path)
    project = make_project(tmp_path / "project", "stages: {}\n")
    add_remote(project, str(tmp_path / "store"))
    add_data(project)
    with Repo(str(project.root)) as repo:
        repo.push()
        (out,) = repo.index.outs
        md5 = out.hash_info.value
    shutil.rmtree(project.root / ".dvc/cache/files")
    workspace = Workspace(project.root)
    workspace.prepare()
    return workspace, md5


def test_what_the_cache_lacks_comes_from_the_remote_and_the_workspace_stays_as_it_is(
    shared: tuple[Workspace, str], tmp_path: Path
) -> None:
    workspace, md5 = shared
    (workspace.root / "data/case0.txt").write_text("of another run")
    retrieve_folder(workspace, md5, tmp_path / "got")
    assert {file.name: file.read_text() for file in (tmp_path / "got").iterdir()} == {
        f"case{number}.txt": f"case {number}" for number in range(3)
    }
    assert (workspace.root / "data/case0.txt").read_text() == "of another run"


@pytest.mark.parametrize("damage", ["one object", "the list", "everything"])
def test_what_the_remote_lacks_too_is_named_and_nothing_is_written(
    shared: tuple[Workspace, str], tmp_path: Path, damage: str
) -> None:
    workspace, md5 = shared
    store = tmp_path / "store/files/md5"
    for file in [file for file in store.rglob("*") if file.is_file()]:
        whole = file.name.endswith(".dir")
        if damage == "everything" or whole == (damage == "the list"):
            file.unlink()
    with pytest.raises(CacheError, match="cached artifact cannot be used") as caught:
        retrieve_folder(workspace, md5, tmp_path / "got")
    assert "could not be fetched" in caught.value.why
    assert not (tmp_path / "got").exists()


def test_an_object_that_was_altered_in_the_remote_is_refused(
    shared: tuple[Workspace, str], tmp_path: Path
) -> None:
    workspace, md5 = shared
    file = next(f for f in (tmp_path / "store").rglob("*") if f.is_file() and f.read_bytes() == b"case 1")
    file.chmod(0o644)
    file.write_bytes(b"case 7")
    with pytest.raises(CacheError):
        retrieve_folder(workspace, md5, tmp_path / "got")
    assert not (tmp_path / "got").exists()
