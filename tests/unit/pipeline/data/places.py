"""Small data with their inspection, and a workspace to take them into."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Mapping
from pathlib import Path

from pipeline.workspace import Workspace
from stages.contracts.findings import Findings
from stages.contracts.inspection import Inspection


def write(folder: Path, **files: str) -> dict[str, str]:
    """Writes text files, and gives their MD5s; `__` in a name is a slash."""
    for name, text in files.items():
        place = folder / name.replace("__", "/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return {
        file.relative_to(folder).as_posix(): hashlib.md5(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def seen(base: Path, files: Mapping[str, str | None], **borrowed: str) -> Inspection:
    return Inspection(
        format="folder", section={"adapter": "folder"}, notes=(), task="classes", classes=("a", "b"), cases=1,
        used=1, patients=None, given_splits=False, counts={}, stop_at="severe",
        findings=Findings(domain="d", findings=()), base=str(base), files=dict(files), borrowed=borrowed,
    )  # fmt: skip


def make_workspace(root: Path) -> Workspace:
    """A git and DVC repository with params and without stages."""
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / ".dvc").mkdir()
    (root / ".dvc" / "config").write_text("[core]\n    analytics = false\n")
    (root / "params.yaml").write_text("old: 1\n")
    workspace = Workspace(root)
    workspace.prepare()
    return workspace


def git(root: Path, *arguments: str) -> str:
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    done = subprocess.run(["git", *who, *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


def contents(root: Path) -> dict[str, bytes]:
    """Everything in a workspace but the state of git, DVC and medgraft."""
    return {
        file.relative_to(root).as_posix(): file.read_bytes()
        for file in sorted(root.rglob("*"))
        if file.is_file() and not file.relative_to(root).parts[0].startswith((".git", ".dvc", ".medgraft"))
    }
