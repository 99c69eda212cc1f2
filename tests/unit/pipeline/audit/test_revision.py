from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pipeline.audit.revision import Revision, log_of


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A workspace below the root of its repository."""
    root = tmp_path / "repository" / "project"
    (root / "data").mkdir(parents=True)
    for name, data in {"a.txt": b"one\n", "data/ü.bin": b"\0\n\xff", "data/empty": b""}.items():
        (root / name).write_bytes(data)
    for words in (["init", "-q", ".."], ["add", "."], ["commit", "-q", "-m", "first"], ["tag", "v1"]):
        identity = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *identity, *words], cwd=root, check=True)
    return root


def test_files_are_read_as_they_were_committed(project: Path) -> None:
    (project / "a.txt").write_text("two\n")
    found = Revision.find(project, "v1")
    assert found is not None
    names = ["a.txt", "gone.txt", "data/ü.bin", "data", "data/empty"]
    assert found.read_all(names) == {
        "a.txt": b"one\n",
        "gone.txt": None,
        "data/ü.bin": b"\0\n\xff",
        "data": None,
        "data/empty": b"",
    }
    assert sorted(found.files("data")) == ["empty", "ü.bin"]
    assert log_of(project, "a.txt") == [found.commit]


def test_what_git_does_not_know_is_none(project: Path, tmp_path: Path) -> None:
    assert Revision.find(project, "v2") is None
    assert Revision.find(tmp_path, "HEAD") is None
    assert log_of(tmp_path, "a.txt") == []
