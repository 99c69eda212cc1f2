"""Remotes for tests: a folder, or a bucket on a real S3 server on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.flow.projects import Project

IDENTITY = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")


def add_remote(project: Project, url: str, **options: str) -> None:
    lines = [f"    url = {url}", *(f"    {key} = {value}" for key, value in options.items())]
    config = project.root / ".dvc" / "config"
    text = config.read_text().replace("[core]\n", "[core]\n    remote = shared\n")
    config.write_text(text + "\n".join(["['remote \"shared\"']", *lines, ""]))


def commit_all(root: Path, message: str = "all") -> None:
    subprocess.run(["git", "add", "-A"], cwd=root, check=True, capture_output=True)
    subprocess.run(["git", *IDENTITY, "commit", "-qm", message], cwd=root, check=True, capture_output=True)


def clone(project: Project, root: Path) -> Project:
    """A fresh clone: what git keeps, and nothing else."""
    if root.exists():
        shutil.rmtree(root)
    subprocess.run(["git", "clone", "-q", str(project.root), str(root)], check=True, env=os.environ)
    return Project(root)


def add_data(project: Project, name: str = "data", files: int = 3) -> None:
    """Puts a folder under DVC, as `dvc add` does."""
    from dvc.repo import Repo

    (project.root / name).mkdir(exist_ok=True)
    for number in range(files):
        (project.root / name / f"case{number}.txt").write_text(f"case {number}")
    os.chdir(project.root)  # DVC names everything relative to the current folder
    with Repo(str(project.root)) as repo:
        repo.add(name)
