"""Folders are hashed to DVC's own result, whatever happened to them since they were hashed last."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from dvc.ignore import DvcIgnorePatterns
from dvc.repo import Repo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.repro import folder
from pipeline.repro.folder import Folders, Listing
from pipeline.repro.graph import read_graph
from pipeline.workspace import Workspace
from tests.flow.projects import Project, make_project

TEXT = "stages:\n  one:\n    cmd: echo > a\n    deps: [data]\n    outs: [a]\n"
EDITS = st.lists(
    st.tuples(st.sampled_from(["write", "delete", "rename", "same size"]), st.integers(0, 9)), max_size=8
)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = make_project(tmp_path / "project", TEXT)
    monkeypatch.chdir(made.root)
    for name in ("a.txt", "b/c.txt", "b/d/é.txt", "b/'quoted\".txt"):
        file = made.root / "data" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return made


def hashed(root: Path, folders: Folders | None) -> tuple[str, dict[str, Any], Any]:
    """Gives hash and meta of the folder, by `folders` or by DVC alone."""
    with Repo(str(root)) as repo:
        (stage,) = (stage for stage in repo.index.stages if stage.addressing == "one")
        (dependency,) = stage.deps
        if folders:
            folders.adopt(dependency)
        dependency.save()
        return dependency.hash_info.value, dependency.meta.to_dict(), dependency.obj


def agree(root: Path, folders: Folders) -> Any:
    ours, dvcs = hashed(root, folders), hashed(root, None)
    assert ours[:2] == dvcs[:2]
    return ours[2]


def ours(root: Path) -> Folders:
    workspace = Workspace(root)
    workspace.prepare()
    return Folders(workspace)


def test_the_hash_is_that_of_dvc_the_first_time_and_when_it_is_remembered(made: Project) -> None:
    folders = ours(made.root)
    assert isinstance(agree(made.root, folders), Listing)
    agree(made.root, folders)
    agree(made.root, ours(made.root))


def test_files_that_dvc_ignores_do_not_count(made: Project) -> None:
    (made.root / ".dvcignore").write_text("*.pyc\n__pycache__/\n/data/b/d\n")
    (made.root / "data/x.pyc").write_text("x")
    (made.root / "data/__pycache__").mkdir()
    (made.root / "data/__pycache__/y").write_text("y")
    assert set(agree(made.root, ours(made.root)).md5s) == {"a.txt", "b/c.txt", "b/'quoted\".txt"}


def test_other_rules_count_for_files_that_are_known_already(made: Project) -> None:
    for rules, kept in (("", 4), ("*.pyc\n", 4), ("/data/b/d\n", 3), ("*.txt\n!a.txt\n", 1), ("", 4)):
        (made.root / ".dvcignore").write_text(rules)
        assert len(agree(made.root, ours(made.root)).md5s) == kept
        assert len(agree(made.root, ours(made.root)).md5s) == kept


def test_only_unknown_names_are_held_against_the_rules(
    made: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(made.root, ours(made.root))
    (made.root / "data/new.txt").write_text("new")
    asked: list[str] = []
    real = DvcIgnorePatterns.matches

    def matches(self: Any, folder: str, name: str, is_dir: bool = False, **options: Any) -> Any:
        asked.append(name)
        return real(self, folder, name, is_dir, **options)

    with Repo(str(made.root)) as repo:
        (stage,) = read_graph(repo)
        ours(made.root).adopt(stage.deps[0])
        monkeypatch.setattr(DvcIgnorePatterns, "matches", matches)
        stage.deps[0].save()
    assert "new.txt" in asked
    assert "a.txt" not in asked


def test_links_are_left_to_dvc(made: Project) -> None:
    (made.root / "data/link.txt").symlink_to("a.txt")
    assert not isinstance(agree(made.root, ours(made.root)), Listing)


def test_only_files_that_changed_are_opened(made: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in (made.root / "data").rglob("*.txt"):
        os.utime(file, (1, 1))
    agree(made.root, ours(made.root))
    (made.root / "data/a.txt").write_text("other")
    opened: list[str] = []
    real = folder._md5

    def md5(path: str) -> str:
        opened.append(Path(path).name)
        return real(path)

    monkeypatch.setattr(folder, "_md5", md5)
    agree(made.root, ours(made.root))
    assert opened == ["a.txt"]


def test_a_file_written_just_before_it_was_hashed_is_hashed_again(made: Project) -> None:
    """Within the clock's resolution a second write of the same size leaves time, size and inode alone."""
    file = made.root / "data/a.txt"
    stamp = file.stat().st_mtime_ns
    agree(made.root, ours(made.root))
    with file.open("r+") as stream:
        stream.write("A.TXT")
    os.utime(file, ns=(stamp, stamp))
    assert hashed(made.root, ours(made.root))[2].md5s["a.txt"] != hashed(made.root, None)[0]
    assert hashed(made.root, ours(made.root))[2].md5s["a.txt"] == folder._md5(str(file))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"hash": 1, "md5s": {}, "stamps": {"a.txt": [1]}}'])
def test_a_damaged_memory_is_no_memory(made: Project, text: str) -> None:
    agree(made.root, ours(made.root))
    (memory,) = (made.root / ".medgraft/folders").iterdir()
    memory.write_text(text)
    agree(made.root, ours(made.root))


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(edits=EDITS)
def test_any_sequence_of_changes_is_seen(tmp_path_factory: pytest.TempPathFactory, edits: Any) -> None:
    root = make_project(tmp_path_factory.mktemp("p") / "project", TEXT).root
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        for number in range(4):
            (root / "data" / f"{number % 2}").mkdir(parents=True, exist_ok=True)
            (root / "data" / f"{number % 2}" / f"{number}.txt").write_text(f"{number}")
        folders = ours(root)
        agree(root, folders)
        for count, (edit, place) in enumerate(edits):
            _apply(root / "data", edit, place, count)
            agree(root, folders)
        agree(root, ours(root))
    shutil.rmtree(root)


def _apply(data: Path, edit: str, place: int, count: int) -> None:
    files = sorted(file for file in data.rglob("*") if file.is_file())
    file = files[place % len(files)]
    if edit == "write":
        (data / f"new {place}.txt").write_text(f"{count}")
    elif edit == "delete" and len(files) > 1:
        file.unlink()
    elif edit == "rename":
        file.rename(file.with_name(f"renamed {count}.txt"))
    elif edit == "same size":
        file.write_text(chr(ord("a") + count) * file.stat().st_size)


def test_in_one_look_an_input_is_what_it_was_first_and_after_it_what_it_is(made: Project) -> None:
    folders = ours(made.root)
    file = made.root / "data/a.txt"
    with folders.one_look():
        first = hashed(made.root, folders)
        file.write_text("written while a command looks")
        assert hashed(made.root, folders)[:2] == first[:2]
    assert hashed(made.root, folders)[:2] != first[:2]
    agree(made.root, folders)
